//===- ControlFlowOps.td - Loops, branches and calls ------*- tablegen -*-===//
//
// Regions of these ops are isolated: all they use are block arguments, so that
// a rule sees every input.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_CONTROL_FLOW_OPS
#define MJX_CONTROL_FLOW_OPS

include "mjx/IR/MjxBase.td"
include "mlir/IR/SymbolInterfaces.td"

class Mjx_ControlFlowOp<string mnemonic, list<Trait> traits, bit jvp = 1, bit linear = 1>
    : Mjx_StructuredOp<mnemonic, !listconcat([IsolatedFromAbove, RecursiveMemoryEffects], traits),
                       jvp, linear>;

def ScanOp : Mjx_ControlFlowOp<"scan", !listconcat([SingleBlock], Mjx_Inferred)> {
  let summary = "A loop of fixed length over slices, with carried state";
  let description = [{
    Operands are `num_consts` constants, `num_carry` initial carries, and
    tensors whose leading dimension is `length`. The region takes the constants,
    the carries and one slice of each tensor, and yields the new carries and
    further values, which the op returns stacked after the final carries. With
    `reverse` it runs from the last slice to the first, stacking in slice order.

    ```mlir
    %s, %ys = mjx.scan(%zero, %xs) {length = 4 : i64, num_carry = 1 : i64, num_consts = 0 : i64}
        : (tensor<f32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
    ^bb0(%carry: tensor<f32>, %x: tensor<f32>):
      %0 = mjx.add %carry, %x : tensor<f32>
      mjx.yield %0, %0 : tensor<f32>, tensor<f32>
    }
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, I64Attr:$num_consts, I64Attr:$num_carry,
                       I64Attr:$length, Mjx_Flag:$reverse);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "`(` $ins `)` attr-dict `:` functional-type($ins, $outs) $body";
  let hasVerifier = 1;
}

def WhileOp : Mjx_ControlFlowOp<"while", Mjx_Inferred, /*jvp=*/1, /*linear=*/0> {
  let summary = "A loop that runs while a condition holds";
  let description = [{
    Operands are `cond_consts` constants of the condition, `body_consts` of the
    body, and the initial carries. The first region takes its constants and the
    carries and yields a scalar boolean; the second takes its constants and the
    carries and yields the new carries.
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, I64Attr:$cond_consts, I64Attr:$body_consts);
  let regions = (region SizedRegion<1>:$cond, SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat =
      "`(` $ins `)` attr-dict `:` functional-type($ins, $outs) $cond `do` $body";
  let hasVerifier = 1;
}

def CondOp : Mjx_ControlFlowOp<"cond", Mjx_Inferred> {
  let summary = "One of several branches, chosen by an index";
  let description = [{
    The index is a scalar, moved into range; a boolean chooses the first branch
    when false and the second when true. All branches take the other operands.
  }];
  let arguments = (ins Mjx_IndexScalar:$index, Variadic<Mjx_Tensor>:$ins);
  let regions = (region VariadicRegion<SizedRegion<1>>:$branches);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = [{
    $index `(` $ins `)` attr-dict `:` type($index) `,` functional-type($ins, $outs) $branches
  }];
  let hasVerifier = 1;
}

def MapOp : Mjx_ControlFlowOp<"map", !listconcat([SingleBlock], Mjx_Inferred)> {
  let summary = "A region applied to each slice, in any order";
  let description = [{
    Operands are `num_consts` constants and tensors of leading dimension `size`.
    The region takes the constants and one slice of each, and what it yields is
    stacked. What batching falls back on.
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, I64Attr:$num_consts, I64Attr:$size);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "`(` $ins `)` attr-dict `:` functional-type($ins, $outs) $body";
  let hasVerifier = 1;
}

def CallOp : Mjx_StructuredOp<"call", [DeclareOpInterfaceMethods<SymbolUserOpInterface>,
                                       DeclareOpInterfaceMethods<DecomposeOpInterface>]> {
  let summary = "A function of the module applied to tensors";
  let description = [{
    Every transform looks through a call, and it is inlined before lowering.

    ```mlir
    %y = mjx.call @f(%x) : (tensor<4xf32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<Mjx_Tensor>:$ins);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "$callee `(` $ins `)` attr-dict `:` functional-type($ins, $outs)";
}

def YieldOp : Mjx_Op<"yield", [Pure, Terminator, ReturnLike, NotDifferentiable, NeverLinear,
                               NeverBatched, NeverLowered]> {
  let summary = "The results of a region";
  let description = [{
    Ends every region of the dialect.
  }];
  let arguments = (ins Variadic<AnyTypeOf<[Mjx_Tensor, Mjx_LinearType]>>:$xs);
  let assemblyFormat = "($xs^ `:` type($xs))? attr-dict";
}

#endif // MJX_CONTROL_FLOW_OPS
