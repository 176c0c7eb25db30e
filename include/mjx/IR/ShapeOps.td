//===- ShapeOps.td - Elements moved, not changed ----------*- tablegen -*-===//
#ifndef MJX_SHAPE_OPS
#define MJX_SHAPE_OPS

include "mjx/IR/MjxBase.td"

class Mjx_ShapeOp<string mnemonic, list<Trait> traits = []>
    : Mjx_StructuredOp<mnemonic, !listconcat([Recomputable], traits)> {
  let hasFolder = 1;
}

def BroadcastInDimOp : Mjx_ShapeOp<"broadcast_in_dim"> {
  let summary = "Repeats a tensor along new or size-1 dimensions";
  let description = [{
    Dimension `i` of the operand becomes dimension `dims[i]` of the result;
    `dims` increases strictly. An operand extent is 1 or that of the result.

    ```mlir
    %y = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x, DenseI64ArrayAttr:$dims);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "$x `,` `dims` `=` $dims attr-dict `:` type($x) `->` type($out)";
  let hasVerifier = 1;
}

def ReshapeOp : Mjx_ShapeOp<"reshape", [Mjx_Costs<["countBytesRead", "countBytesWritten", "getResultMemory"]>]> {
  let summary = "The same elements in row-major order under another shape";
  let description = [{
    ```mlir
    %y = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($out)";
  let hasVerifier = 1;
}

def TransposeOp : Mjx_ShapeOp<"transpose", Mjx_Inferred> {
  let summary = "Reorders dimensions";
  let description = [{
    Dimension `i` of the result is dimension `permutation[i]` of the operand.

    ```mlir
    %y = mjx.transpose %x, permutation = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x, DenseI64ArrayAttr:$permutation);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "$x `,` `permutation` `=` $permutation attr-dict `:` type($x) `->` type($out)";
}

def ReverseOp : Mjx_ShapeOp<"reverse", [SameOperandsAndResultType]> {
  let summary = "Reverses the order of elements along dimensions";
  let description = [{
    ```mlir
    %y = mjx.reverse %x, dims = [0] : tensor<4xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x, DenseI64ArrayAttr:$dims);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "$x `,` `dims` `=` $dims attr-dict `:` type($out)";
  let hasVerifier = 1;
}

def ConcatenateOp : Mjx_ShapeOp<"concatenate", Mjx_Inferred> {
  let summary = "Joins tensors along a dimension";
  let description = [{
    ```mlir
    %z = mjx.concatenate %x, %y, dim = 0 : tensor<2x3xf32>, tensor<1x3xf32> -> tensor<3x3xf32>
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$xs, I64Attr:$dim);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat =
      "custom<OperandsComma>($xs) `dim` `=` $dim attr-dict `:` type($xs) `->` type($out)";
}

def PadOp : Mjx_ShapeOp<"pad", Mjx_Inferred> {
  let summary = "Puts a scalar around and between elements";
  let description = [{
    `low` and `high` elements of `value` go before and after each dimension,
    `interior` between neighbours. Negative `low` and `high` remove elements
    instead, after the interior ones are in place.

    ```mlir
    %y = mjx.pad %x, %zero, low = [1], high = [2], interior = [0]
        : tensor<4xf32>, tensor<f32> -> tensor<7xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x, Mjx_Tensor:$value, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$interior);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    $x `,` $value `,` `low` `=` $low `,` `high` `=` $high `,` `interior` `=` $interior attr-dict
    `:` type($x) `,` type($value) `->` type($out)
  }];
}

def SliceOp : Mjx_ShapeOp<"slice", !listconcat(Mjx_Inferred, Mjx_ReadsPart)> {
  let summary = "A regular part of a tensor, at a fixed place";
  let description = [{
    Elements `start`, `start + stride`, ... below `limit` of each dimension.

    ```mlir
    %y = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x, DenseI64ArrayAttr:$start, DenseI64ArrayAttr:$limit,
                       DenseI64ArrayAttr:$strides);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    $x `,` `start` `=` $start `,` `limit` `=` $limit `,` `strides` `=` $strides attr-dict
    `:` type($x) `->` type($out)
  }];
}

#endif // MJX_SHAPE_OPS
