//===- ReductionOps.td - Many elements to fewer, or in order -*- tablegen -*-===//
#ifndef MJX_REDUCTION_OPS
#define MJX_REDUCTION_OPS

include "mjx/IR/MjxBase.td"

def Mjx_ReduceKind : Mjx_Keyword<["add", "mul", "min", "max", "and", "or", "xor"]>;
def Mjx_ExtremumKind : Mjx_Keyword<["min", "max"]>;
def Mjx_CumulativeKind : Mjx_Keyword<["add", "mul", "min", "max", "logaddexp"]>;

def ReduceOp : Mjx_StructuredOp<"reduce", Mjx_Inferred> {
  let summary = "Combines the elements along dimensions, which disappear";
  let description = [{
    Of no elements the result is the identity of `kind` (for `min` and `max`
    the greatest and least value). NaN makes `min` and `max` NaN. Floats of 16
    bits are added up in 32.

    ```mlir
    %s = mjx.reduce add %x, dims = [1] : tensor<2x3xf32> -> tensor<2xf32>
    ```
  }];
  let arguments = (ins Mjx_ReduceKind:$kind, Mjx_Tensor:$x, DenseI64ArrayAttr:$dims);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($kind) $x `,` `dims` `=` $dims attr-dict `:` type($x) `->` type($out)
  }];
  let hasFolder = 1;
}

def ArgReduceOp : Mjx_StructuredOp<"arg_reduce", [], /*jvp=*/0, /*linear=*/0> {
  let summary = "Where along a dimension the extremum is";
  let description = [{
    The first index among equals; the first NaN if there is one.

    ```mlir
    %i = mjx.arg_reduce max %x, dim = 1 : tensor<2x3xf32> -> tensor<2xi32>
    ```
  }];
  let arguments = (ins Mjx_ExtremumKind:$kind, Mjx_OrderedTensor:$x, I64Attr:$dim);
  let results = (outs Mjx_IntTensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($kind) $x `,` `dim` `=` $dim attr-dict `:` type($x) `->` type($out)
  }];
  let hasVerifier = 1;
}

def CumulativeOp : Mjx_StructuredOp<"cumulative", [SameOperandsAndResultType]> {
  let summary = "All partial results of a reduction along a dimension";
  let description = [{
    Element `i` of the result combines elements 0 to `i`, or, with `reverse`,
    `i` to the last.

    ```mlir
    %s = mjx.cumulative add %x, dim = 0 : tensor<4xf32>
    ```
  }];
  let arguments = (ins Mjx_CumulativeKind:$kind, Mjx_NumberTensor:$x, I64Attr:$dim,
                       Mjx_Flag:$reverse);
  let results = (outs Mjx_NumberTensor:$out);
  let assemblyFormat = "custom<Keyword>($kind) $x `,` `dim` `=` $dim attr-dict `:` type($out)";
  let hasVerifier = 1;
}

def SortOp : Mjx_StructuredOp<"sort", Mjx_Inferred, /*jvp=*/1, /*linear=*/0> {
  let summary = "Sorts tensors together along a dimension";
  let description = [{
    The first `num_keys` operands are compared, in lexicographic order; all
    operands are permuted alike. NaN counts as greatest, and the zeros as equal.
    Stable. With `descending` the order of the keys is reversed, equal elements
    staying in place.

    ```mlir
    %k, %v = mjx.sort %keys, %values, dim = 0 {num_keys = 1 : i64}
        : tensor<8xf32>, tensor<8xi32> -> tensor<8xf32>, tensor<8xi32>
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$xs, I64Attr:$dim,
                       DefaultValuedAttr<I64Attr, "1">:$num_keys, Mjx_Flag:$descending);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat =
      "custom<OperandsComma>($xs) `dim` `=` $dim attr-dict `:` type($xs) `->` type($outs)";
}

#endif // MJX_REDUCTION_OPS
