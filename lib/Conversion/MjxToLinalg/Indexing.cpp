//===- Indexing.cpp - Parts at computed places, in tensor and scf ---------===//
//
// Updates are written such that bufferization does them in place: the tensor
// updated is carried through the loop, and read where it is written.
//
//===----------------------------------------------------------------------===//
#include "Generic.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mjx {

static RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

static SmallVector<OpFoldResult> attributes(ImplicitLocOpBuilder &b, ArrayRef<int64_t> values) {
  return llvm::map_to_vector(values,
                             [&](int64_t value) { return OpFoldResult(b.getIndexAttr(value)); });
}

//===----------------------------------------------------------------------===//
// A part of a tensor
//===----------------------------------------------------------------------===//

namespace {
/// A regular part of a tensor.
struct Part {
  SmallVector<OpFoldResult> start, sizes, strides;

  /// The part of `whole`; of fewer dimensions if `shape` lacks some of size 1.
  Value read(ImplicitLocOpBuilder &b, Value whole, ArrayRef<int64_t> shape) const {
    return tensor::ExtractSliceOp::create(b, tensorType(whole).clone(shape), whole, start, sizes,
                                          strides);
  }
  Value write(ImplicitLocOpBuilder &b, Value x, Value whole) const {
    return tensor::InsertSliceOp::create(b, x, whole, start, sizes, strides);
  }
  /// Combines `x` into the part by `kind`.
  Value update(ImplicitLocOpBuilder &b, StringRef kind, bool isUnsigned, Value x,
               Value whole) const;
};
} // namespace

Value Part::update(ImplicitLocOpBuilder &b, StringRef kind, bool isUnsigned, Value x,
                   Value whole) const {
  if (kind == "set")
    return write(b, x, whole);
  Value old = read(b, whole, tensorType(x).getShape());
  int64_t rank = tensorType(x).getRank();
  AffineMap map = b.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> loops(rank, parallelLoop);
  auto combined =
      buildGeneric(b, x, old, {map, map}, loops, [&](ImplicitLocOpBuilder &s, ValueRange args) {
        return SmallVector<Value>{combineScalars(s, kind, isUnsigned, args[1], args[0])};
      });
  return write(b, combined.getResult(0), whole);
}

static LoweredValues lowerUpdateSlice(UpdateSliceOp op, ImplicitLocOpBuilder &b,
                                      ValueRange operands) {
  ArrayRef<int64_t> sizes = op.getX().getType().getShape();
  if (op.getX().getType().getNumElements() == 0)
    return SmallVector<Value>{operands[0]};
  Part part{attributes(b, op.getStart()), attributes(b, sizes), {}};
  // A step that is not taken need not fit.
  for (auto [size, stride] : llvm::zip(sizes, op.getStrides()))
    part.strides.push_back(b.getIndexAttr(size == 1 ? 1 : stride));
  return SmallVector<Value>{
      part.update(b, op.getKind(), isUnsigned(op.getType()), operands[1], operands[0])};
}

//===----------------------------------------------------------------------===//
// DynamicSlice, DynamicUpdateSlice
//===----------------------------------------------------------------------===//

/// The part of `sizes` at `starts`, moved inside `whole`.
static Part dynamicPart(ImplicitLocOpBuilder &b, RankedTensorType whole, ArrayRef<int64_t> sizes,
                        ValueRange starts, TypeRange startTypes) {
  Part part{{}, attributes(b, sizes), attributes(b, SmallVector<int64_t>(sizes.size(), 1))};
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    int64_t limit = whole.getDimSize(dim) - size;
    if (limit == 0)
      part.start.push_back(b.getIndexAttr(0));
    else
      part.start.push_back(
          clampedIndex(b, scalarOf(b, starts[dim]), isUnsigned(startTypes[dim]), limit));
  }
  return part;
}

static LoweredValues lowerDynamicSlice(DynamicSliceOp op, ImplicitLocOpBuilder &b,
                                       ValueRange operands) {
  RankedTensorType type = loweredTensor(op.getType());
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyTensor(b, type.getShape(), type.getElementType())};
  Part part = dynamicPart(b, tensorType(operands[0]), op.getSizes(), operands.drop_front(),
                          op.getStarts().getTypes());
  return SmallVector<Value>{part.read(b, operands[0], type.getShape())};
}

static LoweredValues lowerDynamicUpdateSlice(DynamicUpdateSliceOp op, ImplicitLocOpBuilder &b,
                                             ValueRange operands) {
  RankedTensorType x = tensorType(operands[1]);
  if (x.getNumElements() == 0)
    return SmallVector<Value>{operands[0]};
  Part part = dynamicPart(b, tensorType(operands[0]), x.getShape(), operands.drop_front(2),
                          op.getStarts().getTypes());
  return SmallVector<Value>{
      part.update(b, op.getKind(), isUnsigned(op.getType()), operands[1], operands[0])};
}

