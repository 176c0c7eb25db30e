"""Factors of matrices, and what is read off them: singular values, eigenvalues, rank, inverses."""

from __future__ import annotations

from typing import Any, NamedTuple

from mjx import lax
from mjx.lax.linalg import eigvalsh as _eigvalsh
from mjx.lax.linalg import geqrf
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.numpy import products, reductions, ufuncs
from mjx.numpy.indexing import take_along_axis
from mjx.numpy.shape import matrix_transpose
from mjx.numpy.sorting import argsort
from mjx.support.dtypes import DTYPES, finfo, real_dtype
from mjx.support.errors import explain
from mjx.transforms import custom_jvp


class QRResult(NamedTuple):
    """A factor with orthonormal columns and an upper triangular one."""

    Q: Value
    R: Value


class SVDResult(NamedTuple):
    """Left singular vectors, singular values, and the adjoint of the right vectors."""

    U: Value
    S: Value
    Vh: Value


class EigResult(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Value
    eigenvectors: Value


class EighResult(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Value
    eigenvectors: Value


# Operands.


def matrices(who: str, *xs: Any) -> list[Value]:
    """Stacks of matrices in their common dtype, which is floating or complex."""
    xs = ops.promoted(who, *xs, inexact=True)
    for x in xs:
        if x.ndim < 2:
            raise ValueError(
                explain(who, "matrices in the last two dimensions", f"shape {x.shape}")
            )
    return xs


def square_matrix(who: str, a: Any, inexact: bool = True) -> Value:
    """A stack of square matrices."""
    (a,) = ops.promoted(who, a, inexact=inexact)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(
            explain(who, "square matrices in the last two dimensions", f"shape {a.shape}")
        )
    return a


def adjoint(x: Value) -> Value:
    """The conjugate transposes of matrices."""
    return ufuncs.conj(matrix_transpose(x))


# Triangular and orthogonal factors.


def cholesky(a: Any, *, upper: bool = False, symmetrize_input: bool = True) -> Value:
    """The lower triangular `L` with `L @ L.conj().T == a`, or with `upper` its adjoint.

    NaN unless `a` is positive definite. Unless `symmetrize_input`, one triangle of `a` is read.

    >>> mjx.numpy.linalg.cholesky(mjx.numpy.array([[4., 2.], [2., 5.]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    a = square_matrix("linalg.cholesky", a)
    if upper and not symmetrize_input:
        a = adjoint(a)
    factor = lax.linalg.cholesky(a, symmetrize_input=symmetrize_input)
    return adjoint(factor) if upper else factor


def qr(a: Any, mode: str = "reduced") -> Any:
    """`Q` with orthonormal columns and upper triangular `R` with `Q @ R == a`.

    `mode` is 'reduced', 'complete' (square `Q`), 'r' (`R` alone), or 'raw': LAPACK's packed form,
    transposed, and the scales of its reflectors.

    >>> mjx.numpy.linalg.qr(mjx.numpy.array([[3.], [4.]])).R
    Array([[-5.]], dtype=float32)
    """
    if mode not in ("reduced", "complete", "r", "raw"):
        raise ValueError(
            explain("linalg.qr", "mode 'reduced', 'complete', 'r' or 'raw'", repr(mode))
        )
    (a,) = matrices("linalg.qr", a)
    if mode == "raw":
        packed, taus = geqrf(a)
        return QRResult(matrix_transpose(packed), taus)
    q, r = lax.linalg.qr(a, full_matrices=mode == "complete")
    return r if mode == "r" else QRResult(q, r)


# Singular values.


def _hermitian_svd(a: Value, compute_uv: bool) -> Any:
    """From eigenvalues: their sizes, in decreasing order, and their signs."""
    w, v = eigh(a)
    s = ufuncs.abs(w)
    order = argsort(s, -1, descending=True)
    s = take_along_axis(s, order, -1)
    if not compute_uv:
        return s
    columns = lax.expand_dims(order, (order.ndim - 1,))
    v = take_along_axis(v, columns, -1)
    signs = ufuncs.sign(take_along_axis(w, order, -1))
    signs = ufuncs.where(signs == 0, 1, signs)
    return SVDResult(v, s, adjoint(v * convert(lax.expand_dims(signs, (w.ndim - 1,)), v.dtype)))


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    subset_by_index: tuple[int, int] | None = None,
) -> Any:
    """`(U, S, Vh)` with `U * S @ Vh == a`, values decreasing; `S` alone unless `compute_uv`.

    `U` and `Vh` are square if `full_matrices`. With `hermitian` eigenvalues are used, which is
    faster. `subset_by_index` (start, stop) keeps some of the values, and their vectors.

    >>> mjx.numpy.linalg.svd(mjx.numpy.array([[0., 2.], [1., 0.]])).S
    Array([2., 1.], dtype=float32)
    """
    (a,) = matrices("linalg.svd", a)
    if hermitian:
        if subset_by_index is not None:
            raise ValueError(
                explain("linalg.svd", "hermitian=False with subset_by_index", "hermitian=True")
            )
        return _hermitian_svd(square_matrix("linalg.svd", a), compute_uv)
    found = lax.linalg.svd(
        a, full_matrices=full_matrices, compute_uv=compute_uv, subset_by_index=subset_by_index
    )
    return SVDResult(*found) if compute_uv else found


def svdvals(x: Any, /) -> Value:
    """The singular values of matrices, in decreasing order."""
    (x,) = matrices("linalg.svdvals", x)
    return lax.linalg.svd(x, compute_uv=False)


def _tolerance(shape: tuple[int, ...], dtype: Any) -> float:
    return max(shape[-2:]) * float(finfo(dtype).eps)


def matrix_rank(M: Any, rtol: Any = None, *, hermitian: bool = False, tol: Any = None) -> Value:
    """How many singular values are greater than `rtol` times the greatest; `tol` is absolute.

    >>> mjx.numpy.linalg.matrix_rank(mjx.numpy.ones((3, 3)))
    Array(1, dtype=int32)
    """
    (M,) = ops.promoted("linalg.matrix_rank", M, inexact=True)
    if M.ndim < 2:
        return convert(reductions.any(M != 0), DTYPES["int32"])
    s = ufuncs.abs(_eigvalsh(M, symmetrize_input=False)) if hermitian else svdvals(M)
    limit = tol
    if limit is None:
        share = _tolerance(M.shape, s.dtype) if rtol is None else rtol
        limit = reductions.max(s, -1, initial=0) * share
    limit = ops.value_of(limit, "linalg.matrix_rank")
    return reductions.sum(s > lax.expand_dims(limit, (limit.ndim,)), -1)


def pinv(a: Any, rtol: Any = None, hermitian: bool = False, *, rcond: Any = None) -> Value:
    """The pseudo-inverse: singular values above `rtol` times the greatest are inverted, others not.

    `rcond` is another name for `rtol`.

    >>> mjx.numpy.linalg.pinv(mjx.numpy.array([[2., 0.], [0., 0.]]))
    Array([[0.5, 0. ],
           [0. , 0. ]], dtype=float32)
    """
    (a,) = matrices("linalg.pinv", a)
    share = rtol if rtol is not None else rcond
    if share is None:
        share = 10 * _tolerance(a.shape, a.dtype)
    return _pinv(a, lax.stop_gradient(ops.value_of(share, "linalg.pinv")), hermitian=hermitian)


def _pinv(a: Value, share: Value, *, hermitian: bool) -> Value:
    if not a.size:
        return lax.full((*a.shape[:-2], a.shape[-1], a.shape[-2]), 0, a.dtype)
    inverse = _hermitian_inverse if hermitian else _inverse
    return inverse(a, convert(share, real_dtype(a.dtype)))


def _from_values(a: Value, share: Value, hermitian: bool) -> Value:
    u, s, vh = svd(a, full_matrices=False, hermitian=hermitian)
    limit = lax.expand_dims(share, (share.ndim,)) * s[..., :1]
    counts = s > limit
    inverted = ufuncs.where(counts, 1 / ufuncs.where(counts, s, 1), 0)
    scaled = adjoint(u) * convert(lax.expand_dims(inverted, (s.ndim,)), u.dtype)
    return products.matmul(adjoint(vh), scaled)


def _pinv_tangent(a: Value, p: Value, da: Value) -> Value:
    """By Golub and Pereyra: of a matrix whose rank does not change."""
    dah, ph = adjoint(da), adjoint(p)
    moved = -(p @ da @ p)
    rows = (p @ ph) @ (dah - dah @ a @ p)
    columns = (dah - p @ a @ dah) @ (ph @ p)
    return moved + rows + columns


@custom_jvp
def _inverse(a: Value, share: Value) -> Value:
    return _from_values(a, share, False)


@_inverse.defjvp
def _inverse_jvp(primals: tuple, tangents: tuple) -> tuple[Value, Value]:
    p = _inverse(*primals)
    return p, _pinv_tangent(primals[0], p, tangents[0])


@custom_jvp
def _hermitian_inverse(a: Value, share: Value) -> Value:
    return _from_values(a, share, True)


@_hermitian_inverse.defjvp
def _hermitian_inverse_jvp(primals: tuple, tangents: tuple) -> tuple[Value, Value]:
    p = _hermitian_inverse(*primals)
    return p, _pinv_tangent(primals[0], p, tangents[0])


# Eigenvalues.


def _triangle(who: str, uplo: str | None) -> bool:
    if uplo not in (None, "L", "U"):
        raise ValueError(explain(who, "UPLO 'L' or 'U'", repr(uplo)))
    return uplo != "U"


def eigh(a: Any, UPLO: str | None = None, symmetrize_input: bool = True) -> EighResult:
    """Increasing eigenvalues, and orthonormal eigenvectors, of symmetric or Hermitian matrices.

    Unless `symmetrize_input`, only the triangle that `UPLO` ('L' or 'U') names is read.

    >>> mjx.numpy.linalg.eigh(mjx.numpy.array([[2., 1.], [1., 2.]])).eigenvalues
    Array([1., 3.], dtype=float32)
    """
    lower = _triangle("linalg.eigh", UPLO)
    a = square_matrix("linalg.eigh", a)
    v, w = lax.linalg.eigh(a, lower=lower, symmetrize_input=symmetrize_input)
    return EighResult(w, v)


def eigvalsh(a: Any, UPLO: str | None = "L", *, symmetrize_input: bool = True) -> Value:
    """The eigenvalues of `eigh`."""
    lower = _triangle("linalg.eigvalsh", UPLO)
    a = square_matrix("linalg.eigvalsh", a)
    return _eigvalsh(a, lower=lower, symmetrize_input=symmetrize_input)


def eig(a: Any) -> EigResult:
    """Eigenvalues and right eigenvectors of square matrices; complex, in no order.

    >>> mjx.numpy.linalg.eig(mjx.numpy.array([[0., 1.], [-1., 0.]])).eigenvalues
    Array([0.+1.j, 0.-1.j], dtype=complex64)
    """
    a = square_matrix("linalg.eig", a)
    return EigResult(*lax.linalg.eig(a, compute_left_eigenvectors=False))


def eigvals(a: Any) -> Value:
    """The eigenvalues of `eig`."""
    a = square_matrix("linalg.eigvals", a)
    options = {"compute_left_eigenvectors": False, "compute_right_eigenvectors": False}
    return lax.linalg.eig(a, **options)[0]
