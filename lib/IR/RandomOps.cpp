//===- RandomOps.cpp - Counter-based random bits --------------------------===//
#include "mjx/IR/Mjx.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// threefry2x32
//===----------------------------------------------------------------------===//

LogicalResult Threefry2x32Op::buildBatch(BatchContext &c) { return c.pointwise(); }

//===----------------------------------------------------------------------===//
// random_bits
//===----------------------------------------------------------------------===//

LogicalResult RandomBitsOp::verify() {
  if (getKey().getType().getShape() == ArrayRef<int64_t>{2})
    return success();
  return emitOpError("expected a key of shape [2], but got ") << getKey().getType();
}

namespace {

/// Word `i` of keys in the last dimension, repeated to fill `shape`, which
/// starts with the dimensions of the keys.
Val keyWord(Val keys, int64_t i, ArrayRef<int64_t> shape) {
  int64_t last = keys.rank() - 1;
  SmallVector<int64_t> start(keys.rank(), 0), limit(keys.shape()), ones(keys.rank(), 1);
  start[last] = i;
  limit[last] = i + 1;
  SmallVector<int64_t> column(limit), outer(keys.shape().drop_back());
  column[last] = 1;
  Val word(*keys.emitter, keys.emitter->create<SliceOp>(keys.type().clone(column), keys.value,
                                                        start, limit, ones));
  return broadcast(reshape(word, outer), shape, iotaDims(last));
}

Val counter(Emitter &emitter, RankedTensorType type) {
  return {emitter, emitter.create<IotaOp>(type, type.getRank() - 1)};
}

/// The upper words of the 64-bit counters.
Val counterHigh(Emitter &emitter, RankedTensorType type) {
  int64_t count = type.getShape().back();
  if (count <= int64_t(1) << 32)
    return {emitter, emitter.zeros(type)};
  Type wide = IntegerType::get(type.getContext(), 64, IntegerType::Unsigned);
  Val whole = counter(emitter, type.clone(wide));
  return convert(ShrLogicalOp::of(whole, whole.splat(32)), type.getElementType());
}

/// Two encrypted words as one number of type `element`.
Val combineWords(Val first, Val second, Type element) {
  if (element.getIntOrFloatBitWidth() < 64)
    return convert(XorOp::of(first, second), element);
  Val high = convert(first, element);
  return OrOp::of(ShlOp::of(high, high.splat(32)), convert(second, element));
}

/// Random bits of type `out` for each of the keys in the last dimension. The
/// counters are the row-major indices within one key's part of the result.
Val bitsOfKeys(Val keys, RankedTensorType out) {
  Emitter &emitter = *keys.emitter;
  SmallVector<int64_t> flat(keys.shape().drop_back()), shape(flat);
  flat.push_back(out.getNumElements());
  llvm::append_range(shape, out.getShape());
  RankedTensorType words = keys.type().clone(flat);
  auto encrypted =
      emitter.create<Threefry2x32Op>(words, words, keyWord(keys, 0, flat), keyWord(keys, 1, flat),
                                     counterHigh(emitter, words), counter(emitter, words));
  Val bits = combineWords({emitter, encrypted.getOut0()}, {emitter, encrypted.getOut1()},
                          out.getElementType());
  return reshape(bits, shape);
}

} // namespace

FailureOr<SmallVector<Value>> RandomBitsOp::buildDecomposition(Emitter &emitter) {
  return SmallVector<Value>{bitsOfKeys({emitter, getKey()}, getType())};
}

// Each key has counters from zero, so a batch of keys gives what each gives.
LogicalResult RandomBitsOp::buildBatch(BatchContext &c) {
  c.set(bitsOfKeys(c.front(0), getType()), 0);
  return success();
}

} // namespace mjx
