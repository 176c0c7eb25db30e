//===- TransformOps.cpp - Regions to be differentiated or batched ---------===//
//
// Each transform is resolved by its driver in Sweep.h; what is here is the
// plumbing of values into and out of regions.
//
//===----------------------------------------------------------------------===//
#include "mjx/IR/Mjx.h"
#include "mjx/Interfaces/Sweep.h"

using namespace mlir;

namespace mjx {

using Resolved = FailureOr<SmallVector<Value>>;

//===----------------------------------------------------------------------===//
// Shared
//===----------------------------------------------------------------------===//

static SmallVector<Type> differentiableTypes(TypeRange types) {
  return llvm::to_vector(llvm::make_filter_range(types, isDifferentiable));
}

static FailureOr<Operation *> terminatorOf(Region &body, std::optional<Location> loc,
                                           StringRef who) {
  if (body.hasOneBlock() && !body.front().empty() && isa<YieldOp>(body.front().back()))
    return &body.front().back();
  return emitOptionalError(loc, who, ": expected a region of one block that ends in mjx.yield");
}

static LogicalResult verifyArguments(Operation *op, Block &body, TypeRange expected) {
  if (body.getArgumentTypes() == expected)
    return success();
  InFlightDiagnostic error = op->emitOpError("expected a region with arguments of types (");
  llvm::interleaveComma(expected, error);
  error << "), but got (";
  llvm::interleaveComma(body.getArgumentTypes(), error);
  return error << ")";
}

/// `wrt` must name distinct, differentiable operands, in increasing order.
static LogicalResult verifyWrt(Operation *op, ArrayRef<int64_t> wrt, TypeRange types) {
  int64_t previous = -1;
  for (int64_t i : wrt) {
    if (i <= previous || i >= static_cast<int64_t>(types.size()))
      return op->emitOpError("expected `wrt` to name inputs in increasing order below ")
             << types.size() << ", but got " << i;
    if (!isDifferentiable(types[i]))
      return op->emitOpError("cannot differentiate by input ")
             << i << " of type " << types[i] << "; expected floating point or complex";
    previous = i;
  }
  return success();
}

static bool areInRange(ArrayRef<int64_t> wrt, size_t count) {
  return llvm::all_of(wrt, [&](int64_t i) { return i >= 0 && i < static_cast<int64_t>(count); });
}

static SmallVector<Type> typesAt(TypeRange types, ArrayRef<int64_t> indices) {
  return llvm::map_to_vector(indices, [&](int64_t i) -> Type { return types[i]; });
}

static Value tangentOrZeros(Emitter &emitter, Value value, const DenseMap<Value, Value> &tangents) {
  if (Value tangent = tangents.lookup(value))
    return tangent;
  return emitter.zeros(value.getType());
}

//===----------------------------------------------------------------------===//
// LinearizeOp
//===----------------------------------------------------------------------===//

LogicalResult LinearizeOp::verify() {
  TypeRange types = getIns().getTypes();
  if (failed(verifyWrt(*this, getWrt(), types)))
    return failure();
  return verifyArguments(*this, getBody().front(), types);
}

LogicalResult LinearizeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  FailureOr<Operation *> yield = terminatorOf(adaptor.getBody(), loc, "linearize");
  if (failed(yield))
    return failure();
  TypeRange yielded = (*yield)->getOperandTypes();
  int64_t aux = adaptor.getNumAux();
  if (aux < 0 || aux > static_cast<int64_t>(yielded.size()))
    return emitOptionalError(loc, "linearize: expected num_aux from 0 to ", yielded.size(),
                             ", but got ", aux);
  if (!areInRange(adaptor.getWrt(), adaptor.getIns().size()))
    return emitOptionalError(loc, "linearize: expected `wrt` to name inputs");
  llvm::append_range(types, yielded);
  SmallVector<Type> from = typesAt(adaptor.getIns().getTypes(), adaptor.getWrt());
  SmallVector<Type> to = differentiableTypes(yielded.drop_back(aux));
  types.push_back(LinearType::get(context, FunctionType::get(context, from, to)));
  return success();
}

