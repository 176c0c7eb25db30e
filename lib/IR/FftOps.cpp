//===- FftOps.cpp - Fourier transforms ------------------------------------===//
#include "MatrixRules.h"

#include <cmath>

using namespace mlir;

namespace mjx {

namespace {

/// Complex numbers that determine the transform of `n` real ones.
int64_t halfOf(int64_t n) { return n / 2 + 1; }

double pointsOf(ArrayRef<int64_t> lengths) {
  double points = 1;
  for (int64_t length : lengths)
    points *= static_cast<double>(length);
  return points;
}

Type resultElement(StringRef kind, Type element) {
  if (kind == "rfft")
    return complexElement(element);
  return kind == "irfft" ? realElement(element) : element;
}

RankedTensorType resultOf(StringRef kind, RankedTensorType x, ArrayRef<int64_t> lengths) {
  SmallVector<int64_t> shape(x.getShape().drop_back(lengths.size()));
  llvm::append_range(shape, lengths);
  if (kind == "rfft" && !lengths.empty())
    shape.back() = halfOf(shape.back());
  return RankedTensorType::get(shape, resultElement(kind, x.getElementType()));
}

Val fft(StringRef kind, Val x, ArrayRef<int64_t> lengths) {
  if (!x)
    return x;
  return {*x.emitter,
          x.emitter->create<FftOp>(resultOf(kind, x.type(), lengths), kind, x.value, lengths)};
}

/// `inner` in the columns of the last dimension that stand for themselves and
/// their mirror images, 1 in those that are their own.
Val mirrored(Val x, int64_t points, double inner) {
  auto type = x.type().clone(IntegerType::get(x.value.getContext(), 32));
  Val column(*x.emitter, x.emitter->create<IotaOp>(type, x.rank() - 1));
  Val isOwn = compare(column, 0, "eq");
  if (points % 2 == 0)
    isOwn = OrOp::of(isOwn, compare(column, double(points / 2), "eq"));
  return select(isOwn, x.splat(1), x.splat(inner));
}

} // namespace

LogicalResult FftOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors(adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  StringRef kind = adaptor.getKind();
  ArrayRef<int64_t> lengths = adaptor.getLengths();
  if (isa<ComplexType>(x.getElementType()) == (kind == "rfft"))
    return check.fail("expected ", kind == "rfft" ? "real" : "complex", " numbers for ", kind,
                      ", but got ", x);
  if (lengths.empty() || static_cast<int64_t>(lengths.size()) > x.getRank())
    return check.fail("expected from 1 to ", x.getRank(), " lengths, but got ", listText(lengths));
  SmallVector<int64_t> wanted(lengths);
  if (kind == "irfft")
    wanted.back() = halfOf(wanted.back());
  if (llvm::any_of(lengths, [](int64_t length) { return length < 1; }))
    return check.fail("expected lengths of at least 1, but got ", listText(lengths));
  if (x.getShape().take_back(lengths.size()) != ArrayRef<int64_t>(wanted))
    return check.fail("expected the last dimensions to be ", listText(wanted), ", but got ", x);
  types.push_back(resultOf(kind, x, lengths));
  return success();
}

// Linear, over the reals.
LogicalResult FftOp::buildJvp(JvpContext &c) {
  c.set(fft(getKind(), c.tangent(0), getLengths()));
  return success();
}

// The matrix of fft and of ifft is symmetric. That of rfft is half of it, of
// which the real part of the product counts: with n points,
//     x[j] = Re sum of ct[k] e^(-i j k) = n irfft(conj(ct) / 2),
// where what stands for itself alone is not halved. Of irfft likewise.
LogicalResult FftOp::buildTranspose(TransposeContext &c) {
  Val ct = c.cotangent();
  StringRef kind = getKind();
  ArrayRef<int64_t> lengths = getLengths();
  double points = pointsOf(lengths);
  if (kind == "fft" || kind == "ifft")
    c.add(0, fft(kind, ct, lengths));
  else if (kind == "rfft")
    c.add(0, fft("irfft", conj(ct) * mirrored(ct, lengths.back(), 0.5), lengths) * points);
  else if (Val spectrum = conj(fft("rfft", ct, lengths)))
    c.add(0, spectrum * mirrored(spectrum, lengths.back(), 2) / points);
  return success();
}

LogicalResult FftOp::buildBatch(BatchContext &c) { return batchLeading(c); }

// 5 n log n for a complex transform; of real numbers it is half the work.
double FftOp::countFlops() {
  double points = std::max(pointsOf(getLengths()), 2.0);
  bool isReal = getKind() == "rfft" || getKind() == "irfft";
  double elements = std::max(elementsOf(getX().getType()), elementsOf(getType()));
  return (isReal ? 2.5 : 5) * elements * std::log2(points);
}

} // namespace mjx
