//===- Shape.cpp - Ops that move elements, in linalg and tensor -----------===//
#include "Generic.h"

using namespace mlir;

namespace mjx {

static SmallVector<OpFoldResult> attributes(ImplicitLocOpBuilder &b, ArrayRef<int64_t> values) {
  return llvm::map_to_vector(values,
                             [&](int64_t value) { return OpFoldResult(b.getIndexAttr(value)); });
}

/// A loop nest in which each result element is the element of `x` at `map`.
static Value copyThrough(ImplicitLocOpBuilder &b, Value x, AffineMap map, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t rank = shape.size();
  SmallVector<utils::IteratorType> loops(rank, parallelLoop);
  return buildGeneric(
             b, x, emptyTensor(b, shape, type.getElementType()),
             {map, b.getMultiDimIdentityMap(rank)}, loops,
             [](ImplicitLocOpBuilder &, ValueRange args) { return SmallVector<Value>{args[0]}; })
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// BroadcastInDim, Transpose, Reverse
//===----------------------------------------------------------------------===//

static LoweredValues lowerBroadcastInDim(BroadcastInDimOp op, ImplicitLocOpBuilder &b,
                                         ValueRange operands) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  SmallVector<AffineExpr> exprs;
  for (auto [extent, dim] : llvm::zip(op.getX().getType().getShape(), op.getDims()))
    exprs.push_back(extent == shape[dim] ? b.getAffineDimExpr(dim) : b.getAffineConstantExpr(0));
  AffineMap map = AffineMap::get(shape.size(), 0, exprs, b.getContext());
  return SmallVector<Value>{copyThrough(b, operands[0], map, shape)};
}

static LoweredValues lowerTranspose(TransposeOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  AffineMap map =
      loopMap(b.getContext(), op.getType().getRank(), inversePermutation(op.getPermutation()));
  return SmallVector<Value>{copyThrough(b, operands[0], map, op.getType().getShape())};
}

static LoweredValues lowerReverse(ReverseOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  SmallVector<AffineExpr> exprs;
  for (auto [dim, extent] : llvm::enumerate(shape)) {
    AffineExpr index = b.getAffineDimExpr(dim);
    exprs.push_back(llvm::is_contained(op.getDims(), dim) ? extent - 1 - index : index);
  }
  AffineMap map = AffineMap::get(shape.size(), 0, exprs, b.getContext());
  return SmallVector<Value>{copyThrough(b, operands[0], map, shape)};
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

namespace {
/// Two shapes cut into as many groups of dimensions as possible, such that each
/// group has as many elements on both sides.
struct CommonGroups {
  CommonGroups(ArrayRef<int64_t> from, ArrayRef<int64_t> to);
  SmallVector<ReassociationIndices> from, to;
  SmallVector<int64_t> extents;
};
} // namespace

CommonGroups::CommonGroups(ArrayRef<int64_t> fromShape, ArrayRef<int64_t> toShape) {
  size_t i = 0, j = 0;
  while (i < fromShape.size() && j < toShape.size()) {
    from.push_back({static_cast<int64_t>(i)});
    to.push_back({static_cast<int64_t>(j)});
    int64_t left = fromShape[i++], right = toShape[j++];
    while (left != right) {
      if (left < right) {
        from.back().push_back(i);
        left *= fromShape[i++];
      } else {
        to.back().push_back(j);
        right *= toShape[j++];
      }
    }
    extents.push_back(left);
  }
  // What is left over on one side has extent 1.
  for (; !from.empty() && i < fromShape.size(); ++i)
    from.back().push_back(i);
  for (; !to.empty() && j < toShape.size(); ++j)
    to.back().push_back(j);
}

static LoweredValues lowerReshape(ReshapeOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  RankedTensorType from = loweredTensor(op.getX().getType()), to = loweredTensor(op.getType());
  if (to.getNumElements() == 0)
    return SmallVector<Value>{emptyTensor(b, to.getShape(), to.getElementType())};
  CommonGroups groups(from.getShape(), to.getShape());
  RankedTensorType middle = to.clone(groups.extents);
  Value x = operands[0];
  if (from != middle)
    x = tensor::CollapseShapeOp::create(b, middle, x, groups.from);
  if (to != middle)
    x = tensor::ExpandShapeOp::create(b, to, x, groups.to);
  return SmallVector<Value>{x};
}

//===----------------------------------------------------------------------===//
// Concatenate, Pad, Slice
//===----------------------------------------------------------------------===//

static Value insertSlice(ImplicitLocOpBuilder &b, Value part, Value whole, ArrayRef<int64_t> start,
                         ArrayRef<int64_t> strides) {
  ArrayRef<int64_t> sizes = cast<RankedTensorType>(part.getType()).getShape();
  return tensor::InsertSliceOp::create(b, part, whole, attributes(b, start), attributes(b, sizes),
                                       attributes(b, strides));
}

static Value extractSlice(ImplicitLocOpBuilder &b, Value whole, ArrayRef<int64_t> start,
                          ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  return tensor::ExtractSliceOp::create(b, whole, attributes(b, start), attributes(b, sizes),
                                        attributes(b, strides));
}

static LoweredValues lowerConcatenate(ConcatenateOp op, ImplicitLocOpBuilder &b,
                                      ValueRange operands) {
  RankedTensorType type = loweredTensor(op.getType());
  Value result = emptyTensor(b, type.getShape(), type.getElementType());
  SmallVector<int64_t> start(type.getRank(), 0), ones(type.getRank(), 1);
  for (Value x : operands) {
    int64_t extent = cast<RankedTensorType>(x.getType()).getDimSize(op.getDim());
    if (extent != 0)
      result = insertSlice(b, x, result, start, ones);
    start[op.getDim()] += extent;
  }
  return SmallVector<Value>{result};
}

namespace {
/// Which elements of the operand of a pad remain along one dimension, and
/// where.
struct Remainder {
  Remainder(int64_t extent, int64_t low, int64_t stride, int64_t limit);
  int64_t start, size, place;
};
} // namespace

Remainder::Remainder(int64_t extent, int64_t low, int64_t stride, int64_t limit) {
  start = low < 0 ? llvm::divideCeil(-low, stride) : 0;
  place = low + start * stride;
  int64_t fitting = place < limit ? (limit - 1 - place) / stride + 1 : 0;
  size = std::max<int64_t>(0, std::min(extent - start, fitting));
}

Value padded(ImplicitLocOpBuilder &b, Value x, ArrayRef<int64_t> low, ArrayRef<int64_t> interior,
             ArrayRef<int64_t> shape, Value element) {
  ArrayRef<int64_t> extents = cast<RankedTensorType>(x.getType()).getShape();
  Value result = filledTensor(b, shape, element);
  SmallVector<int64_t> start, sizes, place, strides, ones(shape.size(), 1);
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    strides.push_back(interior[dim] + 1);
    Remainder left(extent, low[dim], strides.back(), shape[dim]);
    if (left.size == 0)
      return result;
    start.push_back(left.start);
    sizes.push_back(left.size);
    place.push_back(left.place);
    // A step that is not taken need not fit.
    strides.back() = left.size == 1 ? 1 : strides.back();
  }
  if (ArrayRef(sizes) != extents)
    x = extractSlice(b, x, start, sizes, ones);
  return insertSlice(b, x, result, place, strides);
}

static LoweredValues lowerPad(PadOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  return SmallVector<Value>{padded(b, operands[0], op.getLow(), op.getInterior(),
                                   op.getType().getShape(), scalarOf(b, operands[1]))};
}

static LoweredValues lowerSlice(SliceOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  RankedTensorType type = loweredTensor(op.getType());
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyTensor(b, type.getShape(), type.getElementType())};
  return SmallVector<Value>{
      extractSlice(b, operands[0], op.getStart(), type.getShape(), op.getStrides())};
}

void attachShapeLowerings(MLIRContext &context) {
  attachLowering<BroadcastInDimOp, lowerBroadcastInDim>(context);
  attachLowering<ReshapeOp, lowerReshape>(context);
  attachLowering<TransposeOp, lowerTranspose>(context);
  attachLowering<ReverseOp, lowerReverse>(context);
  attachLowering<ConcatenateOp, lowerConcatenate>(context);
  attachLowering<PadOp, lowerPad>(context);
  attachLowering<SliceOp, lowerSlice>(context);
}

} // namespace mjx
