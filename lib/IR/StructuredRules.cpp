//===- StructuredRules.cpp - What rules about dimensions share ------------===//
#include "StructuredRules.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mjx {

std::string listText(ArrayRef<int64_t> values) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "[";
  llvm::interleaveComma(values, stream);
  stream << "]";
  return text;
}

LogicalResult Checker::tensors(ValueRange values) const {
  for (Value value : values) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !type.hasStaticShape())
      return fail("expected tensors of known shape, but got ", value.getType());
  }
  return success();
}

LogicalResult Checker::sameElements(Type x, Type y) const {
  if (getElementTypeOrSelf(x) != getElementTypeOrSelf(y))
    return fail("expected equal element types, but got ", x, " and ", y,
                "; convert one of them first");
  return success();
}

LogicalResult Checker::length(StringRef name, ArrayRef<int64_t> values, int64_t length) const {
  if (static_cast<int64_t>(values.size()) != length)
    return fail("expected ", name, " of length ", length, ", but got ", listText(values));
  return success();
}

LogicalResult Checker::dims(StringRef name, ArrayRef<int64_t> dims, int64_t rank) const {
  llvm::SmallDenseSet<int64_t> seen;
  for (int64_t dim : dims)
    if (dim < 0 || dim >= rank || !seen.insert(dim).second)
      return fail("expected ", name, " to list different dimensions in [0, ", rank, "), but got ",
                  listText(dims));
  return success();
}

LogicalResult Checker::increasing(StringRef name, ArrayRef<int64_t> dims) const {
  if (!llvm::is_sorted(dims))
    return fail("expected ", name, " to increase, but got ", listText(dims));
  return success();
}

SmallVector<int64_t> withInserted(ArrayRef<int64_t> values, int64_t at, int64_t value) {
  SmallVector<int64_t> result(values);
  result.insert(result.begin() + at, value);
  return result;
}

SmallVector<int64_t> shiftedDims(ArrayRef<int64_t> dims, int64_t at) {
  return llvm::map_to_vector(dims, [=](int64_t dim) { return dim + (dim >= at); });
}

SmallVector<int64_t> filled(int64_t size, int64_t value) {
  return SmallVector<int64_t>(size, value);
}

Attribute resplat(Attribute splat, RankedTensorType type) {
  auto elements = dyn_cast_or_null<DenseElementsAttr>(splat);
  return elements && elements.isSplat() ? elements.resizeSplat(type) : Attribute();
}

int64_t endOf(int64_t start, int64_t size, int64_t stride) {
  return size == 0 ? start : start + (size - 1) * stride + 1;
}

Val slice(Val x, ArrayRef<int64_t> start, ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  SmallVector<int64_t> limit;
  for (auto [first, size, stride] : llvm::zip(start, sizes, strides))
    limit.push_back(endOf(first, size, stride));
  return {*x.emitter, x.emitter->create<SliceOp>(x.value, start, limit, strides)};
}

Val concatenate(ArrayRef<Val> xs, int64_t dim) {
  if (xs.size() == 1)
    return xs.front();
  SmallVector<Value> values(xs.begin(), xs.end());
  return {*xs.front().emitter, xs.front().emitter->create<ConcatenateOp>(values, dim)};
}

} // namespace mjx
