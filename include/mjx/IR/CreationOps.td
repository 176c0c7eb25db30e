//===- CreationOps.td - Tensors out of nothing ------------*- tablegen -*-===//
#ifndef MJX_CREATION_OPS
#define MJX_CREATION_OPS

include "mjx/IR/MjxBase.td"

class Mjx_CreationOp<string mnemonic, list<Trait> traits = []>
    : Mjx_Op<mnemonic, !listconcat([Pure, NotDifferentiable, NeverLinear, NeverBatched], traits)>;

def ConstantOp : Mjx_CreationOp<"constant", [ConstantLike, AllTypesMatch<["value", "out"]>]> {
  let summary = "A tensor known at compile time";
  let description = [{
    A splat stays a splat. Large arrays are passed as arguments instead.

    ```mlir
    %c = mjx.constant dense<[1.0, 2.0]> : tensor<2xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def IotaOp : Mjx_CreationOp<"iota", [Recomputable]> {
  let summary = "Each element's index along one dimension";
  let description = [{
    ```mlir
    %i = mjx.iota dim = 1 : tensor<2x3xi32>   // [[0, 1, 2], [0, 1, 2]]
    ```
  }];
  let arguments = (ins I64Attr:$dim);
  let results = (outs Mjx_NumberTensor:$out);
  let assemblyFormat = "`dim` `=` $dim attr-dict `:` type($out)";
  let hasVerifier = 1;
}

#endif // MJX_CREATION_OPS
