//===- Random.cpp - threefry2x32 ------------------------------------------===//
#include "Generic.h"

using namespace mlir;

namespace mjx {

namespace {

using Builder = ImplicitLocOpBuilder;

Value word(Builder &b, uint32_t number) {
  return arith::ConstantOp::create(b, b.getIntegerAttr(b.getI32Type(), number));
}

Value rotateLeft(Builder &b, Value x, uint32_t bits) {
  Value up = arith::ShLIOp::create(b, x, word(b, bits));
  Value down = arith::ShRUIOp::create(b, x, word(b, 32 - bits));
  return arith::OrIOp::create(b, up, down);
}

/// Threefry-2x32 of 20 rounds on scalars, as published (see the op).
SmallVector<Value> threefry(Builder &b, ValueRange args) {
  constexpr uint32_t rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  constexpr uint32_t parity = 0x1BD11BDA;
  Value mixed = arith::XOrIOp::create(b, args[0], args[1]);
  Value keys[] = {args[0], args[1], arith::XOrIOp::create(b, mixed, word(b, parity))};
  Value x = arith::AddIOp::create(b, args[2], keys[0]);
  Value y = arith::AddIOp::create(b, args[3], keys[1]);
  for (uint32_t group = 0; group < 5; ++group) {
    for (uint32_t bits : rotations[group % 2]) {
      x = arith::AddIOp::create(b, x, y);
      y = arith::XOrIOp::create(b, rotateLeft(b, y, bits), x);
    }
    Value count = arith::AddIOp::create(b, keys[(group + 2) % 3], word(b, group + 1));
    x = arith::AddIOp::create(b, x, keys[(group + 1) % 3]);
    y = arith::AddIOp::create(b, y, count);
  }
  return {x, y};
}

LoweredValues lowerThreefry(Threefry2x32Op op, Builder &b, ValueRange operands) {
  auto type = cast<RankedTensorType>(operands[0].getType());
  SmallVector<AffineMap> maps(6, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(), parallelLoop);
  Value first = emptyTensor(b, type.getShape(), type.getElementType());
  Value second = emptyTensor(b, type.getShape(), type.getElementType());
  auto generic = buildGeneric(b, operands, {first, second}, maps, loops, threefry);
  return SmallVector<Value>(generic.getResults());
}

} // namespace

void attachRandomLowerings(MLIRContext &context) {
  attachLowering<Threefry2x32Op, lowerThreefry>(context);
}

} // namespace mjx
