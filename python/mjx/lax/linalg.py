"""Factorizations of the matrices in the last two dimensions, and solvers that use them.

Leading dimensions are a batch. Elements are float32, float64, complex64 or complex128. What cannot
be computed (the Cholesky factor of a matrix that is not positive definite, an iteration that does
not converge) is NaN.

Derivatives are those of the equations that define the factors. Where values are equal their vectors
are not determined, and neither are derivatives: the terms that would be divided by zero are left
out. What depends on the values alone, or on the space that all vectors of equal values span, then
comes out right, and nothing is NaN.
"""

from __future__ import annotations

import enum
import importlib.util
import os
from collections.abc import Callable
from typing import Any

from mjx import _mjx
from mjx.core import bind
from mjx.lax import contraction, creation, indexing, pointwise, shape
from mjx.lax.control_flow import fori_loop, while_loop
from mjx.lax.eager import fused
from mjx.lax.operands import Value, array_of, convert, refuse_dtype
from mjx.support.dtypes import DTYPES, is_kind, real_dtype
from mjx.support.errors import explain

__all__ = [
    "EigImplementation",
    "EighImplementation",
    "SvdAlgorithm",
    "cholesky",
    "cholesky_update",
    "eig",
    "eigh",
    "hessenberg",
    "householder_product",
    "lu",
    "lu_pivots_to_permutation",
    "ormqr",
    "qdwh",
    "qr",
    "schur",
    "svd",
    "symmetric_product",
    "triangular_solve",
    "tridiagonal",
    "tridiagonal_solve",
]


def _locate_lapack() -> None:
    """Tells the runtime where the LAPACK is that came with the package; it is opened when used."""
    found = importlib.util.find_spec("scipy_openblas32")
    if found is None or not found.submodule_search_locations:
        return
    folder = os.path.join(found.submodule_search_locations[0], "lib")
    for name in ("libscipy_openblas.so", "libscipy_openblas.dylib"):
        if os.path.exists(path := os.path.join(folder, name)):
            _mjx.set_lapack_path(path)


_locate_lapack()


class EigImplementation(enum.Enum):
    """How eigenvalues are found elsewhere. Here it is always by LAPACK."""

    CUSOLVER = "cusolver"
    MAGMA = "magma"
    LAPACK = "lapack"


class EighImplementation(enum.Enum):
    """How eigenvalues of symmetric matrices are found elsewhere. Here it is always by LAPACK."""

    QR = "qr"
    JACOBI = "jacobi"
    QDWH = "qdwh"


class SvdAlgorithm(enum.Enum):
    """How singular values are found elsewhere. Here it is always by LAPACK."""

    DEFAULT = "default"
    QR = "QR"
    JACOBI = "Jacobi"
    POLAR = "polar"


_DTYPES = ("float32", "float64", "complex64", "complex128")


def _matrix(who: str, x: Any, square: bool = False) -> Value:
    x = array_of(x, who)
    if x.dtype.name not in _DTYPES:
        raise refuse_dtype(who, "matrices of " + ", ".join(_DTYPES), x)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        what = "square matrices" if square else "matrices"
        raise ValueError(explain(who, f"{what} in the last two dimensions", f"shape {x.shape}"))
    return x


def _same(who: str, *values: Value) -> None:
    dtypes = [v.dtype.name for v in values]
    if len(set(dtypes)) > 1:
        raise TypeError(explain(who, "operands of one dtype", ", ".join(dtypes)))


def _transposed(x: Value) -> Value:
    return shape.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def _adjoint(x: Value) -> Value:
    return pointwise.conj(_transposed(x)) if is_kind(x.dtype, complex) else _transposed(x)


@fused
def _symmetrized(x: Value) -> Value:
    return pointwise.mul(pointwise.add(x, _adjoint(x)), convert(0.5, x.dtype))


