//===- Window.cpp - Sliding windows and top_k to linalg -------------------===//
//
// A large window is combined one dimension after the other, so that one of n x m
// costs n + m steps for each result. The loop over the places of a window goes
// around the innermost loop, which runs along the results and vectorizes.
//
// Where an extremum is chosen the place of each window comes first, as a number
// of an element; parallel for gathering, in order for scattering.
//
//===----------------------------------------------------------------------===//
#include "Generic.h"

#include "mjx/Target/RuntimeCall.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mjx {

namespace {

using Builder = ImplicitLocOpBuilder;
using Values = SmallVector<Value>;
using Dims = SmallVector<int64_t>;

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Booleans are ordered as unsigned numbers.
bool isUnsignedOrBool(Type type) {
  return isUnsigned(type) || cast<RankedTensorType>(type).getElementType().isInteger(1);
}

int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

//===----------------------------------------------------------------------===//
// reduce_window
//===----------------------------------------------------------------------===//

/// Up to so many places all are looked at together.
constexpr int64_t fewPlaces = 16;

/// `x` with the identity of `kind` at the places that hold no element.
Value padForWindows(Builder &b, ReduceWindowOp op, Value x, Value identity) {
  Dims shape(tensorType(x).getShape()), interior;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    interior.push_back(op.getBaseDilation()[dim] - 1);
    size = size == 0 ? 0 : (size - 1) * op.getBaseDilation()[dim] + 1;
    size = std::max<int64_t>(0, size + op.getLow()[dim] + op.getHigh()[dim]);
  }
  bool isSame = llvm::all_of(op.getLow(), [](int64_t low) { return low == 0; });
  if (isSame && ArrayRef<int64_t>(shape) == tensorType(x).getShape())
    return x;
  return padded(b, x, op.getLow(), interior, shape, identity);
}

/// The elements that windows have at a place, which is counted in row-major
/// order.
Value elementsAt(Builder &b, ReduceWindowOp op, Value x, int64_t place, ArrayRef<int64_t> shape) {
  int64_t rank = shape.size();
  Dims offsets(rank), strides(op.getStrides());
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    offsets[dim] = place % op.getWindow()[dim] * op.getWindowDilation()[dim];
    place /= op.getWindow()[dim];
    // A step that is not taken need not fit.
    strides[dim] = shape[dim] == 1 ? 1 : strides[dim];
  }
  auto attributes = [&](ArrayRef<int64_t> numbers) {
    return llvm::map_to_vector(
        numbers, [&](int64_t number) -> OpFoldResult { return b.getIndexAttr(number); });
  };
  return tensor::ExtractSliceOp::create(b, tensorType(x).clone(shape), x, attributes(offsets),
                                        attributes(shape), attributes(strides));
}

