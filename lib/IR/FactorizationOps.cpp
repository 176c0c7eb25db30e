//===- FactorizationOps.cpp - Triangular and orthogonal factors -----------===//
//
// Rules of the factorizations that end after a number of steps known before,
// and of the solvers that use them. The tangent of a factor solves the equation
// that one gets by differentiating the product of the factors.
//
//===----------------------------------------------------------------------===//
#include "MatrixRules.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// cholesky
//===----------------------------------------------------------------------===//

LogicalResult CholeskyOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkMatrices(check, adaptor.getOperands())) ||
      failed(checkSquare(check, tensorType(adaptor.getX()))))
    return failure();
  types.push_back(adaptor.getX().getType());
  return success();
}

// From dx = dl l^H + l dl^H: dl = l phi(l^-1 dx l^-H), where phi takes the lower
// triangle and half of the diagonal.
LogicalResult CholeskyOp::buildJvp(JvpContext &c) {
  Val l = c.out(), dx = hermitian(c.tangent(0), /*lower=*/true);
  Val right = triangularSolve(l, dx, /*leftSide=*/false, /*lower=*/true, "adjoint");
  Val both = triangularSolve(l, right, /*leftSide=*/true, /*lower=*/true);
  Val half = select(compareRows(both, "eq"), both * 0.5, triangle(both, /*lower=*/true, 1));
  c.set(matmul(l, half));
  return success();
}

LogicalResult CholeskyOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double CholeskyOp::countFlops() {
  double n = rowsOf(getX().getType());
  return flopsOf(getX().getType(), n * n * n / 3);
}

//===----------------------------------------------------------------------===//
// triangular_solve
//===----------------------------------------------------------------------===//

LogicalResult TriangularSolveOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                  Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkMatrices(check, {adaptor.getA(), adaptor.getB()})))
    return failure();
  RankedTensorType a = tensorType(adaptor.getA()), b = tensorType(adaptor.getB());
  if (failed(checkSquare(check, a)))
    return failure();
  int64_t matching = adaptor.getLeftSide() ? rowsOf(b) : columnsOf(b);
  if (batchOf(a) != batchOf(b) || matching != rowsOf(a))
    return check.fail("expected as many ", adaptor.getLeftSide() ? "rows" : "columns",
                      " of b as a has, and one batch, but got ", a, " and ", b);
  types.push_back(b);
  return success();
}

namespace {

/// The op with these operands in place of its own.
Val solveLike(TriangularSolveOp op, Val a, Val b) {
  return triangularSolve(a, b, op.getLeftSide(), op.getLower(), op.getTransposeA(),
                         op.getUnitDiagonal());
}

/// op(a), as `transpose_a` says.
Val applied(TriangularSolveOp op, Val a) {
  if (op.getTransposeA() == "adjoint")
    return adjoint(a);
  return op.getTransposeA() == "transpose" ? matrixTranspose(a) : a;
}

/// The part of `a` that is read.
Val partRead(TriangularSolveOp op, Val a) {
  int64_t beside = op.getUnitDiagonal() ? 1 : 0;
  return triangle(a, op.getLower(), op.getLower() ? beside : -beside);
}

} // namespace

// From op(a) y = b: op(a) dy = db - op(da) y; the other side likewise.
LogicalResult TriangularSolveOp::buildJvp(JvpContext &c) {
  Val y = c.out(), da = applied(*this, partRead(*this, c.tangent(0)));
  Val moved = getLeftSide() ? matmul(da, y) : matmul(y, da);
  c.set(solveLike(*this, c.in(0), c.tangent(1) - moved));
  return success();
}

// The transpose of solving with op(a) is solving with its transpose; that of the
// adjoint is the conjugate, which is not transposed.
LogicalResult TriangularSolveOp::buildTranspose(TransposeContext &c) {
  if (c.isLinear(0))
    return emitOpError("is not linear in a, so it cannot be reversed");
  Val a = c.in(0);
  bool isPlain = getTransposeA() == "no";
  if (getTransposeA() == "adjoint")
    a = conj(a);
  c.add(1, triangularSolve(a, c.cotangent(), getLeftSide(), getLower(),
                           isPlain ? "transpose" : "no", getUnitDiagonal()));
  return success();
}