def _product(x: Value, y: Value) -> Value:
    batch = tuple(range(x.ndim - 2))
    return contraction.dot_general(x, y, (((x.ndim - 1,), (y.ndim - 2,)), (batch, batch)))


# Triangular factors.


def cholesky(x: Any, *, symmetrize_input: bool = True) -> Value:
    """The lower triangular factor `l` with `l @ l.conj().T == x`.

    Unless `symmetrize_input`, only the lower triangle of `x` is read. NaN where `x` is not positive
    definite.

    >>> mjx.lax.linalg.cholesky(mjx.numpy.array([[4., 2.], [2., 5.]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    x = _matrix("cholesky", x, square=True)
    return bind("cholesky", (_symmetrized(x) if symmetrize_input else x,))[0]


def lu(x: Any) -> tuple[Value, Value, Value]:
    """The triangular factors of `x` in one matrix, the exchanges of rows, and what they come to.

    Returns `(lu, pivots, permutation)`: row `i` was exchanged with row `pivots[i]`, in order, and
    `x[permutation]` is the product of the factors. The lower one has ones on its diagonal.

    >>> mjx.lax.linalg.lu(mjx.numpy.array([[1., 2.], [4., 4.]]))[0]
    Array([[4.  , 4.  ],
           [0.25, 1.  ]], dtype=float32)
    """
    return tuple(bind("lu", (_matrix("lu", x),)))


def lu_pivots_to_permutation(pivots: Any, permutation_size: int) -> Value:
    """The permutation of `permutation_size` rows that exchanges with rows `pivots` amount to.

    >>> mjx.lax.linalg.lu_pivots_to_permutation(mjx.numpy.array([2, 2]), 3)
    Array([2, 0, 1], dtype=int32)
    """
    pivots = array_of(pivots, "lu_pivots_to_permutation")
    if pivots.dtype != DTYPES["int32"]:
        raise refuse_dtype("lu_pivots_to_permutation", "pivots of int32", pivots)
    if pivots.ndim < 1 or pivots.shape[-1] > permutation_size:
        raise ValueError(
            explain(
                "lu_pivots_to_permutation",
                f"at most permutation_size = {permutation_size} pivots",
                f"shape {pivots.shape}",
            )
        )
    return bind("lu_pivots_to_permutation", (pivots,), {"size": int(permutation_size)})[0]


def triangular_solve(
    a: Any,
    b: Any,
    *,
    left_side: bool = False,
    lower: bool = False,
    transpose_a: bool = False,
    conjugate_a: bool = False,
    unit_diagonal: bool = False,
) -> Value:
    """The `x` with `op(a) @ x == b` (`left_side`) or `x @ op(a) == b`, for triangular `a`.

    Of `a` only the triangle that `lower` names is read, without the diagonal if `unit_diagonal`.
    `b` may have one dimension less than `a`: it is then one side for each matrix.

    >>> a = mjx.numpy.array([[2., 0.], [1., 4.]])
    >>> mjx.lax.linalg.triangular_solve(a, mjx.numpy.array([2., 9.]), left_side=True, lower=True)
    Array([1., 2.], dtype=float32)
    """
    who = "triangular_solve"
    a, b = _matrix(who, a, square=True), array_of(b, who)
    _same(who, a, b)
    if one := b.ndim == a.ndim - 1:
        b = shape.expand_dims(b, (b.ndim if left_side else b.ndim - 1,))
    matching = b.shape[-2 if left_side else -1] if b.ndim > 1 else None
    if b.ndim != a.ndim or b.shape[:-2] != a.shape[:-2] or matching != a.shape[-1]:
        raise ValueError(
            explain(
                who,
                f"b with the batch of a and {a.shape[-1]} {'rows' if left_side else 'columns'}",
                f"shapes {a.shape} and {b.shape}",
            )
        )
    form = "no"
    if is_kind(a.dtype, complex) and conjugate_a and not transpose_a:
        a = pointwise.conj(a)
    elif transpose_a:
        form = "adjoint" if conjugate_a and is_kind(a.dtype, complex) else "transpose"
    attributes = {"transpose_a": form, "left_side": bool(left_side), "lower": bool(lower),
                  "unit_diagonal": bool(unit_diagonal)}  # fmt: skip
    x = bind("triangular_solve", (a, b), attributes)[0]
    return shape.squeeze(x, (x.ndim - 1 if left_side else x.ndim - 2,)) if one else x


def tridiagonal_solve(dl: Any, d: Any, du: Any, b: Any, *, perturb_singular: bool = False) -> Value:
    """The `x` with `a @ x == b`, for `a` with the diagonals `dl`, `d` and `du`.

    All three have as many elements as `a` has rows: the first of `dl` and the last of `du` are not
    read. NaN where `a` is singular, whether `perturb_singular` or not.

    >>> d, beside = mjx.numpy.array([2., 2.]), mjx.numpy.array([1., 1.])
    >>> mjx.lax.linalg.tridiagonal_solve(beside, d, beside, mjx.numpy.array([[4.], [5.]]))
    Array([[1.],
           [2.]], dtype=float32)
    """
    who = "tridiagonal_solve"
    b = _matrix(who, b)
    values = [array_of(x, who) for x in (dl, d, du)]
    _same(who, b, *values)
    if any(x.shape != b.shape[:-1] for x in values):
        got = ", ".join(str(x.shape) for x in (*values, b))
        raise ValueError(
            explain(who, "diagonals with an element for each row of b", f"shapes {got}")
        )
    return bind("tridiagonal_solve", (*values, b))[0]


def take_rows(x: Value, indices: Value) -> Value:
    """The rows of matrices at the places that a permutation for each of them says."""
    row = x.ndim - 2
    batch = tuple(range(row))
    attributes = {
        "offset_dims": (x.ndim - 1,),
        "collapsed_dims": (row,),
        "start_index_map": (row,),
        "operand_batching_dims": batch,
        "indices_batching_dims": batch,
        "slice_sizes": (*(1 for _ in range(row + 1)), x.shape[-1]),
        "mode": "promise",
    }
    places = shape.reshape(indices, (*indices.shape, 1))
    return bind("gather", (x, places), attributes)[0]


def lu_solve(lu: Value, permutation: Value, b: Value) -> Value:
    """The `x` with `a @ x == b`, from the factors of `a`; of one batch."""
    y = triangular_solve(
        lu, take_rows(b, permutation), left_side=True, lower=True, unit_diagonal=True
    )
    return triangular_solve(lu, y, left_side=True)


@fused
def _rotated(r: Value, w: Value) -> Value:
    """Each row of `r` in turn absorbs what of `w` is in its first column."""
    n = r.shape[-1]
    columns = creation.iota(DTYPES["int32"], n)
    zero = convert(0, r.dtype)

    def step(k: Value, state: tuple[Value, Value]) -> tuple[Value, Value]:
        r, w = state
        row = indexing.dynamic_index_in_dim(r, k, 0, False)
        x = indexing.dynamic_index_in_dim(row, k, 0, False)
        y = indexing.dynamic_index_in_dim(w, k, 0, False)
        length = pointwise.sqrt(pointwise.add(pointwise.mul(x, x), pointwise.mul(y, y)))
        safe = pointwise.select(pointwise.eq(length, zero), convert(1, r.dtype), length)
        c = pointwise.select(pointwise.eq(length, zero), convert(1, r.dtype), x / safe)
        s = y / safe
        turned = pointwise.add(pointwise.mul(row, c), pointwise.mul(w, s))
        rest = pointwise.sub(pointwise.mul(w, c), pointwise.mul(row, s))
        past = pointwise.gt(columns, k)
        rest = pointwise.select(past, rest, creation.full_like(rest, 0))
        turned = pointwise.select(pointwise.ge(columns, k), turned, row)
        return indexing.dynamic_update_index_in_dim(r, turned, k, 0), rest

    return fori_loop(0, n, step, (r, w))[0]


def cholesky_update(r_matrix: Any, w_vector: Any) -> Value:
    """The upper triangular factor of `r.T @ r + outer(w, w)`, given the factor `r`.

    >>> mjx.lax.linalg.cholesky_update(mjx.numpy.array([[3.]]), mjx.numpy.array([4.]))
    Array([[5.]], dtype=float32)
    """
    who = "cholesky_update"
    r, w = _matrix(who, r_matrix, square=True), array_of(w_vector, who)
    _same(who, r, w)
    if is_kind(r.dtype, complex) or r.ndim != 2 or w.shape != r.shape[:1]:
        raise ValueError(
            explain(who, "a real square matrix and a vector", f"{r.aval} and {w.aval}")
        )
    return _rotated(r, w)


def symmetric_product(
    a_matrix: Any,
    c_matrix: Any,
    *,
    alpha: float = 1.0,
    beta: float = 0.0,
    symmetrize_output: bool = False,
) -> Value:
    """`alpha * a @ a.T + beta * c`, for symmetric `c`.

    All of the result is computed, so that `symmetrize_output` changes nothing but rounding.

    >>> a = mjx.numpy.array([[1., 2.]])
    >>> mjx.lax.linalg.symmetric_product(a, mjx.numpy.ones((1, 1)), beta=2.0)
    Array([[7.]], dtype=float32)
    """
    who = "symmetric_product"
    a, c = _matrix(who, a_matrix), _matrix(who, c_matrix, square=True)
    _same(who, a, c)
    if c.shape[:-1] != a.shape[:-1]:
        raise ValueError(
            explain(who, "as many rows of c as of a", f"shapes {a.shape} and {c.shape}")
        )
    square = pointwise.mul(_product(a, _transposed(a)), convert(alpha, a.dtype))
    found = pointwise.add(square, pointwise.mul(c, convert(beta, c.dtype)))
    return _symmetrized(found) if symmetrize_output else found


# Orthogonal factors.


def qr(
    x: Any, *, pivoting: bool = False, full_matrices: bool = True, use_magma: bool | None = None
) -> tuple[Value, ...]:
    """`(q, r)` with `q @ r == x`: `q` with orthonormal columns, `r` upper triangular.

    `q` is square if `full_matrices`, which has no derivative where `x` has more rows than columns.
    With `pivoting` also the permutation of columns with `q @ r == x[:, p]`.

    >>> q, r = mjx.lax.linalg.qr(mjx.numpy.array([[3.], [4.]]), full_matrices=False)
    >>> r
    Array([[-5.]], dtype=float32)
    """
    attributes = {"full_matrices": bool(full_matrices), "pivoting": bool(pivoting)}
    return tuple(bind("qr", (_matrix("qr", x),), attributes))


def geqrf(a: Any) -> tuple[Value, Value]:
    """`(packed, taus)`: `r` of `qr`, below its diagonal the reflectors of `q`, and their scales."""
    return tuple(bind("geqrf", (_matrix("geqrf", a),), {"pivoting": False}))


def geqp3(a: Any) -> tuple[Value, Value, Value]:
    """As `geqrf`, of columns that are permuted, and the permutation."""
    return tuple(bind("geqrf", (_matrix("geqp3", a),), {"pivoting": True}))


def _reflectors(who: str, a: Any, taus: Any) -> tuple[Value, Value]:
    a, taus = _matrix(who, a), array_of(taus, who)
    _same(who, a, taus)
    fits = taus.ndim == a.ndim - 1 and taus.shape[:-1] == a.shape[:-2]
    if not fits or taus.shape[-1] > min(a.shape[-2:]):
        raise ValueError(
            explain(who, "a scale for each reflector", f"shapes {a.shape} and {taus.shape}")
        )
    return a, taus


def householder_product(a: Any, taus: Any) -> Value:
    """The first columns, as many as `a` has, of the product of the reflectors in `a`.

    They are below the diagonal of `a` and have the scales `taus`, as `hessenberg` returns them and
    LAPACK's `geqrf`.

    >>> a, taus = mjx.numpy.array([[-5.], [0.5]]), mjx.numpy.array([1.6])
    >>> mjx.lax.linalg.householder_product(a, taus)
    Array([[-0.6],
           [-0.8]], dtype=float32)
    """
    a, taus = _reflectors("householder_product", a, taus)
    if a.shape[-2] < a.shape[-1]:
        raise ValueError(
            explain("householder_product", "no more columns than rows", f"shape {a.shape}")
        )
    return bind("householder_product", (a, taus))[0]


def ormqr(a: Any, taus: Any, c: Any, *, left: bool = True, transpose: bool = False) -> Value:
    """`q @ c`, or `c @ q` unless `left`, where `q` is the product of the reflectors in `a`.

    With `transpose`, by the adjoint of `q`. `q` is square and is not formed.

    >>> a, taus = mjx.numpy.array([[-5.], [0.5]]), mjx.numpy.array([1.6])
    >>> mjx.lax.linalg.ormqr(a, taus, mjx.numpy.array([[3.], [4.]]), transpose=True)[0]
    Array([-5.], dtype=float32)
    """
    a, taus = _reflectors("ormqr", a, taus)
    c = _matrix("ormqr", c)
    _same("ormqr", a, c)
    if c.shape[:-2] != a.shape[:-2] or c.shape[-2 if left else -1] != a.shape[-2]:
        raise ValueError(
            explain(
                "ormqr",
                f"c with the batch of a and {a.shape[-2]} {'rows' if left else 'columns'}",
                f"shapes {a.shape} and {c.shape}",
            )
        )
    return bind("ormqr", (a, taus, c), {"left": bool(left), "adjoint": bool(transpose)})[0]


def hessenberg(a: Any) -> tuple[Value, Value]:
    """`(packed, taus)`: the Hessenberg form of `a`, below its subdiagonal the reflectors.

    `q`, with `q @ h @ q.conj().T == a`, has ones and zeros in its first row and column, and the
    `householder_product` of `packed[1:, :-1]` and `taus` elsewhere. Has no derivative.
    """
    return tuple(bind("hessenberg", (_matrix("hessenberg", a, square=True),)))


def tridiagonal(a: Any, *, lower: bool = True) -> tuple[Value, Value, Value, Value]:
    """`(packed, d, e, taus)`: the tridiagonal form of symmetric or Hermitian `a`, and reflectors.

    `d` is its diagonal, `e` the one beside it. Only the triangle of `a` that `lower` names is read.
    Has no derivative.
    """
    a = _matrix("tridiagonal", a, square=True)
    return tuple(bind("tridiagonal", (a,), {"lower": bool(lower)}))


# Spectra.


def _checked_subset(who: str, subset: Any, n: int) -> tuple[int, int] | None:
    if subset is None or tuple(subset) == (0, n):
        return None
    start, stop = map(int, subset)
    if not 0 <= start < stop <= n:
        raise ValueError(
            explain(
                who,
                f"subset_by_index (start, stop) with 0 <= start < stop <= {n}",
                str(tuple(subset)),
            )  # fmt: skip
        )
    return start, stop


def _part(x: Value, axis: int, subset: tuple[int, int] | None) -> Value:
    return x if subset is None else shape.slice_in_dim(x, *subset, axis=axis)


def svd(
    x: Any,
    *,
    full_matrices: bool = True,
    compute_uv: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    algorithm: SvdAlgorithm | None = None,
) -> Value | tuple[Value, Value, Value]:
    """`(u, s, vh)` with `u * s @ vh == x`; singular values decrease. Only `s` unless `compute_uv`.

    `u` and `vh` are square if `full_matrices`, which has no derivative unless `x` is square.
    `subset_by_index` (start, stop) keeps some of the values and their vectors.

    >>> mjx.lax.linalg.svd(mjx.numpy.array([[0., 2.], [1., 0.]]), compute_uv=False)
    Array([2., 1.], dtype=float32)
    """
    x = _matrix("svd", x)
    subset = _checked_subset("svd", subset_by_index, min(x.shape[-2:]))
    if subset is not None and full_matrices and compute_uv:
        raise ValueError(
            explain("svd", "full_matrices=False with subset_by_index", "full_matrices=True")
        )
    attributes = {"full_matrices": bool(full_matrices), "compute_uv": bool(compute_uv)}
    found = bind("svd", (x,), attributes)
    s = _part(found[0], found[0].ndim - 1, subset)
    if not compute_uv:
        return s
    return _part(found[1], x.ndim - 1, subset), s, _part(found[2], x.ndim - 2, subset)


def eigh(
    x: Any,
    *,
    lower: bool = True,
    symmetrize_input: bool = True,
    sort_eigenvalues: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    implementation: EighImplementation | None = None,
) -> tuple[Value, Value]:
    """`(v, w)`: eigenvectors, as columns, and increasing eigenvalues of symmetric or Hermitian `x`.

    Unless `symmetrize_input`, only the triangle that `lower` names is read.

    >>> mjx.lax.linalg.eigh(mjx.numpy.array([[2., 1.], [1., 2.]]))[1]
    Array([1., 3.], dtype=float32)
    """
    x = _matrix("eigh", x, square=True)
    subset = _checked_subset("eigh", subset_by_index, x.shape[-1])
    x = _symmetrized(x) if symmetrize_input else x
    w, v = bind("eigh", (x,), {"lower": bool(lower), "compute_vectors": True})
    return _part(v, v.ndim - 1, subset), _part(w, w.ndim - 1, subset)


def eigvalsh(x: Any, *, lower: bool = True, symmetrize_input: bool = True) -> Value:
    """As `eigh`, of eigenvalues only, which is faster."""
    x = _matrix("eigvalsh", x, square=True)
    x = _symmetrized(x) if symmetrize_input else x
    return bind("eigh", (x,), {"lower": bool(lower), "compute_vectors": False})[0]


def eig(
    x: Any,
    *,
    compute_left_eigenvectors: bool = True,
    compute_right_eigenvectors: bool = True,
    enable_eigvec_derivs: bool = False,
    implementation: EigImplementation | None = None,
    use_magma: bool | None = None,
) -> list[Value]:
    """`[w, vl, vr]`: eigenvalues, left and right eigenvectors of any square `x`; complex.

    Vectors are columns of length 1 whose greatest component is real. All have derivatives, with
    `enable_eigvec_derivs` or without.

    >>> mjx.lax.linalg.eig(mjx.numpy.array([[0., 1.], [-1., 0.]]))[0]
    Array([0.+1.j, 0.-1.j], dtype=complex64)
    """
    attributes = {
        "left": bool(compute_left_eigenvectors),
        "right": bool(compute_right_eigenvectors),
    }
    return list(bind("eig", (_matrix("eig", x, square=True),), attributes))


def schur(
    x: Any,
    *,
    compute_schur_vectors: bool = True,
    sort_eig_vals: bool = False,
    select_callable: Callable[..., Any] | None = None,
) -> tuple[Value, ...]:
    """`(t, z)` with `z @ t @ z.conj().T == x`, for unitary `z` and upper triangular `t`.

    For real `x` both are real, and `t` has blocks of two rows for pairs of complex eigenvalues.
    Without `compute_schur_vectors` only `(t,)`. Has no derivative.
    """
    x = _matrix("schur", x, square=True)
    if sort_eig_vals or select_callable is not None:
        raise ValueError(
            explain("schur", "eigenvalues in the order they are found in", "a request to sort them")
        )
    return tuple(bind("schur", (x,), {"compute_vectors": bool(compute_schur_vectors)}))


# Polar factors.


def _extremes(x: Value) -> tuple[Value, Value]:
    s = svd(x, compute_uv=False)
    n = s.shape[-1]
    return s[..., 0:1], s[..., n - 1 : n]


@fused
def _polar_by_halley(x: Value, *, limit: int, eps: float) -> list[Value]:
    """Halley's iteration, weighted for the spread of the singular values that are left."""
    m, n = x.shape
    real = real_dtype(x.dtype)
    greatest, least = _extremes(x)
    greatest, least = (shape.squeeze(v, (0,)) for v in (greatest, least))
    is_zero = pointwise.eq(greatest, convert(0, real))
    scale = pointwise.select(is_zero, convert(1, real), greatest)
    unit = creation.full((n, n), 0, x.dtype)
    unit = pointwise.add(unit, convert(_identity(n), x.dtype))

    def weights(low: Value) -> tuple[Value, Value, Value, Value]:
        square = low * low
        d = pointwise.cbrt(4 * (1 - square) / (square * square))
        a = pointwise.sqrt(1 + d)
        a = a + pointwise.sqrt(8 - 4 * d + 8 * (2 - square) / (square * a)) / 2
        b = (a - 1) * (a - 1) / 4
        c = a + b - 1
        return a, b, c, low * (a + b * square) / (1 + c * square)

    def step(state: tuple[Value, ...]) -> tuple[Value, ...]:
        u, low, _, count = state
        a, b, c, raised = weights(low)
        tall = shape.concatenate([u * convert(pointwise.sqrt(c), x.dtype), unit], 0)
        q, _ = qr(tall, full_matrices=False)
        moved = _product(q[:m], _adjoint(q[m:])) * convert((a - b / c) / pointwise.sqrt(c), x.dtype)
        new = u * convert(b / c, x.dtype) + moved
        change = pointwise.abs(new - u)
        return new, pointwise.min(raised, convert(1, real)), change.max(), count + 1

    def goes_on(state: tuple[Value, ...]) -> Value:
        _, low, change, count = state
        apart = pointwise.bitwise_or(change > eps ** (1 / 3), 1 - low > 5 * eps)
        return pointwise.bitwise_and(apart, count < limit)

    start = pointwise.max(least / scale, convert(eps, real))
    first = (x / convert(scale, x.dtype), start, convert(float("inf"), real),
             creation.full((), 0, DTYPES["int32"]))  # fmt: skip
    u, _, change, count = while_loop(goes_on, step, first)
    h = _product(_adjoint(u), x)
    return [u, _symmetrized(h), count, change <= eps ** (1 / 3)]


