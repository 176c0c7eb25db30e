//===- CreationOps.cpp - Rules of tensors out of nothing ------------------===//
#include "StructuredRules.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Constant
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

//===----------------------------------------------------------------------===//
// Iota
//===----------------------------------------------------------------------===//

LogicalResult IotaOp::verify() {
  int64_t dim = getDim(), rank = getOut().getType().getRank();
  if (dim < 0 || dim >= rank)
    return emitOpError() << "expected dim in [0, " << rank << "), but got " << dim;
  return success();
}

} // namespace mjx
