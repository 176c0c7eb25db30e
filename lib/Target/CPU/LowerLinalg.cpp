//===- LowerLinalg.cpp - Structured ops become loops ----------------------===//
#include "LoopNest.h"
#include "VectorBody.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPULOWERLINALG
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

// Independent accumulators of a reduction: enough to hide an addition's
// latency behind the loads.
constexpr int64_t accumulators = 4;

/// Emits one structured op as loops.
class Emitter {
public:
  Emitter(linalg::LinalgOp op, LoopNest nest, int64_t vectorBytes)
      : op(op), nest(std::move(nest)), builder(op), loc(op.getLoc()), body(op),
        vectorBytes(vectorBytes) {}

  void run() {
    isTransposition = !nest.loops.empty() && vectorLanes(accumulates()) == 1 && !accumulates() &&
                      nest.pairTransposed();
    nest.flatten(builder, loc);
    if (llvm::none_of(nest.loops, [](Loop loop) { return loop.extent == 0; }))
      emitFrom(0);
    op.erase();
  }

  bool leavesScalarLoop = false;

private:
  Value index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

  void emitFrom(unsigned depth) {
    if (nest.loops.empty())
      return emitStep(index(0), 1);
    if (depth + 1 == nest.loops.size())
      return emitInnermost();
    if (isTransposition && depth + 2 == nest.loops.size())
      return emitBlocks(depth);
    auto loop =
        scf::ForOp::create(builder, loc, index(0), index(nest.loops[depth].extent), index(1));
    counters.push_back(loop.getInductionVar());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitFrom(depth + 1);
  }

  //===--- One step: load, compute, store ---------------------------------===//

  /// Where the step's first element is, `counter` counting the innermost loop.
  Value position(const Access &access, Value counter) {
    Value sum;
    auto add = [&](Value term) {
      sum = sum ? arith::AddIOp::create(builder, loc, sum, term) : term;
    };
    for (unsigned loop = 0; loop < nest.loops.size(); ++loop) {
      int64_t stride = access.strides[loop];
      Value count = loop + 1 == nest.loops.size() ? counter : counters[loop];
      if (stride == 1)
        add(count);
      else if (stride != 0)
        add(arith::MulIOp::create(builder, loc, count, index(stride)));
    }
    if (!sum || access.offset != 0)
      add(index(access.offset));
    return sum;
  }

  bool isInvariant(const Access &access) {
    return nest.loops.empty() || access.strides.back() == 0;
  }

  Value load(const Access &access, Value counter, int64_t lanes, Value mask) {
    if (access.isScalar())
      return spread(builder, loc, access.value, lanes);
    Value at = position(access, counter);
    if (lanes == 1 || isInvariant(access))
      return spread(builder, loc, memref::LoadOp::create(builder, loc, access.flat, at), lanes);
    auto type = VectorType::get(lanes, cast<MemRefType>(access.flat.getType()).getElementType());
    if (!mask)
      return vector::LoadOp::create(builder, loc, type, access.flat, at);
    Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    return vector::MaskedLoadOp::create(builder, loc, type, access.flat, at, mask, zeros);
  }

  void store(const Access &access, Value counter, Value value, Value mask) {
    Value at = position(access, counter);
    if (!isa<VectorType>(value.getType()))
      memref::StoreOp::create(builder, loc, value, access.flat, at);
    else if (mask)
      vector::MaskedStoreOp::create(builder, loc, access.flat, at, mask, value);
    else
      vector::StoreOp::create(builder, loc, value, access.flat, at);
  }

  SmallVector<Value> arguments(Value counter, int64_t lanes, Value mask) {
    SmallVector<Value> values;
    for (auto [operand, access] : llvm::zip_equal(op->getOpOperands(), nest.accesses))
      values.push_back(op.payloadUsesValueFromOperand(&operand) ? load(access, counter, lanes, mask)
                                                                : Value());
    return values;
  }

  SmallVector<Value> dimIndices(Value counter) {
    SmallVector<Value> indices;
    for (int64_t loop : nest.loopOfDim) {
      bool innermost = loop + 1 == int64_t(nest.loops.size());
      indices.push_back(loop < 0 ? Value() : innermost ? counter : counters[loop]);
    }
    return indices;
  }

  SmallVector<Value> compute(ArrayRef<Value> values, Value counter, int64_t lanes) {
    int64_t lane = -1;
    for (auto [dim, loop] : llvm::enumerate(nest.loopOfDim))
      if (loop >= 0 && loop + 1 == int64_t(nest.loops.size()))
        lane = dim;
    return body.clone(builder, values, dimIndices(counter), lane, lanes);
  }

  MutableArrayRef<Access> outputs() {
    return MutableArrayRef<Access>(nest.accesses).take_back(op.getNumDpsInits());
  }