/// Windows over all dimensions, of few places: an operand for each place.
Value reduceAtOnce(Builder &b, ReduceWindowOp op, Value x, ArrayRef<int64_t> shape) {
  int64_t rank = shape.size(), count = product(op.getWindow());
  Values parts;
  for (int64_t place = 0; place < count; ++place)
    parts.push_back(elementsAt(b, op, x, place, shape));
  SmallVector<AffineMap> maps(count + 1, b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> loops(rank, parallelLoop);
  bool isUnsigned = isUnsignedOrBool(op.getX().getType());
  return buildGeneric(b, parts, emptyTensor(b, shape, tensorType(x).getElementType()), maps, loops,
                      [&](Builder &s, ValueRange args) {
                        Value value = args[0];
                        for (Value next : args.slice(1, count - 1))
                          value = combineScalars(s, op.getKind(), isUnsigned, value, next);
                        return Values{value};
                      })
      .getResult(0);
}

/// Windows along one dimension, of which there are `count`.
Value reduceAlong(Builder &b, ReduceWindowOp op, Value x, int64_t dim, int64_t count,
                  Value identity) {
  int64_t rank = tensorType(x).getRank(), window = op.getWindow()[dim];
  Dims shape(tensorType(x).getShape());
  shape[dim] = count;
  // Loops are the dimensions, and in front of the last that of the places; after
  // it where there are fewer results than places.
  bool placesLast = dim == rank - 1 && count < window;
  int64_t places = placesLast ? rank : rank - 1;
  MLIRContext *context = b.getContext();
  SmallVector<AffineExpr> from;
  Dims to;
  for (int64_t i = 0; i < rank; ++i) {
    to.push_back(i + (i >= places));
    from.push_back(getAffineDimExpr(to.back(), context));
  }
  from[dim] = from[dim] * op.getStrides()[dim] +
              getAffineDimExpr(places, context) * op.getWindowDilation()[dim];
  SmallVector<utils::IteratorType> loops(rank + 1, parallelLoop);
  loops[places] = reductionLoop;
  Value extent = emptyTensor(b, window, tensorType(x).getElementType());
  Value init = filledTensor(b, shape, identity);
  return buildGeneric(b, {x, extent}, init,
                      {AffineMap::get(rank + 1, 0, from, context),
                       loopMap(context, rank + 1, places), loopMap(context, rank + 1, to)},
                      loops,
                      [&](Builder &s, ValueRange args) {
                        return Values{combineScalars(s, op.getKind(),
                                                     isUnsignedOrBool(op.getX().getType()), args[2],
                                                     args[0])};
                      })
      .getResult(0);
}

LoweredValues lowerReduceWindow(ReduceWindowOp op, Builder &b, ValueRange operands) {
  ArrayRef<int64_t> shape = op.getOut().getType().getShape();
  Type element = tensorType(operands[0]).getElementType();
  if (product(shape) == 0)
    return Values{emptyTensor(b, shape, element)};
  Type accumulator = accumulatorType(element);
  Value x = isa<FloatType>(element) ? resizeFloats(b, operands[0], accumulator) : operands[0];
  Value identity =
      reductionIdentity(b, op.getKind(), isUnsignedOrBool(op.getX().getType()), element);
  if (isa<FloatType>(element))
    identity = resizeFloat(b, identity, accumulator);
  x = padForWindows(b, op, x, identity);
  if (product(op.getWindow()) <= fewPlaces) {
    x = reduceAtOnce(b, op, x, shape);
    return Values{isa<FloatType>(element) ? resizeFloats(b, x, element) : x};
  }
  // Dimensions that become smaller come first.
  Dims order = llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
  llvm::stable_sort(order,
                    [&](int64_t i, int64_t j) { return op.getStrides()[i] > op.getStrides()[j]; });
  for (int64_t dim : order)
    if (op.getWindow()[dim] > 1 || tensorType(x).getDimSize(dim) != shape[dim])
      x = reduceAlong(b, op, x, dim, shape[dim], identity);
  return Values{isa<FloatType>(element) ? resizeFloats(b, x, element) : x};
}

//===----------------------------------------------------------------------===//
// window_gather and window_scatter
//===----------------------------------------------------------------------===//

/// Whether a candidate takes the place of the best so far: it is beyond, or the
/// first NaN.
Value isBetter(Builder &b, StringRef kind, bool isUnsigned, Value candidate, Value best) {
  bool isMax = kind == "max";
  if (isa<FloatType>(candidate.getType())) {
    Type wide = accumulatorType(candidate.getType());
    candidate = resizeFloat(b, candidate, wide), best = resizeFloat(b, best, wide);
    auto beyond = isMax ? arith::CmpFPredicate::UGT : arith::CmpFPredicate::ULT;
    Value isBeyond = arith::CmpFOp::create(b, beyond, candidate, best);
    Value isNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, best, best);
    return arith::AndIOp::create(b, isBeyond, isNumber);
  }
  auto ofSigned = isMax ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt;
  auto ofUnsigned = isMax ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ult;
  return arith::CmpIOp::create(b, isUnsigned ? ofUnsigned : ofSigned, candidate, best);
}