// One matrix for all examples of b solves them at once, as more columns.
LogicalResult TriangularSolveOp::buildBatch(BatchContext &c) {
  RankedTensorType a = getA().getType(), b = getB().getType();
  if (c.isBatched(0) || a.getRank() > 2)
    return batchLeading(c);
  int64_t at = getLeftSide() ? 2 : 0, joined = getLeftSide() ? 1 : 0;
  Val examples = c.at(1, at);
  SmallVector<int64_t> shape(b.getShape());
  shape[joined] *= c.size;
  Val solved = solveLike(*this, c.in(0), reshape(examples, shape));
  c.set(reshape(solved, examples.shape()), at);
  return success();
}

double TriangularSolveOp::countFlops() {
  RankedTensorType b = getB().getType();
  double n = rowsOf(getA().getType()), others = getLeftSide() ? columnsOf(b) : rowsOf(b);
  return flopsOf(b, n * n * others);
}

//===----------------------------------------------------------------------===//
// lu
//===----------------------------------------------------------------------===//

LogicalResult LuOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                     Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(checkMatrices({loc, getOperationName()}, adaptor.getOperands())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  auto indices = [&](int64_t count) {
    return withLast(x, count).clone(IntegerType::get(context, 32));
  };
  types.append({x, indices(diagonalOf(x)), indices(rowsOf(x))});
  return success();
}

namespace {

/// The square unit triangle of L in `lu`, or the square of U, each extended by
/// the identity where the matrix has fewer columns or rows than it needs.
Val squareFactor(Val lu, bool lower, int64_t size) {
  int64_t least = diagonalOf(lu.type());
  Val part = lower ? columnsAt(lu, 0, least) : rowsAt(lu, 0, least);
  SmallVector<int64_t> zeros = filled(lu.rank(), 0), high = zeros;
  high[lu.rank() - (lower ? 1 : 2)] = size - least;
  Value zero = lu.emitter->splat(lu.type().clone(ArrayRef<int64_t>()), 0);
  Val square(*lu.emitter, lu.emitter->create<PadOp>(part.value, zero, zeros, high, zeros));
  if (lower)
    return select(compareRows(square, "eq"), square.splat(1), triangle(square, true, 1));
  Val isPast = compareRows(square, "eq");
  if (size == least)
    return triangle(square, false);
  // Ones on the part of the diagonal that was added.
  auto type = square.type().clone(IntegerType::get(square.value.getContext(), 32));
  Val rows(*lu.emitter, lu.emitter->create<IotaOp>(type, square.rank() - 2));
  isPast = AndOp::of(isPast, compare(rows, double(least), "ge"));
  return select(isPast, square.splat(1), triangle(square, false));
}

} // namespace

// From p dx = dl u + l du: with w = l^-1 (p dx) u^-1, dl is l times the strict
// lower triangle of w, and du the rest of w times u.
LogicalResult LuOp::buildJvp(JvpContext &c) {
  Val lu = c.out(0), dx = takeRows(c.tangent(0), c.out(2));
  RankedTensorType type = lu.type();
  Val l = squareFactor(lu, /*lower=*/true, rowsOf(type));
  Val u = squareFactor(lu, /*lower=*/false, columnsOf(type));
  Val w = triangularSolve(u, dx, /*leftSide=*/false, /*lower=*/false);
  w = triangularSolve(l, w, /*leftSide=*/true, /*lower=*/true, "no", /*unitDiagonal=*/true);
  c.set(0, matmul(l, triangle(w, /*lower=*/true, 1)) + matmul(triangle(w, /*lower=*/false), u));
  return success();
}

LogicalResult LuOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double LuOp::countFlops() {
  RankedTensorType x = getX().getType();
  double m = rowsOf(x), n = columnsOf(x), k = diagonalOf(x);
  return flopsOf(x, 2 * (m * n * k - (m + n) * k * k / 2 + k * k * k / 3));
}

//===----------------------------------------------------------------------===//
// lu_pivots_to_permutation
//===----------------------------------------------------------------------===//

LogicalResult LuPivotsToPermutationOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                        Adaptor adaptor,
                                                        SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors(adaptor.getPivots())))
    return failure();
  RankedTensorType pivots = tensorType(adaptor.getPivots());
  int64_t size = adaptor.getSize();
  if (pivots.getRank() < 1 || pivots.getShape().back() > size)
    return check.fail("expected pivots of rank 1 or more, no more than size = ", size,
                      " of them, but got ", pivots);
  SmallVector<int64_t> shape(pivots.getShape());
  shape.back() = size;
  types.push_back(pivots.clone(shape));
  return success();
}

LogicalResult LuPivotsToPermutationOp::buildBatch(BatchContext &c) { return batchLeading(c); }

//===----------------------------------------------------------------------===//
// qr
//===----------------------------------------------------------------------===//

namespace {

void addPermutation(RankedTensorType x, bool pivoting, SmallVectorImpl<Type> &types) {
  if (pivoting)
    types.push_back(withLast(x, columnsOf(x)).clone(IntegerType::get(x.getContext(), 32)));
}

double qrFlops(RankedTensorType x) {
  double m = rowsOf(x), n = columnsOf(x), k = diagonalOf(x);
  return flopsOf(x, 2 * k * k * (std::max(m, n) - k / 3));
}

} // namespace

LogicalResult QrOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                     SmallVectorImpl<Type> &types) {
  if (failed(checkMatrices({loc, getOperationName()}, adaptor.getOperands())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  int64_t inner = adaptor.getFullMatrices() ? rowsOf(x) : diagonalOf(x);
  types.append({withLast(x, {rowsOf(x), inner}), withLast(x, {inner, columnsOf(x)})});
  addPermutation(x, adaptor.getPivoting(), types);
  return success();
}

// From dx = dq r + q dr, with w = q^H dx r^-1 of as many columns as r has rows:
// q^H dq is skew, and dr triangular, so that q^H dq is the lower triangle of w
// less its adjoint, and imaginary on the diagonal, as that of r stays real.
LogicalResult QrOp::buildJvp(JvpContext &c) {
  Val q = c.out(0), r = c.out(1), dx = c.tangent(0);
  int64_t k = diagonalOf(dx.type());
  if (q.shape().back() != k)
    return emitOpError("of a matrix with more rows than columns cannot be differentiated with "
                       "full_matrices: q is not determined by x; use full_matrices=False");
  if (getPivoting())
    dx = matrixTranspose(takeRows(matrixTranspose(dx), c.out(2)));
  Val scaled = triangularSolve(columnsAt(r, 0, k), columnsAt(dx, 0, k), /*leftSide=*/false,
                               /*lower=*/false);
  Val qh = adjoint(q), w = matmul(qh, scaled), strict = triangle(w, /*lower=*/true, 1);
  Val skew = strict - adjoint(strict);
  if (isComplex(w)) {
    Val onDiagonal = select(compareRows(w, "eq"), w, Val());
    skew = skew + (onDiagonal - asComplex(realPart(onDiagonal)));
  }
  c.set(0, matmul(q, skew - w) + scaled);
  c.set(1, triangle(matmul(qh, dx) - matmul(skew, r), /*lower=*/false));
  return success();
}

LogicalResult QrOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double QrOp::countFlops() { return 2 * qrFlops(getX().getType()); }

FailureOr<SmallVector<Value>> QrOp::buildDecomposition(Emitter &emitter) {
  RankedTensorType x = getX().getType();
  int64_t m = rowsOf(x), k = diagonalOf(x), inner = columnsOf(getQ().getType());
  auto factors = emitter.create<GeqrfOp>(getX(), getPivoting());
  Val packed(emitter, factors.getPacked());
  Val reflectors = columnsAt(packed, 0, k);
  if (inner > k) {
    SmallVector<int64_t> zeros = filled(x.getRank(), 0), high = zeros;
    high.back() = inner - k;
    Value zero = emitter.zeros(x.clone(ArrayRef<int64_t>()));
    reflectors = {emitter, emitter.create<PadOp>(reflectors.value, zero, zeros, high, zeros)};
  }
  Value q = emitter.create<HouseholderProductOp>(reflectors.value, factors.getTaus());
  Val r = triangle(inner == m ? packed : rowsAt(packed, 0, inner), /*lower=*/false);
  SmallVector<Value> results{q, r};
  llvm::append_range(results, factors.getPermutation());
  return results;
}

//===----------------------------------------------------------------------===//
// geqrf
//===----------------------------------------------------------------------===//

LogicalResult GeqrfOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  if (failed(checkMatrices({loc, getOperationName()}, adaptor.getOperands())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  types.append({x, withLast(x, diagonalOf(x))});
  addPermutation(x, adaptor.getPivoting(), types);
  return success();
}

LogicalResult GeqrfOp::buildJvp(JvpContext &c) {
  return refuseJvp(c, "mjx.qr, which gives q and r, can be");
}

LogicalResult GeqrfOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double GeqrfOp::countFlops() { return qrFlops(getX().getType()); }

//===----------------------------------------------------------------------===//
// householder_product
//===----------------------------------------------------------------------===//

/// Reflectors of length `rows`, one for each of `taus`.
static LogicalResult checkReflectors(Checker check, Value packed, Value taus) {
  if (failed(checkMatrices(check, packed)) || failed(check.tensors(taus)))
    return failure();
  RankedTensorType type = tensorType(packed);
  int64_t count = tensorType(taus).getRank() ? tensorType(taus).getShape().back() : 0;
  if (count > diagonalOf(type))
    return check.fail("expected no more taus than rows and columns, but got ", taus.getType(),
                      " for ", type);
  return checkLast(check, "taus", taus, type, count);
}

LogicalResult HouseholderProductOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                     Adaptor adaptor,
                                                     SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkReflectors(check, adaptor.getPacked(), adaptor.getTaus())))
    return failure();
  RankedTensorType packed = tensorType(adaptor.getPacked());
  if (rowsOf(packed) < columnsOf(packed))
    return check.fail("expected no more columns than rows, but got ", packed);
  types.push_back(packed);
  return success();
}

LogicalResult HouseholderProductOp::buildJvp(JvpContext &c) {
  return refuseJvp(c, "mjx.qr, which gives the product of its reflectors, can be");
}

LogicalResult HouseholderProductOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double HouseholderProductOp::countFlops() { return qrFlops(getPacked().getType()); }

//===----------------------------------------------------------------------===//
// ormqr
//===----------------------------------------------------------------------===//

LogicalResult OrmqrOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkReflectors(check, adaptor.getPacked(), adaptor.getTaus())) ||
      failed(checkMatrices(check, {adaptor.getPacked(), adaptor.getC()})))
    return failure();
  RankedTensorType packed = tensorType(adaptor.getPacked()), c = tensorType(adaptor.getC());
  int64_t matching = adaptor.getLeft() ? rowsOf(c) : columnsOf(c);
  if (batchOf(packed) != batchOf(c) || matching != rowsOf(packed))
    return check.fail("expected ", adaptor.getLeft() ? "rows" : "columns",
                      " of c to be as long as the reflectors, and one batch, but got ", packed,
                      " and ", c);
  types.push_back(c);
  return success();
}

static Val multiplyReflectors(OrmqrOp op, Val packed, Val taus, Val c, bool adjoint) {
  if (!c)
    return c;
  return {*c.emitter, c.emitter->create<OrmqrOp>(c.type(), packed.value, taus.value, c.value,
                                                 op.getLeft(), adjoint)};
}

