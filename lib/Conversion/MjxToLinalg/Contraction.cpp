//===- Contraction.cpp - dot_general and conv_general ---------------------===//
//
// Every product of matrices is one linalg.generic of this form, which targets
// may replace by a call:
//
//   * two inputs, one init, all maps projected permutations, so that a loop is
//     batch (in all three), row (lhs, init), column (rhs, init) or depth (both
//     inputs), of each any number;
//   * the body is `mul` of the inputs, `add` of the init and that, `yield`;
//   * sums of f16 and bf16 are f32, and an elementwise `arith.truncf` follows.
//     Inputs of large products are f32 too, widened beforehand, so that these
//     are the same kernels; in small ones the body starts with an `arith.extf`
//     of each input.
//
// The init is a linalg.fill with zero, except where a convolution adds up parts.
// A product that sums up nothing is an elementwise `mul` instead: fused into the
// loops of its user, it would add to its init more than once.
// Real float ops are marked reassoc and contract: a sum of products has no
// order, and a product and its addition may be one instruction.
//
// Loops are ordered such that, run as they are, the innermost one moves through
// memory by single elements.
//
//===----------------------------------------------------------------------===//
#include "Generic.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mjx {

namespace {

using Builder = ImplicitLocOpBuilder;
using Dims = SmallVector<int64_t>;
using Values = SmallVector<Value>;

constexpr int64_t fewRows = 4;
constexpr int64_t fewProducts = 4096;

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
Type elementOf(Value tensor) { return tensorType(tensor).getElementType(); }

int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

Value zeros(Builder &b, ArrayRef<int64_t> shape, Type element) {
  return filledTensor(b, shape, scalarConstant(b, element, 0));
}

/// args = {x, y, product}; x * y in the type of product, whose value is not read.
Values multiplyOnly(Builder &b, ValueRange args) {
  Type type = args[2].getType();
  if (isa<ComplexType>(type))
    return {complex::MulOp::create(b, args[0], args[1])};
  if (!isa<FloatType>(type))
    return {arith::MulIOp::create(b, args[0], args[1])};
  return {arith::MulFOp::create(b, resizeFloat(b, args[0], type), resizeFloat(b, args[1], type))};
}

/// args = {x, y, sum}; sum + x * y, in the type of sum.
Values multiplyAdd(Builder &b, ValueRange args) {
  Value x = args[0], y = args[1], sum = args[2];
  if (isa<ComplexType>(sum.getType()))
    return {complex::AddOp::create(b, sum, complex::MulOp::create(b, x, y))};
  if (!isa<FloatType>(sum.getType()))
    return {arith::AddIOp::create(b, sum, arith::MulIOp::create(b, x, y))};
  auto flags = arith::FastMathFlags::reassoc | arith::FastMathFlags::contract;
  x = resizeFloat(b, x, sum.getType());
  y = resizeFloat(b, y, sum.getType());
  return {arith::AddFOp::create(b, sum, arith::MulFOp::create(b, x, y, flags), flags)};
}

Value multiply(Builder &b, Value lhs, Value rhs, Value init, ArrayRef<AffineMap> maps,
               ArrayRef<utils::IteratorType> loops) {
  if (llvm::is_contained(loops, reductionLoop))
    return buildGeneric(b, {lhs, rhs}, init, maps, loops, multiplyAdd).getResult(0);
  Value empty = emptyTensor(b, tensorType(init).getShape(), elementOf(init));
  return buildGeneric(b, {lhs, rhs}, empty, maps, loops, multiplyOnly).getResult(0);
}

/// Of floats of 16 bits, in those of 32: each is used many times.
Value multiplyLarge(Builder &b, Value lhs, Value rhs, Value init, ArrayRef<AffineMap> maps,
                    ArrayRef<utils::IteratorType> loops) {
  Type sum = elementOf(init);
  if (isa<FloatType>(sum)) {
    lhs = resizeFloats(b, lhs, sum);
    rhs = resizeFloats(b, rhs, sum);
  }
  return multiply(b, lhs, rhs, init, maps, loops);
}

Value toElement(Builder &b, Value sums, Type element) {
  return isa<FloatType>(element) ? resizeFloats(b, sums, element) : sums;
}

//===----------------------------------------------------------------------===//
// dot_general
//===----------------------------------------------------------------------===//

/// Numbers the loops of a product as they come and remembers what they index.
class DotLoops {
public:
  explicit DotLoops(DotGeneralOp op)
      : lhs(op.getLhs().getType().getRank()), rhs(op.getRhs().getType().getRank()) {
    Dims lhsFree = op.getLhsFree(), rhsFree = op.getRhsFree();
    bool rhsEndsFree = !rhsFree.empty() && rhsFree.back() == int64_t(rhs.size()) - 1;
    bool lhsEndsFree = !lhsFree.empty() && lhsFree.back() == int64_t(lhs.size()) - 1;
    bool rowsLast = rhsFree.empty() && lhsEndsFree;
    for (auto [i, j] : llvm::zip(op.getLhsBatch(), op.getRhsBatch()))
      lhs[i] = rhs[j] = add(parallelLoop);
    if (!rowsLast)
      addFree(lhs, lhsFree);
    if (!rhsEndsFree && !rowsLast)
      addFree(rhs, rhsFree);
    for (auto [i, j] : llvm::zip(op.getLhsContract(), op.getRhsContract()))
      lhs[i] = rhs[j] = add(reductionLoop);
    if (rowsLast)
      addFree(lhs, lhsFree);
    if (rhsEndsFree || rowsLast)
      addFree(rhs, rhsFree);
    for (int64_t dim : op.getLhsBatch())
      out.push_back(lhs[dim]);
    for (int64_t dim : lhsFree)
      out.push_back(lhs[dim]);
    for (int64_t dim : rhsFree)
      out.push_back(rhs[dim]);
  }