def _identity(n: int) -> Value:
    rows = creation.broadcasted_iota(DTYPES["int32"], (n, n), 0)
    return pointwise.eq(rows, creation.broadcasted_iota(DTYPES["int32"], (n, n), 1))


def qdwh(
    x: Any,
    *,
    is_hermitian: bool = False,
    max_iterations: int | None = None,
    eps: float | None = None,
    dynamic_shape: tuple[int, int] | None = None,
) -> tuple[Value, Value, Value, Value]:
    """The polar factors `u` and `h`, with `u @ h == x`, by dynamically weighted Halley iteration.

    `u` has orthonormal columns and `h` is positive semidefinite. Returns also the number of
    iterations, at most `max_iterations` (10), and whether they converged. `x` is one matrix with
    no more columns than rows; `is_hermitian` is a promise that nothing is made of.
    """
    x = _matrix("qdwh", x)
    if x.ndim != 2 or x.shape[0] < x.shape[1] or dynamic_shape is not None:
        raise ValueError(
            explain("qdwh", "one matrix with no more columns than rows", f"shape {x.shape}")
        )
    precision = 1.2e-7 if real_dtype(x.dtype).name == "float32" else 2.3e-16
    limit = 10 if max_iterations is None else int(max_iterations)
    return tuple(_polar_by_halley(x, limit=limit, eps=precision if eps is None else float(eps)))
