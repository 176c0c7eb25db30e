//===- RuntimeCall.td - Calls of kernels in the runtime ----*- tablegen -*-===//
#ifndef MJX_TARGET_RUNTIMECALL
#define MJX_TARGET_RUNTIMECALL

include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/OpBase.td"

def MjxRt_Dialect : Dialect {
  let name = "mjx_rt";
  let cppNamespace = "::mjx::rt";
  let summary = "Calls of kernels that live in the runtime library";
  let description = [{
    What is not worth generating per shape (sorting, matrix products,
    factorizations) is a compiled routine of the runtime. These ops are how a
    program names one; they exist until buffers are assigned, then become calls.
  }];
  let extraClassDeclaration = [{
    /// What the compiler keeps from one compilation to the next in a context.
    std::shared_ptr<void> &compilerState() { return state; }
  private:
    std::shared_ptr<void> state;
  public:
  }];
}

def MjxRt_Shaped : AnyTypeOf<[AnyRankedTensor, AnyMemRef]>;

class MjxRt_Op<string mnemonic, list<Trait> traits = []>
    : Op<MjxRt_Dialect, mnemonic, traits>;

def MjxRt_CallOp : MjxRt_Op<"call", [
    AttrSizedOperandSegments, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "call a C kernel in destination-passing style";
  let description = [{
    Calls `int32_t symbol(const int64_t *desc, void *const *ins,
    void *const *outs)`. Every operand reaches the kernel as a dense row-major
    buffer; the kernel fills `outs`. Its initial contents are visible to the
    kernel, so an output that starts as an updated value is an in-place update.
    A result other than 0 becomes the result of the whole program.
    With `effects` the kernel does more than fill `outs`: it is called as often as
    the program says and in that order, and the program ends where it fails.

    ```mlir
    %sorted = mjx_rt.call @mjx_rt_sort ins(%x : tensor<8xf32>)
                outs(%e : tensor<8xf32>) {desc = array<i64: 1, 8>}
                -> tensor<8xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee,
                       Variadic<MjxRt_Shaped>:$inputs,
                       Variadic<MjxRt_Shaped>:$inits,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$desc, UnitAttr:$effects);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $callee (`ins` `(` $inputs^ `:` type($inputs) `)`)?
    (`outs` `(` $inits^ `:` type($inits) `)`)? attr-dict (`->` type($results)^)?
  }];
  let builders = [OpBuilder<(ins "::llvm::StringRef":$callee,
                                 "::mlir::ValueRange":$inputs,
                                 "::mlir::ValueRange":$inits,
                                 "::llvm::ArrayRef<int64_t>":$desc)>];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
  }];
}

def MjxRt_BarrierOp : MjxRt_Op<"barrier", [Pure]> {
  let summary = "its operands, as values that nothing is known of";
  let description = [{
    Keeps values that are computed again from being merged with the originals,
    as long as there are tensors. As buffers, results are the operands.
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$xs);
  let results = (outs Variadic<AnyRankedTensor>:$outs);
  let assemblyFormat = "$xs attr-dict `:` type($xs) `->` type($outs)";
}

def MjxRt_GemmOp : MjxRt_Op<"gemm"> {
  let summary = "batched matrix product of strided buffers";
  let description = [{
    `c[p, i, j] (+)= sum over k of a[p, i, k] * b[p, k, j]`, where each operand
    is addressed by element strides from its first element and the columns of
    `c` lie next to each other. `sizes` is [batch, m, n, k]; `strides` is
    [a batch, a row, a column, b batch, b row, b column, c batch, c row].
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$a,
                       Arg<AnyMemRef, "", [MemRead]>:$b,
                       Arg<AnyMemRef, "", [MemRead, MemWrite]>:$c,
                       DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$strides,
                       UnitAttr:$accumulate);
  let assemblyFormat = [{
    $a `,` $b `,` $c `sizes` $sizes `strides` $strides
    (`accumulate` $accumulate^)? attr-dict
    `:` type($a) `,` type($b) `,` type($c)
  }];
  let hasVerifier = 1;
}

def MjxRt_ParallelOp : MjxRt_Op<"parallel"> {
  let summary = "iterations of a function, shared among threads";
  let description = [{
    Calls `body(operands..., begin, end)` for ranges that cover [0, `count`), on
    several threads, and ends when all calls have returned.

    ```mlir
    mjx_rt.parallel @body(%x, %y) count 32 : memref<8xf32>, memref<8xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$body, Variadic<AnyType>:$operands, I64Attr:$count);
  let assemblyFormat = "$body `(` $operands `)` `count` $count attr-dict (`:` type($operands)^)?";
}

#endif // MJX_TARGET_RUNTIMECALL
