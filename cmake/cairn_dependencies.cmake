# The libraries we build on: all of them are Debian 12 packages (tools/setup installs them).
# Their headers are SYSTEM headers, so that our warnings speak of our code only.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
# Built as C++: an error unwinds the stack instead of jumping over it.
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4-c++)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
# Blocks are made on one thread and freed on another; jemalloc does that at two thirds of the cost.
# The sanitizers bring their own.
find_library(JEMALLOC jemalloc)
if(NOT JEMALLOC OR CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  set(JEMALLOC "")
endif()
find_library(BOOST_JSON boost_json REQUIRED)
find_library(BOOST_CONTAINER boost_container REQUIRED)
find_library(BOOST_URL boost_url REQUIRED)
