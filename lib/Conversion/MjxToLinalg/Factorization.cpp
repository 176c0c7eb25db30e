//===- Factorization.cpp - fft and the factorizations of matrices ---------===//
//
// All of these are calls of kernels. Where a result has the shape of an operand
// the kernel works in place, on a copy if the operand is needed later. The
// descriptors are those of lib/Runtime/CPU/Lapack*.cpp.
//
//===----------------------------------------------------------------------===//
#include "Lowering.h"

#include "mjx/Target/RuntimeCall.h"

using namespace mlir;

namespace mjx {

namespace {

using Builder = ImplicitLocOpBuilder;
using Values = SmallVector<Value>;
using Numbers = SmallVector<int64_t>;

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

int64_t rowsOf(Value x) { return tensorType(x).getShape().end()[-2]; }
int64_t columnsOf(Value x) { return tensorType(x).getShape().end()[-1]; }

/// How the descriptor of a stack of matrices begins.
Numbers describe(Value matrices, ArrayRef<int64_t> rest) {
  RankedTensorType type = tensorType(matrices);
  Numbers desc{runtimeElement(type.getElementType()), product(type.getShape().drop_back(2))};
  llvm::append_range(desc, rest);
  return desc;
}

/// Results of `op` that are not an operand in new clothes.
Values freshInits(Builder &b, ResultRange results) {
  Values inits;
  for (Value result : results) {
    RankedTensorType type = loweredTensor(result.getType());
    inits.push_back(emptyTensor(b, type.getShape(), type.getElementType()));
  }
  return inits;
}

LoweredValues call(Builder &b, StringRef kernel, ValueRange ins, ValueRange inits,
                   ArrayRef<int64_t> desc) {
  return Values(rt::CallOp::create(b, kernel, ins, inits, desc).getResults());
}

/// A call that replaces `x`, an operand, and has the other results beside it.
LoweredValues callInPlace(Operation *op, Builder &b, StringRef kernel, Value x, ValueRange ins,
                          ArrayRef<int64_t> desc) {
  Values inits{x};
  llvm::append_range(inits, freshInits(b, op->getResults().drop_front()));
  return call(b, kernel, ins, inits, desc);
}

LoweredValues callFresh(Operation *op, Builder &b, StringRef kernel, Value x,
                        ArrayRef<int64_t> desc) {
  return call(b, kernel, x, freshInits(b, op->getResults()), desc);
}

//===----------------------------------------------------------------------===//
// fft
//===----------------------------------------------------------------------===//

LoweredValues lowerFft(FftOp op, Builder &b, ValueRange operands) {
  ArrayRef<int64_t> lengths = op.getLengths();
  Type element = op.getX().getType().getElementType();
  if (auto complex = dyn_cast<ComplexType>(element))
    element = complex.getElementType();
  int64_t kind = llvm::StringSwitch<int64_t>(op.getKind())
                     .Case("fft", 0)
                     .Case("ifft", 1)
                     .Case("rfft", 2)
                     .Default(3);
  int64_t rank = lengths.size(), batch = product(op.getType().getShape().drop_back(rank));
  Numbers desc{runtimeElement(element), kind, batch, rank};
  llvm::append_range(desc, lengths);
  return callFresh(op, b, "mjx_rt_fft", operands[0], desc);
}

//===----------------------------------------------------------------------===//
// Solvers
//===----------------------------------------------------------------------===//

LoweredValues lowerCholesky(CholeskyOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callInPlace(op, b, "mjx_rt_lapack_cholesky", x, {}, describe(x, rowsOf(x)));
}

LoweredValues lowerTriangularSolve(TriangularSolveOp op, Builder &b, ValueRange operands) {
  Value a = operands[0], sides = operands[1];
  int64_t transpose =
      llvm::StringSwitch<int64_t>(op.getTransposeA()).Case("no", 0).Case("transpose", 1).Default(2);
  int64_t others = op.getLeftSide() ? columnsOf(sides) : rowsOf(sides);
  Numbers desc = describe(
      a, {rowsOf(a), others, op.getLeftSide(), op.getLower(), transpose, op.getUnitDiagonal()});
  return callInPlace(op, b, "mjx_rt_lapack_triangular_solve", sides, a, desc);
}

LoweredValues lowerLu(LuOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callInPlace(op, b, "mjx_rt_lapack_lu", x, {}, describe(x, {rowsOf(x), columnsOf(x)}));
}

LoweredValues lowerLuPivots(LuPivotsToPermutationOp op, Builder &b, ValueRange operands) {
  ArrayRef<int64_t> shape = op.getPivots().getType().getShape();
  Numbers desc{product(shape.drop_back()), shape.back(), int64_t(op.getSize())};
  return callFresh(op, b, "mjx_rt_lu_pivots_to_permutation", operands[0], desc);
}

LoweredValues lowerTridiagonalSolve(TridiagonalSolveOp op, Builder &b, ValueRange operands) {
  Value sides = operands[3];
  return callInPlace(op, b, "mjx_rt_lapack_tridiagonal_solve", sides, operands.drop_back(),
                     describe(sides, {rowsOf(sides), columnsOf(sides)}));
}

//===----------------------------------------------------------------------===//
// Reflectors
//===----------------------------------------------------------------------===//

LoweredValues lowerGeqrf(GeqrfOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callInPlace(op, b, "mjx_rt_lapack_geqrf", x, {},
                     describe(x, {rowsOf(x), columnsOf(x), op.getPivoting()}));
}

LoweredValues lowerHouseholderProduct(HouseholderProductOp op, Builder &b, ValueRange operands) {
  Value packed = operands[0], taus = operands[1];
  return callInPlace(
      op, b, "mjx_rt_lapack_householder_product", packed, taus,
      describe(packed, {rowsOf(packed), columnsOf(packed), tensorType(taus).getShape().back()}));
}

LoweredValues lowerOrmqr(OrmqrOp op, Builder &b, ValueRange operands) {
  Value packed = operands[0], taus = operands[1], other = operands[2];
  Numbers desc =
      describe(packed, {rowsOf(packed), columnsOf(packed), tensorType(taus).getShape().back(),
                        rowsOf(other), columnsOf(other), op.getLeft(), op.getAdjoint()});
  return callInPlace(op, b, "mjx_rt_lapack_ormqr", other, {packed, taus}, desc);
}

LoweredValues lowerHessenberg(HessenbergOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callInPlace(op, b, "mjx_rt_lapack_hessenberg", x, {}, describe(x, rowsOf(x)));
}

LoweredValues lowerTridiagonal(TridiagonalOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callInPlace(op, b, "mjx_rt_lapack_tridiagonal", x, {},
                     describe(x, {rowsOf(x), op.getLower()}));
}

//===----------------------------------------------------------------------===//
// Spectra
//===----------------------------------------------------------------------===//

LoweredValues lowerSvd(SvdOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  int64_t vectors = !op.getComputeUv() ? 0 : op.getFullMatrices() ? 2 : 1;
  return callFresh(op, b, "mjx_rt_lapack_svd", x, describe(x, {rowsOf(x), columnsOf(x), vectors}));
}

LoweredValues lowerEigh(EighOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callFresh(op, b, "mjx_rt_lapack_eigh", x,
                   describe(x, {rowsOf(x), op.getLower(), op.getComputeVectors()}));
}

LoweredValues lowerEig(EigOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callFresh(op, b, "mjx_rt_lapack_eig", x,
                   describe(x, {rowsOf(x), op.getLeft(), op.getRight()}));
}

LoweredValues lowerSchur(SchurOp op, Builder &b, ValueRange operands) {
  Value x = operands[0];
  return callFresh(op, b, "mjx_rt_lapack_schur", x,
                   describe(x, {rowsOf(x), op.getComputeVectors()}));
}

} // namespace

void attachFactorizationLowerings(MLIRContext &context) {
  attachLowering<FftOp, lowerFft>(context);
  attachLowering<CholeskyOp, lowerCholesky>(context);
  attachLowering<TriangularSolveOp, lowerTriangularSolve>(context);
  attachLowering<LuOp, lowerLu>(context);
  attachLowering<LuPivotsToPermutationOp, lowerLuPivots>(context);
  attachLowering<TridiagonalSolveOp, lowerTridiagonalSolve>(context);
  attachLowering<GeqrfOp, lowerGeqrf>(context);
  attachLowering<HouseholderProductOp, lowerHouseholderProduct>(context);
  attachLowering<OrmqrOp, lowerOrmqr>(context);
  attachLowering<HessenbergOp, lowerHessenberg>(context);
  attachLowering<TridiagonalOp, lowerTridiagonal>(context);
  attachLowering<SvdOp, lowerSvd>(context);
  attachLowering<EighOp, lowerEigh>(context);
  attachLowering<EigOp, lowerEig>(context);
  attachLowering<SchurOp, lowerSchur>(context);
}

} // namespace mjx