  /// Loads many values where they are used first: together they would not fit
  /// the registers.
  void delayLoads(ArrayRef<Value> values) {
    constexpr size_t few = 8;
    DenseSet<Operation *> waiting;
    for (Value value : values)
      if (Operation *op = value ? value.getDefiningOp() : nullptr;
          isa_and_nonnull<vector::LoadOp, vector::MaskedLoadOp, memref::LoadOp>(op))
        waiting.insert(op);
    if (waiting.size() <= few)
      return;
    Value first = *llvm::find_if(
        values, [&](Value value) { return value && waiting.contains(value.getDefiningOp()); });
    for (auto user = first.getDefiningOp()->getIterator(); user != builder.getInsertionPoint();
         ++user)
      for (Value operand : user->getOperands())
        if (Operation *load = operand.getDefiningOp(); load && waiting.erase(load))
          load->moveBefore(&*user);
  }

  void emitStep(Value counter, int64_t lanes, Value mask = {}) {
    SmallVector<Value> values = arguments(counter, lanes, mask);
    SmallVector<Value> results = compute(values, counter, lanes);
    delayLoads(values);
    for (auto [access, result] : llvm::zip_equal(outputs(), results))
      store(access, counter, result, mask);
  }

  //===--- The innermost loop ---------------------------------------------===//

  /// All results stay in registers through the innermost loop.
  bool accumulates() {
    return nest.loops.back().isReduction &&
           llvm::all_of(outputs(), [&](const Access &access) { return isInvariant(access); });
  }

  void emitInnermost() {
    int64_t lanes = vectorLanes(accumulates());
    if (accumulates())
      return emitReduction(lanes);
    if (lanes == 1)
      leavesScalarLoop = true;
    emitParallel(lanes);
  }

  /// 1 unless every operand is contiguous or invariant along the loop.
  int64_t vectorLanes(bool accumulates) {
    if (!body.isVectorizable() || (accumulates && !body.isReduction()))
      return 1;
    for (auto [index, access] : llvm::enumerate(nest.accesses)) {
      bool isOutput = index >= nest.accesses.size() - op.getNumDpsInits();
      int64_t stride = access.strides.back();
      if (stride != 1 && (stride != 0 || (isOutput && !accumulates)))
        return 1;
    }
    int64_t lanes = body.lanes(vectorBytes);
    bool fits = hasMasks() ? nest.loops.back().extent >= 2 : nest.loops.back().extent >= lanes;
    return fits ? lanes : 1;
  }

  /// Only the widest x86 vectors come with masked memory access.
  bool hasMasks() const { return vectorBytes == 64; }

