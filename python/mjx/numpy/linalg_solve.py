"""Systems of equations, inverses and determinants.

Derivatives are those of the equations: they take the factors of the matrix, not its factorization
apart.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.linalg import lu_solve
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import creation as creations
from mjx.numpy import operands as ops
from mjx.numpy import products, reductions, ufuncs
from mjx.numpy.creation import eye
from mjx.numpy.linalg_factors import adjoint, square_matrix, svd
from mjx.support.dtypes import DTYPES, finfo, is_kind, real_dtype
from mjx.support.errors import explain
from mjx.transforms import custom_jvp


class SlogdetResult(NamedTuple):
    """Sign and logarithm of the absolute value of a determinant."""

    sign: Value
    logabsdet: Value


# Systems.


@custom_jvp
def _solved(a: Value, b: Value) -> Value:
    factors, _, permutation = lax.linalg.lu(a)
    return lu_solve(factors, permutation, b)


# From a x = b: a dx = db - da x.
@_solved.defjvp
def _solved_jvp(primals: tuple, tangents: tuple) -> tuple[Value, Value]:
    (a, b), (da, db) = primals, tangents
    factors, _, permutation = lax.linalg.lu(a)
    x = lu_solve(factors, permutation, b)
    return x, lu_solve(factors, permutation, db - products.matmul(da, x))


@fused
def _solve(a: Value, b: Value) -> Value:
    if math.prod(a.shape[:-2]) == 1 and math.prod(b.shape[:-2]) > 1:
        return _solve_at_once(a, b)
    batch = lax.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = ops.broadcast_to(a, (*batch, *a.shape[-2:]))
    return _solved(a, ops.broadcast_to(b, (*batch, *b.shape[-2:])))


def _solve_at_once(a: Value, b: Value) -> Value:
    """One matrix for many sides: these become columns of one."""
    a, order = lax.reshape(a, a.shape[-2:]), (b.ndim - 2, *range(b.ndim - 2), b.ndim - 1)
    moved = lax.transpose(b, order)
    found = _solved(a, lax.reshape(moved, (b.shape[-2], math.prod(moved.shape[1:]))))
    back = (*range(1, b.ndim - 1), 0, b.ndim - 1)
    return lax.transpose(lax.reshape(found, moved.shape), back)


def solve(a: Any, b: Any) -> Value:
    """The `x` with `a @ x == b`, for square matrices `a`; `b` holds columns, or is a vector.

    >>> a = mjx.numpy.array([[2., 1.], [1., 3.]])
    >>> mjx.numpy.linalg.solve(a, mjx.numpy.array([4., 7.]))
    Array([1., 2.], dtype=float32)
    """
    a, b = ops.promoted("linalg.solve", a, b, inexact=True)
    a = square_matrix("linalg.solve", a)
    if not b.ndim or b.shape[-1 if b.ndim == 1 else -2] != a.shape[-1]:
        raise ValueError(
            explain("linalg.solve", f"b with {a.shape[-1]} rows, as a has", f"shape {b.shape}")
        )
    if b.ndim > 1:
        return _solve(a, b)
    found = _solve(a, lax.reshape(b, (b.size, 1)))
    return lax.squeeze(found, (found.ndim - 1,))


def inv(a: Any) -> Value:
    """The inverse of square matrices; of singular ones inf and NaN.

    >>> mjx.numpy.linalg.inv(mjx.numpy.array([[2., 0.], [0., 4.]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    a = square_matrix("linalg.inv", a)
    return solve(a, ops.broadcast_to(eye(a.shape[-1], dtype=a.dtype), a.shape))


@fused
def _least_squares(a: Value, b: Value, rcond: Value) -> list[Value]:
    u, s, vh = svd(a, full_matrices=False)
    counts = s > 0
    if s.size:
        counts = counts & (s >= rcond * s[0])
    rank = reductions.sum(counts)
    inverted = ufuncs.where(counts, 1 / ufuncs.where(counts, s, 1), 0)
    scaled = convert(lax.expand_dims(inverted, (1,)), u.dtype) * products.matmul(adjoint(u), b)
    x = products.matmul(adjoint(vh), scaled)
    rest = ufuncs.abs(b - products.matmul(a, x))
    return [x, reductions.sum(rest * rest, 0), rank, s]


def lstsq(
    a: Any, b: Any, rcond: float | None = None, *, numpy_resid: bool = False
) -> tuple[Value, Value, Value, Value]:
    """The `x` of least size for which `a @ x` is closest to `b`, by singular values.

    Returns also the squared distances, the rank of `a`, and its singular values; those below `rcond`
    times the greatest count as zero. With `numpy_resid` there are no distances where NumPy gives
    none: where `a` has no more rows than its rank, or than columns.

    >>> a = mjx.numpy.array([[1., 0.], [1., 1.], [1., 2.]])
    >>> mjx.numpy.linalg.lstsq(a, mjx.numpy.array([1., 3., 5.]))[0].round(3)
    Array([1., 2.], dtype=float32)
    """
    a, b = ops.promoted("linalg.lstsq", a, b, inexact=True)
    if a.ndim != 2 or b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise ValueError(
            explain("linalg.lstsq", "a matrix and as many rows of b", f"{a.shape} and {b.shape}")
        )
    vector = b.ndim == 1
    columns = lax.reshape(b, (b.size, 1)) if vector else b
    m, n = a.shape
    if rcond is None:
        rcond = float(finfo(a.dtype).eps) * max(m, n)
    if not a.size:
        return _empty_lstsq(a, columns, vector)
    share = convert(rcond if rcond >= 0 else float(finfo(a.dtype).eps), real_dtype(a.dtype))
    x, rest, rank, s = _least_squares(a, columns, share)
    if numpy_resid and (m <= n or int(rank) < n):
        rest = lax.full((0,), 0, rest.dtype)
    return lax.squeeze(x, (1,)) if vector else x, rest, rank, s


def _empty_lstsq(a: Value, b: Value, vector: bool) -> tuple[Value, Value, Value, Value]:
    x = lax.full((a.shape[1], b.shape[1]), 0, a.dtype)
    size = ufuncs.abs(b)
    s = lax.full((0,), 0, size.dtype)
    rank = convert(0, DTYPES["int32"])
    return lax.squeeze(x, (1,)) if vector else x, reductions.sum(size * size, 0), rank, s


# Determinants.


def _parity(pivots: Value, dtype: Any) -> Value:
    """1 or -1: each exchange of two rows turns the sign."""
    swaps = reductions.sum(pivots != lax.iota(pivots.dtype, pivots.shape[-1]), -1)
    return convert(1 - 2 * (swaps % 2), dtype)


def _of_few(a: Value) -> Value:
    """The determinant of up to three rows, by products."""
    n = a.shape[-1]
    if n == 1:
        return a[..., 0, 0]
    if n == 2:
        return a[..., 0, 0] * a[..., 1, 1] - a[..., 0, 1] * a[..., 1, 0]
    minors = [
        a[..., 1, i] * a[..., 2, j] - a[..., 1, j] * a[..., 2, i]
        for i, j in ((1, 2), (0, 2), (0, 1))
    ]
    return a[..., 0, 0] * minors[0] - a[..., 0, 1] * minors[1] + a[..., 0, 2] * minors[2]


@custom_jvp
def _of_many(a: Value) -> Value:
    factors, pivots, _ = lax.linalg.lu(a)
    return _parity(pivots, a.dtype) * reductions.prod(creations.diagonal(factors, 0, -2, -1), -1)


# The tangent is the trace of adj(a) da, where adj(a) = det(a) a^-1. That is there
# for singular matrices too: with the last pivot d apart,
#     det(u) u^-1 y = (product of the other pivots) v^-1 (d y, but for its last row y),
# where v is u with 1 in place of d.
@_of_many.defjvp
def _of_many_jvp(primals: tuple, tangents: tuple) -> tuple[Value, Value]:
    (a,), (da,) = primals, tangents
    n = a.shape[-1]
    factors, pivots, permutation = lax.linalg.lu(a)
    diagonal = creations.diagonal(factors, 0, -2, -1)
    others = _parity(pivots, a.dtype) * reductions.prod(diagonal[..., : n - 1], -1)
    rows = lax.broadcasted_iota(DTYPES["int32"], (n, n), 0)
    columns = lax.broadcasted_iota(DTYPES["int32"], (n, n), 1)
    # Of lower rank, all minors are zero, and nothing may be divided by zero.
    is_last = (rows == n - 1) & (columns == n - 1)
    vanishes = lax.expand_dims(others == 0, (a.ndim - 2, a.ndim - 1))
    safe = ufuncs.where(is_last | (vanishes & (rows == columns)), 1, factors)
    y = lax.linalg.triangular_solve(
        factors, lax.linalg.take_rows(da, permutation), left_side=True, lower=True,
        unit_diagonal=True,
    )  # fmt: skip
    last = lax.expand_dims(diagonal[..., n - 1 :], (a.ndim - 2,))
    y = ufuncs.where(rows == n - 1, 1, last) * y
    moved = lax.linalg.triangular_solve(safe, y, left_side=True)
    return others * diagonal[..., n - 1], others * products.trace(moved, 0, -2, -1)


@fused
def _det(a: Value) -> Value:
    return _of_few(a) if a.shape[-1] <= 3 else _of_many(a)


def det(a: Any) -> Value:
    """The determinants of square matrices.

    >>> mjx.numpy.linalg.det(mjx.numpy.array([[1., 2.], [3., 4.]]))
    Array(-2., dtype=float32)
    """
    a = square_matrix("linalg.det", a)
    return _det(a) if a.shape[-1] else lax.full(a.shape[:-2], 1, a.dtype)


def _sign_and_log(a: Value, factors: Value, pivots: Value) -> tuple[Value, Value]:
    diagonal = creations.diagonal(factors, 0, -2, -1)
    sign = _parity(pivots, a.dtype) * reductions.prod(ufuncs.sign(diagonal), -1)
    return sign, reductions.sum(ufuncs.log(ufuncs.abs(diagonal)), -1)


@custom_jvp
def _logarithm(a: Value) -> tuple[Value, Value]:
    factors, pivots, _ = lax.linalg.lu(a)
    return _sign_and_log(a, factors, pivots)


# d log det a = trace(a^-1 da): the real part is that of the size, the imaginary
# one turns the sign.
@_logarithm.defjvp
def _logarithm_jvp(primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    (a,), (da,) = primals, tangents
    factors, pivots, permutation = lax.linalg.lu(a)
    sign, size = _sign_and_log(a, factors, pivots)
    moved = products.trace(lu_solve(factors, permutation, da), 0, -2, -1)
    if not is_kind(a.dtype, complex):
        return (sign, size), (lax.full_like(sign, 0), moved)
    turn = sign * lax.complex(lax.full_like(size, 0), lax.imag(moved))
    return (sign, size), (turn, lax.real(moved))


@fused
def _slogdet(a: Value) -> list[Value]:
    return list(_logarithm(a))


def slogdet(a: Any, *, method: str | None = None) -> SlogdetResult:
    """Sign and logarithm of the absolute value of determinants.

    Both values of `method`, 'lu' and 'qr', mean the former. Of singular matrices the sign is 0, the logarithm
    -inf.

    >>> mjx.numpy.linalg.slogdet(mjx.numpy.array([[0., 1.], [1., 0.]])).sign
    Array(-1., dtype=float32)
    """
    if method not in (None, "lu", "qr"):
        raise ValueError(explain("linalg.slogdet", "method 'lu' or 'qr'", repr(method)))
    a = square_matrix("linalg.slogdet", a)
    if not a.shape[-1]:
        shape, real = a.shape[:-2], real_dtype(a.dtype)
        return SlogdetResult(lax.full(shape, 1, a.dtype), lax.full(shape, 0, real))
    return SlogdetResult(*_slogdet(a))


# Arrays as linear maps.


def tensorinv(a: Any, ind: int = 2) -> Value:
    """The inverse of an array as a linear map between its first `ind` dimensions and the others."""
    a = ops.value_of(a, "linalg.tensorinv")
    if operator.index(ind) <= 0:
        raise ValueError(explain("linalg.tensorinv", "ind of 1 or more", str(ind)))
    shape = (*a.shape[ind:], *a.shape[:ind])
    rows = math.prod(a.shape[:ind])
    return lax.reshape(inv(lax.reshape(a, (rows, a.size // max(rows, 1)))), shape)


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Value:
    """The x with tensordot(a, x, x.ndim) = b."""
    a, b = ops.promoted("linalg.tensorsolve", a, b, inexact=True)
    if axes is not None:
        last = [axis_of(d, a.ndim, "linalg.tensorsolve") for d in axes]
        a = lax.transpose(a, [d for d in range(a.ndim) if d not in last] + last)
    shape = a.shape[b.ndim :]
    if math.prod(shape) ** 2 != a.size or math.prod(shape) != b.size:
        raise ValueError(
            explain("linalg.tensorsolve", "a square system", f"{a.shape} and {b.shape}")
        )
    return lax.reshape(solve(lax.reshape(a, (b.size, b.size)), lax.reshape(b, (b.size,))), shape)
