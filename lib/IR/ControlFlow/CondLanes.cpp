//===- CondLanes.cpp - A cond whose lanes choose differently --------------===//
//
// Either every lane branches for itself, in a map, or all lanes run all branches
// and select. The latter is for branches that cost less than a jump and, since
// no lane can go its own way then, for those that combine lanes.
//
//===----------------------------------------------------------------------===//
#include "Cond.h"

#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace mjx {

namespace {

/// Whether `op` is one that vectorizes, without loops of its own.
bool isPlain(Operation &op) {
  return op.getNumRegions() == 0 && isMemoryEffectFree(&op) &&
         (isa<PointwiseOpInterface>(op) || op.getNumOperands() == 0 ||
          isa<BroadcastInDimOp, ReshapeOp>(op));
}

/// Whether a branch costs about what a jump costs.
bool isCheap(Block &branch) {
  constexpr double enough = 64;
  double elements = 0;
  for (Operation &op : branch.without_terminator()) {
    if (!isPlain(op))
      return false;
    for (Type type : op.getResultTypes())
      elements += elementsOf(type);
  }
  return elements <= enough;
}

/// All lanes run all branches, and each takes what its own gave.
class CondSelect {
public:
  CondSelect(BatchContext &c, CondOp op)
      : c(c), op(op), branches(op.getBranches().size()), guards(!namesAxis(op, c.axis.name)) {}

  LogicalResult run() {
    chosen = c.front(0);
    SmallVector<Val> results;
    for (unsigned b = 0; b < branches; ++b) {
      FailureOr<SmallVector<Val>> values = runBranch(b);
      if (failed(values))
        return failure();
      if (results.empty())
        results = *values;
      for (auto [result, value] : llvm::zip_equal(results, *values))
        if (result.value != value.value)
          result = select(spread(takes(b), value), value, result);
    }
    for (auto [k, result] : llvm::enumerate(results))
      c.set(k, result, 0);
    return success();
  }

private:
  /// Which lanes take branch `b`.
  Val takes(unsigned b) {
    if (chosen.element().isInteger(1))
      return b == 1 ? chosen : NotOp::of(chosen);
    if (branches == 1)
      return compare(chosen, chosen, "eq");
    if (b == 0)
      return compare(chosen, 0, "le");
    return compare(chosen, b, b + 1 == branches ? "ge" : "eq");
  }

  Val spread(Val lanes, Val like) { return broadcast(lanes, like.shape(), int64_t{0}); }

  /// What branch `b` sees of an operand: ones in the lanes that do not take it.
  /// Their results are not used, and neither is a derivative, which may be
  /// infinite or not a number for the value that is there.
  Val guarded(unsigned i, unsigned b) {
    Val value = c.front(i);
    return select(spread(takes(b), value), value, value.splat(1));
  }

  FailureOr<SmallVector<Val>> runBranch(unsigned b) {
    Block &branch = op.getBranches()[b].front();
    IRMapping map;
    DenseMap<Value, int64_t> dims;
    for (auto [index, argument] : llvm::enumerate(branch.getArguments())) {
      unsigned i = index + 1;
      bool isGuarded = guards && branches > 1 && isDifferentiable(argument.getType()) &&
                       isUsedIn(branch, argument);
      map.map(argument, isGuarded ? guarded(i, b).value : c.in(i).value);
      if (isGuarded || c.isBatched(i))
        dims[argument] = isGuarded ? 0 : c.dim(i);
    }
    if (failed(sweepBatch(c.emitter, branch, map, dims, c.axis)))
      return failure();
    c.emitter.loc = op.getLoc();
    return llvm::map_to_vector(branch.getTerminator()->getOperands(),
                               [&](Value value) { return atFront(value, map, dims); });
  }

  /// A yielded value with the lanes in front; an argument as it was given.
  Val atFront(Value value, const IRMapping &map, const DenseMap<Value, int64_t> &dims) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return front(argument.getArgNumber() + 1);
    auto found = dims.find(value);
    return moveBatchDim({c.emitter, map.lookup(value)}, found == dims.end() ? -1 : found->second, 0,
                        c.size);
  }

  /// Operand `i` with the lanes in front, the same value for every branch.
  Val front(unsigned i) {
    Val &value = fronts[i];
    return value ? value : value = c.front(i);
  }

  static bool isUsedIn(Block &branch, Value value) {
    return llvm::any_of(value.getUsers(),
                        [&](Operation *user) { return user != branch.getTerminator(); });
  }

  BatchContext &c;
  CondOp op;
  unsigned branches;
  bool guards;
  Val chosen;
  DenseMap<unsigned, Val> fronts;
};

} // namespace

LogicalResult batchDivergentCond(BatchContext &c, CondOp op) {
  bool combines = namesAxis(op, c.axis.name);
  if (combines && failed(checkMaskable(c)))
    return failure();
  bool isSelected = combines || llvm::all_of(op.getBranches(), [](Region &branch) {
                      return isCheap(branch.front());
                    });
  return isSelected ? CondSelect(c, op).run() : batchByLanes(c);
}

} // namespace mjx
