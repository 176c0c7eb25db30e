# Python and nanobind.

find_package(Python 3.10 COMPONENTS Interpreter Development.Module REQUIRED)
# LLVM's modules read Python3_*, nanobind's read Python_*: one interpreter for both.
set(Python3_EXECUTABLE "${Python_EXECUTABLE}")
find_package(Python3 3.10 COMPONENTS Interpreter Development.Module REQUIRED)

execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
  OUTPUT_VARIABLE nanobind_DIR OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind 2.9 CONFIG REQUIRED)

set(_cache "$ENV{XDG_CACHE_HOME}")
if(NOT _cache)
  set(_cache "$ENV{HOME}/.cache")
endif()
set(MJX_MLIR_SOURCE "${_cache}/mjx/llvm-${LLVM_PACKAGE_VERSION}" CACHE PATH
  "Source of MLIR's Python bindings, of exactly the installed version")
