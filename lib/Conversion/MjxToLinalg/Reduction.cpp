//===- Reduction.cpp - reduce, arg_reduce, cumulative and sort ------------===//
//
// A reduction is a linalg.generic whose loops run through the operand in memory
// order: column sums go row by row, adding to a row of results. Sums and
// products of floats may be reassociated, so that a row is summed in vector
// lanes; nothing else is relaxed.
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

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Booleans are ordered as unsigned numbers.
bool isUnsignedOrBool(Type type) {
  return isUnsigned(type) || cast<RankedTensorType>(type).getElementType().isInteger(1);
}

Value combineReassociated(Builder &b, StringRef kind, bool isUnsigned, Value x, Value y) {
  Value result = combineScalars(b, kind, isUnsigned, x, y);
  auto flags = arith::FastMathFlags::reassoc;
  if (auto add = result.getDefiningOp<arith::AddFOp>())
    add.setFastmath(flags);
  else if (auto mul = result.getDefiningOp<arith::MulFOp>())
    mul.setFastmath(flags);
  return result;
}

/// Loops over all dimensions of `rank`, those in `dims` being reduced.
struct ReductionLoops {
  ReductionLoops(MLIRContext *context, int64_t rank, ArrayRef<int64_t> dims)
      : kinds(rank, parallelLoop), operand(AffineMap::getMultiDimIdentityMap(rank, context)),
        result(loopMap(context, rank, otherDims(rank, dims))) {
    for (int64_t dim : dims)
      kinds[dim] = reductionLoop;
  }
  SmallVector<utils::IteratorType> kinds;
  AffineMap operand, result;
};

SmallVector<int64_t> reducedShape(RankedTensorType type, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> shape;
  for (int64_t dim : otherDims(type.getRank(), dims))
    shape.push_back(type.getDimSize(dim));
  return shape;
}

/// `x` reduced over `dims`, in `accumulator`, which is its element type or a
/// wider float.
Value reduce(Builder &b, Value x, StringRef kind, bool isUnsigned, ArrayRef<int64_t> dims,
             Type accumulator) {
  RankedTensorType type = tensorType(x);
  ReductionLoops loops(b.getContext(), type.getRank(), dims);
  Value identity = reductionIdentity(b, kind, isUnsigned, accumulator);
  Value init = filledTensor(b, reducedShape(type, dims), identity);
  return buildGeneric(b, x, init, {loops.operand, loops.result}, loops.kinds,
                      [&](Builder &s, ValueRange args) {
                        Value element = accumulator == type.getElementType()
                                            ? args[0]
                                            : resizeFloat(s, args[0], accumulator);
                        return Values{combineReassociated(s, kind, isUnsigned, args[1], element)};
                      })
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// reduce
//===----------------------------------------------------------------------===//

LoweredValues lowerReduce(ReduceOp op, Builder &b, ValueRange operands) {
  if (op.getDims().empty())
    return Values{operands[0]};
  Type element = tensorType(operands[0]).getElementType();
  bool isSum = op.getKind() == "add" || op.getKind() == "mul";
  Value result = reduce(b, operands[0], op.getKind(), isUnsignedOrBool(op.getX().getType()),
                        op.getDims(), isSum ? accumulatorType(element) : element);
  return Values{isa<FloatType>(element) ? resizeFloats(b, result, element) : result};
}

//===----------------------------------------------------------------------===//
// arg_reduce
//===----------------------------------------------------------------------===//

/// Whether `x` is the extremum: it is equal to it, or both are NaN.
Value isExtremum(Builder &b, Value x, Value extremum) {
  if (!isa<FloatType>(x.getType()))
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, extremum);
  Value isEqual = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, extremum);
  Value isNan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  return arith::OrIOp::create(b, isEqual, isNan);
}

/// Each integer of a tensor in another width; index values, so never negative.
Value resizeIntegers(Builder &b, Value x, Type element) {
  RankedTensorType type = tensorType(x);
  unsigned from = type.getElementTypeBitWidth(), to = element.getIntOrFloatBitWidth();
  if (from == to)
    return x;
  AffineMap map = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(), parallelLoop);
  return buildGeneric(b, x, emptyTensor(b, type.getShape(), element), {map, map}, loops,
                      [&](Builder &s, ValueRange args) -> Values {
                        if (from < to)
                          return {arith::ExtSIOp::create(s, element, args[0])};
                        return {arith::TruncIOp::create(s, element, args[0])};
                      })
      .getResult(0);
}

