//===- PlanScratch.cpp - Temporaries in one buffer ------------------------===//
#include "Shared.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUPLANSCRATCH
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

constexpr int64_t alignment = 64;

/// Positions of ops in program order: [first, last] spans an op's regions.
class ProgramOrder {
public:
  explicit ProgramOrder(func::FuncOp function) { number(function); }
  int64_t first(Operation *op) const { return span.lookup(op).first; }
  int64_t last(Operation *op) const { return span.lookup(op).second; }

private:
  void number(Operation *op) {
    int64_t start = next++;
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Operation &nested : block)
          number(&nested);
    span[op] = {start, next - 1};
  }
  DenseMap<Operation *, std::pair<int64_t, int64_t>> span;
  int64_t next = 0;
};

/// Room for a buffer, or for those of a parallel loop, one share of which each
/// of its iterations has.
struct Slot {
  memref::AllocOp allocation;
  int64_t first, last;
  int64_t bytes;
  scf::ParallelOp shared = {};
  int64_t offset = 0;

  bool overlapsInTime(const Slot &other) const {
    return first <= other.last && other.first <= last;
  }
};

/// The time in which a buffer holds something. An allocation in a loop body
/// holds nothing between iterations, so only its uses count; one outside a loop
/// that uses it is needed for the whole loop.
class Lifetimes {
public:
  explicit Lifetimes(func::FuncOp function) : order(function), flow(function) {}

  Slot of(memref::AllocOp allocation) const {
    SmallVector<Operation *> users;
    for (Value alias : flow.resolve(allocation))
      llvm::append_range(users, alias.getUsers());
    Block *block = enclosingAll(allocation->getBlock(), users);
    int64_t first = std::numeric_limits<int64_t>::max(), last = 0;
    for (Operation *user : users) {
      Operation *ancestor = block->findAncestorOpInBlock(*user);
      first = std::min(first, order.first(ancestor));
      last = std::max(last, order.last(ancestor));
    }
    auto type = allocation.getType();
    int64_t bytes = type.getNumElements() * storageBytes(type.getElementType());
    return {allocation, first, last, int64_t(llvm::alignTo(bytes, alignment))};
  }

  Slot of(scf::ParallelOp loop, int64_t bytes) const {
    int64_t count = *getConstantIntValue(loop.getUpperBound()[0]);
    return {{}, order.first(loop), order.last(loop), count * bytes, loop};
  }

private:
  static Block *enclosingAll(Block *block, ArrayRef<Operation *> users) {
    while (
        llvm::any_of(users, [&](Operation *user) { return !block->findAncestorOpInBlock(*user); }))
      block = block->getParentOp()->getBlock();
    return block;
  }

  ProgramOrder order;
  BufferViewFlowAnalysis flow;
};

/// First fit, largest first. Returns the bytes needed.
int64_t place(MutableArrayRef<Slot> slots) {
  SmallVector<Slot *> bySize;
  for (Slot &slot : slots)
    bySize.push_back(&slot);
  llvm::stable_sort(bySize, [](Slot *a, Slot *b) { return a->bytes > b->bytes; });
  // Placed slots, by offset.
  SmallVector<Slot *> placed;
  int64_t total = 0;
  for (Slot *slot : bySize) {
    int64_t offset = 0;
    for (Slot *other : placed) {
      if (!slot->overlapsInTime(*other))
        continue;
      if (offset + slot->bytes <= other->offset)
        break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    slot->offset = offset;
    total = std::max(total, offset + slot->bytes);
    auto after =
        llvm::upper_bound(placed, slot, [](Slot *a, Slot *b) { return a->offset < b->offset; });
    placed.insert(after, slot);
  }
  return total;
}

struct PlanScratch : public mjx::impl::MjxCpuPlanScratchBase<PlanScratch> {
  void runOnOperation() override {
    func::FuncOp function = programFunction(getOperation());
    if (!function)
      return;
    Lifetimes lifetimes(function);
    llvm::MapVector<Operation *, SmallVector<Slot>> byLoop;
    if (failed(collect(function, lifetimes, byLoop)))
      return signalPassFailure();
    SmallVector<Slot> slots = std::move(byLoop[nullptr]);
    byLoop.erase(static_cast<Operation *>(nullptr));
    for (auto &[loop, own] : byLoop)
      slots.push_back(lifetimes.of(cast<scf::ParallelOp>(loop), place(own)));
    int64_t bytes = place(slots);
    replace(function, slots, byLoop, bytes);
    Builder builder(&getContext());
    function->setAttr(cpu::scratchBytesAttr, builder.getI64IntegerAttr(bytes));
    function.setType(builder.getFunctionType(function.getBody().getArgumentTypes(), TypeRange()));
  }

  /// Sorts buffers by the parallel loop they are in; null for the others.
  LogicalResult collect(func::FuncOp function, const Lifetimes &lifetimes,
                        llvm::MapVector<Operation *, SmallVector<Slot>> &byLoop) {
    SmallVector<memref::AllocOp> allocations;
    function.walk([&](memref::AllocOp op) { allocations.push_back(op); });
    for (memref::AllocOp allocation : allocations) {
      if (!allocation.getType().hasStaticShape())
        return allocation.emitError("expected temporaries of static shape, but got ")
               << allocation.getType();
      if (allocation->use_empty())
        allocation.erase();
      else
        byLoop[allocation->getParentOfType<scf::ParallelOp>()].push_back(lifetimes.of(allocation));
    }
    return success();
  }

  void replace(func::FuncOp function, ArrayRef<Slot> slots,
               llvm::MapVector<Operation *, SmallVector<Slot>> &byLoop, int64_t bytes) {
    Block &body = function.getBody().front();
    OpBuilder builder(&getContext());
    Location loc = function.getLoc();
    auto type = MemRefType::get({bytes}, builder.getI8Type());
    Value scratch = body.addArgument(type, loc);
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    for (const Slot &slot : slots) {
      if (slot.allocation) {
        builder.setInsertionPoint(slot.allocation);
        replace(builder, slot.allocation, scratch, index(slot.offset));
        continue;
      }
      scf::ParallelOp loop = slot.shared;
      int64_t share = slot.bytes / *getConstantIntValue(loop.getUpperBound()[0]);
      builder.setInsertionPointToStart(loop.getBody());
      Value start = arith::MulIOp::create(builder, loc, loop.getInductionVars()[0], index(share));
      start = arith::AddIOp::create(builder, loc, start, index(slot.offset));
      for (const Slot &own : byLoop[loop]) {
        builder.setInsertionPoint(own.allocation);
        Value offset = arith::AddIOp::create(builder, loc, start, index(own.offset));
        replace(builder, own.allocation, scratch, offset);
      }
    }
  }

  static void replace(OpBuilder &builder, memref::AllocOp allocation, Value scratch, Value offset) {
    Value view = memref::ViewOp::create(builder, allocation.getLoc(), allocation.getType(), scratch,
                                        offset, {});
    allocation.replaceAllUsesWith(view);
    allocation.erase();
  }
};

} // namespace
