//===- LoopNest.cpp - A structured op as loops over flat memory -----------===//
#include "LoopNest.h"

using namespace mlir;

namespace mjx {

namespace {

/// Adds `scale * expr` to the access if the expression is linear.
bool addLinear(AffineExpr expr, int64_t scale, Access &access) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    access.strides[dim.getPosition()] += scale;
    return true;
  }
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    access.offset += scale * constant.getValue();
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (expr.getKind() == AffineExprKind::Add)
    return addLinear(binary.getLHS(), scale, access) && addLinear(binary.getRHS(), scale, access);
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return expr.getKind() == AffineExprKind::Mul && factor &&
         addLinear(binary.getLHS(), scale * factor.getValue(), access);
}

bool readAccess(linalg::LinalgOp op, OpOperand &operand, Access &access) {
  access.value = operand.get();
  access.strides.assign(op.getNumLoops(), 0);
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type)
    return !isa<ShapedType>(operand.get().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type.hasStaticShape() || failed(type.getStridesAndOffset(strides, offset)) ||
      llvm::any_of(strides, ShapedType::isDynamic))
    return false;
  access.flat = operand.get();
  AffineMap map = op.getMatchingIndexingMap(&operand);
  for (auto [expr, stride] : llvm::zip_equal(map.getResults(), strides))
    if (!addLinear(expr, stride, access))
      return false;
  return true;
}

/// The buffer as one dimension that begins at its first element.
Value flatBuffer(OpBuilder &builder, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  int64_t span = 1;
  for (auto [size, stride] : llvm::zip_equal(type.getShape(), strides))
    span = size == 0 ? 0 : span + (size - 1) * stride;
  OpFoldResult start = builder.getIndexAttr(offset);
  Value base = buffer;
  if (ShapedType::isDynamic(offset)) {
    auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, buffer);
    base = metadata.getBaseBuffer();
    start = metadata.getOffset();
  }
  auto flatType = MemRefType::get({span}, type.getElementType(),
                                  StridedLayoutAttr::get(builder.getContext(), offset, {1}));
  if (offset == 0)
    flatType = MemRefType::get({span}, type.getElementType());
  return memref::ReinterpretCastOp::create(builder, loc, flatType, base, start,
                                           ArrayRef<OpFoldResult>{builder.getIndexAttr(span)},
                                           ArrayRef<OpFoldResult>{builder.getIndexAttr(1)});
}

} // namespace

std::optional<LoopNest> LoopNest::of(linalg::LinalgOp op) {
  LoopNest nest;
  if (!nest.read(op))
    return std::nullopt;
  nest.chooseInnermost();
  nest.dropUnitLoops();
  if (!op.hasIndexSemantics())
    nest.merge();
  return nest;
}

bool LoopNest::read(linalg::LinalgOp op) {
  outputs = op.getNumDpsInits();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (auto [index, extent] : llvm::enumerate(op.getStaticLoopRanges())) {
    if (ShapedType::isDynamic(extent))
      return false;
    loops.push_back({extent, iterators[index] == utils::IteratorType::reduction});
    loopOfDim.push_back(index);
  }
  for (OpOperand &operand : op->getOpOperands())
    if (!readAccess(op, operand, accesses.emplace_back()))
      return false;
  return true;
}

void LoopNest::permute(ArrayRef<unsigned> order) {
  SmallVector<int64_t> newPlace(loops.size(), -1);
  for (auto [place, loop] : llvm::enumerate(order))
    newPlace[loop] = place;
  auto pick = [&](auto &list) {
    auto old = list;
    list.clear();
    for (unsigned loop : order)
      list.push_back(old[loop]);
  };
  pick(loops);
  for (Access &access : accesses)
    pick(access.strides);
  for (int64_t &loop : loopOfDim)
    loop = loop < 0 ? -1 : newPlace[loop];
}

void LoopNest::dropUnitLoops() {
  SmallVector<unsigned> order;
  for (auto [index, loop] : llvm::enumerate(loops))
    if (loop.extent != 1)
      order.push_back(index);
  permute(order);
}

/// What a step of this loop costs in memory traffic, were it the innermost.
/// A strided store is worse than a strided load: it makes lines dirty.
double LoopNest::cost(unsigned loop) const {
  double total = 0;
  for (auto [index, access] : llvm::enumerate(accesses)) {
    bool written = index >= accesses.size() - outputs;
    int64_t stride = std::abs(access.strides[loop]);
    double weight = written ? 1.5 : 1;
    total += weight * (stride == 0 ? 0 : stride == 1 ? 1 : 16);
  }
  return total;
}

/// Reductions keep their order among themselves, so results do not depend on
/// the layout: only a parallel loop or the last reduction may move inwards.
void LoopNest::chooseInnermost() {
  int64_t best = -1, lastReduction = -1;
  for (auto [index, loop] : llvm::enumerate(loops))
    if (loop.isReduction)
      lastReduction = index;
  for (int64_t index = loops.size() - 1; index >= 0; --index) {
    if ((loops[index].isReduction && index != lastReduction) || loops[index].extent == 1)
      continue;
    if (best < 0 || cost(index) < cost(best))
      best = index;
  }
  if (best < 0)
    return;
  SmallVector<unsigned> order;
  for (unsigned index = 0; index < loops.size(); ++index)
    if (index != best)
      order.push_back(index);
  order.push_back(best);
  permute(order);
}

bool LoopNest::canMerge(unsigned outer) const {
  if (loops[outer].isReduction != loops[outer + 1].isReduction)
    return false;
  return llvm::all_of(accesses, [&](const Access &access) {
    return access.strides[outer] == access.strides[outer + 1] * loops[outer + 1].extent;
  });
}

void LoopNest::merge() {
  for (int64_t outer = int64_t(loops.size()) - 2; outer >= 0; --outer) {
    if (!canMerge(outer))
      continue;
    loops[outer].extent *= loops[outer + 1].extent;
    loops.erase(loops.begin() + outer + 1);
    for (Access &access : accesses)
      access.strides.erase(access.strides.begin() + outer);
  }
}

bool LoopNest::pairTransposed() {
  // Below this the lines touched in one pass stay in the first-level cache.
  constexpr int64_t enough = 64;
  if (loops.size() < 2 || loops.back().isReduction || loops.back().extent < enough)
    return false;
  for (unsigned loop = 0; loop + 1 < loops.size(); ++loop) {
    bool walks = llvm::any_of(accesses, [&](const Access &access) {
      return access.strides[loop] == 1 && std::abs(access.strides.back()) > 1;
    });
    if (!walks || loops[loop].isReduction || loops[loop].extent < enough)
      continue;
    SmallVector<unsigned> order;
    for (unsigned other = 0; other + 1 < loops.size(); ++other)
      if (other != loop)
        order.push_back(other);
    order.push_back(loop);
    order.push_back(loops.size() - 1);
    permute(order);
    return true;
  }
  return false;
}

void LoopNest::flatten(OpBuilder &builder, Location loc) {
  for (Access &access : accesses)
    if (!access.isScalar())
      access.flat = flatBuffer(builder, loc, access.value);
}

} // namespace mjx
