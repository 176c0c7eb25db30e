# The layers mjx is made of. Each is an object library; together they are
# libmjx.so (target mjx-core), which alone links LLVM and MLIR: a process must
# hold one copy of their type tables.

# Parsing MLIR's headers is most of compiling a file: 11 of 12 seconds for a pass
# that sees every dialect. So they are parsed once for each of two sets.
function(mjx_precompile name)
  file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/${name}.cpp" CONTENT "")
  add_library(${name} OBJECT "${PROJECT_BINARY_DIR}/${name}.cpp")
  target_compile_options(${name} PRIVATE -fno-exceptions)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

set(_core_headers
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
mjx_precompile(mjx-core-headers ${_core_headers})
mjx_precompile(mjx-dialect-headers ${_core_headers}
  <mlir/Dialect/Affine/IR/AffineOps.h>
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Bufferization/IR/Bufferization.h>
  <mlir/Dialect/Complex/IR/Complex.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/LLVMIR/LLVMDialect.h>
  <mlir/Dialect/Linalg/IR/Linalg.h>
  <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/MemRef/IR/MemRef.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Tensor/IR/Tensor.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/Pass/PassManager.h>
)

# mjx_add_library(<name> [NO_MLIR | DIALECTS] SOURCES <file>...)
# DIALECTS: most files see the dialects a program is lowered through.
function(mjx_add_library name)
  cmake_parse_arguments(ARG "NO_MLIR;DIALECTS" "" "SOURCES" ${ARGN})
  add_library(${name} OBJECT ${ARG_SOURCES})
  if(NOT ARG_NO_MLIR)
    add_dependencies(${name} mjx-headers)
    target_compile_options(${name} PRIVATE -fno-exceptions)
    if(ARG_DIALECTS)
      target_precompile_headers(${name} REUSE_FROM mjx-dialect-headers)
    else()
      target_precompile_headers(${name} REUSE_FROM mjx-core-headers)
    endif()
  endif()
  set_property(GLOBAL APPEND PROPERTY MJX_LIBRARIES ${name})
endfunction()
