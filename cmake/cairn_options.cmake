# What a preset may choose. The warnings are the same everywhere, and they are errors.

option(CAIRN_FUZZ "Build the fuzz targets (clang only)" OFF)
option(CAIRN_CHECK_HEADERS "Compile every header alone" OFF)
option(CAIRN_UNIT_TESTS "Build the unit tests beside the code" ON)
option(CAIRN_QUICK_COMPILE
  "Leave tests and what runs seldom unoptimised: under a sanitizer that halves the build" OFF)
option(CAIRN_JOURNAL_WITHOUT_SYNC
  "Planted bug: the journal skips its sync (crash tests must fail)" OFF)

add_library(cairn_flags INTERFACE)
target_compile_options(cairn_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum
  -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wimplicit-fallthrough -Werror
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_include_directories(cairn_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
