//===- Gemm.cpp - Contractions as strided matrix products -----------------===//
#include "Gemm.h"

using namespace mlir;

namespace mjx {

int64_t GemmShape::multiplyAdds() const {
  int64_t total = 1;
  for (int64_t size : sizes)
    total *= size;
  for (const GemmLoop &loop : loops)
    total *= loop.extent;
  return total;
}

StringRef gemmSuffix(Type type) {
  if (auto complexType = dyn_cast<ComplexType>(type))
    return complexType.getElementType().isF32() ? "c64" : "c128";
  if (type.isBF16())
    return "bf16";
  if (type.isF16())
    return "f16";
  if (type.isF32())
    return "f32";
  if (type.isF64())
    return "f64";
  if (type.isInteger(8))
    return "i8";
  if (type.isInteger(16))
    return "i16";
  if (type.isInteger(32))
    return "i32";
  return type.isInteger(64) ? "i64" : "";
}

namespace {

/// The body is exactly `c + a * b`, in either order of each.
bool isMultiplyAdd(linalg::GenericOp op) {
  Block &body = *op.getBody();
  if (std::distance(body.begin(), body.end()) != 3)
    return false;
  Operation &product = body.front(), &sum = *std::next(body.begin());
  if (!isa<arith::MulFOp, arith::MulIOp, complex::MulOp>(product) ||
      !isa<arith::AddFOp, arith::AddIOp, complex::AddOp>(sum))
    return false;
  Value a = body.getArgument(0), b = body.getArgument(1), c = body.getArgument(2);
  auto isPair = [](Operation &op, Value x, Value y) {
    return (op.getOperand(0) == x && op.getOperand(1) == y) ||
           (op.getOperand(0) == y && op.getOperand(1) == x);
  };
  return isPair(product, a, b) && isPair(sum, c, product.getResult(0)) &&
         body.getTerminator()->getOperand(0) == sum.getResult(0);
}

/// One loop of the contraction and how it moves through each operand.
struct Dim {
  int64_t extent;
  int64_t stride[3];
  int64_t position[3];
};

using Group = SmallVector<Dim>;

/// Several loops that move through every operand as one.
struct Run {
  int64_t size = 1;
  int64_t stride[3] = {0, 0, 0};
};

/// Takes from the back of the group (innermost first) all that acts as one
/// loop; the rest stays in the group.
Run takeInnermostRun(Group &group) {
  Run run;
  if (group.empty())
    return run;
  Dim inner = group.pop_back_val();
  run.size = inner.extent;
  llvm::copy(inner.stride, run.stride);
  while (!group.empty()) {
    const Dim &outer = group.back();
    for (int operand = 0; operand < 3; ++operand)
      if (outer.stride[operand] != run.stride[operand] * run.size)
        return run;
    run.size *= outer.extent;
    group.pop_back();
  }
  return run;
}

class Matcher {
public:
  explicit Matcher(linalg::GenericOp op) : op(op) {}

  std::optional<GemmShape> match() {
    if (!isCandidate() || !readStrides())
      return std::nullopt;
    if (!sortDims())
      return std::nullopt;
    // A product with a vector reads the matrix once: loops do that as well.
    if (rows.empty() || columns.empty())
      return std::nullopt;
    return collapse();
  }

private:
  bool isCandidate() {
    if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || !op.hasPureBufferSemantics() ||
        !isMultiplyAdd(op))
      return false;
    Type type = getElementTypeOrSelf(op.getDpsInits()[0].getType());
    if (gemmSuffix(type).empty())
      return false;
    return llvm::all_of(op->getOperands(), [&](Value operand) {
      return isa<MemRefType>(operand.getType()) && getElementTypeOrSelf(operand.getType()) == type;
    });
  }

  bool readStrides() {
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = cast<MemRefType>(operand.get().getType());
      int64_t offset;
      if (!type.hasStaticShape() || llvm::is_contained(type.getShape(), 0) ||
          failed(type.getStridesAndOffset(memStrides[operand.getOperandNumber()], offset)) ||
          llvm::any_of(memStrides[operand.getOperandNumber()], ShapedType::isDynamic) ||
          !op.getMatchingIndexingMap(&operand).isProjectedPermutation())
        return false;
    }
    return true;
  }

  Dim dim(unsigned loop) {
    Dim result{op.getStaticLoopRanges()[loop], {0, 0, 0}, {-1, -1, -1}};
    for (OpOperand &operand : op->getOpOperands()) {
      unsigned number = operand.getOperandNumber();
      AffineMap map = op.getMatchingIndexingMap(&operand);
      auto position = map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
      if (!position)
        continue;
      result.position[number] = *position;
      result.stride[number] = memStrides[number][*position];
    }
    return result;
  }

  /// Gives each loop its role, which is the set of operands it indexes; within
  /// a role, outermost first in memory.
  bool sortDims() {
    for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) {
      Dim entry = dim(loop);
      if (entry.extent == 1)
        continue;
      Group *group = role(entry);
      if (!group)
        return false;
      group->push_back(entry);
    }
    sortBy(2, batch), sortBy(2, rows), sortBy(2, columns), sortBy(0, depth);
    return true;
  }

  Group *role(const Dim &dim) {
    bool inA = dim.position[0] >= 0, inB = dim.position[1] >= 0, inC = dim.position[2] >= 0;
    if (inC)
      return inA && inB ? &batch : inA ? &rows : inB ? &columns : nullptr;
    return inA && inB ? &depth : nullptr;
  }

  static void sortBy(unsigned operand, Group &group) {
    llvm::stable_sort(
        group, [&](const Dim &a, const Dim &b) { return a.stride[operand] > b.stride[operand]; });
  }

  static bool isContiguous(const Group &group) { return group.back().stride[2] == 1; }

  std::optional<GemmShape> collapse() {
    GemmShape shape;
    // The kernel wants c's columns side by side. If its rows are, compute the
    // transposed product instead.
    if (!isContiguous(columns)) {
      if (!isContiguous(rows))
        return std::nullopt;
      std::swap(rows, columns);
      std::swap(shape.operands[0], shape.operands[1]);
    }
    Run batchRun = takeInnermostRun(batch), rowRun = takeInnermostRun(rows),
        columnRun = takeInnermostRun(columns), depthRun = takeInnermostRun(depth);
    auto [a, b, c] = shape.operands;
    shape.sizes = {batchRun.size, rowRun.size, columnRun.size, depthRun.size};
    shape.strides = {batchRun.stride[a], rowRun.stride[a],   depthRun.stride[a],
                     batchRun.stride[b], depthRun.stride[b], columnRun.stride[b],
                     batchRun.stride[c], rowRun.stride[c]};
    shape.loopsOverDepth = !depth.empty();
    for (const Group *rest : {&batch, &rows, &columns, &depth})
      for (const Dim &dim : *rest)
        shape.loops.push_back({dim.extent, {dim.position[0], dim.position[1], dim.position[2]}});
    return shape;
  }

  linalg::GenericOp op;
  SmallVector<int64_t> memStrides[3];
  Group batch, rows, columns, depth;
};

} // namespace

std::optional<GemmShape> matchGemm(linalg::GenericOp op) { return Matcher(op).match(); }

} // namespace mjx