// Linear in c.
LogicalResult OrmqrOp::buildJvp(JvpContext &c) {
  if (c.tangent(0) || c.tangent(1))
    return refuseJvp(c, "by its reflectors; multiply by the q of mjx.qr, which can be");
  c.set(multiplyReflectors(*this, c.in(0), c.in(1), c.tangent(2), getAdjoint()));
  return success();
}

// q^T ct = conj(q^H conj(ct))
LogicalResult OrmqrOp::buildTranspose(TransposeContext &c) {
  Val ct = conj(c.cotangent());
  c.add(2, conj(multiplyReflectors(*this, c.in(0), c.in(1), ct, !getAdjoint())));
  return success();
}

LogicalResult OrmqrOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double OrmqrOp::countFlops() {
  double k = getTaus().getType().getShape().back();
  double m = rowsOf(getType()), n = columnsOf(getType());
  return flopsOf(getType(), 4 * m * n * k);
}

//===----------------------------------------------------------------------===//
// tridiagonal_solve
//===----------------------------------------------------------------------===//

LogicalResult TridiagonalSolveOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                   Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkMatrices(check, adaptor.getB())))
    return failure();
  RankedTensorType b = tensorType(adaptor.getB());
  if (failed(checkLast(check, "dl", adaptor.getDl(), b, rowsOf(b))) ||
      failed(checkLast(check, "d", adaptor.getD(), b, rowsOf(b))) ||
      failed(checkLast(check, "du", adaptor.getDu(), b, rowsOf(b))))
    return failure();
  types.push_back(b);
  return success();
}

namespace {

/// Element i + by of dimension `dim` in place i; zero where there is none.
Val shifted(Val x, int64_t dim, int64_t by) {
  if (!x)
    return x;
  SmallVector<int64_t> low = filled(x.rank(), 0), high = low, interior = low;
  low[dim] = -by;
  high[dim] = by;
  Value zero = x.emitter->splat(x.type().clone(ArrayRef<int64_t>()), 0);
  return {*x.emitter, x.emitter->create<PadOp>(x.type(), x.value, zero, low, high, interior)};
}

Val solveTridiagonal(Val dl, Val d, Val du, Val b) {
  if (!b)
    return b;
  return {*b.emitter,
          b.emitter->create<TridiagonalSolveOp>(b.type(), dl.value, d.value, du.value, b.value)};
}

} // namespace

// From a y = b: a dy = db - da y, where da has three diagonals too.
LogicalResult TridiagonalSolveOp::buildJvp(JvpContext &c) {
  Val y = c.out();
  int64_t row = y.rank() - 2, columns = y.shape().back();
  Val moved = repeatColumns(c.tangent(0), columns) * shifted(y, row, -1) +
              repeatColumns(c.tangent(1), columns) * y +
              repeatColumns(c.tangent(2), columns) * shifted(y, row, 1);
  c.set(solveTridiagonal(c.in(0), c.in(1), c.in(2), c.tangent(3) - moved));
  return success();
}

// In the transpose the outer diagonals change places.
LogicalResult TridiagonalSolveOp::buildTranspose(TransposeContext &c) {
  for (unsigned i = 0; i < 3; ++i)
    if (c.isLinear(i))
      return emitOpError("is linear in b only, so it cannot be reversed");
  Val dl = c.in(0), du = c.in(2);
  int64_t last = dl.rank() - 1;
  c.add(3, solveTridiagonal(shifted(du, last, -1), c.in(1), shifted(dl, last, 1), c.cotangent()));
  return success();
}

LogicalResult TridiagonalSolveOp::buildBatch(BatchContext &c) { return batchLeading(c); }

double TridiagonalSolveOp::countFlops() { return 9 * flopsOf(getType(), elementsOf(getType())); }

} // namespace mjx
