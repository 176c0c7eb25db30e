# Python and nanobind.

find_package(Python 3.10 COMPONENTS Interpreter Development.Module REQUIRED)
# LLVM's modules read Python3_*, nanobind's read Python_*: one interpreter for both.
set(Python3_EXECUTABLE "${Python_EXECUTABLE}")
find_package(Python3 3.10 COMPONENTS Interpreter Development.Module REQUIRED)

execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
  OUTPUT_VARIABLE nanobind_DIR OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind 2.9 CONFIG REQUIRED)
