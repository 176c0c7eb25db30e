//===- Interfaces.td - What an op can be asked ------------*- tablegen -*-===//
//
// One file, because mlir-tblgen generates the interfaces of its main file only.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_INTERFACES
#define MJX_INTERFACES

include "mlir/IR/OpBase.td"

def JvpOpInterface : OpInterface<"JvpOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op that knows the directional derivative of its results.

    The rule runs both in forward mode and in linearization; it cannot tell
    which, because the context's emitter decides where each op it creates goes.
  }];
  let methods = [InterfaceMethod<[{
    Gives the context the tangent of each result, from the tangents of the
    operands. A null tangent stands for zero, on both sides. May use the op's
    operands and results; must create only `mjx` ops, through the context.
    Is asked only when some operand has a tangent.
  }], "::llvm::LogicalResult", "buildJvp", (ins "::mjx::JvpContext &":$context)>];
}

def LinearOpInterface : OpInterface<"LinearOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op that is linear in some of its operands, jointly, when the others are
    held fixed.
  }];
  let methods = [InterfaceMethod<[{
    Contributes to the cotangents of the linear operands, from those of the
    results. The context says which operands are linear in this place; of the
    others the rule may use the values. A contribution is either a value to
    add, or a step that takes the accumulator and returns its successor, so
    that a slice costs only what it touches.
  }], "::llvm::LogicalResult", "buildTranspose",
  (ins "::mjx::TransposeContext &":$context)>];
}

def BatchOpInterface : OpInterface<"BatchOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op that knows how to act on many independent inputs at once.
  }];
  let methods = [InterfaceMethod<[{
    Gives the context each result of the batched op and where its batch
    dimension is. Each operand comes with its batch dimension, or without one
    (-1). Is asked only when some operand is batched, or when the op names the
    axis that is being batched. An op without this interface runs lane by lane.
  }], "::llvm::LogicalResult", "buildBatch", (ins "::mjx::BatchContext &":$context)>];
}

def NamedAxisOpInterface : OpInterface<"NamedAxisOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op on one example that sees others: those of the vmap that has the name.
    When that is resolved, `buildBatch` replaces the op, whether its operands
    are batched or not; under any other vmap it is an op like others.
  }];
  let methods = [
    InterfaceMethod<"Whether the op, or an op it stands for, names `axis`.",
      "bool", "namesAxis", (ins "::llvm::StringRef":$axis)>,
    InterfaceMethod<[{
      Whether results differ from example to example of the axis the op names.
    }], "bool", "variesOverAxis">
  ];
}

def PointwiseOpInterface : OpInterface<"PointwiseOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op whose result element depends on the operand elements at the same
    index and on nothing else. Batching and lowering follow from this.
  }];
  let methods = [InterfaceMethod<[{
    Builds one element of the result from one element of each operand, in
    `arith`, `math` and `complex`. Integers come and go signless; whether they
    are signed is read off the op's own types. Null if the op has no scalar
    form and is decomposed instead.
  }], "::mlir::Value", "buildScalar",
  (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::ValueRange":$args)>];
}

def DecomposeOpInterface : OpInterface<"DecomposeOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op that never reaches a backend: after all transforms it is replaced by
    simpler `mjx` ops.
  }];
  let methods = [InterfaceMethod<[{
    Builds the op's results from simpler ops, in front of the op.
  }], "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildDecomposition",
  (ins "::mjx::Emitter &":$emitter)>];
}

def LinalgLoweringOpInterface : OpInterface<"LinalgLoweringOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op that can be expressed on tensors in `linalg`, `tensor`, `scf` and
    `arith`. Implemented by external models, one file per op family, so that
    the dialect does not depend on those it is lowered to.
  }];
  let methods = [InterfaceMethod<[{
    Builds the results from operands that are already lowered: the same shapes
    with signless integers.
  }], "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "lowerToLinalg",
  (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::ValueRange":$operands)>];
}

def CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op whose cost does not follow from its types alone. An op without it
    reads its operands, writes its results and, if pointwise, takes one
    operation for each element.
  }];
  let methods = [
    InterfaceMethod<"Arithmetic operations of the op itself, without its regions.",
      "double", "countFlops", (ins), "", "return 0;">,
    InterfaceMethod<"Bytes read by the op itself, without its regions.",
      "double", "countBytesRead", (ins), "", "return bytesOf($_op->getOperandTypes());">,
    InterfaceMethod<"Bytes written by the op itself, without its regions.",
      "double", "countBytesWritten", (ins), "", "return bytesOf($_op->getResultTypes());">,
    InterfaceMethod<"How often a region runs; 1 where that is unknown.",
      "double", "countRuns", (ins "unsigned":$region), "", "(void)region; return 1;">,
    InterfaceMethod<"Whether one region runs and the others do not.",
      "bool", "choosesRegion", (ins), "", "return false;">,
    InterfaceMethod<"What the memory of the result is to that of the first operand.",
      "::mjx::ResultMemory", "getResultMemory", (ins), "", "return ResultMemory::Fresh;">
  ];
}

def TransformOpInterface : OpInterface<"TransformOpInterface"> {
  let cppNamespace = "::mjx";
  let description = [{
    An op that stands for a differentiated or batched region until it is
    resolved. Regions nested in it are resolved first.
  }];
  let methods = [InterfaceMethod<[{
    Builds what the op stands for in front of it and returns the values of its
    results. The caller replaces and erases the op. On failure a diagnostic has
    been emitted at the op that could not be transformed.
  }], "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "resolve",
  (ins "::mlir::OpBuilder &":$builder)>];
}

#endif // MJX_INTERFACES