/// Which element each window chooses.
template <class OpT> class Chooser {
public:
  Chooser(OpT op, Value x)
      : op(op), x(x), shape(tensorType(x).getShape()), rank(shape.size()),
        isUnsigned(isUnsignedOrBool(op.getX().getType())) {}

  /// The number of the element that each window chooses in row-major order, -1
  /// for none.
  Value build(Builder &b, ArrayRef<int64_t> windows) {
    return generate(b, windows, b.getIndexType(),
                    [&](Builder &s, ValueRange window) { return chooseIn(s, window); });
  }

private:
  Value constant(Builder &b, int64_t number) { return indexConstant(b, number); }

  Value chooseIn(Builder &b, ValueRange window) {
    Value none = constant(b, -1);
    Value zero = scalarConstant(b, tensorType(x).getElementType(), 0);
    return loopOver(b, window, {}, {none, zero})[0];
  }

  /// Goes through the places of a window; `carried` is the element chosen so far
  /// and its value.
  Values loopOver(Builder &b, ValueRange window, ValueRange places, ValueRange carried) {
    int64_t dim = places.size();
    if (dim == rank)
      return visit(b, window, places, carried);
    auto loop = scf::ForOp::create(
        b, constant(b, 0), constant(b, op.getWindow()[dim]), constant(b, 1), carried,
        [&](OpBuilder &inner, Location loc, Value place, ValueRange args) {
          Builder step(loc, inner);
          Values nested(places);
          nested.push_back(place);
          scf::YieldOp::create(step, loopOver(step, window, nested, args));
        });
    return Values(loop.getResults());
  }

  Values visit(Builder &b, ValueRange window, ValueRange places, ValueRange carried) {
    Value isElement, number = constant(b, 0);
    Values at;
    for (int64_t dim = 0; dim < rank; ++dim) {
      auto [index, holds] = elementAt(b, dim, window[dim], places[dim]);
      at.push_back(index);
      if (holds)
        isElement = isElement ? Value(arith::AndIOp::create(b, isElement, holds)) : holds;
      number = arith::MulIOp::create(b, number, constant(b, shape[dim]));
      number = arith::AddIOp::create(b, number, index);
    }
    Value candidate = tensor::ExtractOp::create(b, x, at);
    Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, carried[0], constant(b, 0));
    Value takes = arith::OrIOp::create(
        b, isFirst, isBetter(b, op.getKind(), isUnsigned, candidate, carried[1]));
    if (isElement)
      takes = arith::AndIOp::create(b, takes, isElement);
    return {arith::SelectOp::create(b, takes, number, carried[0]),
            arith::SelectOp::create(b, takes, candidate, carried[1])};
  }

  /// The element at a place of a window along a dimension, moved inside, and
  /// whether there is one; null if there always is.
  std::pair<Value, Value> elementAt(Builder &b, int64_t dim, Value window, Value place) {
    int64_t low = op.getLow()[dim], high = op.getHigh()[dim], dilation = op.getBaseDilation()[dim];
    Value start = arith::MulIOp::create(b, window, constant(b, op.getStrides()[dim]));
    Value step = arith::MulIOp::create(b, place, constant(b, op.getWindowDilation()[dim]));
    Value at = arith::AddIOp::create(b, start, step);
    if (low != 0)
      at = arith::SubIOp::create(b, at, constant(b, low));
    if (low <= 0 && high <= 0 && dilation == 1)
      return {at, {}};
    Value divisor = constant(b, dilation), zero = constant(b, 0);
    Value isNonNegative = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, at, zero);
    Value index = arith::DivSIOp::create(b, at, divisor);
    Value isOn = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                       arith::RemSIOp::create(b, at, divisor), zero);
    Value isBelow =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index, constant(b, shape[dim]));
    Value holds = arith::AndIOp::create(b, arith::AndIOp::create(b, isNonNegative, isBelow), isOn);
    return {arith::SelectOp::create(b, holds, index, zero), holds};
  }

  OpT op;
  Value x;
  ArrayRef<int64_t> shape;
  int64_t rank;
  bool isUnsigned;
};

Value flattened(Builder &b, Value x) {
  RankedTensorType type = tensorType(x);
  if (type.getRank() == 1)
    return x;
  auto flat = RankedTensorType::get(type.getNumElements(), type.getElementType());
  if (type.getRank() == 0)
    return tensor::ExpandShapeOp::create(b, flat, x, ArrayRef<ReassociationIndices>());
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return tensor::CollapseShapeOp::create(b, flat, x, ArrayRef<ReassociationIndices>{all});
}

Value unflattened(Builder &b, Value flat, RankedTensorType type) {
  if (type.getRank() == 1)
    return flat;
  if (type.getRank() == 0)
    return tensor::CollapseShapeOp::create(b, type, flat, ArrayRef<ReassociationIndices>());
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return tensor::ExpandShapeOp::create(b, type, flat, ArrayRef<ReassociationIndices>{all});
}