/// Gives each `wrt` input a tangent that is an argument of the linear block.
static void addLinearArguments(LinearizeOp op, Emitter &emitter, Block &linear,
                               DenseMap<Value, Value> &tangents) {
  for (int64_t i : op.getWrt()) {
    BlockArgument input = op.getBody().getArgument(i);
    Value tangent = linear.addArgument(input.getType(), op.getLoc());
    emitter.markLinear(tangent);
    tangents[input] = tangent;
  }
}

Resolved LinearizeOp::resolve(OpBuilder &builder) {
  Block &body = getBody().front();
  Region region;
  Block &linear = region.emplaceBlock();
  // The block belongs to no op yet, so the builder cannot ask it for a context.
  OpBuilder linearBuilder(getContext());
  linearBuilder.setInsertionPointToEnd(&linear);
  Emitter emitter(builder, linearBuilder, getLoc());
  IRMapping map;
  map.map(body.getArguments(), getIns());
  DenseMap<Value, Value> tangents;
  addLinearArguments(*this, emitter, linear, tangents);
  if (failed(sweepJvp(emitter, body, map, tangents)))
    return failure();

  OperandRange yielded = body.getTerminator()->getOperands();
  SmallVector<Value> values, linearYields;
  for (Value value : yielded)
    values.push_back(map.lookupOrDefault(value));
  for (Value value : yielded.drop_back(getNumAux()))
    if (isDifferentiable(value.getType()))
      linearYields.push_back(tangentOrZeros(emitter, value, tangents));
  YieldOp::create(emitter.linear, getLoc(), linearYields);

  OperationState state(getLoc(), LinearMapOp::getOperationName());
  state.addTypes(getOuts().back().getType());
  state.addRegion()->takeBody(region);
  values.push_back(builder.create(state)->getResult(0));
  return values;
}

//===----------------------------------------------------------------------===//
// LinearMapOp
//===----------------------------------------------------------------------===//

LogicalResult LinearMapOp::verify() {
  FunctionType map = getType().getMap();
  Block &body = getBody().front();
  if (failed(verifyArguments(*this, body, map.getInputs())))
    return failure();
  if (body.getTerminator()->getOperandTypes() != TypeRange(map.getResults()))
    return emitOpError("expected to yield the results of ") << getType();
  return success();
}

static FailureOr<LinearMapOp> linearMapOf(Operation *op, Value map) {
  if (auto defining = map.getDefiningOp<LinearMapOp>())
    return defining;
  return op->emitOpError("expected a linear map made by mjx.linearize in an enclosing region");
}

static LogicalResult inferApplied(std::optional<Location> loc, StringRef who, TypeRange expected,
                                  TypeRange given) {
  if (expected == given)
    return success();
  return emitOptionalError(loc, who, ": expected ", expected.size(),
                           " operands of the map's types, but got ", given.size(),
                           " of other types");
}

//===----------------------------------------------------------------------===//
// ApplyOp
//===----------------------------------------------------------------------===//

LogicalResult ApplyOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  FunctionType map = cast<LinearType>(adaptor.getMap().getType()).getMap();
  llvm::append_range(types, map.getResults());
  return inferApplied(loc, "apply", map.getInputs(), adaptor.getTangents().getTypes());
}

Resolved ApplyOp::resolve(OpBuilder &builder) {
  FailureOr<LinearMapOp> linear = linearMapOf(*this, getMap());
  if (failed(linear))
    return failure();
  Block &body = linear->getBody().front();
  IRMapping map;
  map.map(body.getArguments(), getTangents());
  for (Operation &op : body.without_terminator())
    builder.clone(op, map);
  return llvm::map_to_vector(body.getTerminator()->getOperands(),
                             [&](Value value) { return map.lookupOrDefault(value); });
}

