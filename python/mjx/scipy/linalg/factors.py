"""Factors of matrices and what they solve."""

from __future__ import annotations

from typing import Any

from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.linalg import geqp3, geqrf, take_rows
from mjx.lax.linalg import lu_solve as _lu_solve
from mjx.lax.operands import Value, convert
from mjx.numpy import creation as creations
from mjx.numpy import linalg as npl
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.linalg_factors import adjoint, matrices, square_matrix
from mjx.numpy.sorting import argsort
from mjx.support.dtypes import DTYPES, is_kind, real_dtype
from mjx.support.errors import explain

__all__ = [
    "cho_factor",
    "cho_solve",
    "cholesky",
    "det",
    "eigh",
    "eigh_tridiagonal",
    "hessenberg",
    "inv",
    "lu",
    "lu_factor",
    "lu_solve",
    "qr",
    "qr_multiply",
    "schur",
    "solve",
    "solve_triangular",
    "svd",
]


def _sides(who: str, n: int, b: Value) -> tuple[Value, bool]:
    """Right-hand sides as columns, and whether they were one vector."""
    if b.ndim < 1 or b.shape[-1 if b.ndim == 1 else -2] != n:
        raise ValueError(explain(who, f"b with {n} rows", f"shape {b.shape}"))
    return (lax.reshape(b, (n, 1)), True) if b.ndim == 1 else (b, False)


def _together(a: Value, b: Value) -> tuple[Value, Value]:
    """Matrices repeated to one batch."""
    batch = lax.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return tuple(ops.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, b))


def _columns_off(x: Value, vector: bool) -> Value:
    return lax.squeeze(x, (x.ndim - 1,)) if vector else x


# Cholesky.


def cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Value:
    """The upper triangular `U` with `U.conj().T @ U == a`, or with `lower` its adjoint.

    >>> mjx.scipy.linalg.cholesky(mjx.numpy.array([[4., 2.], [2., 5.]]))
    Array([[2., 1.],
           [0., 2.]], dtype=float32)
    """
    return npl.cholesky(square_matrix("linalg.cholesky", a), upper=not lower)


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Value, bool]:
    """The factor of `cholesky` and `lower`, for `cho_solve`."""
    return cholesky(a, lower), lower


def cho_solve(
    c_and_lower: tuple[Any, bool], b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Value:
    """The `x` with `a @ x == b`, from what `cho_factor` made of `a`.

    >>> factor = mjx.scipy.linalg.cho_factor(mjx.numpy.array([[4., 0.], [0., 1.]]))
    >>> mjx.scipy.linalg.cho_solve(factor, mjx.numpy.array([4., 2.]))
    Array([1., 2.], dtype=float32)
    """
    c, lower = c_and_lower
    c, b = ops.promoted("linalg.cho_solve", c, b, inexact=True)
    c = square_matrix("linalg.cho_solve", c)
    b, vector = _sides("linalg.cho_solve", c.shape[-1], b)
    c, b = _together(c, b)
    first, second = (False, True) if lower else (True, False)
    options = {"left_side": True, "lower": bool(lower)}
    for back in (first, second):
        b = lax.linalg.triangular_solve(c, b, transpose_a=back, conjugate_a=back, **options)
    return _columns_off(b, vector)


# LU.


def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Value, Value]:
    """Both triangular factors in one matrix, and the exchanges of rows, for `lu_solve`."""
    (a,) = matrices("linalg.lu_factor", a)
    factors, pivots, _ = lax.linalg.lu(a)
    return factors, pivots