//===----------------------------------------------------------------------===//
// Gather and scatter: where parts are
//===----------------------------------------------------------------------===//

namespace {
/// Where one part begins, and whether it is inside; null if it is moved inside.
struct Place {
  SmallVector<Value> start;
  Value inside;
};

/// The numbers of a gather or scatter. "Whole" is what is gathered from or
/// scattered into, "parts" the result or the updates.
struct PartLoops {
  PartLoops(GatherOp op, Value indices);
  PartLoops(ScatterOp op, Value indices);

  /// Whether parts fit into the whole at any place.
  bool anyFits() const;
  /// Where the part is whose elements are at `position` of the parts.
  Place place(ImplicitLocOpBuilder &b, ValueRange position) const;
  /// The place in the whole of the element at `position` of the parts. Shorter
  /// positions are those of the first element that begins so.
  Place element(ImplicitLocOpBuilder &b, ValueRange position) const;

  ArrayRef<int64_t> rowShape() const { return ArrayRef(parts).take_back(numRowDims); }
  int64_t rowSize() const { return ShapedType::getNumElements(rowShape()); }
  /// One such row in the whole and in the parts.
  Part rowInWhole(ImplicitLocOpBuilder &b, ValueRange start) const;
  Part rowInParts(ImplicitLocOpBuilder &b, ValueRange position) const;
  /// Runs `body` over all rows in order, with what it returns carried along.
  Value forEachRow(ImplicitLocOpBuilder &b, Value init,
                   llvm::function_ref<Value(ImplicitLocOpBuilder &, ValueRange, Value)> body) const;

  Value indices;
  bool isUnsigned, isFilled;
  SmallVector<int64_t> whole, parts, sizes;
  ArrayRef<int64_t> window, indexMap, operandBatching, indicesBatching;
  SmallVector<int64_t> kept;
  /// How many of the last dimensions of the parts make a row.
  int64_t numRowDims = 0;

private:
  void keepOthers(ArrayRef<int64_t> dropped);
  void findRows(int64_t maxSize);
};
} // namespace

void PartLoops::keepOthers(ArrayRef<int64_t> dropped) {
  for (int64_t dim : otherDims(whole.size(), dropped))
    if (!llvm::is_contained(operandBatching, dim))
      kept.push_back(dim);
}

/// Takes as many dimensions that run through one part as rows of `maxSize`
/// have.
void PartLoops::findRows(int64_t maxSize) {
  int64_t size = 1, rank = parts.size();
  for (; numRowDims < rank; ++numRowDims) {
    int64_t dim = rank - 1 - numRowDims;
    size *= parts[dim];
    if (!llvm::is_contained(window, dim) || size > maxSize)
      return;
  }
}

PartLoops::PartLoops(GatherOp op, Value indices)
    : indices(indices), isUnsigned(mjx::isUnsigned(op.getIndices().getType())),
      isFilled(op.getMode() == "fill"), whole(op.getX().getType().getShape()),
      parts(op.getType().getShape()), sizes(op.getSliceSizes()), window(op.getOffsetDims()),
      indexMap(op.getStartIndexMap()), operandBatching(op.getOperandBatchingDims()),
      indicesBatching(op.getIndicesBatchingDims()) {
  keepOthers(op.getCollapsedDims());
  findRows(ShapedType::getNumElements(parts));
}

PartLoops::PartLoops(ScatterOp op, Value indices)
    : indices(indices), isUnsigned(mjx::isUnsigned(op.getIndices().getType())),
      isFilled(op.getMode() == "fill"), whole(op.getType().getShape()),
      parts(op.getUpdates().getType().getShape()), sizes(whole.size(), 1),
      window(op.getUpdateWindowDims()), indexMap(op.getScatterIndexMap()),
      operandBatching(op.getOperandBatchingDims()), indicesBatching(op.getIndicesBatchingDims()) {
  keepOthers(op.getInsertedDims());
  for (auto [dim, part] : llvm::zip(kept, window))
    sizes[dim] = parts[part];
  // A row that is all of the whole would replace it, not be written into it,
  // and bufferization could not carry it through the loop in place.
  findRows(ShapedType::getNumElements(whole) - 1);
}

bool PartLoops::anyFits() const {
  return llvm::all_of(llvm::zip(sizes, whole),
                      [](auto pair) { return std::get<0>(pair) <= std::get<1>(pair); });
}

static Value both(ImplicitLocOpBuilder &b, Value x, Value y) {
  return x ? Value(arith::AndIOp::create(b, x, y)) : y;
}

