//===- TransformOps.td - Regions to be differentiated or batched -*- tablegen -*-===//
//
// Regions of these ops are not isolated: what they capture is constant to the
// transform, and belongs to the levels outside.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_TRANSFORM_OPS
#define MJX_TRANSFORM_OPS

include "mjx/IR/MjxBase.td"
include "mjx/IR/ReductionOps.td"

class Mjx_TransformOp<string mnemonic, list<Trait> traits = []>
    : Mjx_Op<mnemonic, !listconcat([Pure, RecursiveMemoryEffects, NotDifferentiable, NeverLinear, NeverBatched,
                                    NeverLowered, DeclareOpInterfaceMethods<TransformOpInterface>],
                                   Mjx_Inferred, traits)>;

def LinearizeOp : Mjx_TransformOp<"linearize", [SingleBlock]> {
  let summary = "The value of a region and its derivative, as a linear map";
  let description = [{
    The region is applied to the operands; `wrt` are those to differentiate by.
    Results are what it yields and then the linear map, from tangents of the
    `wrt` operands to tangents of the yielded values that have any. The last
    `num_aux` yielded values are not differentiated.

    ```mlir
    %y, %dy = mjx.linearize(%x) wrt = [0] : (tensor<f32>)
        -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.sin %a : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    %g = mjx.apply_transpose %dy(%one) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, DenseI64ArrayAttr:$wrt,
                       DefaultValuedAttr<I64Attr, "0">:$num_aux);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<AnyTypeOf<[Mjx_Tensor, Mjx_LinearType]>>:$outs);
  let assemblyFormat = [{
    `(` $ins `)` `wrt` `=` $wrt attr-dict `:` functional-type($ins, $outs) $body
  }];
  let hasVerifier = 1;
}

def LinearMapOp : Mjx_Op<"linear_map", [Pure, SingleBlock, NotDifferentiable, NeverLinear,
                                        NeverBatched, NeverLowered]> {
  let summary = "A linear map: tangents in, tangents out";
  let description = [{
    What `linearize` resolves to. The region holds linear ops only; the other
    values it uses are captured. Whoever applies it clones or reverses it.
  }];
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Mjx_LinearType:$out);
  let assemblyFormat = "attr-dict `:` type($out) $body";
  let hasVerifier = 1;
}

def ApplyOp : Mjx_TransformOp<"apply"> {
  let summary = "A linear map applied to tangents";
  let description = [{
    ```mlir
    %dy = mjx.apply %lin(%dx) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins Mjx_LinearType:$map, Variadic<Mjx_Tensor>:$tangents);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "$map `(` $tangents `)` attr-dict `:` functional-type(operands, $outs)";
}

def ApplyTransposeOp : Mjx_TransformOp<"apply_transpose"> {
  let summary = "The transpose of a linear map applied to cotangents";
  let description = [{
    Takes cotangents of the map's results and gives those of its arguments.

    ```mlir
    %g = mjx.apply_transpose %lin(%one) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins Mjx_LinearType:$map, Variadic<Mjx_Tensor>:$cotangents);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "$map `(` $cotangents `)` attr-dict `:` functional-type(operands, $outs)";
}

def JvpOp : Mjx_TransformOp<"jvp", [SingleBlock]> {
  let summary = "The value of a region and its derivative in one direction";
  let description = [{
    Operands are the region's inputs, then a tangent for each input in `wrt`.
    Results are the yielded values, then the tangents of those that have any.
    Nothing is stored: values and tangents are computed side by side.
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, DenseI64ArrayAttr:$wrt);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = [{
    `(` $ins `)` `wrt` `=` $wrt attr-dict `:` functional-type($ins, $outs) $body
  }];
  let hasVerifier = 1;
}

def JetOp : Mjx_TransformOp<"jet", [SingleBlock]> {
  let summary = "The value of a region and its derivatives along a curve, up to an order";
  let description = [{
    Operands are the region's inputs, then, for each order from 1 to `order`,
    the derivatives by time of the inputs in `wrt`. Results are the yielded
    values, then, for each order, the derivatives of those that have any. The
    cost grows with the square of the order, where nested `jvp` multiply.

    ```mlir
    %y, %y1, %y2 = mjx.jet(%x, %v, %zero) wrt = [0] {order = 2 : i64}
        : (tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.sin %a : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, DenseI64ArrayAttr:$wrt, I64Attr:$order);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = [{
    `(` $ins `)` `wrt` `=` $wrt attr-dict `:` functional-type($ins, $outs) $body
  }];
  let hasVerifier = 1;
}

def VmapOp : Mjx_TransformOp<"vmap", [SingleBlock]> {
  let summary = "A region applied to every example of a batch";
  let description = [{
    `in_axes` gives each operand's batch dimension, -1 for none; the region sees
    one example. `out_axes` says where the results get theirs, -1 for a result
    that does not vary. `size` is the number of examples, and `axis` what
    collectives in the region call the batch, which no vmap inside may repeat.

    ```mlir
    %z = mjx.vmap(%x, %w) in_axes = [0, -1], out_axes = [0] {size = 8 : i64}
        : (tensor<8x3xf32>, tensor<3xf32>) -> tensor<8x3xf32> {
    ^bb0(%a: tensor<3xf32>, %b: tensor<3xf32>):
      %0 = mjx.mul %a, %b : tensor<3xf32>
      mjx.yield %0 : tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, DenseI64ArrayAttr:$in_axes,
                       DenseI64ArrayAttr:$out_axes, I64Attr:$size, OptionalAttr<StrAttr>:$axis);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = [{
    `(` $ins `)` `in_axes` `=` $in_axes `,` `out_axes` `=` $out_axes attr-dict
    `:` functional-type($ins, $outs) $body
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Collectives: ops on one example that see the others
//===----------------------------------------------------------------------===//

/// `axis` names the enclosing vmap whose examples take part. They do so in
/// `groups`, lists of `size` positions one after another; all together if there
/// are none.
class Mjx_CollectiveOp<string mnemonic, dag data, list<Trait> traits = Mjx_Inferred,
                       bit differentiable = 1>
    : Mjx_StructuredOp<mnemonic, !listconcat([NeverLowered,
                                              DeclareOpInterfaceMethods<NamedAxisOpInterface>,
                                              DeclareOpInterfaceMethods<DecomposeOpInterface>],
                                             traits),
                       /*jvp=*/differentiable, /*linear=*/differentiable> {
  let arguments = !con(data, (ins StrAttr:$axis, I64Attr:$size,
                              DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$groups));
  let results = (outs Mjx_Tensor:$out);
  let hasVerifier = 1;
}

def AllReduceOp : Mjx_CollectiveOp<"all_reduce", (ins Mjx_Tensor:$x, Mjx_ReduceKind:$kind)> {
  let summary = "The reduction of a value over the examples of an axis";
  let description = [{
    ```mlir
    %s = mjx.all_reduce add %x over "i" {size = 8 : i64} : tensor<3xf32>
    ```
  }];
  let assemblyFormat = "custom<Keyword>($kind) $x `over` $axis attr-dict `:` type($x)";
}

def AllGatherOp : Mjx_CollectiveOp<"all_gather", (ins Mjx_Tensor:$x, I64Attr:$dim)> {
  let summary = "The values of all examples of an axis, stacked";
  let description = [{
    They are stacked along a new dimension, which becomes dimension `dim`.

    ```mlir
    %all = mjx.all_gather %x over "i" {dim = 0 : i64, size = 8 : i64} : tensor<3xf32> -> tensor<8x3xf32>
    ```
  }];
  let assemblyFormat = "$x `over` $axis attr-dict `:` type($x) `->` type($out)";
}

def ReduceScatterOp : Mjx_CollectiveOp<"reduce_scatter", (ins Mjx_NumberTensor:$x, I64Attr:$dim)> {
  let summary = "The sum over the examples of an axis, each taking a slice of it";
  let description = [{
    Dimension `dim` has one slice for each example; it disappears.

    ```mlir
    %mine = mjx.reduce_scatter %x over "i" {dim = 0 : i64, size = 8 : i64} : tensor<8x3xf32> -> tensor<3xf32>
    ```
  }];
  let assemblyFormat = "$x `over` $axis attr-dict `:` type($x) `->` type($out)";
}

def AllToAllOp : Mjx_CollectiveOp<"all_to_all",
                                  (ins Mjx_Tensor:$x, I64Attr:$split_dim, I64Attr:$concat_dim)> {
  let summary = "Slices sent from every example of an axis to every other";
  let description = [{
    Dimension `split_dim` has one slice for each example, which goes there; what
    arrives is stacked along a new dimension, which becomes `concat_dim`.

    ```mlir
    %y = mjx.all_to_all %x over "i" {concat_dim = 1 : i64, size = 8 : i64, split_dim = 0 : i64}
        : tensor<8x3xf32> -> tensor<3x8xf32>
    ```
  }];
  let assemblyFormat = "$x `over` $axis attr-dict `:` type($x) `->` type($out)";
}

def PermuteOp : Mjx_CollectiveOp<"permute", (ins Mjx_Tensor:$x, DenseI64ArrayAttr:$pairs)> {
  let summary = "Values sent from examples of an axis to others";
  let description = [{
    `pairs` lists sources and targets in turn. An example that nothing is sent
    to gets zeros.

    ```mlir
    %y = mjx.permute %x over "i" pairs = [0, 1, 1, 0] {size = 2 : i64} : tensor<3xf32>
    ```
  }];
  let assemblyFormat = "$x `over` $axis `pairs` `=` $pairs attr-dict `:` type($x)";
}

def AxisIndexOp : Mjx_CollectiveOp<"axis_index", (ins), Mjx_Inferred, /*differentiable=*/0> {
  let summary = "The position of the example in an axis";
  let description = [{
    ```mlir
    %i = mjx.axis_index over "i" {size = 8 : i64} : tensor<i32>
    ```
  }];
  let assemblyFormat = "`over` $axis attr-dict `:` type($out)";
}

//===----------------------------------------------------------------------===//
// Custom rules
//===----------------------------------------------------------------------===//

// Unlike those of the transforms above, these regions are isolated: an op with
// rules of its own stays in the program until something differentiates it, in
// loops and branches too, and whoever moves it there must see all it uses.

class Mjx_CustomOp<string mnemonic, bit linear = 0>
    : Mjx_StructuredOp<mnemonic, !listconcat([IsolatedFromAbove, RecursiveMemoryEffects, SingleBlock,
                                              DeclareOpInterfaceMethods<DecomposeOpInterface>],
                                             Mjx_Inferred),
                       /*jvp=*/1, linear> {
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let hasVerifier = 1;
}

def CustomJvpOp : Mjx_CustomOp<"custom_jvp"> {
  let summary = "A function with a rule for its tangents";
  let description = [{
    Operands are `num_consts` values that the regions use from outside, then the
    inputs. The first region is the function. The second, its rule, also takes a
    tangent for each input in `wrt` and yields the same values and then tangents
    of those that have any; it must be linear in the tangents. Inputs not in
    `wrt` have none. Where nothing is differentiated the function is inlined. By
    the constants it is differentiated as if it had no rule.

    ```mlir
    %y = mjx.custom_jvp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>}
        : (tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.sin %a : tensor<f32>
      mjx.yield %0 : tensor<f32>
    } rule {
    ^bb0(%a: tensor<f32>, %da: tensor<f32>):
      %0 = mjx.sin %a : tensor<f32>
      mjx.yield %0, %da : tensor<f32>, tensor<f32>
    }
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, I64Attr:$num_consts, DenseI64ArrayAttr:$wrt,
                       StrAttr:$function);
  let regions = (region SizedRegion<1>:$primal, SizedRegion<1>:$rule);
  let assemblyFormat =
      "`(` $ins `)` attr-dict `:` functional-type($ins, $outs) $primal `rule` $rule";
}

def CustomVjpOp : Mjx_CustomOp<"custom_vjp"> {
  let summary = "A function with a rule for its cotangents";
  let description = [{
    Operands as for `custom_jvp`. The first region is the function. The second
    yields the same values and then residuals. The third takes the constants,
    the residuals, and a cotangent of each result that has any, and yields a
    cotangent for each input in `wrt`. Only reverse mode can use this: an error
    names `function` where forward mode is tried, and where the derivative by
    one of the constants is wanted, about which the rule says nothing.
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, I64Attr:$num_consts, DenseI64ArrayAttr:$wrt,
                       StrAttr:$function);
  let regions = (region SizedRegion<1>:$primal, SizedRegion<1>:$fwd, SizedRegion<1>:$bwd);
  let assemblyFormat = [{
    `(` $ins `)` attr-dict `:` functional-type($ins, $outs) $primal `fwd` $fwd `bwd` $bwd
  }];
}

def LinearCallOp : Mjx_CustomOp<"linear_call", /*linear=*/1> {
  let summary = "A linear function that is given by its transpose";
  let description = [{
    Operands are `num_residuals` values and then those in which it is linear.
    The first region, the transpose, takes the residuals and cotangents of the
    results to cotangents of the linear operands. If there is a second, it is
    the function itself, from residuals and linear operands to the results;
    without it the op must be transposed before it can run.
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, I64Attr:$num_residuals, StrAttr:$function);
  let regions = (region SizedRegion<1>:$transposed, VariadicRegion<SizedRegion<1>>:$forward);
  let assemblyFormat =
      "`(` $ins `)` attr-dict `:` functional-type($ins, $outs) $transposed `of` `(` $forward `)`";
}

def Mjx_CheckpointSaves : Mjx_Keyword<["nothing", "dots", "dots_without_batch", "everything"]>;

def CheckpointOp : Mjx_StructuredOp<"checkpoint", !listconcat([
    IsolatedFromAbove, RecursiveMemoryEffects, SingleBlock, NeverLowered,
    DeclareOpInterfaceMethods<DecomposeOpInterface>], Mjx_Inferred)> {
  let summary = "A region of which reverse mode stores little";
  let description = [{
    The region applied to the operands. Linearized, it stores its inputs and
    what the policy saves, and computes the rest again when the derivative
    needs it.

    Saved are results of dot_general and conv_general if `saves` is `dots`, of
    those without batch dimensions if it is `dots_without_batch`, of every op if
    it is `everything`. Of values named by `checkpoint_name`, those in `names`, a
    list separated by commas, are saved, or with `all_names_but` those not in it.

    With `recomputes` the region computes again what exists elsewhere. Unless
    `may_merge`, its inputs then are behind a barrier, so that the two are not
    merged.

    ```mlir
    %y = mjx.checkpoint(%x) {saves = "nothing"} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%a: tensor<4xf32>):
      %0 = mjx.sin %a : tensor<4xf32>
      %1 = mjx.sin %0 : tensor<4xf32>
      mjx.yield %1 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, Mjx_CheckpointSaves:$saves,
                       DefaultValuedAttr<StrAttr, "\"\"">:$names, Mjx_Flag:$all_names_but,
                       Mjx_Flag:$may_merge, Mjx_Flag:$recomputes);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "`(` $ins `)` attr-dict `:` functional-type($ins, $outs) $body";
  let hasVerifier = 1;
}

def CheckpointNameOp : Mjx_StructuredOp<"checkpoint_name",
    !listconcat([Recomputable, NeverLowered, DeclareOpInterfaceMethods<DecomposeOpInterface>],
                Mjx_Inferred), /*jvp=*/1, /*linear=*/0> {
  let summary = "Its operand, under a name that checkpoint policies know";
  let description = [{
    ```mlir
    %y = mjx.checkpoint_name %x {name = "hidden"} : tensor<4xf32>
    ```
  }];
  let arguments = (ins Mjx_Tensor:$x, StrAttr:$name);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def OptimizationBarrierOp : Mjx_StructuredOp<"optimization_barrier", Mjx_Inferred> {
  let summary = "Its operands, which no optimization sees through";
  let description = [{
    Keeps recomputed values from being merged with the originals.
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$xs);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "$xs attr-dict `:` type($xs)";
}

#endif // MJX_TRANSFORM_OPS
