//===- AssignDestinations.cpp - Loop carries keep their buffers -----------===//
#include "Shared.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUASSIGNDESTINATIONS
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;
using bufferization::MaterializeInDestinationOp;

namespace {

bool isView(Operation *op) {
  return isa<tensor::ExtractSliceOp, tensor::CastOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp>(op);
}

bool isBranch(Operation *op) { return isa_and_nonnull<scf::IfOp, scf::IndexSwitchOp>(op); }

/// The memory a tensor may be in once it is bufferized in place.
struct Origin {
  SmallPtrSet<Value, 4> roots;
  /// Whichever root it is, the tensor is that root's whole memory.
  bool whole = true;
  /// Values seen already: branches on branches share what they read.
  SmallPtrSet<Value, 16> seen;
};

void collectOrigin(Value tensor, Origin &origin);

void collectOperands(Operation *op, Origin &origin) {
  origin.whole = false;
  for (Value operand : op->getOperands())
    if (isa<TensorType>(operand.getType()))
      collectOrigin(operand, origin);
}

void collectOrigin(Value tensor, Origin &origin) {
  if (!origin.seen.insert(tensor).second)
    return;
  auto result = dyn_cast<OpResult>(tensor);
  if (!result) {
    origin.roots.insert(tensor);
    return;
  }
  Operation *op = result.getOwner();
  unsigned number = result.getResultNumber();
  if (isa<tensor::EmptyOp, arith::ConstantOp, bufferization::AllocTensorOp, tensor::FromElementsOp>(
          op))
    return;
  if (isa<bufferization::ToTensorOp>(op))
    origin.roots.insert(tensor);
  else if (isBranch(op))
    for (Region &region : op->getRegions())
      collectOrigin(region.front().getTerminator()->getOperand(number), origin);
  else if (auto loop = dyn_cast<scf::ForOp>(op))
    collectOrigin(loop.getInitArgs()[number], origin);
  else if (auto loop = dyn_cast<scf::WhileOp>(op); loop && number < loop.getInits().size())
    collectOrigin(loop.getInits()[number], origin);
  else if (auto copy = dyn_cast<MaterializeInDestinationOp>(op))
    collectOrigin(copy.getDest(), origin);
  else if (auto update = dyn_cast<DestinationStyleOpInterface>(op))
    collectOrigin(update.getTiedOpOperand(result)->get(), origin);
  else
    collectOperands(op, origin);
}

/// No op behind `point`, in the block that owns `tensor`, looks at `tensor`.
bool isReadAfter(Value tensor, Operation *point, Operation *terminator) {
  for (Operation *user : tensor.getUsers()) {
    Operation *ancestor = point->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor || (ancestor != terminator && point->isBeforeInBlock(ancestor)))
      return true;
    if (isView(user) && isReadAfter(user->getResult(0), point, terminator))
      return true;
  }
  return false;
}

/// Elements put one by one into `destination`, by loops too, are in its memory
/// already if no one looks at it in between.
bool isWrittenInPlace(Value next, Value destination, Operation *terminator) {
  while (next != destination) {
    auto result = dyn_cast<OpResult>(next);
    Value before;
    if (auto insert = next.getDefiningOp<tensor::InsertOp>())
      before = insert.getDest();
    else if (auto loop = next.getDefiningOp<scf::ForOp>())
      before = loop.getInitArgs()[result.getResultNumber()];
    if (!before || result.getOwner()->getBlock() != terminator->getBlock() ||
        isReadAfter(before, result.getOwner(), terminator))
      return false;
    next = before;
  }
  return true;
}

struct Assignment {
  OpOperand *next;
  Value destination;
};

/// Ends a block by writing each next value into the memory of the value it
/// replaces.
class BlockAssigner {
public:
  BlockAssigner(Operation *terminator, ArrayRef<Assignment> assignments)
      : terminator(terminator), builder(terminator) {
    for (const Assignment &assignment : assignments)
      if (isa<TensorType>(assignment.destination.getType()))
        pending.push_back(assignment);
  }

  void run() {
    sinkIntoBranches();
    for (Assignment &assignment : pending)
      separate(assignment);
    for (Assignment &assignment : pending)
      if (!isWrittenInPlace(assignment.next->get(), assignment.destination, terminator))
        assignment.next->set(copyInto(assignment.next->get(), assignment.destination));
  }

private:
  Value copyInto(Value value, Value destination) {
    return MaterializeInDestinationOp::create(builder, terminator->getLoc(), value, destination)
        .getResult();
  }

  /// An earlier destination gets the same value.
  bool isRepeated(const Assignment &assignment) const {
    return llvm::any_of(pending, [&](const Assignment &other) {
      return other.next < assignment.next && other.next->get() == assignment.next->get();
    });
  }