/// Whether `index`, seen without sign so that negative ones are too large, is
/// at most `limit`.
static Value isAtMost(ImplicitLocOpBuilder &b, Value index, bool isUnsigned, int64_t limit) {
  Type type = b.getIndexType();
  Value position = isUnsigned ? Value(arith::IndexCastUIOp::create(b, type, index))
                              : Value(arith::IndexCastOp::create(b, type, index));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ule, position, indexConstant(b, limit));
}

Place PartLoops::place(ImplicitLocOpBuilder &b, ValueRange position) const {
  SmallVector<Value> vector;
  for (int64_t dim : otherDims(parts.size(), window))
    vector.push_back(position[dim]);
  Place place{SmallVector<Value>(whole.size()), {}};
  for (auto [ours, theirs] : llvm::zip(operandBatching, indicesBatching))
    place.start[ours] = vector[theirs];
  vector.push_back({});
  for (auto [component, dim] : llvm::enumerate(indexMap)) {
    int64_t limit = whole[dim] - sizes[dim];
    if (limit == 0 && !isFilled)
      continue;
    vector.back() = indexConstant(b, component);
    Value index = tensor::ExtractOp::create(b, indices, vector);
    place.start[dim] = clampedIndex(b, index, isUnsigned, limit);
    if (isFilled)
      place.inside = both(b, place.inside, isAtMost(b, index, isUnsigned, limit));
  }
  for (Value &start : place.start)
    if (!start)
      start = indexConstant(b, 0);
  return place;
}

Place PartLoops::element(ImplicitLocOpBuilder &b, ValueRange position) const {
  Place place = this->place(b, position);
  for (auto [dim, part] : llvm::zip(kept, window))
    if (part < static_cast<int64_t>(position.size()) && parts[part] != 1)
      place.start[dim] = arith::AddIOp::create(b, place.start[dim], position[part]);
  return place;
}

Part PartLoops::rowInWhole(ImplicitLocOpBuilder &b, ValueRange start) const {
  SmallVector<int64_t> ones(whole.size(), 1), row(ones);
  for (int64_t dim : ArrayRef(kept).take_back(numRowDims))
    row[dim] = sizes[dim];
  return {getAsOpFoldResult(start), attributes(b, row), attributes(b, ones)};
}

Part PartLoops::rowInParts(ImplicitLocOpBuilder &b, ValueRange position) const {
  SmallVector<int64_t> ones(parts.size(), 1), row(ones);
  llvm::copy(rowShape(), row.end() - numRowDims);
  SmallVector<OpFoldResult> start = getAsOpFoldResult(position);
  start.resize(parts.size(), b.getIndexAttr(0));
  return {start, attributes(b, row), attributes(b, ones)};
}

Value PartLoops::forEachRow(
    ImplicitLocOpBuilder &b, Value init,
    llvm::function_ref<Value(ImplicitLocOpBuilder &, ValueRange, Value)> body) const {
  SmallVector<Value> from, to, step;
  for (int64_t extent : ArrayRef(parts).drop_back(numRowDims)) {
    from.push_back(indexConstant(b, 0));
    to.push_back(indexConstant(b, extent));
    step.push_back(indexConstant(b, 1));
  }
  auto build = [&](OpBuilder &nested, Location loc, ValueRange position, ValueRange carried) {
    ImplicitLocOpBuilder inner(loc, nested);
    return scf::ValueVector{body(inner, position, carried.front())};
  };
  return scf::buildLoopNest(b, b.getLoc(), from, to, step, init, build).results.front();
}

