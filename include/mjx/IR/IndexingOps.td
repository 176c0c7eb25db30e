//===- IndexingOps.td - Parts at computed places ----------*- tablegen -*-===//
#ifndef MJX_INDEXING_OPS
#define MJX_INDEXING_OPS

include "mjx/IR/MjxBase.td"

/// How an update meets what is there.
def Mjx_UpdateKind : Mjx_Keyword<["set", "add"]>;
def Mjx_ScatterKind : Mjx_Keyword<["set", "add", "mul", "min", "max"]>;
/// What happens out of bounds: moved inside, filled or dropped, or undefined.
def Mjx_IndexMode : Mjx_Keyword<["clip", "fill", "promise"]>;

def UpdateSliceOp : Mjx_StructuredOp<"update_slice", !listconcat(Mjx_Inferred, Mjx_UpdatesPart)> {
  let summary = "A tensor with a regular part set or added to, at a fixed place";
  let description = [{
    Element `i` of `x` goes to element `start + i * strides` of `dest`. The
    `add` form is what the reverse of a slice accumulates with.

    ```mlir
    %y = mjx.update_slice add %dest, %x, start = [1], strides = [2]
        : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Mjx_UpdateKind:$kind, Mjx_Tensor:$dest, Mjx_Tensor:$x,
                       DenseI64ArrayAttr:$start, DenseI64ArrayAttr:$strides);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($kind) $dest `,` $x `,` `start` `=` $start `,` `strides` `=` $strides attr-dict
    `:` type($dest) `,` type($x) `->` type($out)
  }];
  let hasFolder = 1;
}

def DynamicSliceOp : Mjx_StructuredOp<"dynamic_slice", !listconcat([Recomputable], Mjx_Inferred, Mjx_ReadsPart)> {
  let summary = "A part of fixed size at a computed place";
  let description = [{
    One scalar start per dimension; each is moved so that the part lies inside.

    ```mlir
    %y = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2]
        : tensor<4x4xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x, Variadic<Mjx_IntScalar>:$starts, DenseI64ArrayAttr:$sizes);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    $x `at` `(` $starts `)` `,` `sizes` `=` $sizes attr-dict
    `:` type($x) (`,` type($starts)^)? `->` type($out)
  }];
  let hasFolder = 1;
}

def DynamicUpdateSliceOp : Mjx_StructuredOp<"dynamic_update_slice", !listconcat(Mjx_Inferred, Mjx_UpdatesPart)> {
  let summary = "A tensor with a part at a computed place set or added to";
  let description = [{
    The place is moved inside as in `dynamic_slice`. Done in place where `dest`
    is not needed any more.

    ```mlir
    %y = mjx.dynamic_update_slice set %dest, %x at (%i)
        : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Mjx_UpdateKind:$kind, Mjx_Tensor:$dest, Mjx_Tensor:$x,
                       Variadic<Mjx_IntScalar>:$starts);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($kind) $dest `,` $x `at` `(` $starts `)` attr-dict
    `:` type($dest) `,` type($x) (`,` type($starts)^)? `->` type($out)
  }];
  let hasFolder = 1;
}

def GatherOp : Mjx_StructuredOp<"gather", !listconcat(Mjx_Inferred, Mjx_ReadsPart)> {
  let summary = "Many parts of equal size, at computed places";
  let description = [{
    The last dimension of `indices` holds index vectors; component `k` is the
    start along operand dimension `start_index_map[k]`. Each vector selects a
    part of `slice_sizes`; its `collapsed_dims` (of size 1) and
    `operand_batching_dims` (of size 1) are dropped, and what is left becomes
    the result dimensions `offset_dims`. The other result dimensions are those
    of `indices` without the last, in order. Dimension
    `operand_batching_dims[i]` of the operand goes in step with dimension
    `indices_batching_dims[i]` of the indices.

    Out of bounds, mode `clip` moves the part inside, `fill` gives `fill_value`
    (0 if absent) for the whole part, and `promise` states that it does not
    happen: the result is then unspecified, the access still safe.
  }];
  let arguments = (ins Mjx_Tensor:$x, Mjx_IntTensor:$indices,
                       DenseI64ArrayAttr:$offset_dims, DenseI64ArrayAttr:$collapsed_dims,
                       DenseI64ArrayAttr:$start_index_map,
                       DenseI64ArrayAttr:$operand_batching_dims,
                       DenseI64ArrayAttr:$indices_batching_dims,
                       DenseI64ArrayAttr:$slice_sizes, Mjx_IndexMode:$mode,
                       OptionalAttr<F64Attr>:$fill_value);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($mode) $x `[` $indices `]` `,` `offset_dims` `=` $offset_dims `,`
    `collapsed_dims` `=` $collapsed_dims `,` `start_index_map` `=` $start_index_map `,`
    `batching_dims` `=` $operand_batching_dims `,` $indices_batching_dims `,`
    `slice_sizes` `=` $slice_sizes attr-dict
    `:` type($x) `,` type($indices) `->` type($out)
  }];
}

def ScatterOp : Mjx_StructuredOp<"scatter", !listconcat(Mjx_Inferred, Mjx_UpdatesPart)> {
  let summary = "A tensor with many parts, at computed places, updated";
  let description = [{
    The reverse of `gather` with the same numbers: the parts of `updates` are
    combined into `dest` by `kind`. `update_window_dims` are the dimensions of
    `updates` that run through a part, `inserted_dims` the dimensions of `dest`
    a part has size 1 in and lacks.

    Mode `clip` moves parts inside, `fill` drops a part that is not inside, and
    `promise` states that all are. Updates are combined in row-major order, so
    of several that `set` one element the last wins. `unique` promises that no
    element is updated twice.
  }];
  let arguments = (ins Mjx_ScatterKind:$kind, Mjx_Tensor:$dest, Mjx_IntTensor:$indices,
                       Mjx_Tensor:$updates,
                       DenseI64ArrayAttr:$update_window_dims, DenseI64ArrayAttr:$inserted_dims,
                       DenseI64ArrayAttr:$scatter_index_map,
                       DenseI64ArrayAttr:$operand_batching_dims,
                       DenseI64ArrayAttr:$indices_batching_dims,
                       Mjx_IndexMode:$mode, Mjx_Flag:$unique, Mjx_Flag:$sorted);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($kind) custom<Keyword>($mode) $dest `[` $indices `]` `,` $updates `,`
    `update_window_dims` `=` $update_window_dims `,` `inserted_dims` `=` $inserted_dims `,`
    `scatter_index_map` `=` $scatter_index_map `,`
    `batching_dims` `=` $operand_batching_dims `,` $indices_batching_dims attr-dict
    `:` type($dest) `,` type($indices) `,` type($updates) `->` type($out)
  }];
}

#endif // MJX_INDEXING_OPS
