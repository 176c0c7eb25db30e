//===- Passes.td - Passes out of the dialect --------------*- tablegen -*-===//
#ifndef MJX_CONVERSION_PASSES
#define MJX_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def MjxToLinalg : Pass<"mjx-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower every op to linalg on tensors";
  let description = [{
    Each op lowers itself; integers become signless. Fails on an op that has no
    lowering, naming it: an unresolved transform, or one that `mjx-decompose`
    has to replace first.

    Before:
    ```mlir
    %y = mjx.sin %x : tensor<4xf32>
    ```
    After:
    ```mlir
    %0 = tensor.empty() : tensor<4xf32>
    %1 = linalg.generic {...} ins(%x) outs(%0) { ^bb0(%a: f32, %b: f32): math.sin ... }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mjx::rt::MjxRtDialect"
  ];
}

#endif // MJX_CONVERSION_PASSES
