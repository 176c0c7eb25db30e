//===- RandomOps.td - Counter-based random bits -----------*- tablegen -*-===//
#ifndef MJX_RANDOM_OPS
#define MJX_RANDOM_OPS

include "mjx/IR/MjxBase.td"

def Threefry2x32Op : Mjx_StructuredOp<"threefry2x32",
    [Recomputable, SameOperandsAndResultType], /*jvp=*/0, /*linear=*/0> {
  let summary = "Threefry-2x32 with 20 rounds, elementwise";
  let description = [{
    Encrypts the counter (c0, c1) under the key (k0, k1). Source: Salmon,
    Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", 2011.
  }];
  let arguments = (ins Mjx_UI32Tensor:$k0, Mjx_UI32Tensor:$k1, Mjx_UI32Tensor:$c0,
                       Mjx_UI32Tensor:$c1);
  let results = (outs Mjx_UI32Tensor:$out0, Mjx_UI32Tensor:$out1);
  let assemblyFormat = "$k0 `,` $k1 `,` $c0 `,` $c1 attr-dict `:` type($out0)";
}

def RandomBitsOp : Mjx_StructuredOp<"random_bits",
    [Recomputable, DeclareOpInterfaceMethods<DecomposeOpInterface>], /*jvp=*/0, /*linear=*/0> {
  let summary = "Random bits of any shape from a key";
  let description = [{
    Element `n`, in row-major order, is `threefry2x32` of the counter `n`: its
    words combined by exclusive or, for 8 and 16 bits the low part of that; for
    64 bits the first word is the high half.

    ```mlir
    %r = mjx.random_bits %key : tensor<2xui32> -> tensor<3x4xui32>
    ```
  }];
  let arguments = (ins Mjx_UI32Tensor:$key);
  let results = (outs Mjx_TensorOf<Mjx_UnsignedInt>:$out);
  let assemblyFormat = "$key attr-dict `:` type($key) `->` type($out)";
  let hasVerifier = 1;
}

#endif // MJX_RANDOM_OPS