def lu_solve(
    lu_and_piv: tuple[Any, Any],
    b: Any,
    trans: int = 0,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Value:
    """The `x` with `a @ x == b`, from what `lu_factor` made of `a`.

    `trans` 1 means the transpose of `a`, 2 its adjoint.

    >>> factors = mjx.scipy.linalg.lu_factor(mjx.numpy.array([[0., 2.], [1., 0.]]))
    >>> mjx.scipy.linalg.lu_solve(factors, mjx.numpy.array([4., 1.]))
    Array([1., 2.], dtype=float32)
    """
    factors, pivots = lu_and_piv
    factors, b = ops.promoted("linalg.lu_solve", factors, b, inexact=True)
    factors = square_matrix("linalg.lu_solve", factors)
    n = factors.shape[-1]
    b, vector = _sides("linalg.lu_solve", n, b)
    pivots = ops.value_of(pivots, "linalg.lu_solve")
    factors, b = _together(factors, b)
    pivots = ops.broadcast_to(pivots, (*factors.shape[:-2], n))
    permutation = lax.linalg.lu_pivots_to_permutation(pivots, n)
    if trans == 0:
        return _columns_off(_lu_solve(factors, permutation, b), vector)
    if trans not in (1, 2):
        raise ValueError(explain("linalg.lu_solve", "trans 0, 1 or 2", str(trans)))
    options = {"left_side": True, "transpose_a": True, "conjugate_a": trans == 2}
    b = lax.linalg.triangular_solve(factors, b, **options)
    b = lax.linalg.triangular_solve(factors, b, lower=True, unit_diagonal=True, **options)
    return _columns_off(take_rows(b, argsort(permutation, -1)), vector)


def lu(
    a: Any, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Value, ...]:
    """`(P, L, U)` with `P @ L @ U == a`; with `permute_l`, `(P @ L, U)`.

    >>> mjx.scipy.linalg.lu(mjx.numpy.array([[0., 2.], [1., 0.]]))[2]
    Array([[1., 0.],
           [0., 2.]], dtype=float32)
    """
    (a,) = matrices("linalg.lu", a)
    factors, _, permutation = lax.linalg.lu(a)
    m, n = a.shape[-2:]
    k = min(m, n)
    lower = creations.tril(factors[..., :, :k], -1) + creations.eye(m, k, dtype=a.dtype)
    upper = creations.triu(factors[..., :k, :])
    real = real_dtype(a.dtype)
    places = lax.expand_dims(permutation, (permutation.ndim - 1,))
    rows = lax.broadcasted_iota(DTYPES["int32"], (m, m), 0)
    exchange = convert(rows == places, real)
    if permute_l:
        return take_rows(lower, argsort(permutation, -1)), upper
    return exchange, lower, upper


# QR.


def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> tuple[Value, ...]:
    """`(Q, R)` with `Q @ R == a`, and with `pivoting` `(Q, R, P)` with `Q @ R == a[:, P]`.

    `mode` is 'full' (square `Q`), 'economic', 'r' (without `Q`), or 'raw', which returns LAPACK's
    packed form and the scales of its reflectors in place of `Q`.

    >>> mjx.scipy.linalg.qr(mjx.numpy.array([[3.], [4.]]), mode="economic")[1]
    Array([[-5.]], dtype=float32)
    """
    (a,) = matrices("linalg.qr", a)
    if mode == "raw":
        packed, taus, *p = geqp3(a) if pivoting else geqrf(a)
        return ((packed, taus), creations.triu(packed[..., : min(a.shape[-2:]), :]), *p)
    if mode not in ("full", "economic", "r"):
        raise ValueError(explain("linalg.qr", "mode 'full', 'economic', 'r' or 'raw'", repr(mode)))
    q, r, *p = lax.linalg.qr(a, pivoting=pivoting, full_matrices=mode != "economic")
    return (r, *p) if mode == "r" else (q, r, *p)


def qr_multiply(
    a: Any,
    c: Any,
    mode: str = "right",
    pivoting: bool = False,
    conjugate: bool = False,
    overwrite_a: bool = False,
    overwrite_c: bool = False,
) -> tuple[Value, ...]:
    """`c @ Q` (`mode` 'right') or `Q @ c` ('left'), and `R`, of the economic `Q @ R == a`.

    `Q` is not formed. With `conjugate` its conjugate is taken; `pivoting` is that of `qr`.
    """
    a, c = ops.promoted("linalg.qr_multiply", a, c, inexact=True)
    if a.ndim != 2 or c.ndim not in (1, 2) or mode not in ("left", "right"):
        raise ValueError(
            explain(
                "linalg.qr_multiply",
                "a matrix, and mode 'left' or 'right'",
                f"shapes {a.shape} and {c.shape}, mode {mode!r}",
            )  # fmt: skip
        )
    vector, left = c.ndim == 1, mode == "left"
    if vector:
        c = lax.reshape(c, (c.size, 1) if left else (1, c.size))
    packed, taus, *p = geqp3(a) if pivoting else geqrf(a)
    k = min(a.shape)
    if left and c.shape[0] == k < a.shape[0]:
        c = lax.pad(c, convert(0, c.dtype), [(0, a.shape[0] - k, 0), (0, 0, 0)])
    twist = ufuncs.conj if conjugate and is_kind(c.dtype, complex) else (lambda x: x)
    found = twist(lax.linalg.ormqr(packed, taus, twist(c), left=left))
    if not left:
        found = found[:, :k]
    r = creations.triu(packed[:k])
    return (lax.reshape(found, (found.size,)) if vector else found, r, *p)


# Spectra.


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """`(U, s, Vh)` of `mjx.numpy.linalg.svd`, or `s` unless `compute_uv`."""
    found = npl.svd(a, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def eigh(
    a: Any,
    b: Any = None,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    turbo: bool = True,
    eigvals: None = None,
    type: int = 1,
    check_finite: bool = True,
) -> Any:
    """Increasing eigenvalues, and eigenvectors unless `eigvals_only`, of Hermitian matrices.

    With a positive definite `b` those of the problem `type`: 1 is `a @ v == w * b @ v`, 2 is
    `a @ b @ v == w * v`, 3 is `b @ a @ v == w * v`.
    """
    if eigvals is not None:
        raise ValueError(explain("linalg.eigh", "all eigenvalues", f"eigvals={eigvals}"))
    if b is not None:
        return _generalized(a, b, lower, eigvals_only, type)
    a = square_matrix("linalg.eigh", a)
    uplo = "L" if lower else "U"
    if eigvals_only:
        return npl.eigvalsh(a, uplo, symmetrize_input=False)
    return tuple(npl.eigh(a, uplo, symmetrize_input=False))


def _generalized(a: Any, b: Any, lower: bool, values_only: bool, type: int) -> Any:
    """By the factor of `b`, which turns the problem into one without."""
    a, b = matrices("linalg.eigh", a, b)
    if type not in (1, 2, 3):
        raise ValueError(explain("linalg.eigh", "type 1, 2 or 3", str(type)))
    part = creations.tril if lower else creations.triu
    halves = [part(x, -1 if lower else 1) for x in (a, b)]
    a, b = (h + adjoint(h) + _diagonal_of(x) for h, x in zip(halves, (a, b)))
    factor = npl.cholesky(b)
    if type == 1:
        moved = lax.linalg.triangular_solve(factor, a, left_side=True, lower=True)
        moved = lax.linalg.triangular_solve(
            factor, moved, lower=True, transpose_a=True, conjugate_a=True
        )
    else:
        moved = adjoint(factor) @ a @ factor
    if values_only:
        return npl.eigvalsh(moved)
    w, v = npl.eigh(moved)
    if type == 3:
        return w, factor @ v
    options = {"left_side": True, "lower": True, "transpose_a": True, "conjugate_a": True}
    return w, lax.linalg.triangular_solve(factor, v, **options)


def _diagonal_of(x: Value) -> Value:
    n = x.shape[-1]
    apart = lax.broadcasted_iota(DTYPES["int32"], (n, n), 0) != lax.broadcasted_iota(
        DTYPES["int32"], (n, n), 1
    )
    return ufuncs.where(apart, 0, convert(ufuncs.real(x), x.dtype))


def eigh_tridiagonal(
    d: Any,
    e: Any,
    *,
    eigvals_only: bool = False,
    select: str = "a",
    select_range: tuple[float, float] | None = None,
    tol: float | None = None,
    key: Any = None,
) -> Any:
    """Eigenvalues, and vectors unless `eigvals_only`, of the matrix with diagonals `d` and `e`.

    `select` 'i' keeps those numbered from `select_range[0]` to `select_range[1]`. The matrix is made
    for it, so that `tol` is without effect.

    >>> d, e = mjx.numpy.zeros(2), mjx.numpy.ones(1)
    >>> mjx.scipy.linalg.eigh_tridiagonal(d, e, eigvals_only=True)
    Array([-1.,  1.], dtype=float32)
    """
    who = "linalg.eigh_tridiagonal"
    d, e = ops.promoted(who, d, e, inexact=True)
    if d.ndim != 1 or e.shape != (max(d.size - 1, 0),) or select not in ("a", "i"):
        raise ValueError(
            explain(
                who,
                "diagonals of n and n - 1 elements, and select 'a' or 'i'",
                f"shapes {d.shape} and {e.shape}, select {select!r}",
            )  # fmt: skip
        )
    beside = creations.diag(e, -1) if d.size > 1 else lax.full((d.size, d.size), 0, d.dtype)
    a = creations.diag(ufuncs.real(d)).astype(d.dtype) + beside
    first, last = (0, d.size - 1) if select == "a" else map(int, select_range)
    if eigvals_only:
        return npl.eigvalsh(a, symmetrize_input=False)[first : last + 1]
    w, v = npl.eigh(a, symmetrize_input=False)
    return w[first : last + 1], v[:, first : last + 1]


def schur(a: Any, output: str = "real") -> tuple[Value, Value]:
    """`(T, Z)` with `Z @ T @ Z.conj().T == a`, for unitary `Z` and upper triangular `T`.

    With `output` 'real' factors of real matrices are real, and `T` has blocks of two rows for pairs
    of complex eigenvalues.
    """
    if output not in ("real", "complex"):
        raise ValueError(explain("linalg.schur", "output 'real' or 'complex'", repr(output)))
    a = square_matrix("linalg.schur", a)
    if output == "complex" and not is_kind(a.dtype, complex):
        a = lax.complex(a, lax.full_like(a, 0))
    return tuple(lax.linalg.schur(a))


def hessenberg(
    a: Any, *, calc_q: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """`H`, zero below its first subdiagonal, and with `calc_q` also `Q`: `Q @ H @ Q^H == a`."""
    a = square_matrix("linalg.hessenberg", a)
    packed, taus = lax.linalg.hessenberg(a)
    h = creations.triu(packed, -1)
    if not calc_q:
        return h
    n = a.shape[-1]
    one = ops.broadcast_to(creations.eye(n, dtype=a.dtype), a.shape)
    if n < 2:
        return h, one
    inner = lax.linalg.householder_product(packed[..., 1:, :-1], taus)
    return h, one.at[..., 1:, 1:].set(inner)


# Systems.


def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Value:
    """The inverse of square matrices."""
    return npl.inv(a)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Value:
    """The determinants of square matrices."""
    return npl.det(a)


@fused
def _solve_positive(a: Value, b: Value, *, lower: bool) -> Value:
    half = (creations.tril if lower else creations.triu)(a, -1 if lower else 1)
    return cho_solve(cho_factor(half + adjoint(half) + _diagonal_of(a), True), b)


def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    debug: bool = False,
    check_finite: bool = True,
    assume_a: str = "gen",
) -> Value:
    """The `x` with `a @ x == b`. With `assume_a` 'pos', `a` is positive definite, which is faster.

    Of positive definite matrices only the triangle that `lower` names is read.

    >>> mjx.scipy.linalg.solve(mjx.numpy.array([[2., 0.], [0., 4.]]), mjx.numpy.array([2., 8.]))
    Array([1., 2.], dtype=float32)
    """
    if assume_a not in ("gen", "sym", "her", "pos"):
        raise ValueError(
            explain("linalg.solve", "assume_a 'gen', 'sym', 'her' or 'pos'", repr(assume_a))
        )
    if assume_a != "pos":
        return npl.solve(a, b)
    a, b = ops.promoted("linalg.solve", a, b, inexact=True)
    return _solve_positive(square_matrix("linalg.solve", a), b, lower=bool(lower))


def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    debug: Any = None,
    check_finite: bool = True,
) -> Value:
    """The `x` with `op(a) @ x == b`, for triangular `a`; `trans` is 0 'N', 1 'T' or 2 'C'.

    >>> a = mjx.numpy.array([[2., 1.], [0., 4.]])
    >>> mjx.scipy.linalg.solve_triangular(a, mjx.numpy.array([4., 8.]))
    Array([1., 2.], dtype=float32)
    """
    who = "linalg.solve_triangular"
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(explain(who, "trans 0, 1, 2, 'N', 'T' or 'C'", repr(trans)))
    a, b = ops.promoted(who, a, b, inexact=True)
    a = square_matrix(who, a)
    b, vector = _sides(who, a.shape[-1], b)
    a, b = _together(a, b)
    found = lax.linalg.triangular_solve(
        a,
        b,
        left_side=True,
        lower=bool(lower),
        transpose_a=trans not in (0, "N"),
        conjugate_a=trans in (2, "C"),
        unit_diagonal=bool(unit_diagonal),
    )
    return _columns_off(found, vector)
