# Installs what find_package(troupe) needs: see troupeConfig.cmake.in.
include(CMakePackageConfigHelpers)

set(_dir ${CMAKE_INSTALL_LIBDIR}/cmake/troupe)
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/troupeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/troupeConfig.cmake INSTALL_DESTINATION ${_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/troupeConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(
  EXPORT troupe
  NAMESPACE troupe::
  FILE troupeTargets.cmake
  DESTINATION ${_dir})
install(
  FILES ${PROJECT_BINARY_DIR}/troupeConfig.cmake
        ${PROJECT_BINARY_DIR}/troupeConfigVersion.cmake
        ${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake
        ${PROJECT_SOURCE_DIR}/cmake/FindAsio.cmake
  DESTINATION ${_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/troupe
        DESTINATION ${CMAKE_INSTALL_DATADIR}/troupe/proto
        FILES_MATCHING PATTERN *.proto)