//===----------------------------------------------------------------------===//
// ApplyTransposeOp
//===----------------------------------------------------------------------===//

LogicalResult ApplyTransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  FunctionType map = cast<LinearType>(adaptor.getMap().getType()).getMap();
  llvm::append_range(types, map.getInputs());
  return inferApplied(loc, "apply_transpose", map.getResults(), adaptor.getCotangents().getTypes());
}

/// Tells the emitter which values of the block depend on its arguments.
static void markLinearValues(Emitter &emitter, Block &block) {
  emitter.markLinear(ValueRange(block.getArguments()));
  for (Operation &op : block)
    if (llvm::any_of(op.getOperands(), [&](Value v) { return emitter.isLinear(v); }))
      for (Value result : op.getResults())
        if (isDifferentiable(result.getType()))
          emitter.markLinear(result);
}

static void seedCotangents(Emitter &emitter, ValueRange yielded, ValueRange given,
                           Cotangents &cotangents) {
  for (auto [value, cotangent] : llvm::zip(yielded, given)) {
    if (!emitter.isLinear(value))
      continue;
    Value &seed = cotangents[value];
    seed = Val(emitter, seed) + Val(emitter, cotangent);
  }
}

Resolved ApplyTransposeOp::resolve(OpBuilder &builder) {
  FailureOr<LinearMapOp> linear = linearMapOf(*this, getMap());
  if (failed(linear))
    return failure();
  Block &body = linear->getBody().front();
  Emitter emitter(builder, getLoc());
  markLinearValues(emitter, body);
  Cotangents cotangents;
  seedCotangents(emitter, body.getTerminator()->getOperands(), getCotangents(), cotangents);
  if (failed(sweepTranspose(emitter, body, cotangents)))
    return failure();
  return llvm::map_to_vector(body.getArguments(), [&](BlockArgument argument) {
    return tangentOrZeros(emitter, argument, cotangents);
  });
}

//===----------------------------------------------------------------------===//
// JvpOp
//===----------------------------------------------------------------------===//

LogicalResult JvpOp::verify() {
  size_t count = getIns().size() - std::min(getWrt().size(), getIns().size());
  TypeRange inputs = TypeRange(getIns()).take_front(count);
  if (failed(verifyWrt(*this, getWrt(), inputs)))
    return failure();
  SmallVector<Type> expected = typesAt(inputs, getWrt());
  if (TypeRange(getIns()).drop_front(count) != TypeRange(expected))
    return emitOpError("expected a tangent of the type of each input in `wrt`");
  return verifyArguments(*this, getBody().front(), inputs);
}

LogicalResult JvpOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  FailureOr<Operation *> yield = terminatorOf(adaptor.getBody(), loc, "jvp");
  if (failed(yield))
    return failure();
  llvm::append_range(types, (*yield)->getOperandTypes());
  llvm::append_range(types, differentiableTypes((*yield)->getOperandTypes()));
  return success();
}

Resolved JvpOp::resolve(OpBuilder &builder) {
  Block &body = getBody().front();
  Emitter emitter(builder, getLoc());
  IRMapping map;
  DenseMap<Value, Value> tangents;
  unsigned count = body.getNumArguments();
  map.map(body.getArguments(), getIns().take_front(count));
  for (auto [i, tangent] : llvm::zip(getWrt(), getIns().drop_front(count)))
    tangents[body.getArgument(i)] = tangent;
  if (failed(sweepJvp(emitter, body, map, tangents)))
    return failure();
  OperandRange yielded = body.getTerminator()->getOperands();
  SmallVector<Value> results;
  for (Value value : yielded)
    results.push_back(map.lookupOrDefault(value));
  for (Value value : yielded)
    if (isDifferentiable(value.getType()))
      results.push_back(tangentOrZeros(emitter, value, tangents));
  return results;
}

//===----------------------------------------------------------------------===//
// VmapOp
//===----------------------------------------------------------------------===//