  /// A branch that produces next values writes them in place itself, so that
  /// the side that keeps a value does no work.
  void sinkIntoBranches() {
    llvm::MapVector<Operation *, SmallVector<Assignment>> branches;
    for (const Assignment &assignment : pending) {
      Operation *branch = assignment.next->get().getDefiningOp();
      if (isBranch(branch) && branch->getBlock() == terminator->getBlock() &&
          !isRepeated(assignment) && !isReadAfter(assignment.destination, branch, terminator))
        branches[branch].push_back(assignment);
    }
    for (auto &[branch, assignments] : branches)
      for (Region &region : branch->getRegions())
        sinkInto(region.front().getTerminator(), assignments);
  }

  static void sinkInto(Operation *yield, ArrayRef<Assignment> outer) {
    SmallVector<Assignment> inner;
    for (const Assignment &assignment : outer) {
      unsigned number = cast<OpResult>(assignment.next->get()).getResultNumber();
      inner.push_back({&yield->getOpOperand(number), assignment.destination});
    }
    BlockAssigner(yield, inner).run();
  }

  /// A next value that may share memory with a carried value, other than being
  /// its destination, moves to memory of its own first: writing one
  /// destination must not change what another is written from.
  void separate(Assignment &assignment) {
    Origin origin;
    collectOrigin(assignment.next->get(), origin);
    bool shares = llvm::any_of(
        pending, [&](const Assignment &other) { return origin.roots.contains(other.destination); });
    bool inPlace =
        origin.whole && origin.roots.size() == 1 && origin.roots.contains(assignment.destination);
    if (isRepeated(assignment) || (shares && !inPlace))
      assignment.next->set(bufferization::AllocTensorOp::create(
          builder, terminator->getLoc(), cast<RankedTensorType>(assignment.destination.getType()),
          /*dynamicSizes=*/ValueRange(), /*copy=*/assignment.next->get()));
  }

  Operation *terminator;
  OpBuilder builder;
  SmallVector<Assignment> pending;
};

void assignCarried(Operation *terminator, MutableArrayRef<OpOperand> next,
                   Block::BlockArgListType carried) {
  SmallVector<Assignment> assignments;
  for (auto [operand, argument] : llvm::zip(next, carried))
    if (operand.get().getType() == argument.getType())
      assignments.push_back({&operand, argument});
  BlockAssigner(terminator, assignments).run();
}

/// Canonicalization lets a loop hand only those carried values on to its body
/// that are used there. For each of them to keep its memory the body needs all,
/// in order; gives them back, where what is handed on is carried values only.
void restoreCarried(scf::WhileOp loop) {
  auto carried = loop.getBeforeArguments();
  scf::ConditionOp condition = loop.getConditionOp();
  SmallVector<unsigned> positions;
  for (Value forwarded : condition.getArgs()) {
    auto argument = dyn_cast<BlockArgument>(forwarded);
    if (!argument || argument.getOwner() != loop.getBeforeBody())
      return;
    positions.push_back(argument.getArgNumber());
  }
  if (llvm::equal(positions, llvm::seq<unsigned>(0, carried.size())))
    return;
  OpBuilder builder(loop);
  auto restored = scf::WhileOp::create(builder, loop.getLoc(),
                                       loop.getBeforeBody()->getArgumentTypes(), loop.getInits());
  condition.getArgsMutable().assign(ValueRange(carried));
  restored.getBefore().takeBody(loop.getBefore());
  restored.getAfter().takeBody(loop.getAfter());
  Block *body = restored.getAfterBody();
  for (BlockArgument argument : restored.getBeforeArguments())
    body->addArgument(argument.getType(), argument.getLoc());
  for (auto [i, position] : llvm::enumerate(positions)) {
    body->getArgument(i).replaceAllUsesWith(body->getArgument(positions.size() + position));
    loop.getResult(i).replaceAllUsesWith(restored.getResult(position));
  }
  body->eraseArguments(0, positions.size());
  loop.erase();
}

struct AssignDestinations : public mjx::impl::MjxCpuAssignDestinationsBase<AssignDestinations> {
  void runOnOperation() override {
    getOperation().walk([](scf::WhileOp loop) { restoreCarried(loop); });
    // Inner loops first: the origin of their results is then their initializer.
    getOperation().walk([](Operation *op) {
      if (auto loop = dyn_cast<scf::ForOp>(op))
        assignCarried(loop.getBody()->getTerminator(),
                      loop.getYieldedValuesMutable().value_or(MutableArrayRef<OpOperand>()),
                      loop.getRegionIterArgs());
      if (auto loop = dyn_cast<scf::WhileOp>(op))
        assignWhile(loop);
    });
  }

  static void assignWhile(scf::WhileOp loop) {
    scf::ConditionOp condition = loop.getConditionOp();
    assignCarried(condition, condition->getOpOperands().drop_front(), loop.getBeforeArguments());
    assignCarried(loop.getYieldOp(), loop.getYieldOp()->getOpOperands(), loop.getAfterArguments());
  }
};

} // namespace
