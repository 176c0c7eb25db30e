//===- Parallelize.cpp - Lanes of maps on several threads -----------------===//
#include "Shared.h"

#include "mjx/Conversion/MjxToLinalg.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUPARALLELIZE
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

// What waking a thread costs, in elementary operations, with room to spare.
constexpr double workPerChunk = 1 << 14;
// Enough chunks for the threads of a large machine to share unequal work.
constexpr int64_t mostChunks = 64;
// Memory that the temporaries of all chunks may take together.
constexpr int64_t mostScratch = int64_t(64) << 20;
// Runs of a loop whose length is not known.
constexpr double guessedRuns = 128;

//===----------------------------------------------------------------------===//
// How much there is to do
//===----------------------------------------------------------------------===//

double workOf(Region &region);

double tripsOf(scf::ForOp loop) {
  auto lower = getConstantIntValue(loop.getLowerBound());
  auto upper = getConstantIntValue(loop.getUpperBound()),
       step = getConstantIntValue(loop.getStep());
  if (!lower || !upper || !step || *step <= 0)
    return guessedRuns;
  return std::max<int64_t>(0, llvm::divideCeil(*upper - *lower, *step));
}

double elementsOf(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.hasStaticShape() ? double(type.getNumElements()) : 1;
}

double workOf(Operation &op) {
  if (auto structured = dyn_cast<linalg::LinalgOp>(op)) {
    double work = std::max<double>(1, double(structured.getBlock()->getOperations().size()) - 1);
    for (int64_t extent : structured.getStaticLoopRanges())
      work *= double(extent);
    return work;
  }
  if (auto gemm = dyn_cast<rt::GemmOp>(op)) {
    double work = 1;
    for (int64_t extent : gemm.getSizes())
      work *= double(extent);
    return work;
  }
  if (auto call = dyn_cast<rt::CallOp>(op)) {
    double work = 0;
    for (Value operand : call->getOperands())
      work += 16 * elementsOf(operand);
    return work;
  }
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return elementsOf(copy.getTarget());
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return tripsOf(loop) * workOf(loop.getRegion());
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return guessedRuns * (workOf(loop.getBefore()) + workOf(loop.getAfter()));
  double most = 0;
  for (Region &region : op.getRegions())
    most = std::max(most, workOf(region));
  return 1 + most;
}

double workOf(Region &region) {
  double work = 0;
  for (Block &block : region)
    for (Operation &op : block)
      work += workOf(op);
  return work;
}

int64_t scratchOf(scf::ForOp loop) {
  int64_t bytes = 0;
  loop.walk([&](memref::AllocOp op) {
    MemRefType type = op.getType();
    bytes +=
        type.hasStaticShape() ? type.getNumElements() * storageBytes(type.getElementType()) : 0;
  });
  return bytes;
}

//===----------------------------------------------------------------------===//
// Whether lanes write different memory
//===----------------------------------------------------------------------===//

/// What a lane touches: memory of its own, or its slice of what all see.
class LaneAccesses {
public:
  LaneAccesses(scf::ForOp loop, const BufferViewFlowAnalysis &flow) : loop(loop), flow(flow) {}

  /// Lanes write only memory that no other lane touches.
  bool areIndependent() {
    bool isKnown = true;
    loop.getBody()->walk([&](Operation *op) { isKnown &= read(op); });
    return isKnown && llvm::all_of(writes, [&](const Place &place) { return isOwnSlice(place); }) &&
           llvm::all_of(reads, [&](const Place &place) { return isOfNoneWritten(place); });
  }

private:
  /// Memory from outside of the loop, and the buffer the lane has its slice of.
  struct Place {
    DenseSet<Value> roots;
    Value sliced;
  };

  bool isInside(Value value) const {
    return loop->getRegion(0).isAncestor(value.getParentRegion());
  }

  /// A part of `source` that no other iteration has.
  bool isLaneSlice(memref::SubViewOp view) const {
    OpFoldResult first = view.getMixedOffsets().front(), size = view.getMixedSizes().front();
    return dyn_cast<Value>(first) == loop->getRegion(0).getArgument(0) &&
           getConstantIntValue(size) == 1;
  }

  /// What the buffer may be that is no view of, or choice between, others.
  DenseSet<Value> rootsOf(Value buffer) const {
    DenseSet<Value> roots;
    for (Value source : flow.resolveReverse(buffer))
      if (flow.resolveReverse(source).size() == 1)
        roots.insert(source);
    return roots;
  }

  /// Nothing for memory of the lane alone.
  std::optional<Place> placeOf(Value buffer) const {
    Value sliced;
    while (isInside(buffer)) {
      Operation *view = buffer.getDefiningOp();
      if (!isa_and_nonnull<ViewLikeOpInterface>(view))
        break;
      auto part = dyn_cast<memref::SubViewOp>(view);
      buffer = cast<ViewLikeOpInterface>(view).getViewSource();
      if (part && isLaneSlice(part))
        sliced = buffer;
    }
    Place place{rootsOf(buffer), isInside(buffer) ? Value() : sliced};
    bool isOwn = llvm::all_of(place.roots, [&](Value root) { return isAllocatedInside(root); });
    if (isOwn && !place.roots.empty())
      return std::nullopt;
    return place;
  }

  bool isAllocatedInside(Value root) const {
    return root.getDefiningOp<memref::AllocOp>() && isInside(root);
  }