/// Inside, the name would mean the inner axis only.
static LogicalResult verifyAxisIsNew(VmapOp op) {
  StringAttr axis = op.getAxisAttr();
  if (!axis)
    return success();
  for (auto outer = op->getParentOfType<VmapOp>(); outer; outer = outer->getParentOfType<VmapOp>())
    if (outer.getAxisAttr() == axis)
      return op.emitOpError("expected a name that no enclosing vmap has, but got ") << axis;
  return success();
}

LogicalResult VmapOp::verify() {
  SmallVector<Type> expected;
  if (static_cast<int64_t>(getSize()) < 0)
    return emitOpError("expected size to be at least 0, but got ")
           << static_cast<int64_t>(getSize());
  if (failed(verifyAxisIsNew(*this)))
    return failure();
  if (getInAxes().size() != getIns().size())
    return emitOpError("expected ")
           << getIns().size() << " in_axes, but got " << getInAxes().size();
  for (auto [value, axis] : llvm::zip(getIns(), getInAxes())) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    if (axis < -1 || axis >= type.getRank())
      return emitOpError("expected in_axes from -1 to ")
             << type.getRank() - 1 << " for " << type << ", but got " << axis;
    if (axis >= 0 && shape[axis] != static_cast<int64_t>(getSize()))
      return emitOpError("expected a batch of ")
             << getSize() << " along axis " << axis << " of " << type;
    if (axis >= 0)
      shape.erase(shape.begin() + axis);
    expected.push_back(type.clone(shape));
  }
  return verifyArguments(*this, getBody().front(), expected);
}

LogicalResult VmapOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  FailureOr<Operation *> yield = terminatorOf(adaptor.getBody(), loc, "vmap");
  if (failed(yield))
    return failure();
  ArrayRef<int64_t> axes = adaptor.getOutAxes();
  if (int64_t size = adaptor.getSize(); size < 0)
    return emitOptionalError(loc, "vmap: expected size to be at least 0, but got ", size);
  if (axes.size() != (*yield)->getNumOperands())
    return emitOptionalError(loc, "vmap: expected ", (*yield)->getNumOperands(),
                             " out_axes, but got ", axes.size());
  for (auto [yielded, axis] : llvm::zip((*yield)->getOperandTypes(), axes)) {
    auto type = cast<RankedTensorType>(yielded);
    if (axis < -1 || axis > type.getRank())
      return emitOptionalError(loc, "vmap: expected out_axes from -1 to ", type.getRank(), " for ",
                               type, ", but got ", axis);
    SmallVector<int64_t> shape(type.getShape());
    if (axis >= 0)
      shape.insert(shape.begin() + axis, adaptor.getSize());
    types.push_back(type.clone(shape));
  }
  return success();
}

Resolved VmapOp::resolve(OpBuilder &builder) {
  Block &body = getBody().front();
  Emitter emitter(builder, getLoc());
  IRMapping map;
  DenseMap<Value, int64_t> dims;
  map.map(body.getArguments(), getIns());
  for (auto [argument, axis] : llvm::zip(body.getArguments(), getInAxes()))
    if (axis >= 0)
      dims[argument] = axis;
  if (failed(sweepBatch(emitter, body, map, dims, {int64_t(getSize()), getAxis().value_or("")})))
    return failure();

  SmallVector<Value> results;
  for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands())) {
    auto found = dims.find(value);
    int64_t from = found == dims.end() ? -1 : found->second, to = getOutAxes()[i];
    Val batched(emitter, map.lookupOrDefault(value));
    if (to < 0 && from >= 0)
      return emitOpError("expected result ")
             << i << " not to vary over the batch, as its "
             << "out_axes says, but it does; give it an axis in out_axes";
    results.push_back(to < 0 ? batched.value : moveBatchDim(batched, from, to, getSize()).value);
  }
  return results;
}

} // namespace mjx