/// `then` where `condition` holds, and always if that is null.
static Value buildIf(ImplicitLocOpBuilder &b, Value condition,
                     llvm::function_ref<Value(ImplicitLocOpBuilder &)> then,
                     llvm::function_ref<Value(ImplicitLocOpBuilder &)> otherwise) {
  if (!condition)
    return then(b);
  auto branch = [](auto body) {
    return [=](OpBuilder &nested, Location loc) {
      ImplicitLocOpBuilder inner(loc, nested);
      scf::YieldOp::create(inner, body(inner));
    };
  };
  return scf::IfOp::create(b, condition, branch(then), branch(otherwise)).getResult(0);
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

/// What stands for parts outside: exact if integers are in range, else the
/// nearest integer there is.
static Value fillElement(ImplicitLocOpBuilder &b, GatherOp op, Type element) {
  APFloat value = op.getFillValue().value_or(APFloat(0.0));
  if (!isa<IntegerType>(element))
    return scalarConstant(b, element, value.convertToDouble());
  if (element.isInteger(1))
    return arith::ConstantOp::create(b, b.getBoolAttr(!value.isZero()));
  APSInt integer(element.getIntOrFloatBitWidth(), isUnsigned(op.getType()));
  bool isExact;
  (void)value.convertToInteger(integer, APFloat::rmTowardZero, &isExact);
  return arith::ConstantOp::create(b, b.getIntegerAttr(element, integer));
}

static Value gatherElements(const PartLoops &loops, ImplicitLocOpBuilder &b, Value x, Value fill) {
  Type element = tensorType(x).getElementType();
  return generate(b, loops.parts, element, [&](ImplicitLocOpBuilder &s, ValueRange position) {
    Place place = loops.element(s, position);
    Value value = tensor::ExtractOp::create(s, x, place.start);
    return place.inside ? Value(arith::SelectOp::create(s, place.inside, value, fill)) : value;
  });
}

static Value gatherRows(const PartLoops &loops, ImplicitLocOpBuilder &b, Value x, Value fill) {
  Value init = emptyTensor(b, loops.parts, tensorType(x).getElementType());
  return loops.forEachRow(b, init, [&](ImplicitLocOpBuilder &r, ValueRange position, Value out) {
    Place place = loops.element(r, position);
    Part target = loops.rowInParts(r, position);
    auto copy = [&](ImplicitLocOpBuilder &s) {
      Value row = loops.rowInWhole(s, place.start).read(s, x, loops.rowShape());
      return target.write(s, row, out);
    };
    auto fillIn = [&](ImplicitLocOpBuilder &s) {
      Value row = target.read(s, out, loops.rowShape());
      return target.write(s, linalg::FillOp::create(s, fill, row).getResult(0), out);
    };
    return buildIf(r, place.inside, copy, fillIn);
  });
}

static LoweredValues lowerGather(GatherOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  RankedTensorType type = loweredTensor(op.getType());
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyTensor(b, type.getShape(), type.getElementType())};
  PartLoops loops(op, operands[1]);
  Value fill = fillElement(b, op, type.getElementType());
  if (!loops.anyFits())
    return SmallVector<Value>{filledTensor(b, type.getShape(), fill)};
  // Shorter rows are not worth a loop of their own.
  constexpr int64_t minRowSize = 8;
  bool hasRows = loops.rowSize() >= minRowSize;
  return SmallVector<Value>{hasRows ? gatherRows(loops, b, operands[0], fill)
                                    : gatherElements(loops, b, operands[0], fill)};
}

//===----------------------------------------------------------------------===//
// Scatter
//===----------------------------------------------------------------------===//

static Value scatterRow(const PartLoops &loops, ScatterOp op, ImplicitLocOpBuilder &b,
                        const Place &place, ValueRange position, Value updates, Value dest) {
  bool isUnsigned = mjx::isUnsigned(op.getType());
  if (loops.rowSize() > 1) {
    Value row = loops.rowInParts(b, position).read(b, updates, loops.rowShape());
    return loops.rowInWhole(b, place.start).update(b, op.getKind(), isUnsigned, row, dest);
  }
  SmallVector<Value> first(position);
  first.resize(loops.parts.size(), indexConstant(b, 0));
  Value element = tensor::ExtractOp::create(b, updates, first);
  if (op.getKind() != "set") {
    Value old = tensor::ExtractOp::create(b, dest, place.start);
    element = combineScalars(b, op.getKind(), isUnsigned, old, element);
  }
  return tensor::InsertOp::create(b, element, dest, place.start);
}

static LoweredValues lowerScatter(ScatterOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  Value dest = operands[0], updates = operands[2];
  PartLoops loops(op, operands[1]);
  if (tensorType(updates).getNumElements() == 0 || !loops.anyFits())
    return SmallVector<Value>{dest};
  Value result =
      loops.forEachRow(b, dest, [&](ImplicitLocOpBuilder &r, ValueRange position, Value out) {
        Place place = loops.element(r, position);
        auto update = [&](ImplicitLocOpBuilder &s) {
          return scatterRow(loops, op, s, place, position, updates, out);
        };
        auto drop = [&](ImplicitLocOpBuilder &) { return out; };
        return buildIf(r, place.inside, update, drop);
      });
  return SmallVector<Value>{result};
}

void attachIndexingLowerings(MLIRContext &context) {
  attachLowering<UpdateSliceOp, lowerUpdateSlice>(context);
  attachLowering<DynamicSliceOp, lowerDynamicSlice>(context);
  attachLowering<DynamicUpdateSliceOp, lowerDynamicUpdateSlice>(context);
  attachLowering<GatherOp, lowerGather>(context);
  attachLowering<ScatterOp, lowerScatter>(context);
}

} // namespace mjx
