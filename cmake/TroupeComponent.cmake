# troupe_add_component(name HEADERS ... SOURCES ... DEPENDS ... PRIVATE_DEPENDS ...)
#
# Adds the library troupe::<name>. Headers are given relative to the calling
# folder, which is the include root; each is compiled on its own by the target
# `all_verify_interface_header_sets`.
function(troupe_add_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" ""
                        "HEADERS;SOURCES;DEPENDS;PRIVATE_DEPENDS")
  set(target troupe_${name})
  add_library(${target} ${arg_SOURCES})
  add_library(troupe::${name} ALIAS ${target})
  target_sources(
    ${target}
    PUBLIC FILE_SET HEADERS
           BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR}
           FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(
    ${target}
    PUBLIC ${arg_DEPENDS}
    PRIVATE ${arg_PRIVATE_DEPENDS})
  set_target_properties(
    ${target}
    PROPERTIES EXPORT_NAME ${name}
               VERIFY_INTERFACE_HEADER_SETS ON
               VERSION ${PROJECT_VERSION}
               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  troupe_position_independent(${target})
  troupe_warnings(${target})
  troupe_precompile(${target} troupe_headers)
  troupe_install_component(${target})
endfunction()

# Marks a component's target for installation.
function(troupe_install_component target)
  install(
    TARGETS ${target}
    EXPORT troupe
    FILE_SET HEADERS)
  set_property(GLOBAL APPEND PROPERTY TROUPE_COMPONENTS ${target})
endfunction()

# Makes a library that may become part of a shared one. Nobody replaces its
# functions when it is loaded: calls of them may be inlined, and those of other
# libraries take no detour.
function(troupe_position_independent target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -fno-semantic-interposition -fno-plt)
endfunction()

# The warnings that the project's own code is free of.
function(troupe_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow)
endfunction()

# troupe_precompiled_headers(target HEADER...)
#
# Adds a target for troupe_precompile: third-party headers that nearly every
# source includes, which take most of the time of a build, and more of them.
function(troupe_precompiled_headers target)
  file(CONFIGURE OUTPUT ${target}.cpp CONTENT "")
  add_library(${target} OBJECT ${target}.cpp)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PRIVATE CAF::core protobuf::libprotobuf)
  troupe_warnings(${target})
  if(TROUPE_PRECOMPILE)
    target_precompile_headers(
      ${target}
      PRIVATE
      <caf/actor_system.hpp>
      <caf/event_based_actor.hpp>
      <caf/scheduler/abstract_coordinator.hpp>
      <caf/typed_event_based_actor.hpp>
      <chrono>
      <coroutine>
      <deque>
      <functional>
      <google/protobuf/wrappers.pb.h>
      <map>
      <mutex>
      <optional>
      <ranges>
      <unordered_map>
      <unordered_set>
      <variant>
      ${ARGN})
  endif()
endfunction()

# troupe_precompile(target HEADERS)
#
# Lets a target use the headers that another one has precompiled with options
# like its own.
function(troupe_precompile target headers)
  if(TROUPE_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${headers})
  endif()
endfunction()
