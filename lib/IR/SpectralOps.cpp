//===- SpectralOps.cpp - Singular values, eigenvalues, their vectors ------===//
//
// Rules of what is found by iteration. Tangents of vectors have the quotients
// 1 / (w[j] - w[i]) in them: where two values are equal the vectors are not
// determined, and the quotient is taken as zero. What depends on the values
// alone, or on the space that all vectors of equal values span, then comes out
// right; other functions of vectors have no derivative there.
//
// A vector is determined up to its sign or phase. Its tangent is that of the
// vector which keeps the phase in the direction of motion: u^H du is real, so 0.
//
//===----------------------------------------------------------------------===//
#include "MatrixRules.h"

using namespace mlir;

namespace mjx {

namespace {

Val vectorOf(JvpContext &c, ResultRange results, unsigned i) { return {c.emitter, results[i]}; }

LogicalResult inferSquare(Checker check, Value x) {
  if (failed(checkMatrices(check, x)))
    return failure();
  return checkSquare(check, tensorType(x));
}

/// The diagonal of x^H y, for matrices of columns x and y.
Val columnProducts(Val x, Val y) { return sum(conj(x) * y, x.rank() - 2); }

/// Squares of absolute values of complex numbers.
Val squaredAbs(Val x) {
  Val re = RealOp::of(x), im = ImagOp::of(x);
  return re * re + im * im;
}

/// In place i, j the quotient 1 / (w[j] - w[i]), 0 where it has none.
Val quotients(Val w) {
  int64_t n = w.shape().back();
  return inverseOrZero(repeatRows(w, n) - repeatColumns(w, n));
}

/// Real numbers in the element type of `like`.
Val asElementOf(Val like, Val real) { return isComplex(like) ? asComplex(real) : real; }

} // namespace

//===----------------------------------------------------------------------===//
// svd
//===----------------------------------------------------------------------===//

LogicalResult SvdOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  if (failed(checkMatrices({loc, getOperationName()}, adaptor.getOperands())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  int64_t m = rowsOf(x), n = columnsOf(x), k = diagonalOf(x);
  types.push_back(withLast(x, k).clone(realElement(x.getElementType())));
  if (!adaptor.getComputeUv())
    return success();
  bool isFull = adaptor.getFullMatrices();
  types.push_back(withLast(x, {m, isFull ? m : k}));
  types.push_back(withLast(x, {isFull ? n : k, n}));
  return success();
}

namespace {

/// What part of `moved` is outside the columns of `u`, over the values that
/// belong to them: how the vectors leave the space they span.
Val leaving(Val u, Val moved, Val inverses) {
  Val outside = moved - matmul(u, matmul(adjoint(u), moved));
  return outside * asElementOf(u, repeatRows(inverses, u.shape()[u.rank() - 2]));
}

} // namespace

// With p = u^H dx v: ds is the real part of the diagonal of p; u^H du and v^H dv
// are skew, so that off the diagonal they solve two equations for each pair, and
// outside of the spaces u and v span, du s = dx v and dv s = dx^H u.
LogicalResult SvdOp::buildJvp(JvpContext &c) {
  Val x = c.in(0), dx = c.tangent(0);
  int64_t m = rowsOf(x.type()), n = columnsOf(x.type());
  bool wantsVectors = getComputeUv();
  if (wantsVectors && getFullMatrices() && m != n)
    return emitOpError("of matrices that are not square cannot be differentiated with "
                       "full_matrices: the vectors are not determined by x; use "
                       "full_matrices=False");
  auto full = c.emitter.create<SvdOp>(x.value, /*full_matrices=*/false, /*compute_uv=*/true);
  for (unsigned i = 0; i < getNumResults(); ++i)
    c.setOut(i, full.getResult(i));
  Val s(c.emitter, full.getS()), u = vectorOf(c, full.getVectors(), 0);
  Val vh = vectorOf(c, full.getVectors(), 1), uh = adjoint(u), v = adjoint(vh);
  Val p = matmul(matmul(uh, dx), v);
  c.set(0, realPart(diagonal(p)));
  if (!wantsVectors)
    return success();
  int64_t k = s.shape().back();
  Val columns = repeatRows(s, k), rows = repeatColumns(s, k), inverses = inverseOrZero(s);
  Val f = asElementOf(p, inverseOrZero((columns + rows) * (columns - rows)));
  columns = asElementOf(p, columns), rows = asElementOf(p, rows);
  Val du = matmul(u, f * (p * columns + rows * adjoint(p)));
  Val dv = matmul(v, f * (rows * p + adjoint(p) * columns));
  if (isComplex(p)) {
    // The phases of u and v are one: where that of p turns, let u follow.
    Val turn = select(compareRows(p, "eq"), p - adjoint(p), Val()) * 0.5;
    du = du + matmul(u, turn * asComplex(repeatRows(inverses, k)));
  }
  if (m > k)
    du = du + leaving(u, matmul(dx, v), inverses);
  if (n > k)
    dv = dv + leaving(v, matmul(adjoint(dx), u), inverses);
  c.set(1, du);
  c.set(2, adjoint(dv));
  return success();
}

LogicalResult SvdOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double SvdOp::countFlops() {
  RankedTensorType x = getX().getType();
  double most = std::max(rowsOf(x), columnsOf(x)), k = diagonalOf(x);
  double reduce = 4 * k * k * (most - k / 3);
  return flopsOf(x, getComputeUv() ? reduce + 8 * most * k * k : reduce);
}

//===----------------------------------------------------------------------===//
// eigh
//===----------------------------------------------------------------------===//

LogicalResult EighOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (failed(inferSquare({loc, getOperationName()}, adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  types.push_back(withLast(x, rowsOf(x)).clone(realElement(x.getElementType())));
  if (adaptor.getComputeVectors())
    types.push_back(x);
  return success();
}

// With p = v^H dx v: dw is its diagonal, and dv = v (p / (w[j] - w[i])).
LogicalResult EighOp::buildJvp(JvpContext &c) {
  Val dx = hermitian(c.tangent(0), getLower());
  auto full = c.emitter.create<EighOp>(c.in(0).value, getLower(), /*compute_vectors=*/true);
  for (unsigned i = 0; i < getNumResults(); ++i)
    c.setOut(i, full.getResult(i));
  Val w(c.emitter, full.getW()), v = vectorOf(c, full.getVectors(), 0);
  Val p = matmul(adjoint(v), matmul(dx, v));
  c.set(0, realPart(diagonal(p)));
  if (getComputeVectors())
    c.set(1, matmul(v, asElementOf(p, quotients(w)) * p));
  return success();
}

LogicalResult EighOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double EighOp::countFlops() {
  double n = rowsOf(getX().getType());
  return flopsOf(getX().getType(), (getComputeVectors() ? 9 : 4.0 / 3) * n * n * n);
}

//===----------------------------------------------------------------------===//
// eig
//===----------------------------------------------------------------------===//

LogicalResult EigOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  if (failed(inferSquare({loc, getOperationName()}, adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  auto vectors = cast<RankedTensorType>(x.clone(complexElement(x.getElementType())));
  types.push_back(withLast(vectors, rowsOf(x)));
  types.append(int(adaptor.getLeft()) + int(adaptor.getRight()), vectors);
  return success();
}

namespace {

/// `dv` less what would change the length of the columns of `v`, and turned such
/// that the greatest component of each stays real.
Val keepNormal(Val v, Val dv) {
  int64_t n = v.shape().back(), row = v.rank() - 2;
  Val along = realPart(columnProducts(v, dv));
  dv = dv - v * asComplex(repeatRows(along, n));
  Val size = squaredAbs(v);
  auto places = sum(size, row).type().clone(IntegerType::get(v.value.getContext(), 32));
  Val greatest(*v.emitter, v.emitter->create<ArgReduceOp>(places, "max", size.value, int64_t(row)));
  auto indices = size.type().clone(IntegerType::get(v.value.getContext(), 32));
  Val here(*v.emitter, v.emitter->create<IotaOp>(indices, row));
  Val isGreatest = compare(here, repeatRows(greatest, n), "eq");
  Val turn = sum(select(isGreatest, ImagOp::of(dv), Val()), row) /
             sum(select(isGreatest, RealOp::of(v), Val()), row);
  return dv - v * ComplexOp::of(repeatRows(turn, n).splat(0), repeatRows(turn, n));
}

/// The tangent of the eigenvectors `v`, of eigenvalues `w`, of a matrix that
/// moves by `dx`; `p` is v^-1 dx v.
Val eigenvectorTangent(Val w, Val v, Val p) { return keepNormal(v, matmul(v, quotients(w) * p)); }

} // namespace

// With p = v^-1 dx v: dw is its diagonal, and dv = v (p / (w[j] - w[i])), but for
// the lengths. Left vectors are the right ones of x^H, of eigenvalues conj(w).
LogicalResult EigOp::buildJvp(JvpContext &c) {
  Val dx = asComplex(c.tangent(0));
  auto full = c.emitter.create<EigOp>(c.in(0).value, getLeft(), /*right=*/true);
  for (unsigned i = 0; i < getNumResults(); ++i)
    c.setOut(i, full.getResult(i));
  Val w(c.emitter, full.getW()), right = vectorOf(c, full.getVectors(), getLeft() ? 1 : 0);
  Val p = solve(right, matmul(dx, right));
  c.set(0, diagonal(p));
  if (getLeft()) {
    Val left = vectorOf(c, full.getVectors(), 0);
    Val moved = solve(left, matmul(adjoint(dx), left));
    c.set(1, eigenvectorTangent(conj(w), left, moved));
  }
  if (getRight())
    c.set(getLeft() ? 2 : 1, eigenvectorTangent(w, right, p));
  return success();
}

LogicalResult EigOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double EigOp::countFlops() {
  double n = rowsOf(getX().getType());
  return flopsOf(getX().getType(), (getLeft() || getRight() ? 25 : 10) * n * n * n);
}

//===----------------------------------------------------------------------===//
// schur
//===----------------------------------------------------------------------===//

LogicalResult SchurOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  if (failed(inferSquare({loc, getOperationName()}, adaptor.getX())))
    return failure();
  types.append(adaptor.getComputeVectors() ? 2 : 1, adaptor.getX().getType());
  return success();
}

LogicalResult SchurOp::buildJvp(JvpContext &c) {
  return refuseJvp(c, "its factors are not determined by x; functions of eigenvalues can be by "
                      "way of mjx.eig");
}

LogicalResult SchurOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double SchurOp::countFlops() {
  double n = rowsOf(getX().getType());
  return flopsOf(getX().getType(), (getComputeVectors() ? 25 : 10) * n * n * n);
}

//===----------------------------------------------------------------------===//
// hessenberg
//===----------------------------------------------------------------------===//

LogicalResult HessenbergOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(inferSquare({loc, getOperationName()}, adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  types.append({x, withLast(x, std::max<int64_t>(rowsOf(x) - 1, 0))});
  return success();
}

LogicalResult HessenbergOp::buildJvp(JvpContext &c) {
  return refuseJvp(c, "its factors are a step on the way to others, such as those of mjx.eig");
}

LogicalResult HessenbergOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double HessenbergOp::countFlops() {
  double n = rowsOf(getX().getType());
  return flopsOf(getX().getType(), 10.0 / 3 * n * n * n);
}

//===----------------------------------------------------------------------===//
// tridiagonal
//===----------------------------------------------------------------------===//

LogicalResult TridiagonalOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(inferSquare({loc, getOperationName()}, adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  int64_t n = rowsOf(x), beside = std::max<int64_t>(n - 1, 0);
  Type real = realElement(x.getElementType());
  types.append(
      {x, withLast(x, n).clone(real), withLast(x, beside).clone(real), withLast(x, beside)});
  return success();
}

LogicalResult TridiagonalOp::buildJvp(JvpContext &c) {
  return refuseJvp(c, "its factors are a step on the way to others, such as those of mjx.eigh");
}

LogicalResult TridiagonalOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double TridiagonalOp::countFlops() {
  double n = rowsOf(getX().getType());
  return flopsOf(getX().getType(), 4.0 / 3 * n * n * n);
}

} // namespace mjx
