//===- TransformOps.td - Regions to be differentiated or batched -*- tablegen -*-===//
//
// Regions of these ops are not isolated: what they capture is constant to the
// transform, and belongs to the levels outside.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_TRANSFORM_OPS
#define MJX_TRANSFORM_OPS

include "mjx/IR/MjxBase.td"

class Mjx_TransformOp<string mnemonic, list<Trait> traits = []>
    : Mjx_Op<mnemonic, !listconcat([Pure, NotDifferentiable, NeverLinear, NeverBatched, NeverLowered,
                                    DeclareOpInterfaceMethods<TransformOpInterface>],
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

def VmapOp : Mjx_TransformOp<"vmap", [SingleBlock]> {
  let summary = "A region applied to every example of a batch";
  let description = [{
    `in_axes` gives each operand's batch dimension, -1 for none; the region sees
    one example. `out_axes` says where the results get theirs, -1 for a result
    that does not vary. `size` is the number of examples.

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
                       DenseI64ArrayAttr:$out_axes, I64Attr:$size);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = [{
    `(` $ins `)` `in_axes` `=` $in_axes `,` `out_axes` `=` $out_axes attr-dict
    `:` functional-type($ins, $outs) $body
  }];
  let hasVerifier = 1;
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
