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

def ScanOp : Mjx_ControlFlowOp<"scan", !listconcat([SingleBlock, Mjx_Costs<["countBytesRead", "countBytesWritten", "countRuns"]>], Mjx_Inferred)> {
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

def WhileOp : Mjx_ControlFlowOp<"while", !listconcat([Mjx_Costs<["countBytesRead", "countBytesWritten"]>], Mjx_Inferred), /*jvp=*/1, /*linear=*/0> {
  let summary = "A loop that runs while a condition holds";
  let description = [{
    Operands are `cond_consts` constants of the condition, `body_consts` of the
    body, and the initial carries. The first region takes its constants and the
    carries and yields a scalar boolean; the second takes its constants and the
    carries and yields the new carries. With `max_steps`, the loop is known to
    end after so many steps at most, and can be reversed.
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, I64Attr:$cond_consts, I64Attr:$body_consts,
                       DefaultValuedAttr<I64Attr, "0">:$max_steps);
  let regions = (region SizedRegion<1>:$cond, SizedRegion<1>:$body);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat =
      "`(` $ins `)` attr-dict `:` functional-type($ins, $outs) $cond `do` $body";
  let hasVerifier = 1;
}

def CondOp : Mjx_ControlFlowOp<"cond", !listconcat([Mjx_Costs<["countBytesRead", "countBytesWritten", "choosesRegion"]>], Mjx_Inferred)> {
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

def MapOp : Mjx_ControlFlowOp<"map", !listconcat([SingleBlock, Mjx_Costs<["countBytesRead", "countBytesWritten", "countRuns"]>], Mjx_Inferred)> {
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

/// Its effects are those of the function.
def CallOp : Mjx_Op<"call", !listconcat(Mjx_JvpTrait<1>.traits, Mjx_LinearTrait<1>.traits, Mjx_Batched,
                                        [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
                                         DeclareOpInterfaceMethods<SymbolUserOpInterface>,
                                         DeclareOpInterfaceMethods<NamedAxisOpInterface>,
                                         DeclareOpInterfaceMethods<DecomposeOpInterface>])> {
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

//===----------------------------------------------------------------------===//
// Effects: programs that talk to the host
//===----------------------------------------------------------------------===//

// What has an effect is neither dropped nor merged nor moved past another effect:
// the order of the program is the order of execution. Rules keep it with the
// primal computation.

def Mjx_CallbackKind : Mjx_Keyword<["pure", "io", "debug"]>;
/// What a call with batched operands becomes: one call for each example, or one
/// call in which operands without the batch get a dimension of 1, get copies, or
/// stay as they are; "none" refuses.
def Mjx_VmapMethod : Mjx_Keyword<["none", "sequential", "expand_dims", "broadcast_all",
                                  "legacy_vectorized"]>;

class Mjx_EffectOp<string mnemonic, list<Trait> traits = []>
    : Mjx_Op<mnemonic, !listconcat([NeverLinear, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>],
                                   Mjx_Batched, traits)>;

def HostCallbackOp : Mjx_EffectOp<"host_callback", Mjx_JvpTrait<1>.traits> {
  let summary = "A function of the host applied to values of the program";
  let description = [{
    `callback` is the number under which the frontend keeps the function in this
    process. A `pure` callback has no effect but its results, and may run as often
    as its results are needed; an `io` callback runs exactly as often as the
    program says; a `debug` callback as well, and nothing is differentiated by
    it. With `ordered`, callbacks of one program also wait for those of the
    programs started before.

    ```mlir
    %y = mjx.host_callback io(%x) {callback = 3 : i64} : (tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins Variadic<Mjx_Tensor>:$ins, Mjx_CallbackKind:$kind, I64Attr:$callback,
                       Mjx_Flag:$ordered, DefaultValuedAttr<Mjx_VmapMethod, "\"sequential\"">:$vmap_method);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat =
      "custom<Keyword>($kind) `(` $ins `)` attr-dict `:` functional-type($ins, $outs)";
}

/// A condition, whose type need not be written.
def Mjx_Predicate : 0DTensorOf<[Mjx_Bool]>,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI1Type())">;

def CheckOp : Mjx_EffectOp<"check", [NotDifferentiable]> {
  let summary = "The end of the program, as an error, unless a condition holds";
  let description = [{
    Where the condition is false the program stops, and reading any of its
    outputs raises an error of class `error` with the message. `{0}`, `{1}`, ...
    in it stand for the values.

    ```mlir
    mjx.check %positive, "expected x > 0, but got {0}" (%x : tensor<f32>)
    ```
  }];
  let arguments = (ins Mjx_Predicate:$predicate, StrAttr:$message,
                       Variadic<Mjx_Tensor>:$values,
                       DefaultValuedAttr<StrAttr, "\"RuntimeError\"">:$error);
  let assemblyFormat =
      "$predicate `,` $message (`(` $values^ `:` type($values) `)`)? attr-dict";
}

def Mjx_ForeignInterface : Mjx_Keyword<["buffers", "pointers"]>;

def CustomCallOp : Mjx_EffectOp<"custom_call", Mjx_JvpTrait<1>.traits> {
  let summary = "A C function, found by name, applied to buffers";
  let description = [{
    `target` is a name registered with the runtime. What the function is given
    follows from `api`; see include/mjx-c/Foreign.h. `config` holds the values of
    its named parameters. With `has_effects` the call is made exactly as often as
    the program says.

    ```mlir
    %y = mjx.custom_call "scale"(%x) {api = "buffers", config = "by=f64:2"} : (tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins StrAttr:$target, Variadic<Mjx_Tensor>:$ins,
                       DefaultValuedAttr<Mjx_ForeignInterface, "\"buffers\"">:$api,
                       DefaultValuedAttr<StrAttr, "\"\"">:$config, Mjx_Flag:$has_effects,
                       DefaultValuedAttr<Mjx_VmapMethod, "\"none\"">:$vmap_method);
  let results = (outs Variadic<Mjx_Tensor>:$outs);
  let assemblyFormat = "$target `(` $ins `)` attr-dict `:` functional-type($ins, $outs)";
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
