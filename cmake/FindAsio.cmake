# Finds standalone Asio, a header-only library. Target: Asio::asio.
find_package(Threads REQUIRED)

find_path(ASIO_INCLUDE_DIR asio/version.hpp)
if(ASIO_INCLUDE_DIR)
  file(STRINGS ${ASIO_INCLUDE_DIR}/asio/version.hpp _asio_version
       REGEX "^#define ASIO_VERSION [0-9]+")
  string(REGEX MATCH "[0-9]+" _asio_version "${_asio_version}")
  math(EXPR _asio_major "${_asio_version} / 100000")
  math(EXPR _asio_minor "${_asio_version} / 100 % 1000")
  math(EXPR _asio_patch "${_asio_version} % 100")
  set(ASIO_VERSION ${_asio_major}.${_asio_minor}.${_asio_patch})
endif()
mark_as_advanced(ASIO_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Asio
  REQUIRED_VARS ASIO_INCLUDE_DIR
  VERSION_VAR ASIO_VERSION)

if(Asio_FOUND AND NOT TARGET Asio::asio)
  add_library(Asio::asio INTERFACE IMPORTED)
  set_target_properties(
    Asio::asio
    PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${ASIO_INCLUDE_DIR}
               INTERFACE_COMPILE_DEFINITIONS
               "ASIO_STANDALONE;ASIO_NO_DEPRECATED"
               INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
