# The layers mjx is made of. Each is an object library; together they are
# libmjx.so (target mjx-core), which alone links LLVM and MLIR: a process must
# hold one copy of their type tables.

# Two fifths of compiling a file is parsing these.
file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/precompiled.cpp" CONTENT "")
add_library(mjx-precompiled OBJECT "${PROJECT_BINARY_DIR}/precompiled.cpp")
target_compile_options(mjx-precompiled PRIVATE -fno-exceptions)
target_precompile_headers(mjx-precompiled PRIVATE
  <mlir/Bytecode/BytecodeOpInterface.h>
  <mlir/IR/BuiltinAttributes.h>
  <mlir/IR/BuiltinOps.h>
  <mlir/IR/BuiltinTypes.h>
  <mlir/IR/Dialect.h>
  <mlir/IR/ImplicitLocOpBuilder.h>
  <mlir/IR/OpDefinition.h>
  <mlir/IR/OpImplementation.h>
  <mlir/IR/PatternMatch.h>
  <mlir/IR/SymbolTable.h>
  <mlir/Interfaces/ControlFlowInterfaces.h>
  <mlir/Interfaces/InferTypeOpInterface.h>
  <mlir/Interfaces/SideEffectInterfaces.h>
)

# mjx_add_library(<name> [NO_MLIR] SOURCES <file>...)
function(mjx_add_library name)
  cmake_parse_arguments(ARG "NO_MLIR" "" "SOURCES" ${ARGN})
  foreach(_s IN LISTS ARG_SOURCES)
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${_s} AND NOT EXISTS ${_s})
      message(WARNING "${name}: ${_s} is not there yet")
      list(REMOVE_ITEM ARG_SOURCES ${_s})
    endif()
  endforeach()
  add_library(${name} OBJECT ${ARG_SOURCES})
  if(NOT ARG_NO_MLIR)
    add_dependencies(${name} mjx-headers)
    target_compile_options(${name} PRIVATE -fno-exceptions)
    target_precompile_headers(${name} REUSE_FROM mjx-precompiled)
  endif()
  set_property(GLOBAL APPEND PROPERTY MJX_LIBRARIES ${name})
endfunction()
