//===- CallGemm.cpp - Matrix products become kernel calls -----------------===//
#include "Gemm.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUCALLGEMM
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

// Below this many multiply-adds a call costs more than the product.
constexpr int64_t tinyProduct = 512;

bool isZeroFill(linalg::FillOp fill) {
  Value value = fill.getInputs().front();
  if (matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero()))
    return true;
  auto parts = value.getDefiningOp<complex::ConstantOp>();
  return parts && llvm::all_of(parts.getValue(), [](Attribute part) {
           return cast<FloatAttr>(part).getValue().isZero();
         });
}

bool touches(Operation *op, Value buffer) {
  return op
      ->walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (isa<BaseMemRefType>(operand.getType()) && baseBuffer(operand) == buffer &&
              !isa<ViewLikeOpInterface>(nested))
            return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// The fill with zero that nothing but `product` sees, or null.
linalg::FillOp precedingZeroFill(linalg::GenericOp product, Value output) {
  Value buffer = baseBuffer(output);
  for (Operation *op = product->getPrevNode(); op; op = op->getPrevNode()) {
    auto fill = dyn_cast<linalg::FillOp>(op);
    if (fill && fill.getOutputs().front() == output)
      return isZeroFill(fill) ? fill : nullptr;
    if (touches(op, buffer))
      return nullptr;
  }
  return nullptr;
}

/// A part of a buffer: its first element moved by loop counters.
Value offsetBuffer(OpBuilder &builder, Location loc, Value buffer, ArrayRef<GemmLoop> loops,
                   ValueRange counters, unsigned operand) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes, ones(type.getRank(), builder.getIndexAttr(1));
  for (int64_t size : type.getShape())
    sizes.push_back(builder.getIndexAttr(size));
  bool moved = false;
  for (auto [loop, counter] : llvm::zip_equal(loops, counters)) {
    int64_t position = loop.positions[operand];
    if (position < 0)
      continue;
    offsets[position] = counter;
    sizes[position] = builder.getIndexAttr(1);
    moved = true;
  }
  if (!moved)
    return buffer;
  return memref::SubViewOp::create(builder, loc, buffer, offsets, sizes, ones);
}

void emitCall(linalg::GenericOp op, const GemmShape &shape) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  bool accumulate = true;
  if (linalg::FillOp fill = precedingZeroFill(op, op.getDpsInits()[0]);
      fill && !shape.loopsOverDepth) {
    fill.erase();
    accumulate = false;
  }
  SmallVector<Value> counters;
  for (const GemmLoop &loop : shape.loops) {
    auto bound = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    auto loopOp = scf::ForOp::create(builder, loc, bound(0), bound(loop.extent), bound(1));
    counters.push_back(loopOp.getInductionVar());
    builder.setInsertionPointToStart(loopOp.getBody());
  }
  Value buffers[3];
  for (unsigned operand = 0; operand < 3; ++operand)
    buffers[operand] = offsetBuffer(builder, loc, op->getOperand(shape.operands[operand]),
                                    shape.loops, counters, shape.operands[operand]);
  rt::GemmOp::create(builder, loc, buffers[0], buffers[1], buffers[2],
                     builder.getDenseI64ArrayAttr(shape.sizes),
                     builder.getDenseI64ArrayAttr(shape.strides), accumulate);
  op.erase();
}

struct CallGemm : public mjx::impl::MjxCpuCallGemmBase<CallGemm> {
  void runOnOperation() override {
    SmallVector<std::pair<linalg::GenericOp, GemmShape>> products;
    getOperation().walk([&](linalg::GenericOp op) {
      std::optional<GemmShape> shape = matchGemm(op);
      if (shape && shape->multiplyAdds() > tinyProduct)
        products.emplace_back(op, *shape);
    });
    for (auto &[op, shape] : products)
      emitCall(op, shape);
  }
};

} // namespace