/// First the extremum, then the least index that has it: both are reductions
/// that vectorize, which one that carries value and index is not. If there is a
/// NaN the extremum is NaN, and the least index is that of the first.
LoweredValues lowerArgReduce(ArgReduceOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  RankedTensorType type = tensorType(x);
  int64_t dim = op.getDim();
  Type index = loweredTensor(op.getType()).getElementType();
  Type place = b.getIntegerType(type.getDimSize(dim) <= INT32_MAX ? 32 : 64);
  Value extremum =
      reduce(b, x, op.getKind(), isUnsignedOrBool(op.getX().getType()), dim, type.getElementType());
  ReductionLoops loops(b.getContext(), type.getRank(), dim);
  Value none = reductionIdentity(b, "min", /*isUnsigned=*/false, place);
  Value init = filledTensor(b, reducedShape(type, dim), none);
  Value places =
      buildGeneric(b, {x, extremum}, init, {loops.operand, loops.result, loops.result}, loops.kinds,
                   [&](Builder &s, ValueRange args) {
                     Value here =
                         arith::IndexCastOp::create(s, place, linalg::IndexOp::create(s, dim));
                     Value candidate =
                         arith::SelectOp::create(s, isExtremum(s, args[0], args[1]), here, none);
                     return Values{arith::MinSIOp::create(s, args[2], candidate)};
                   })
          .getResult(0);
  return Values{resizeIntegers(b, places, index)};
}

//===----------------------------------------------------------------------===//
// cumulative
//===----------------------------------------------------------------------===//

using LoopBody = function_ref<Values(Builder &, ValueRange indices, ValueRange carried)>;

Values buildLoop(Builder &b, int64_t begin, int64_t end, ValueRange carried,
                 function_ref<Values(Builder &, Value index, ValueRange carried)> body) {
  auto loop = scf::ForOp::create(b, indexConstant(b, begin), indexConstant(b, end),
                                 indexConstant(b, 1), carried,
                                 [&](OpBuilder &inner, Location loc, Value index, ValueRange args) {
                                   Builder step(loc, inner);
                                   scf::YieldOp::create(step, body(step, index, args));
                                 });
  return Values(loop.getResults());
}

/// Loops over `extents`, the last one innermost.
Values buildLoops(Builder &b, ArrayRef<int64_t> extents, ValueRange carried, LoopBody body,
                  ValueRange outer = {}) {
  if (outer.size() == extents.size())
    return body(b, outer, carried);
  return buildLoop(b, 0, extents[outer.size()], carried,
                   [&](Builder &inner, Value index, ValueRange args) {
                     Values indices(outer);
                     indices.push_back(index);
                     return buildLoops(inner, extents, args, body, indices);
                   });
}

/// Writes the partial results of one lane after the other. Where lanes lie side
/// by side the loop along them is the inner one; where a lane is contiguous its
/// running result stays in a register.
class Scan {
public:
  Scan(CumulativeOp op, Value x)
      : x(x), kind(op.getKind()), dim(op.getDim()), isReverse(op.getReverse()),
        isUnsigned(mjx::isUnsigned(op.getType())), shape(tensorType(x).getShape()) {}

  Value build(Builder &b) {
    Value empty = emptyTensor(b, shape, tensorType(x).getElementType());
    if (tensorType(x).getNumElements() == 0)
      return empty;
    ArrayRef<int64_t> outer = shape.take_front(dim), inner = shape.drop_front(dim + 1);
    bool isContiguous = llvm::all_of(inner, [](int64_t size) { return size == 1; });
    return buildLoops(b, outer, empty, [&](Builder &s, ValueRange lane, ValueRange out) {
      return isContiguous ? scanLane(s, lane, out[0]) : scanRows(s, lane, inner, out[0]);
    })[0];
  }

private:
  Value place(Builder &b, Value step) {
    if (!isReverse)
      return step;
    return arith::SubIOp::create(b, indexConstant(b, shape[dim] - 1), step);
  }

