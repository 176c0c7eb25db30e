//===- ReductionOps.td - Many elements to fewer, or in order -*- tablegen -*-===//
#ifndef MJX_REDUCTION_OPS
#define MJX_REDUCTION_OPS

include "mjx/IR/MjxBase.td"

def Mjx_ReduceKind : Mjx_Keyword<["add", "mul", "min", "max", "and", "or", "xor"]>;
def Mjx_ExtremumKind : Mjx_Keyword<["min", "max"]>;
def Mjx_CumulativeKind : Mjx_Keyword<["add", "mul", "min", "max", "logaddexp"]>;

def ReduceOp : Mjx_StructuredOp<"reduce", !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>])> {
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

def ArgReduceOp : Mjx_StructuredOp<"arg_reduce", [Mjx_Costs<["countFlops"]>], /*jvp=*/0, /*linear=*/0> {
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

def CumulativeOp : Mjx_StructuredOp<"cumulative", [SameOperandsAndResultType, Mjx_Costs<["countFlops"]>]> {
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
  let hasFolder = 1;
}

def SortOp : Mjx_StructuredOp<"sort", !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>]), /*jvp=*/1, /*linear=*/0> {
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
  let hasFolder = 1;
}

def TopKOp : Mjx_StructuredOp<"top_k", !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>]), /*jvp=*/1, /*linear=*/0> {
  let summary = "The greatest elements along the last dimension, and where they are";
  let description = [{
    In descending order; equal elements in the order of their places. NaN counts
    as greatest, and the zeros as equal.

    ```mlir
    %v, %i = mjx.top_k %x, k = 2 : tensor<3x8xf32> -> tensor<3x2xf32>, tensor<3x2xi32>
    ```
  }];
  let arguments = (ins Mjx_OrderedTensor:$x, I64Attr:$k);
  let results = (outs Mjx_OrderedTensor:$values, Mjx_IntTensor:$indices);
  let assemblyFormat =
      "$x `,` `k` `=` $k attr-dict `:` type($x) `->` type($values) `,` type($indices)";
}

//===----------------------------------------------------------------------===//
// Sliding windows
//===----------------------------------------------------------------------===//

/// Windows over all dimensions: place `w` of window `o` is element
/// `o * strides + w * window_dilation - low` of `x` spread by `base_dilation`.
/// Places between and beside the elements are not looked at.
class Mjx_WindowOp<string mnemonic, bit linear = 1>
    : Mjx_StructuredOp<mnemonic, !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>]), 1, linear> {
  dag numbers = (ins DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                     DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                     DenseI64ArrayAttr:$base_dilation, DenseI64ArrayAttr:$window_dilation);
  string numbersFormat = [{
    `window` `=` $window `,` `strides` `=` $strides `,` `low` `=` $low `,` `high` `=` $high `,`
    `base_dilation` `=` $base_dilation `,` `window_dilation` `=` $window_dilation attr-dict `:`
  }];
}

def ReduceWindowOp : Mjx_WindowOp<"reduce_window"> {
  let summary = "Combines the elements of each window";
  let description = [{
    Place `w` of window `o` is element `o * strides + w * window_dilation - low`
    of `x` after `base_dilation - 1` places were put between its elements. Of
    the places that hold no element nothing is taken: a window of such alone
    gives the identity of `kind`. Floats of 16 bits and fewer are combined in 32.

    ```mlir
    %m = mjx.reduce_window max %x, window = [1, 2], strides = [1, 2], low = [0, 0], high = [0, 0],
        base_dilation = [1, 1], window_dilation = [1, 1] : tensor<3x8xf32> -> tensor<3x4xf32>
    ```
  }];
  let arguments = !con((ins Mjx_ReduceKind:$kind, Mjx_Tensor:$x), numbers);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "custom<Keyword>($kind) $x `,` " # numbersFormat # "type($x) `->` type($out)";
}

def WindowGatherOp : Mjx_WindowOp<"window_gather"> {
  let summary = "From each window the source at the place of the extremum";
  let description = [{
    Windows are those of `reduce_window`. In each the first place where `x` is
    extreme, NaN being so, is chosen, and the element of `source` there is the
    result; zero if the window holds no element. The derivative of windowed
    extrema.

    ```mlir
    %g = mjx.window_gather max %source, %x, window = [2], strides = [2], low = [0], high = [0],
        base_dilation = [1], window_dilation = [1] : tensor<8xf32>, tensor<8xf32> -> tensor<4xf32>
    ```
  }];
  let arguments = !con((ins Mjx_ExtremumKind:$kind, Mjx_NumberTensor:$source, Mjx_OrderedTensor:$x),
                       numbers);
  let results = (outs Mjx_NumberTensor:$out);
  let assemblyFormat = "custom<Keyword>($kind) $source `,` $x `,` " # numbersFormat #
                       "type($source) `,` type($x) `->` type($out)";
}

def WindowScatterOp : Mjx_WindowOp<"window_scatter"> {
  let summary = "Adds an element to the place of the extremum of each window";
  let description = [{
    The transpose of `window_gather`: element `o` of `source` is added to the
    place of the result that is chosen in window `o` of `x`.

    ```mlir
    %s = mjx.window_scatter max %source, %x, window = [2], strides = [2], low = [0], high = [0],
        base_dilation = [1], window_dilation = [1] : tensor<4xf32>, tensor<8xf32> -> tensor<8xf32>
    ```
  }];
  let arguments = !con((ins Mjx_ExtremumKind:$kind, Mjx_NumberTensor:$source, Mjx_OrderedTensor:$x),
                       numbers);
  let results = (outs Mjx_NumberTensor:$out);
  let assemblyFormat = "custom<Keyword>($kind) $source `,` $x `,` " # numbersFormat #
                       "type($source) `,` type($x) `->` type($out)";
}

#endif // MJX_REDUCTION_OPS
