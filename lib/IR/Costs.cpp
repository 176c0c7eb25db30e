//===- Costs.cpp - What ops cost, where their types do not say it ---------===//
//
// Answers to CostOpInterface. Bytes are those an op must touch: a part reads
// what it returns, an update writes what it is given.
//
//===----------------------------------------------------------------------===//
#include "mjx/IR/Mjx.h"

#include <cmath>

using namespace mlir;

namespace mjx {

static double extentsOf(Value value, ArrayRef<int64_t> dims) {
  double product = 1;
  for (int64_t dim : dims)
    product *= static_cast<double>(cast<ShapedType>(value.getType()).getDimSize(dim));
  return product;
}

/// A complex operation is taken as the real ones it consists of.
static double flopsPerProduct(Type type) {
  return isa<ComplexType>(cast<ShapedType>(type).getElementType()) ? 8 : 2;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

double DotGeneralOp::countFlops() {
  return flopsPerProduct(getType()) * elementsOf(getType()) * extentsOf(getLhs(), getLhsContract());
}

// A result element is a sum over the kernel but for its first dimension.
double ConvGeneralOp::countFlops() {
  RankedTensorType kernel = getRhs().getType();
  double terms = kernel.getDimSize(0) == 0 ? 0 : elementsOf(kernel) / kernel.getDimSize(0);
  return flopsPerProduct(getType()) * elementsOf(getType()) * terms;
}

double ReduceOp::countFlops() { return elementsOf(getX().getType()); }
double ArgReduceOp::countFlops() { return elementsOf(getX().getType()); }
double CumulativeOp::countFlops() { return elementsOf(getType()); }

// n log n comparisons for each row.
double SortOp::countFlops() {
  auto type = cast<ShapedType>(getXs().front().getType());
  return elementsOf(type) * std::log2(std::max<double>(type.getDimSize(getDim()), 2));
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

double ReshapeOp::countBytesRead() { return 0; }
double ReshapeOp::countBytesWritten() { return 0; }
ResultMemory ReshapeOp::getResultMemory() { return ResultMemory::View; }

double SliceOp::countBytesRead() { return bytesOf({getType()}); }
double DynamicSliceOp::countBytesRead() {
  return bytesOf({getType()}) + bytesOf(getStarts().getTypes());
}
double GatherOp::countBytesRead() { return bytesOf({getType(), getIndices().getType()}); }

double UpdateSliceOp::countFlops() { return getKind() == "set" ? 0 : elementsOf(getX().getType()); }
double UpdateSliceOp::countBytesRead() {
  return bytesOf({getX().getType()}) * (getKind() == "set" ? 1 : 2);
}
double UpdateSliceOp::countBytesWritten() { return bytesOf({getX().getType()}); }
ResultMemory UpdateSliceOp::getResultMemory() { return ResultMemory::Update; }

double DynamicUpdateSliceOp::countFlops() {
  return getKind() == "set" ? 0 : elementsOf(getX().getType());
}
double DynamicUpdateSliceOp::countBytesRead() {
  return bytesOf({getX().getType()}) * (getKind() == "set" ? 1 : 2) +
         bytesOf(getStarts().getTypes());
}
double DynamicUpdateSliceOp::countBytesWritten() { return bytesOf({getX().getType()}); }
ResultMemory DynamicUpdateSliceOp::getResultMemory() { return ResultMemory::Update; }

double ScatterOp::countFlops() {
  return getKind() == "set" ? 0 : elementsOf(getUpdates().getType());
}
double ScatterOp::countBytesRead() {
  return bytesOf({getUpdates().getType()}) * (getKind() == "set" ? 1 : 2) +
         bytesOf({getIndices().getType()});
}
double ScatterOp::countBytesWritten() { return bytesOf({getUpdates().getType()}); }
ResultMemory ScatterOp::getResultMemory() { return ResultMemory::Update; }

//===----------------------------------------------------------------------===//
// Control flow: all is read and written inside, but for stacked results
//===----------------------------------------------------------------------===//

double ScanOp::countBytesRead() { return 0; }
double ScanOp::countBytesWritten() {
  return bytesOf(getOuts().drop_front(getNumCarry()).getTypes());
}
double ScanOp::countRuns(unsigned) { return static_cast<double>(getLength()); }

double MapOp::countBytesRead() { return 0; }
double MapOp::countBytesWritten() { return bytesOf(getOuts().getTypes()); }
double MapOp::countRuns(unsigned) { return static_cast<double>(getSize()); }

double WhileOp::countBytesRead() { return 0; }
double WhileOp::countBytesWritten() { return 0; }

double CondOp::countBytesRead() { return 0; }
double CondOp::countBytesWritten() { return 0; }
bool CondOp::choosesRegion() { return true; }

} // namespace mjx
