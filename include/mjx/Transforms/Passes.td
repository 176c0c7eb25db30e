//===- Passes.td - Passes from mjx to mjx -----------------*- tablegen -*-===//
#ifndef MJX_TRANSFORMS_PASSES
#define MJX_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def ResolveTransforms : Pass<"mjx-resolve-transforms"> {
  let summary = "Replace transforms by what they stand for";
  let description = [{
    Differentiates and batches the regions of `mjx.linearize`, `mjx.jvp` and
    `mjx.vmap`, and applies linear maps, innermost first. Fails at an op that
    cannot be transformed, naming it. The frontend does the same, op by op, when
    it closes a region.

    Before:
    ```mlir
    %y, %dy = mjx.jvp(%x, %dx) wrt = [0] : ... { ^bb0(%a: tensor<f32>): mjx.yield sin(%a) }
    ```
    After:
    ```mlir
    %y = mjx.sin %x : tensor<f32>
    %c = mjx.cos %x : tensor<f32>
    %dy = mjx.mul %dx, %c : tensor<f32>
    ```
  }];
  let dependentDialects = ["MjxDialect"];
}

def Decompose : Pass<"mjx-decompose"> {
  let summary = "Replace ops that no backend has by simpler ones";
  let description = [{
    Asks every op that has `DecomposeOpInterface`: special functions become
    polynomials, random bits a cipher of counters, calls the body of the
    function. Runs after all transforms, so that those see the op and not its
    parts.
  }];
  let dependentDialects = ["MjxDialect"];
}

#endif // MJX_TRANSFORMS_PASSES