  Value tailMask(int64_t lanes, int64_t count) {
    auto type = VectorType::get(lanes, builder.getI1Type());
    SmallVector<bool> bits(lanes, false);
    std::fill_n(bits.begin(), count, true);
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, bits));
  }

  /// A loop, or its only iteration.
  void forEach(int64_t from, int64_t to, int64_t step, function_ref<void(Value)> emit) {
    if (from >= to)
      return;
    if (from + step >= to)
      return emit(index(from));
    auto loop = scf::ForOp::create(builder, loc, index(from), index(to), index(step));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emit(loop.getInductionVar());
  }

  void emitParallel(int64_t lanes) {
    int64_t extent = nest.loops.back().extent;
    int64_t whole = extent / lanes * lanes;
    forEach(0, whole, lanes, [&](Value counter) { emitStep(counter, lanes); });
    if (whole == extent)
      return;
    if (hasMasks())
      return emitStep(index(whole), lanes, tailMask(lanes, extent - whole));
    forEach(whole, extent, 1, [&](Value counter) { emitStep(counter, 1); });
  }

  /// The two innermost loops in square blocks: a line fetched for one row is
  /// still there for the next.
  void emitBlocks(unsigned depth) {
    constexpr int64_t block = 16;
    leavesScalarLoop = true;
    auto inSteps = [&](Value from, Value to, int64_t step) {
      auto loop = scf::ForOp::create(builder, loc, from, to, index(step));
      builder.setInsertionPointToStart(loop.getBody());
      return loop.getInductionVar();
    };
    auto end = [&](Value start, int64_t extent) -> Value {
      Value next = arith::AddIOp::create(builder, loc, start, index(block));
      return extent % block == 0 ? next : arith::MinUIOp::create(builder, loc, next, index(extent));
    };
    int64_t rows = nest.loops[depth].extent, columns = nest.loops.back().extent;
    OpBuilder::InsertionGuard guard(builder);
    Value firstRow = inSteps(index(0), index(rows), block);
    Value firstColumn = inSteps(index(0), index(columns), block);
    counters.push_back(inSteps(firstRow, end(firstRow, rows), 1));
    emitStep(inSteps(firstColumn, end(firstColumn, columns), 1), 1);
  }

  //===--- Reductions in registers ----------------------------------------===//

  /// Runs `emit` over [from, to) by `step`, carrying values from one iteration
  /// to the next.
  SmallVector<Value> carry(int64_t from, int64_t to, int64_t step, SmallVector<Value> values,
                           function_ref<SmallVector<Value>(Value, ValueRange)> emit) {
    if (from >= to)
      return values;
    if (from + step >= to)
      return emit(index(from), values);
    auto loop = scf::ForOp::create(builder, loc, index(from), index(to), index(step), values);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next = emit(loop.getInductionVar(), loop.getRegionIterArgs());
    scf::YieldOp::create(builder, loc, next);
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  SmallVector<Value> accumulate(Value counter, ValueRange partial, int64_t lanes, Value mask = {}) {
    SmallVector<Value> values;
    unsigned inputs = op.getNumDpsInputs();
    for (auto [index, access] : llvm::enumerate(nest.accesses)) {
      bool used = op.payloadUsesValueFromOperand(&op->getOpOperand(index));
      values.push_back(!used            ? Value()
                       : index < inputs ? load(access, counter, lanes, mask)
                                        : partial[index - inputs]);
    }
    SmallVector<Value> sums = compute(values, counter, lanes);
    if (mask)
      for (auto [sum, old] : llvm::zip_equal(sums, partial))
        sum = arith::SelectOp::create(builder, loc, mask, sum, old);
    return sums;
  }

  void emitReduction(int64_t lanes) {
    Value zero = index(0);
    SmallVector<Value> totals;
    for (const Access &access : outputs())
      totals.push_back(load(access, zero, 1, {}));
    int64_t extent = nest.loops.back().extent, whole = 0;
    if (lanes > 1) {
      bool masked = hasMasks();
      totals = body.combine(builder, totals, vectorPartials(lanes, masked));
      whole = masked ? extent : extent / lanes * lanes;
    } else {
      leavesScalarLoop = true;
    }
    totals = carry(whole, extent, 1, totals, [&](Value counter, ValueRange partial) {
      return accumulate(counter, partial, 1);
    });
    for (auto [access, total] : llvm::zip_equal(outputs(), totals))
      store(access, zero, total, {});
  }

  /// One vector of partial results per output.
  SmallVector<Value> vectorPartials(int64_t lanes, bool masked) {
    int64_t extent = nest.loops.back().extent;
    int64_t whole = extent / lanes * lanes;
    int64_t wide = whole >= 2 * accumulators * lanes && !body.isLong()
                       ? whole / (accumulators * lanes) * accumulators * lanes
                       : 0;
    int64_t groups = wide ? accumulators : 1;
    unsigned count = op.getNumDpsInits();
    SmallVector<Value> partial;
    for (int64_t group = 0; group < groups; ++group)
      llvm::append_range(partial, body.neutral(builder, lanes));
    partial = carry(0, wide, groups * lanes, partial, [&](Value counter, ValueRange old) {
      return accumulateGroups(counter, old, lanes, count);
    });
    SmallVector<Value> first(partial.begin(), partial.begin() + count);
    for (int64_t group = 1; group < groups; ++group)
      first = body.merge(builder, first, ArrayRef(partial).slice(group * count, count));
    first = carry(wide, whole, lanes, first,
                  [&](Value counter, ValueRange old) { return accumulate(counter, old, lanes); });
    if (masked && whole != extent)
      first = accumulate(index(whole), first, lanes, tailMask(lanes, extent - whole));
    return first;
  }

  SmallVector<Value> accumulateGroups(Value counter, ValueRange old, int64_t lanes,
                                      unsigned count) {
    SmallVector<Value> next;
    for (unsigned group = 0; group * count < old.size(); ++group) {
      Value at =
          group == 0 ? counter : arith::AddIOp::create(builder, loc, counter, index(group * lanes));
      llvm::append_range(next, accumulate(at, old.slice(group * count, count), lanes));
    }
    return next;
  }

  linalg::LinalgOp op;
  LoopNest nest;
  OpBuilder builder;
  Location loc;
  VectorBody body;
  int64_t vectorBytes;
  bool isTransposition = false;
  SmallVector<Value> counters;
};

/// Whether every result is what was there, as in a sum of zeros that has been
/// simplified.
bool changesNothing(linalg::LinalgOp op) {
  auto yielded = op.getBlock()->getTerminator()->getOperands();
  return llvm::equal(yielded, op.getRegionOutputArgs());
}

struct LowerLinalg : public mjx::impl::MjxCpuLowerLinalgBase<LowerLinalg> {
  using MjxCpuLowerLinalgBase::MjxCpuLowerLinalgBase;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    bool scalarLoops = false;
    for (linalg::LinalgOp op : ops)
      if (failed(lower(op, scalarLoops)))
        return signalPassFailure();
    if (scalarLoops)
      if (Operation *program = cpu::programOf(getOperation()))
        program->setAttr(cpu::scalarLoopsAttr, UnitAttr::get(&getContext()));
  }

  LogicalResult lower(linalg::LinalgOp op, bool &scalarLoops) {
    if (changesNothing(op)) {
      op.erase();
      return success();
    }
    if (std::optional<LoopNest> nest = LoopNest::of(op)) {
      Emitter emitter(op, std::move(*nest), vectorBytes);
      emitter.run();
      scalarLoops |= emitter.leavesScalarLoop;
      return success();
    }
    IRRewriter rewriter(op);
    scalarLoops = true;
    if (failed(linalg::linalgOpToLoops(rewriter, op)))
      return op->emitError("expected a structured op on buffers, but `")
             << op->getName() << "` has no loops";
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace
