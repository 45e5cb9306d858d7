# A folder is a library, and its unit tests are one binary beside it.
#
#   cairn_library(engine_orders DEPS model base)
#
# makes the library of this folder's *.cc, and the binary engine_orders_tests of its *_test.cc.
# LIBS are libraries from outside, TEST_DEPS are what only the tests need.
# Globs are re-read when a file appears (CONFIGURE_DEPENDS): a new file needs no edit here.

include(GoogleTest)

# For targets whose own code is never what a run waits for: tests, command lines, test targets.
function(cairn_quick_compile)
  if(NOT CAIRN_QUICK_COMPILE)
    return()
  endif()
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE -O0)
  endforeach()
endfunction()

function(cairn_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  list(REMOVE_ITEM sources ${tests} "")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC cairn_flags ${ARG_DEPS} ${ARG_LIBS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE cairn_flags ${ARG_DEPS} ${ARG_LIBS})
  endif()
  if(tests AND CAIRN_UNIT_TESTS)
    add_executable(${name}_tests ${tests})
    target_link_libraries(${name}_tests PRIVATE
      ${name} ${ARG_TEST_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
    cairn_quick_compile(${name}_tests)
    gtest_discover_tests(${name}_tests TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS unit TIMEOUT 60)
  endif()
  if(CAIRN_CHECK_HEADERS AND headers)
    cairn_headers_alone(${name} ${headers})
  endif()
endfunction()

# Compiles each header on its own, so that none leans on what its includers happened to include.
# The target headers_alone builds them all.
function(cairn_headers_alone name)
  set(generated)
  foreach(header IN LISTS ARGN)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/src OUTPUT_VARIABLE path)
    set(file ${CMAKE_BINARY_DIR}/headers_alone/${path}.cc)
    # Twice: the second include shows that the guard against it works.
    file(CONFIGURE OUTPUT ${file} CONTENT "#include \"${path}\"\n#include \"${path}\"\n")
    list(APPEND generated ${file})
  endforeach()
  add_library(${name}_headers_alone OBJECT ${generated})
  target_link_libraries(${name}_headers_alone PRIVATE ${name} cairn_flags)
  if(NOT TARGET headers_alone)
    add_custom_target(headers_alone)
  endif()
  add_dependencies(headers_alone ${name}_headers_alone)
endfunction()