  SmallVector<AffineMap> maps(MLIRContext *context) const {
    int64_t loops = kinds.size();
    return {loopMap(context, loops, lhs), loopMap(context, loops, rhs),
            loopMap(context, loops, out)};
  }

  SmallVector<utils::IteratorType> kinds;

private:
  int64_t add(utils::IteratorType kind) {
    kinds.push_back(kind);
    return kinds.size() - 1;
  }
  void addFree(Dims &side, ArrayRef<int64_t> dims) {
    for (int64_t dim : dims)
      side[dim] = add(parallelLoop);
  }

  Dims lhs, rhs, out;
};

/// Whether a matrix meets a matrix, and neither is small.
bool isLarge(DotGeneralOp op) {
  auto extent = [](Value side, ArrayRef<int64_t> dims) {
    int64_t result = 1;
    for (int64_t dim : dims)
      result *= tensorType(side).getDimSize(dim);
    return result;
  };
  int64_t rows = extent(op.getLhs(), op.getLhsFree()),
          columns = extent(op.getRhs(), op.getRhsFree());
  int64_t depth = extent(op.getLhs(), op.getLhsContract());
  return rows >= fewRows && columns >= fewRows && rows * columns * depth >= fewProducts;
}

LoweredValues lowerDotGeneral(DotGeneralOp op, Builder &b, ValueRange operands) {
  DotLoops loops(op);
  Type element = elementOf(operands[0]);
  Value init = zeros(b, op.getType().getShape(), accumulatorType(element));
  auto build = isLarge(op) ? multiplyLarge : multiply;
  Value sums = build(b, operands[0], operands[1], init, loops.maps(b.getContext()), loops.kinds);
  return Values{toElement(b, sums, element)};
}

//===----------------------------------------------------------------------===//
// conv_general
//===----------------------------------------------------------------------===//

// A convolution is a product of the kernel with a matrix that has a column per
// position of the result and in it all inputs that meet the kernel there. That
// matrix is much larger than the input, so it is made for one image at a time,
// or, where images are small, for all images and some of the features. Of few
// output features per group there is little to gain, and the sums are formed
// directly from the padded input.

constexpr int64_t fewFeatures = 4;
constexpr int64_t smallImage = 32;
constexpr int64_t largeColumns = 1 << 21;

/// The sizes of a convolution. With batch groups the images of a group are
/// apart in the batch, with feature groups their features are.
struct Conv {
  Conv(ConvGeneralOp op, Value lhs, Value rhs)
      : lhs(lhs), rhs(rhs), element(elementOf(lhs)), accumulator(accumulatorType(element)),
        strides(op.getStrides()), low(op.getLow()), high(op.getHigh()),
        lhsDilation(op.getLhsDilation()), rhsDilation(op.getRhsDilation()),
        batchGroups(op.getBatchGroups()), groups(op.getFeatureGroups() * op.getBatchGroups()),
        images(op.getType().getDimSize(0)), outFeatures(op.getType().getDimSize(1) / groups),
        features(tensorType(rhs).getDimSize(1)), kernel(tensorType(rhs).getShape().drop_front(2)),
        space(op.getType().getShape().drop_front(2)) {}

