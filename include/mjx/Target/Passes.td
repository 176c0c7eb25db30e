//===- Passes.td - Passes owned by the targets -------------*- tablegen -*-===//
#ifndef MJX_TARGET_PASSES
#define MJX_TARGET_PASSES

include "mlir/Pass/PassBase.td"

def MjxCpuFuse : Pass<"mjx-cpu-fuse", "::mlir::ModuleOp"> {
  let summary = "fuse elementwise producers into their consumers";
  let description = [{
    Merges `linalg.generic` ops on tensors so that intermediate arrays vanish.
    Work is never repeated: a producer that does arithmetic is fused only where
    its consumer visits each of its elements once. Pure rearrangements
    (broadcast, transpose) are fused everywhere, also into matrix products,
    where they become strides.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def MjxCpuTileRows : Pass<"mjx-cpu-tile-rows", "::mlir::ModuleOp"> {
  let summary = "run chains of row reductions and elementwise ops row by row";
  let description = [{
    A result computed from reductions over its last dimension (softmax, layer
    norm, variance) is computed one row at a time, producers included, so that a
    row is read from memory once and stays in the first-level cache.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::affine::AffineDialect"];
}

def MjxCpuPassDestinations
    : Pass<"mjx-cpu-pass-destinations", "::mlir::ModuleOp"> {
  let summary = "make results of the program arguments it writes to";
  let description = [{
    The program `(tensors) -> tensors` becomes a function of memrefs: inputs in
    order, then outputs in order. A donated input shares the memory of one
    output of its type; `mjx.aliases` names, for each output, that input or -1.

    ```mlir
    // before
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32>
    // after
    func.func @f(%x: memref<4xf32>, %out: memref<4xf32>)
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
}

def MjxCpuAssignDestinations
    : Pass<"mjx-cpu-assign-destinations", "::mlir::ModuleOp"> {
  let summary = "give every value carried by a loop the buffer it replaces";
  let description = [{
    Ends each loop body by writing the next carried values into the buffers of
    the current ones. One-Shot Bufferize then needs no allocation that outlives
    an iteration; a value computed directly in its destination costs nothing.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
    "::mlir::tensor::TensorDialect"];
}

def MjxCpuBufferize : Pass<"mjx-cpu-bufferize", "::mlir::ModuleOp"> {
  let summary = "tensors become buffers; One-Shot Bufferize with our options";
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::linalg::LinalgDialect"];
}

def MjxCpuCallGemm : Pass<"mjx-cpu-call-gemm", "::mlir::ModuleOp"> {
  let summary = "matrix products become calls of the runtime's kernels";
  let description = [{
    A multiply-add contraction whose dimensions collapse to one stride each for
    batch, rows, columns and depth is one `mjx_rt.gemm`; dimensions that do not
    collapse become loops around it. A preceding fill with zero is folded away.
    Tiny products stay loops.
  }];
  let dependentDialects = ["::mjx::rt::MjxRtDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::arith::ArithDialect"];
}

def MjxCpuMakeDense : Pass<"mjx-cpu-make-dense", "::mlir::ModuleOp"> {
  let summary = "give runtime kernels dense buffers";
  let description = [{
    Copies a strided operand of `mjx_rt.call` to a dense temporary, and back
    after the call if the kernel writes it. Strided copies become loops.
  }];
  let dependentDialects = ["::mjx::rt::MjxRtDialect",
    "::mlir::memref::MemRefDialect", "::mlir::linalg::LinalgDialect"];
}

def MjxCpuParallelize : Pass<"mjx-cpu-parallelize", "::mlir::ModuleOp"> {
  let summary = "share the lanes of large maps among threads";
  let description = [{
    A loop marked `mjx.lanes`, whose iterations may run in any order, becomes an
    `scf.parallel` over chunks of lanes with a loop over the lanes of a chunk
    inside. It stays a plain loop where there is little to do, or where lanes
    would not be seen to write different memory.

    Before:
    ```mlir
    scf.for %i = %c0 to %c1024 step %c1 { ... } {mjx.lanes}
    ```
    After:
    ```mlir
    scf.parallel (%chunk) = (%c0) to (%c32) step (%c1) {
      scf.for %i = ... to ... step %c1 { ... }
    }
    ```
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::affine::AffineDialect",
    "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

def MjxCpuPlanScratch : Pass<"mjx-cpu-plan-scratch", "::mlir::ModuleOp"> {
  let summary = "place all temporaries in one scratch argument";
  let description = [{
    Every allocation has a static shape, so it gets a fixed place in an `i8`
    buffer appended to the arguments (its size is the function's
    `mjx.scratch_bytes`). Buffers whose lifetimes are disjoint share memory.
    Those inside an `scf.parallel` get a place for each of its iterations.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect",
    "::mlir::arith::ArithDialect"];
}

def MjxCpuLowerLinalg : Pass<"mjx-cpu-lower-linalg", "::mlir::ModuleOp"> {
  let summary = "structured ops on buffers become loops";
  let description = [{
    Elementwise ops run over vectors of the target's width with a scalar tail
    where memory is contiguous; reductions accumulate in registers.
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "64",
    "Width of one vector register">];
  let dependentDialects = ["::mlir::scf::SCFDialect",
    "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect",
    "::mlir::vector::VectorDialect", "::mlir::affine::AffineDialect"];
}

def MjxCpuStoreBooleans : Pass<"mjx-cpu-store-booleans", "::mlir::ModuleOp"> {
  let summary = "keep booleans as bytes in memory";
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::vector::VectorDialect"];
}

def MjxCpuLegalizeArith : Pass<"mjx-cpu-legalize-arith", "::mlir::ModuleOp"> {
  let summary = "complex and 16-bit float arithmetic in terms of f32 and f64";
  let description = [{
    Complex ops become ops on their parts. f16 and bf16 ops are computed in f32
    and rounded after each op, as NumPy does.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::complex::ComplexDialect",
    "::mlir::scf::SCFDialect"];
}

def MjxCpuExpandMath : Pass<"mjx-cpu-expand-math", "::mlir::ModuleOp"> {
  let summary = "math functions become polynomials or calls of libm";
  let description = [{
    Expansions are written once for scalars and vectors, with explicit fused
    multiply-adds: nothing later may contract a product and a sum by itself.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::func::FuncDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::mlir::memref::MemRefDialect"];
}

def MjxCpuOutline : Pass<"mjx-cpu-outline", "::mlir::ModuleOp"> {
  let summary = "make the bodies of parallel loops functions";
  let description = [{
    The body of an `scf.parallel` becomes a function that runs a range of its
    iterations, and the loop an `mjx_rt.parallel` that hands out ranges. What
    the body uses from outside becomes arguments, views are made anew inside.
  }];
  let dependentDialects = ["::mjx::rt::MjxRtDialect", "::mlir::func::FuncDialect",
    "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
}

def MjxCpuLowerToLLVM : Pass<"mjx-cpu-lower-to-llvm", "::mlir::ModuleOp"> {
  let summary = "everything left becomes the LLVM dialect, in one conversion";
  let description = [{
    Runtime kernels become C calls, and the entry function
    `mjx_entry(buffers, scratch)` is added.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
    "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::mlir::affine::AffineDialect", "::mlir::memref::MemRefDialect",
    "::mlir::vector::VectorDialect", "::mlir::cf::ControlFlowDialect"];
}

#endif // MJX_TARGET_PASSES
