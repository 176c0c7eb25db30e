//===- MatrixRules.cpp - What rules about matrices share ------------------===//
#include "MatrixRules.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

RankedTensorType withLast(RankedTensorType type, ArrayRef<int64_t> last) {
  SmallVector<int64_t> shape(batchOf(type));
  llvm::append_range(shape, last);
  return type.clone(shape);
}

Type realElement(Type element) {
  auto complex = dyn_cast<ComplexType>(element);
  return complex ? complex.getElementType() : element;
}

Type complexElement(Type element) {
  return isa<ComplexType>(element) ? element : ComplexType::get(element);
}

LogicalResult checkMatrices(Checker check, ValueRange values) {
  if (failed(check.tensors(values)))
    return failure();
  for (Value value : values) {
    if (tensorType(value).getRank() < 2)
      return check.fail("expected matrices, of rank 2 or more, but got ", value.getType());
    if (failed(check.sameElements(values.front().getType(), value.getType())))
      return failure();
  }
  return success();
}

LogicalResult checkSquare(Checker check, RankedTensorType type) {
  if (rowsOf(type) == columnsOf(type))
    return success();
  return check.fail("expected square matrices, but got ", type);
}

LogicalResult checkLast(Checker check, StringRef name, Value value, RankedTensorType matrices,
                        ArrayRef<int64_t> last) {
  SmallVector<int64_t> shape(batchOf(matrices));
  llvm::append_range(shape, last);
  if (failed(check.tensors(value)) || failed(check.sameElements(matrices, value.getType())))
    return failure();
  if (tensorType(value).getShape() == ArrayRef<int64_t>(shape))
    return success();
  return check.fail("expected ", name, " of shape ", listText(shape), ", but got ",
                    value.getType());
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

LogicalResult batchLeading(BatchContext &c) {
  SmallVector<Value> operands;
  for (unsigned i = 0; i < c.operands.size(); ++i)
    operands.push_back(c.front(i));
  SmallVector<Type> types;
  for (Type type : c.op->getResultTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    types.push_back(tensor.clone(withInserted(tensor.getShape(), 0, c.size)));
  }
  Operation *batched = c.emitter.cloneWith(c.op, operands, types);
  for (auto [i, result] : llvm::enumerate(batched->getResults()))
    c.set(i, {c.emitter, result}, 0);
  return success();
}

LogicalResult refuseJvp(JvpContext &c, StringRef hint) {
  return c.op->emitOpError("cannot be differentiated; ") << hint;
}

double flopsOf(RankedTensorType type, double perMatrix) {
  double matrices = 1;
  for (int64_t extent : batchOf(type))
    matrices *= static_cast<double>(extent);
  // A complex operation is taken as the real ones it consists of.
  return matrices * perMatrix * (isa<ComplexType>(type.getElementType()) ? 4 : 1);
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

Val conj(Val x) { return x && isComplex(x) ? ConjOp::of(x) : x; }

Val realPart(Val x) { return x && isComplex(x) ? RealOp::of(x) : x; }

Val asComplex(Val x) { return !x || isComplex(x) ? x : ComplexOp::of(x, x.splat(0)); }

Val matrixTranspose(Val x) {
  if (!x)
    return x;
  SmallVector<int64_t> permutation = iotaDims(x.rank());
  std::swap(permutation[x.rank() - 1], permutation[x.rank() - 2]);
  return transpose(x, permutation);
}

Val adjoint(Val x) { return conj(matrixTranspose(x)); }

Val matmul(Val x, Val y) {
  if (!x || !y)
    return {};
  int64_t rank = x.rank();
  SmallVector<int64_t> batch = iotaDims(rank - 2);
  return DotGeneralOp::of(x, y, batch, batch, rank - 1, rank - 2);
}

Val compareRows(Val x, StringRef direction, int64_t k) {
  auto type = x.type().clone(IntegerType::get(x.value.getContext(), 32));
  Val rows(*x.emitter, x.emitter->create<IotaOp>(type, x.rank() - 2));
  Val columns(*x.emitter, x.emitter->create<IotaOp>(type, x.rank() - 1));
  return compare(rows - columns, double(k), direction);
}

Val triangle(Val x, bool lower, int64_t k) {
  return x ? select(compareRows(x, lower ? "ge" : "le", k), x, Val()) : x;
}

Val identityLike(Val x) { return select(compareRows(x, "eq"), x.splat(1), Val()); }

Val diagonal(Val x) { return x ? sum(select(compareRows(x, "eq"), x, Val()), x.rank() - 1) : x; }

Val repeatColumns(Val x, int64_t columns) {
  return x ? broadcast(x, withInserted(x.shape(), x.rank(), columns), iotaDims(x.rank())) : x;
}

Val repeatRows(Val x, int64_t rows) {
  if (!x)
    return x;
  int64_t last = x.rank() - 1;
  return broadcast(x, withInserted(x.shape(), last, rows), shiftedDims(iotaDims(x.rank()), last));
}

Val hermitian(Val x, bool lower) {
  if (!x)
    return x;
  Val strict = triangle(x, lower, lower ? 1 : -1);
  Val onDiagonal = select(compareRows(x, "eq"), x, Val());
  if (isComplex(x))
    onDiagonal = asComplex(realPart(onDiagonal));
  return strict + adjoint(strict) + onDiagonal;
}

static Val partOf(Val x, int64_t dim, int64_t start, int64_t size) {
  if (!x || (start == 0 && x.shape()[dim] == size))
    return x;
  SmallVector<int64_t> starts = filled(x.rank(), 0), sizes(x.shape());
  starts[dim] = start;
  sizes[dim] = size;
  return slice(x, starts, sizes, filled(x.rank(), 1));
}

Val columnsAt(Val x, int64_t start, int64_t size) {
  return x ? partOf(x, x.rank() - 1, start, size) : x;
}

Val rowsAt(Val x, int64_t start, int64_t size) {
  return x ? partOf(x, x.rank() - 2, start, size) : x;
}

Val takeRows(Val x, Val indices) {
  if (!x)
    return x;
  int64_t rank = x.rank(), row = rank - 2;
  SmallVector<int64_t> batch = iotaDims(row), sizes = filled(rank, 1), shape(indices.shape());
  sizes[rank - 1] = x.shape()[rank - 1];
  shape.push_back(1);
  SmallVector<int64_t> result(indices.shape());
  result.push_back(sizes[rank - 1]);
  Value places = reshape(indices, shape);
  return {*x.emitter, x.emitter->create<GatherOp>(x.type().clone(result), x.value, places,
                                                  /*offset_dims=*/rank - 1, /*collapsed=*/row,
                                                  /*start_index_map=*/row, batch, batch, sizes,
                                                  "promise", FloatAttr())};
}

Val inverseOrZero(Val x) {
  Val isZero = compare(x, 0, "eq");
  return select(isZero, Val(), 1.0 / select(isZero, x.splat(1), x));
}

Val triangularSolve(Val a, Val b, bool leftSide, bool lower, StringRef transposeA,
                    bool unitDiagonal) {
  if (!b)
    return b;
  return {*b.emitter, b.emitter->create<TriangularSolveOp>(b.type(), transposeA, a.value, b.value,
                                                           leftSide, lower, unitDiagonal)};
}

Val solve(Val a, Val b) {
  if (!b)
    return b;
  auto factors = a.emitter->create<LuOp>(a.value);
  Val lu(*a.emitter, factors.getLu()), permutation(*a.emitter, factors.getPermutation());
  Val y = triangularSolve(lu, takeRows(b, permutation), /*leftSide=*/true, /*lower=*/true, "no",
                          /*unitDiagonal=*/true);
  return triangularSolve(lu, y, /*leftSide=*/true, /*lower=*/false);
}

} // namespace mjx
