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

def Simplify : Pass<"mjx-simplify"> {
  let summary = "Make a program cheaper without changing its results";
  let description = [{
    Applies the folders and patterns of the dialect and merges equal
    computations, inside regions too, until nothing changes or it has been
    tried often enough. Runs after transforms, whose rules leave what only a
    view over several ops can remove, and before ops are decomposed. The
    frontend does the same to a region before it is differentiated or batched.

    Before:
    ```mlir
    %0 = mjx.dot_general %a, %b, batch = [] x [], contract = [1] x [0]
    %1 = mjx.transpose %0, permutation = [1, 0]
    ```
    After:
    ```mlir
    %1 = mjx.dot_general %b, %a, batch = [] x [], contract = [0] x [1]
    ```
  }];
  let dependentDialects = ["MjxDialect"];
  let options = [
    Option<"rounds", "rounds", "int64_t", "4",
           "How often to alternate patterns and merging at most">
  ];
}

def PrintCost : Pass<"mjx-cost"> {
  let summary = "Print what each function costs";
  let description = [{
    Counts ops, floating point operations, bytes read and written, and the most
    bytes alive at one time. Regions of loops count as often as they run, of
    branches the costliest counts. Nothing is taken to be fused, and an update
    is in place if what it updates is not needed afterwards.
  }];
  let options = [
    Option<"perOp", "per-op", "bool", "false", "Print a line for each op as well">
  ];
}

def CheckValues : Pass<"mjx-check-values"> {
  let summary = "Stop a program where an op yields NaN or infinity";
  let description = [{
    Puts a check behind every op with floating point results, in regions too,
    that names the op and its place. Runs after transforms, so that derivatives
    are checked, at the place of what they are derivatives of.

    Before:
    ```mlir
    %y = mjx.log %x : tensor<4xf32>
    ```
    After:
    ```mlir
    %y = mjx.log %x : tensor<4xf32>
    %ok = ... every element of %y equals itself ...
    mjx.check %ok, "invalid value (nan) ..." {error = "FloatingPointError"}
    ```
  }];
  let dependentDialects = ["MjxDialect"];
  let options = [Option<"nans", "nans", "bool", "true", "Check for NaN">,
                 Option<"infs", "infs", "bool", "false", "Check for infinity">];
}

#endif // MJX_TRANSFORMS_PASSES