  bool hasBatchGroups() const { return batchGroups > 1; }
  /// With features of different groups in different dimensions.
  Dims groupedShape() const {
    Dims shape{images, groups, outFeatures};
    llvm::append_range(shape, space);
    return shape;
  }
  /// Of the sums: as groupedShape, but one group has no dimension of its own,
  /// so that nothing stands between the sums and the result.
  Dims sumsShape() const {
    Dims shape = groupedShape();
    if (groups == 1)
      shape.erase(shape.begin() + 1);
    return shape;
  }

  Value lhs, rhs;
  Type element, accumulator;
  ArrayRef<int64_t> strides, low, high, lhsDilation, rhsDilation;
  int64_t batchGroups, groups, images, outFeatures, features;
  ArrayRef<int64_t> kernel, space;
};

int64_t ceilDiv(int64_t x, int64_t y) { return x <= 0 ? 0 : (x + y - 1) / y; }

SmallVector<OpFoldResult> indexAttributes(Builder &b, ArrayRef<int64_t> numbers) {
  return getAsIndexOpFoldResult(b.getContext(), numbers);
}

/// Which input elements along a dimension are inside the padded input, and
/// where the first of them is.
struct Inside {
  int64_t first, count, place;
};

Inside insideOf(int64_t size, int64_t low, int64_t dilation, int64_t padded) {
  int64_t first = ceilDiv(-low, dilation);
  int64_t end = std::min(size, ceilDiv(padded - low, dilation));
  return {first, std::max<int64_t>(end - first, 0), first * dilation + low};
}

/// `image` spread and padded as the convolution says.
Value padImage(Builder &b, const Conv &conv, Value image) {
  ArrayRef<int64_t> shape = tensorType(image).getShape();
  Dims padded(shape), first(shape.size(), 0), count(shape), place(shape.size(), 0);
  Dims step(shape.size(), 1), ones(shape.size(), 1);
  for (size_t i = 0; i < conv.space.size(); ++i) {
    int64_t size = shape[i + 2], dilation = conv.lhsDilation[i];
    int64_t extent = size ? (size - 1) * dilation + 1 : 0;
    padded[i + 2] = std::max<int64_t>(extent + conv.low[i] + conv.high[i], 0);
    Inside inside = insideOf(size, conv.low[i], dilation, padded[i + 2]);
    first[i + 2] = inside.first, count[i + 2] = inside.count, place[i + 2] = inside.place;
    step[i + 2] = dilation;
  }
  if (padded == shape && count == shape)
    return image;
  Value zero = zeros(b, padded, elementOf(image));
  if (product(count) == 0)
    return zero;
  auto attributes = [&](ArrayRef<int64_t> numbers) { return indexAttributes(b, numbers); };
  Value part = image;
  if (count != shape)
    part = tensor::ExtractSliceOp::create(b, tensorType(image).clone(count), image,
                                          attributes(first), attributes(count), attributes(ones));
  return tensor::InsertSliceOp::create(b, part, zero, attributes(place), attributes(count),
                                       attributes(step));
}

/// Where in the padded input the kernel element at loop `tap` meets the result
/// element at loop `position`.
AffineExpr meetingPlace(Builder &b, const Conv &conv, size_t i, int64_t tap, int64_t position) {
  AffineExpr place = getAffineDimExpr(position, b.getContext()) * conv.strides[i];
  if (conv.kernel[i] == 1)
    return place;
  return place + getAffineDimExpr(tap, b.getContext()) * conv.rhsDilation[i];
}

/// The map into an input of `images` images per batch group and all features.
/// The loops are numbered by `image`, `group`, `feature`, and the first of the
/// taps and of the positions.
AffineMap inputMap(Builder &b, const Conv &conv, int64_t loops, int64_t images, int64_t image,
                   int64_t group, int64_t feature, int64_t taps, int64_t positions) {
  MLIRContext *context = b.getContext();
  AffineExpr n = getAffineDimExpr(image, context), g = getAffineDimExpr(group, context);
  AffineExpr c = getAffineDimExpr(feature, context);
  if (conv.hasBatchGroups())
    n = images == 1 ? g : g * images + n;
  else if (conv.groups > 1)
    c = g * conv.features + c;
  SmallVector<AffineExpr> exprs{n, c};
  for (size_t i = 0; i < conv.space.size(); ++i)
    exprs.push_back(meetingPlace(b, conv, i, taps + i, positions + i));
  return AffineMap::get(loops, 0, exprs, context);
}

/// The kernel as [groups, features out, features in, taps...].
Value groupedKernel(Builder &b, const Conv &conv) {
  Dims shape{conv.groups, conv.outFeatures, conv.features};
  llvm::append_range(shape, conv.kernel);
  SmallVector<ReassociationIndices> parts{{0, 1}};
  for (int64_t dim = 2; dim < int64_t(shape.size()); ++dim)
    parts.push_back({dim});
  return tensor::ExpandShapeOp::create(b, tensorType(conv.rhs).clone(shape), conv.rhs, parts);
}

/// The result with the features of all groups in one dimension.
Value joinGroups(Builder &b, const Conv &conv, Value result) {
  if (tensorType(result).getRank() == tensorType(conv.lhs).getRank())
    return toElement(b, result, conv.element);
  SmallVector<ReassociationIndices> parts{{0}, {1, 2}};
  for (int64_t dim = 3; dim < tensorType(result).getRank(); ++dim)
    parts.push_back({dim});
  Value joined = tensor::CollapseShapeOp::create(b, result, parts);
  return toElement(b, joined, conv.element);
}

/// The matrix of an input of `images` images per batch group:
/// [groups, features, taps..., images, positions...].
Value columnsOf(Builder &b, const Conv &conv, Value input, int64_t images, int64_t features) {
  int64_t space = conv.space.size();
  Dims shape{conv.groups, features};
  llvm::append_range(shape, conv.kernel);
  shape.push_back(images);
  llvm::append_range(shape, conv.space);
  int64_t loops = shape.size(), image = 2 + space;
  AffineMap map = inputMap(b, conv, loops, images, image, /*group=*/0, /*feature=*/1, /*taps=*/2,
                           /*positions=*/image + 1);
  SmallVector<utils::IteratorType> kinds(loops, parallelLoop);
  return buildGeneric(b, input, emptyTensor(b, shape, conv.element),
                      {map, b.getMultiDimIdentityMap(loops)}, kinds,
                      [](Builder &, ValueRange args) { return Values{args[0]}; })
      .getResult(0);
}

/// init + kernel * columns. The loops are images, group, feature out, feature
/// in, taps, positions; the init is indexed by the loops `order` and positions.
Value multiplyColumns(Builder &b, const Conv &conv, Value kernel, Value columns, Value init,
                      ArrayRef<int64_t> order) {
  int64_t space = conv.space.size(), loops = 4 + 2 * space;
  Dims taps = llvm::to_vector(llvm::seq<int64_t>(4, 4 + space));
  Dims positions = llvm::to_vector(llvm::seq<int64_t>(4 + space, loops));
  Dims kernelDims{1, 2, 3}, columnDims{1, 3}, initDims(order);
  llvm::append_range(kernelDims, taps);
  llvm::append_range(columnDims, taps);
  columnDims.push_back(0);
  llvm::append_range(columnDims, positions);
  llvm::append_range(initDims, positions);
  SmallVector<utils::IteratorType> kinds(loops, parallelLoop);
  for (int64_t loop = 3; loop < 4 + space; ++loop)
    kinds[loop] = reductionLoop;
  auto map = [&](ArrayRef<int64_t> dims) { return loopMap(b.getContext(), loops, dims); };
  return multiplyLarge(b, kernel, columns, init, {map(kernelDims), map(columnDims), map(initDims)},
                       kinds);
}

/// A loop that carries one tensor.
Value buildLoop(Builder &b, int64_t end, int64_t step, Value init,
                function_ref<Value(Builder &, Value index, Value carried)> body) {
  auto loop =
      scf::ForOp::create(b, indexConstant(b, 0), indexConstant(b, end), indexConstant(b, step),
                         init, [&](OpBuilder &inner, Location loc, Value index, ValueRange args) {
                           Builder scalars(loc, inner);
                           scf::YieldOp::create(scalars, body(scalars, index, args[0]));
                         });
  return loop.getResult(0);
}

/// A part of `x`: `size` elements, `stride` apart, of dimension `dim`, from
/// `start` on.
Value partOf(Builder &b, Value x, int64_t dim, OpFoldResult start, int64_t size,
             int64_t stride = 1) {
  Dims shape(tensorType(x).getShape());
  shape[dim] = size;
  Dims zeros(shape.size(), 0), ones(shape.size(), 1);
  auto offsets = indexAttributes(b, zeros), strides = indexAttributes(b, ones);
  offsets[dim] = start;
  strides[dim] = b.getIndexAttr(stride);
  return tensor::ExtractSliceOp::create(b, tensorType(x).clone(shape), x, offsets,
                                        indexAttributes(b, shape), strides);
}

//===----------------------------------------------------------------------===//
// The three ways
//===----------------------------------------------------------------------===//

/// Sums formed directly. The longer of the last tap loop and the last position
/// loop is the innermost.
Value convolveDirectly(Builder &b, const Conv &conv) {
  int64_t space = conv.space.size(), loops = 4 + 2 * space;
  bool tapsLast = space && conv.kernel.back() > conv.space.back();
  int64_t positions = tapsLast ? 3 : 4 + space, feature = tapsLast ? 3 + space : 3;
  int64_t taps = feature + 1;
  MLIRContext *context = b.getContext();
  auto dim = [&](int64_t loop) { return getAffineDimExpr(loop, context); };
  SmallVector<AffineExpr> kernel{dim(1) * conv.outFeatures + dim(2), dim(feature)};
  Dims result{0, 1, 2};
  for (int64_t i = 0; i < space; ++i) {
    kernel.push_back(dim(taps + i));
    result.push_back(positions + i);
  }
  SmallVector<utils::IteratorType> kinds(loops, reductionLoop);
  for (int64_t loop : result)
    kinds[loop] = parallelLoop;
  AffineMap input =
      inputMap(b, conv, loops, conv.images, /*image=*/0, /*group=*/1, feature, taps, positions);
  return multiply(
      b, padImage(b, conv, conv.lhs), conv.rhs, zeros(b, conv.groupedShape(), conv.accumulator),
      {input, AffineMap::get(loops, 0, kernel, context), loopMap(context, loops, result)}, kinds);
}

/// Image by image, each into its place in the result.
Value convolveImages(Builder &b, const Conv &conv) {
  Value kernel = groupedKernel(b, conv);
  Dims slot = conv.sumsShape(), loops = {0, 1, 2};
  slot[0] = 1;
  if (conv.groups == 1)
    loops = {0, 2};
  Value empty = emptyTensor(b, conv.sumsShape(), conv.accumulator);
  return buildLoop(b, conv.images, 1, empty, [&](Builder &s, Value image, Value result) -> Value {
    Value input = partOf(s, conv.lhs, 0, image, conv.batchGroups, conv.images);
    Value columns = columnsOf(s, conv, padImage(s, conv, input), 1, conv.features);
    Value place = partOf(s, result, 0, image, 1);
    Value zero = scalarConstant(s, conv.accumulator, 0);
    Value init = linalg::FillOp::create(s, zero, place).getResult(0);
    Value sums = multiplyColumns(s, conv, kernel, columns, init, loops);
    Dims zeros(slot.size(), 0), ones(slot.size(), 1);
    auto offsets = indexAttributes(s, zeros);
    offsets[0] = image;
    return tensor::InsertSliceOp::create(s, sums, result, offsets, indexAttributes(s, slot),
                                         indexAttributes(s, ones));
  });
}

/// How many input features at once: as many as keep the matrix small, and
/// divide their number.
int64_t featuresAtOnce(const Conv &conv) {
  if (conv.groups != conv.batchGroups)
    return conv.features;
  int64_t each = conv.groups * product(conv.kernel) * conv.images * product(conv.space);
  int64_t count = std::clamp<int64_t>(largeColumns / std::max<int64_t>(each, 1), 1, conv.features);
  while (conv.features % count)
    --count;
  return count;
}

/// Dimension `dim` moved to the front.
Value moveToFront(Builder &b, Value x, int64_t dim) {
  RankedTensorType type = tensorType(x);
  Dims shape, order = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  std::rotate(order.begin(), order.begin() + dim, order.begin() + dim + 1);
  for (int64_t from : order)
    shape.push_back(type.getDimSize(from));
  Value empty = emptyTensor(b, shape, type.getElementType());
  return linalg::TransposeOp::create(b, x, empty, order).getResult()[0];
}

/// All images together, features in blocks; the result has the images next to
/// the positions until the end.
Value convolveFeatures(Builder &b, const Conv &conv) {
  Value kernel = groupedKernel(b, conv);
  // Loops of the sums: groups unless there is one, features, images.
  Dims loops = {1, 2, 0}, shape = conv.sumsShape();
  if (conv.groups == 1)
    loops.erase(loops.begin());
  int64_t images = loops.size() - 1;
  std::rotate(shape.begin(), shape.begin() + 1, shape.begin() + images + 1);
  int64_t block = featuresAtOnce(conv);
  auto addBlock = [&](Builder &s, Value start, Value sums) -> Value {
    Value input = conv.lhs, part = kernel;
    if (block != conv.features) {
      input = partOf(s, input, 1, start, block);
      part = partOf(s, part, 2, start, block);
    }
    Value columns = columnsOf(s, conv, padImage(s, conv, input), conv.images, block);
    return multiplyColumns(s, conv, part, columns, sums, loops);
  };
  Value sums = zeros(b, shape, conv.accumulator);
  sums = block == conv.features ? addBlock(b, {}, sums)
                                : buildLoop(b, conv.features, block, sums, addBlock);
  return moveToFront(b, sums, images);
}

LoweredValues lowerConvGeneral(ConvGeneralOp op, Builder &b, ValueRange operands) {
  Conv conv(op, operands[0], operands[1]);
  int64_t depth = conv.features * product(conv.kernel);
  int64_t results = op.getType().getNumElements();
  if (depth == 0 || results == 0)
    return Values{zeros(b, op.getType().getShape(), conv.element)};
  Value result;
  if (conv.outFeatures < fewFeatures || depth * results <= fewProducts)
    result = convolveDirectly(b, conv);
  else if (conv.images == 1 || product(conv.space) >= smallImage)
    result = convolveImages(b, conv);
  else
    result = convolveFeatures(b, conv);
  return Values{joinGroups(b, conv, result)};
}

} // namespace

void attachContractionLowerings(MLIRContext &context) {
  attachLowering<DotGeneralOp, lowerDotGeneral>(context);
  attachLowering<ConvGeneralOp, lowerConvGeneral>(context);
}

} // namespace mjx
