//===- Pointwise.cpp - Pointwise ops to linalg ----------------------------===//
#include "Lowering.h"

using namespace mlir;

namespace mjx {

/// One loop nest over all elements, whatever the op.
static LoweredValues lowerPointwise(PointwiseOpInterface op, ImplicitLocOpBuilder &b,
                                    ValueRange operands) {
  RankedTensorType type = loweredTensor(op->getResult(0).getType());
  Value init = emptyTensor(b, type.getShape(), type.getElementType());
  SmallVector<AffineMap> maps(operands.size() + 1, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  bool hasScalarForm = true;
  auto body = [&](OpBuilder &nested, Location loc, ValueRange args) {
    ImplicitLocOpBuilder inner(loc, nested);
    Value result = op.buildScalar(inner, args.drop_back());
    hasScalarForm = static_cast<bool>(result);
    linalg::YieldOp::create(inner, result ? result : args.back());
  };
  auto generic =
      linalg::GenericOp::create(b, TypeRange{type}, operands, init, maps, iterators, body);
  if (!hasScalarForm)
    return op->emitOpError("has no scalar form for elements of ") << op->getOperand(0).getType();
  return SmallVector<Value>{generic.getResult(0)};
}

namespace {
template <class OpT>
struct PointwiseLowering : LinalgLoweringOpInterface::ExternalModel<PointwiseLowering<OpT>, OpT> {
  LoweredValues lowerToLinalg(Operation *op, ImplicitLocOpBuilder &b, ValueRange operands) const {
    return lowerPointwise(cast<PointwiseOpInterface>(op), b, operands);
  }
};

template <class OpT> void attachIfPointwise(MLIRContext &context) {
  constexpr bool isPointwise = OpT::template hasTrait<PointwiseOpInterface::Trait>();
  constexpr bool isDecomposed = OpT::template hasTrait<DecomposeOpInterface::Trait>();
  if constexpr (isPointwise && !isDecomposed)
    OpT::template attachInterface<PointwiseLowering<OpT>>(context);
}

/// All ops of the dialect, from the generated list.
template <class... Ops> struct OpList {
  static void attach(MLIRContext &context) { (attachIfPointwise<Ops>(context), ...); }
};
using AllOps = OpList<
#define GET_OP_LIST
#include "mjx/IR/MjxOps.cpp.inc"
    >;
} // namespace

void attachPointwiseLowerings(MLIRContext &context) { AllOps::attach(context); }

} // namespace mjx