  /// Indices of the element at `step` of a lane.
  Values at(Builder &b, ValueRange outer, Value step, ValueRange inner) {
    Values indices(outer);
    indices.push_back(place(b, step));
    llvm::append_range(indices, inner);
    return indices;
  }

  Values scanLane(Builder &b, ValueRange outer, Value out) {
    Value zero = indexConstant(b, 0);
    Values inner(shape.size() - dim - 1, zero), start = at(b, outer, zero, inner);
    Value first = tensor::ExtractOp::create(b, x, start);
    Value begun = tensor::InsertOp::create(b, first, out, start);
    Values scanned = buildLoop(
        b, 1, shape[dim], {begun, first}, [&](Builder &s, Value step, ValueRange carried) {
          Values here = at(s, outer, step, inner);
          Value element = tensor::ExtractOp::create(s, x, here);
          Value partial = combineScalars(s, kind, isUnsigned, carried[1], element);
          return Values{tensor::InsertOp::create(s, partial, carried[0], here), partial};
        });
    return {scanned[0]};
  }

  Values scanRows(Builder &b, ValueRange outer, ArrayRef<int64_t> row, Value out) {
    Value zero = indexConstant(b, 0), one = indexConstant(b, 1);
    Values begun = buildLoops(b, row, out, [&](Builder &s, ValueRange inner, ValueRange carried) {
      Values here = at(s, outer, zero, inner);
      Value element = tensor::ExtractOp::create(s, x, here);
      return Values{tensor::InsertOp::create(s, element, carried[0], here)};
    });
    return buildLoop(b, 1, shape[dim], begun, [&](Builder &s, Value step, ValueRange carried) {
      Value before = arith::SubIOp::create(s, step, one);
      return buildLoops(s, row, carried, [&](Builder &t, ValueRange inner, ValueRange args) {
        Values here = at(t, outer, step, inner);
        Value element = tensor::ExtractOp::create(t, x, here);
        Value partial = tensor::ExtractOp::create(t, args[0], at(t, outer, before, inner));
        Value sum = combineScalars(t, kind, isUnsigned, partial, element);
        return Values{tensor::InsertOp::create(t, sum, args[0], here)};
      });
    });
  }

  Value x;
  StringRef kind;
  int64_t dim;
  bool isReverse, isUnsigned;
  ArrayRef<int64_t> shape;
};

LoweredValues lowerCumulative(CumulativeOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  Type element = tensorType(x).getElementType();
  if (!isa<FloatType>(element) || op.getKind() == "min" || op.getKind() == "max")
    return Values{Scan(op, x).build(b)};
  Value wide = resizeFloats(b, x, accumulatorType(element));
  return Values{resizeFloats(b, Scan(op, wide).build(b), element)};
}

//===----------------------------------------------------------------------===//
// sort
//===----------------------------------------------------------------------===//

int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

LoweredValues lowerSort(SortOp op, Builder &b, ValueRange operands) {
  ArrayRef<int64_t> shape = tensorType(operands[0]).getShape();
  int64_t dim = op.getDim(), count = operands.size();
  if (shape[dim] <= 1 || product(shape) == 0)
    return Values(operands);
  SmallVector<int64_t> desc = {product(shape.take_front(dim)),
                               shape[dim],
                               product(shape.drop_front(dim + 1)),
                               count,
                               int64_t(op.getNumKeys()),
                               op.getDescending(),
                               /*stable=*/1};
  Values inits;
  for (auto [operand, lowered] : llvm::zip(op.getXs(), operands)) {
    Type element = cast<RankedTensorType>(operand.getType()).getElementType();
    desc.push_back(runtimeElement(element));
    inits.push_back(emptyTensor(b, shape, tensorType(lowered).getElementType()));
  }
  auto call = rt::CallOp::create(b, "mjx_rt_sort", operands, inits, desc);
  return Values(call.getResults());
}

} // namespace

void attachReductionLowerings(MLIRContext &context) {
  attachLowering<ReduceOp, lowerReduce>(context);
  attachLowering<ArgReduceOp, lowerArgReduce>(context);
  attachLowering<CumulativeOp, lowerCumulative>(context);
  attachLowering<SortOp, lowerSort>(context);
}

} // namespace mjx