  /// Notes what an op accesses; false if that is not known.
  bool read(Operation *op) {
    if (isa<ViewLikeOpInterface>(op))
      return true;
    // A function of the user's need not be ready for several threads.
    auto call = dyn_cast<rt::CallOp>(op);
    if (call && (call.getEffects() || call.getCallee() == "mjx_rt_custom_call"))
      return false;
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    // Of loops and branches, the ops inside are looked at.
    if (!effects)
      return op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
             op->hasTrait<OpTrait::IsTerminator>();
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    return llvm::all_of(instances, [&](const auto &instance) { return note(instance); });
  }

  bool note(const MemoryEffects::EffectInstance &instance) {
    if (isa<MemoryEffects::Allocate, MemoryEffects::Free>(instance.getEffect()))
      return true;
    Value buffer = instance.getValue();
    if (!buffer)
      return false;
    if (std::optional<Place> place = placeOf(buffer))
      (isa<MemoryEffects::Write>(instance.getEffect()) ? writes : reads).push_back(*place);
    return true;
  }

  bool isOwnSlice(const Place &place) const {
    return place.sliced && place.roots.size() == 1 && llvm::all_of(writes, [&](const Place &other) {
             return !meet(place, other) || other.sliced == place.sliced;
           });
  }

  bool isOfNoneWritten(const Place &place) const {
    return llvm::all_of(writes, [&](const Place &other) {
      return !meet(place, other) || (place.sliced && place.sliced == other.sliced);
    });
  }

  static bool meet(const Place &a, const Place &b) {
    return llvm::any_of(a.roots, [&](Value root) { return b.roots.contains(root); });
  }

  scf::ForOp loop;
  const BufferViewFlowAnalysis &flow;
  SmallVector<Place> reads, writes;
};

/// Moves into the loop the memory that only its iterations use. None sees what
/// another left there, since a map carries nothing.
void sinkTemporaries(scf::ForOp loop, const BufferViewFlowAnalysis &flow) {
  SetVector<Operation *> allocations;
  loop.walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (auto allocation = operand.getDefiningOp<memref::AllocOp>())
        if (!loop->isAncestor(allocation))
          allocations.insert(allocation);
  });
  for (Operation *allocation : allocations) {
    bool isOnlyHere = llvm::all_of(flow.resolve(allocation->getResult(0)), [&](Value alias) {
      return llvm::all_of(alias.getUsers(),
                          [&](Operation *user) { return loop->isProperAncestor(user); });
    });
    if (isOnlyHere)
      allocation->moveBefore(&loop.getBody()->front());
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Lanes per chunk and chunks; of one chunk there is nothing to share.
struct Shares {
  explicit Shares(scf::ForOp loop) : lanes(int64_t(tripsOf(loop))) {
    double work = tripsOf(loop) * workOf(loop.getRegion());
    double chunks = std::min<double>({double(lanes), double(mostChunks), work / workPerChunk});
    if (int64_t scratch = scratchOf(loop))
      chunks = std::min<double>(chunks, double(mostScratch / scratch));
    size = chunks < 2 ? lanes : int64_t(llvm::divideCeil(lanes, int64_t(chunks)));
    count = size == 0 ? 0 : llvm::divideCeil(lanes, size);
  }
  int64_t lanes, size = 0, count = 0;
};

bool hasKnownLanes(scf::ForOp loop) {
  return loop.getNumResults() == 0 && getConstantIntValue(loop.getLowerBound()) == 0 &&
         getConstantIntValue(loop.getUpperBound()) && getConstantIntValue(loop.getStep()) == 1;
}

void share(scf::ForOp loop, Shares shares) {
  OpBuilder builder(loop);
  Location loc = loop.getLoc();
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value zero = index(0), one = index(1);
  auto chunks = scf::ParallelOp::create(builder, loc, zero, index(shares.count), one);
  builder.setInsertionPointToStart(chunks.getBody());
  Value begin =
      arith::MulIOp::create(builder, loc, chunks.getInductionVars()[0], index(shares.size));
  Value end = arith::AddIOp::create(builder, loc, begin, index(shares.size));
  if (shares.lanes % shares.size != 0)
    end = arith::MinUIOp::create(builder, loc, end, index(shares.lanes));
  loop->moveBefore(builder.getInsertionBlock(), builder.getInsertionPoint());
  loop.setLowerBound(begin);
  loop.setUpperBound(end);
}

struct Parallelize : public mjx::impl::MjxCpuParallelizeBase<Parallelize> {
  void runOnOperation() override {
    func::FuncOp function = programFunction(getOperation());
    if (!function)
      return;
    SmallVector<scf::ForOp> outermostFirst;
    function.walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
      if (loop->removeAttr(lanesAttr))
        outermostFirst.push_back(loop);
    });
    for (scf::ForOp loop : outermostFirst)
      if (!loop->getParentOfType<scf::ParallelOp>() && hasKnownLanes(loop))
        visit(function, loop);
  }

  void visit(func::FuncOp function, scf::ForOp loop) {
    if (Shares(loop).count < 2)
      return;
    sinkTemporaries(loop, BufferViewFlowAnalysis(function));
    Shares shares(loop);
    if (shares.count >= 2 && LaneAccesses(loop, BufferViewFlowAnalysis(function)).areIndependent())
      share(loop, shares);
  }
};

} // namespace