LoweredValues lowerWindowGather(WindowGatherOp op, Builder &b, ValueRange operands) {
  RankedTensorType type = loweredTensor(op.getType());
  Value zero = scalarConstant(b, type.getElementType(), 0);
  if (type.getNumElements() == 0 || op.getX().getType().getNumElements() == 0)
    return Values{filledTensor(b, type.getShape(), zero)};
  Value chosen = Chooser<WindowGatherOp>(op, operands[1]).build(b, type.getShape());
  Value source = flattened(b, operands[0]), none = indexConstant(b, 0);
  return Values{generate(b, type.getShape(), type.getElementType(), [&](Builder &s, ValueRange at) {
    Value number = tensor::ExtractOp::create(s, chosen, at);
    Value isNone = arith::CmpIOp::create(s, arith::CmpIPredicate::slt, number, none);
    Value inside = arith::SelectOp::create(s, isNone, none, number);
    Value element = tensor::ExtractOp::create(s, source, inside);
    return arith::SelectOp::create(s, isNone, zero, element);
  })};
}

/// Adds the elements one after the other, as windows may choose the same place.
/// What nobody chose goes to an element past the end.
Value scatterInOrder(Builder &b, Value source, Value chosen, int64_t count) {
  Type element = tensorType(source).getElementType();
  Value zeros = filledTensor(b, count + 1, scalarConstant(b, element, 0));
  Value begin = indexConstant(b, 0), end = indexConstant(b, tensorType(source).getDimSize(0));
  auto loop = scf::ForOp::create(
      b, begin, end, indexConstant(b, 1), zeros,
      [&](OpBuilder &inner, Location loc, Value i, ValueRange carried) {
        Builder s(loc, inner);
        Value number = tensor::ExtractOp::create(s, chosen, i);
        Value isNone = arith::CmpIOp::create(s, arith::CmpIPredicate::slt, number, begin);
        Value place = arith::SelectOp::create(s, isNone, indexConstant(s, count), number);
        Value sum = combineScalars(s, "add", /*isUnsigned=*/false,
                                   tensor::ExtractOp::create(s, carried[0], place),
                                   tensor::ExtractOp::create(s, source, i));
        scf::YieldOp::create(s, Values{tensor::InsertOp::create(s, sum, carried[0], place)});
      });
  OpFoldResult start = b.getIndexAttr(0), size = b.getIndexAttr(count), one = b.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(b, RankedTensorType::get(count, element), loop.getResult(0),
                                        start, size, one);
}

LoweredValues lowerWindowScatter(WindowScatterOp op, Builder &b, ValueRange operands) {
  RankedTensorType type = loweredTensor(op.getType());
  Type element = type.getElementType();
  ArrayRef<int64_t> windows = tensorType(operands[0]).getShape();
  if (product(windows) == 0 || type.getNumElements() == 0)
    return Values{filledTensor(b, type.getShape(), scalarConstant(b, element, 0))};
  Value chosen = flattened(b, Chooser<WindowScatterOp>(op, operands[1]).build(b, windows));
  Value source = flattened(b, operands[0]);
  if (isa<FloatType>(element))
    source = resizeFloats(b, source, accumulatorType(element));
  Value flat = scatterInOrder(b, source, chosen, type.getNumElements());
  if (isa<FloatType>(element))
    flat = resizeFloats(b, flat, element);
  return Values{unflattened(b, flat, type)};
}

//===----------------------------------------------------------------------===//
// top_k
//===----------------------------------------------------------------------===//

LoweredValues lowerTopK(TopKOp op, Builder &b, ValueRange operands) {
  ArrayRef<int64_t> shape = op.getX().getType().getShape();
  RankedTensorType values = loweredTensor(op.getValues().getType());
  RankedTensorType indices = loweredTensor(op.getIndices().getType());
  Values inits{emptyTensor(b, values.getShape(), values.getElementType()),
               emptyTensor(b, values.getShape(), indices.getElementType())};
  if (values.getNumElements() == 0)
    return inits;
  Dims desc{product(shape.drop_back()), shape.back(), int64_t(op.getK()),
            runtimeElement(op.getX().getType().getElementType())};
  auto call = rt::CallOp::create(b, "mjx_rt_top_k", operands, inits, desc);
  return Values(call.getResults());
}

} // namespace

void attachWindowLowerings(MLIRContext &context) {
  attachLowering<ReduceWindowOp, lowerReduceWindow>(context);
  attachLowering<WindowGatherOp, lowerWindowGather>(context);
  attachLowering<WindowScatterOp, lowerWindowScatter>(context);
  attachLowering<TopKOp, lowerTopK>(context);
}

} // namespace mjx
