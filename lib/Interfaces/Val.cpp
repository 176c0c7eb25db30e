//===- Val.cpp - A value to write mathematics with ------------------------===//
#include "mjx/Interfaces/Val.h"

#include "mjx/IR/Mjx.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace mjx {

static bool isSplatAttribute(DenseElementsAttr attribute, double number) {
  if (!attribute || !attribute.isSplat())
    return false;
  Type element = attribute.getElementType();
  if (isa<FloatType>(element))
    return attribute.getSplatValue<APFloat>().convertToDouble() == number;
  if (isa<IntegerType>(element))
    return attribute.getSplatValue<APInt>() == APInt(element.getIntOrFloatBitWidth(),
                                                     static_cast<int64_t>(number),
                                                     /*isSigned=*/true, /*implicitTrunc=*/true);
  auto value = attribute.getSplatValue<std::complex<APFloat>>();
  return value.real().convertToDouble() == number && value.imag().isZero();
}

bool isSplat(Value value, double number) {
  while (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    value = broadcast.getX();
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && isSplatAttribute(dyn_cast<DenseElementsAttr>(constant.getValue()), number);
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

Val operator-(Val x) {
  if (!x)
    return x;
  if (auto neg = x.value.getDefiningOp<NegOp>())
    return {*x.emitter, neg.getX()};
  return NegOp::of(x);
}

Val operator+(Val x, Val y) {
  if (!x)
    return y;
  if (!y)
    return x;
  if (auto neg = y.value.getDefiningOp<NegOp>())
    return x - Val(*y.emitter, neg.getX());
  return AddOp::of(x, y);
}

Val operator-(Val x, Val y) {
  if (!y)
    return x;
  return x ? SubOp::of(x, y) : -y;
}

Val operator*(Val x, Val y) {
  if (!x || !y)
    return {};
  if (isSplat(y, 1))
    return x;
  return isSplat(x, 1) ? y : MulOp::of(x, y);
}

Val operator/(Val x, Val y) {
  if (!x || isSplat(y, 1))
    return x;
  return DivOp::of(x, y);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Val compare(Val x, Val y, StringRef direction) { return CompareOp::of(x, y, direction); }

Val select(Val predicate, Val x, Val y) {
  if (!x && !y)
    return {};
  Val present = x ? x : y;
  return SelectOp::of(predicate, x ? x : present.splat(0), y ? y : present.splat(0));
}

Val convert(Val x, Type element) {
  return !x || x.element() == element ? x : ConvertOp::of(x, element);
}

Val broadcast(Val x, ArrayRef<int64_t> shape, ArrayRef<int64_t> dims) {
  if (!x || x.shape() == shape)
    return x;
  return {*x.emitter, x.emitter->create<BroadcastInDimOp>(x.type().clone(shape), x.value, dims)};
}

Val reshape(Val x, ArrayRef<int64_t> shape) {
  if (!x || x.shape() == shape)
    return x;
  return {*x.emitter, x.emitter->create<ReshapeOp>(x.type().clone(shape), x.value)};
}

Val transpose(Val x, ArrayRef<int64_t> permutation) {
  if (!x || llvm::equal(permutation, iotaDims(permutation.size())))
    return x;
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(x.shape()[dim]);
  return {*x.emitter, x.emitter->create<TransposeOp>(x.type().clone(shape), x.value, permutation)};
}

Val sum(Val x, ArrayRef<int64_t> dims) {
  if (!x || dims.empty())
    return x;
  SmallVector<int64_t> shape;
  for (int64_t dim : otherDims(x.rank(), dims))
    shape.push_back(x.shape()[dim]);
  return {*x.emitter, x.emitter->create<ReduceOp>(x.type().clone(shape), "add", x.value, dims)};
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

SmallVector<int64_t> iotaDims(int64_t n) { return llvm::to_vector(llvm::seq<int64_t>(0, n)); }

SmallVector<int64_t> inversePermutation(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [i, dim] : llvm::enumerate(permutation))
    inverse[dim] = i;
  return inverse;
}

SmallVector<int64_t> otherDims(int64_t rank, ArrayRef<int64_t> dims) {
  return llvm::to_vector(llvm::make_filter_range(
      llvm::seq<int64_t>(0, rank), [&](int64_t d) { return !llvm::is_contained(dims, d); }));
}

} // namespace mjx
