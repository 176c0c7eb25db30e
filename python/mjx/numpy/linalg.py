"""Linear algebra: norms, products, and what follows from triangular factors."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import creation as creations
from mjx.numpy import operands as ops
from mjx.numpy import products, reductions, ufuncs
from mjx.numpy.creation import eye
from mjx.numpy.shape import matrix_transpose
from mjx.support.dtypes import DTYPES, is_kind, real_dtype
from mjx.support.errors import explain
from mjx.transforms import vmap

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "qr",
    "slogdet",
    "solve",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]

_INT32 = DTYPES["int32"]

matmul = products.matmul
tensordot = products.tensordot
vecdot = products.vecdot


class SlogdetResult(NamedTuple):
    """Sign and logarithm of the absolute value of a determinant."""

    sign: Value
    logabsdet: Value


class QRResult(NamedTuple):
    """An orthogonal and an upper triangular factor."""

    Q: Value
    R: Value


# Products.


def outer(x1: Any, x2: Any, /) -> Value:
    """The products of all elements of one vector with all of another."""
    x1, x2 = ops.promoted("linalg.outer", x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(explain("linalg.outer", "two vectors", f"{x1.aval} and {x2.aval}"))
    return products.outer(x1, x2)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Value:
    """Cross products of vectors of 3 elements along an axis."""
    x1, x2 = ops.promoted("linalg.cross", x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            explain("linalg.cross", "vectors of 3 elements", f"shapes {x1.shape} and {x2.shape}")
        )
    return products.cross(x1, x2, axis=axis)


def diagonal(x: Any, /, *, offset: int = 0) -> Value:
    """The diagonals of the matrices in the last two dimensions."""
    return creations.diagonal(x, offset, -2, -1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Value:
    """The sums of the diagonals of the matrices in the last two dimensions."""
    return products.trace(x, offset, -2, -1, dtype)


def multi_dot(arrays: Sequence[Any], *, precision: Any = None) -> Value:
    """The product of several matrices, in the cheapest order; the outer ones may be vectors."""
    arrays = ops.promoted("linalg.multi_dot", *arrays)
    if len(arrays) < 2:
        raise ValueError(explain("linalg.multi_dot", "at least 2 arrays", str(len(arrays))))
    first, last = arrays[0].ndim == 1, arrays[-1].ndim == 1
    if first:
        arrays[0] = lax.reshape(arrays[0], (1, arrays[0].size))
    if last:
        arrays[-1] = lax.reshape(arrays[-1], (arrays[-1].size, 1))
    for a in arrays:
        if a.ndim != 2:
            raise ValueError(explain("linalg.multi_dot", "matrices", str(a.aval)))
    found = _chain(arrays, precision)
    gone = [d for d, vector in enumerate((first, last)) if vector]
    return lax.squeeze(found, gone) if gone else found


def _chain(arrays: list[Value], precision: Any) -> Value:
    """Multiplied in the order of least cost, which is found for ever longer parts."""
    count, sizes = len(arrays), [a.shape[0] for a in arrays] + [arrays[-1].shape[1]]
    cost = {(i, i): 0 for i in range(count)}
    cut = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            options = [
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            ]
            cost[i, j], cut[i, j] = min(options)

    def product(i: int, j: int) -> Value:
        if i == j:
            return arrays[i]
        k = cut[i, j]
        return products.matmul(product(i, k), product(k + 1, j), precision=precision)

    return product(0, count - 1)


def matrix_power(a: Any, n: int) -> Value:
    """Square matrices to a whole power, by squaring; to a negative one their inverse."""
    a = _square("linalg.matrix_power", a, False)
    n = operator.index(n)
    if n < 0:
        a, n = inv(a), -n
    result = None
    while n:
        if n & 1:
            result = a if result is None else products.matmul(result, a)
        n >>= 1
        a = products.matmul(a, a) if n else a
    if result is None:
        return ops.broadcast_to(eye(a.shape[-1], dtype=a.dtype), a.shape)
    return result


# Norms.


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Value:
    """The norm of vectors or matrices: the Euclidean one unless `ord` says else.

    Without an axis that of all elements, if `ord` is None, or of a vector or matrix. Of matrices
    there are 'fro', 1, -1, inf and -inf.
    """
    (x,) = ops.promoted("linalg.norm", x, inexact=True)
    if axis is None:
        if ord is None:
            return _vector_norm(x, order=2, axes=tuple(range(x.ndim)), keepdims=bool(keepdims))
        if x.ndim not in (1, 2):
            raise ValueError(
                explain("linalg.norm", f"a vector or matrix for ord={ord!r}", str(x.aval))
            )
        axis = tuple(range(x.ndim))
    axes = ops.axes_of(axis, x.ndim, "linalg.norm")
    if len(axes) == 1:
        order = _vector_order("linalg.norm", 2 if ord is None else ord)
        return _vector_norm(x, order=order, axes=axes, keepdims=bool(keepdims))
    if len(axes) != 2:
        raise ValueError(explain("linalg.norm", "an axis of one or two numbers", str(axis)))
    return _matrix_norm("linalg.norm", x, "fro" if ord is None else ord, axes, keepdims)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Value:
    """The norm of the vectors along axes, all of them unless given."""
    (x,) = ops.promoted("linalg.vector_norm", x, inexact=True)
    axes = ops.axes_or_all(axis, x.ndim, "linalg.vector_norm")
    order = _vector_order("linalg.vector_norm", ord)
    return _vector_norm(x, order=order, axes=axes, keepdims=bool(keepdims))


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Value:
    """The norm of the matrices in the last two dimensions: 'fro', 1, -1, inf or -inf."""
    (x,) = ops.promoted("linalg.matrix_norm", x, inexact=True)
    if x.ndim < 2:
        raise ValueError(explain("linalg.matrix_norm", "at least 2 dimensions", str(x.aval)))
    return _matrix_norm("linalg.matrix_norm", x, ord, (x.ndim - 2, x.ndim - 1), keepdims)


def _vector_order(who: str, order: Any) -> float:
    if isinstance(order, str) or not np.isscalar(order):
        raise ValueError(explain(who, "a number as the ord of vectors", repr(order)))
    return order


@fused
def _vector_norm(x: Value, *, order: float, axes: tuple[int, ...], keepdims: bool) -> Value:
    size = ufuncs.abs(x)
    if order == math.inf:
        return reductions.max(size, axes, keepdims=keepdims, initial=0)
    if order == -math.inf:
        return reductions.min(size, axes, keepdims=keepdims)
    if order == 0:
        apart = convert(lax.ne(x, convert(0, x.dtype)), real_dtype(x.dtype))
        return reductions.sum(apart, axes, keepdims=keepdims)
    if order == 1:
        return reductions.sum(size, axes, keepdims=keepdims)
    if order == 2:
        squares = ufuncs.real(x * ufuncs.conj(x))
        return lax.sqrt(reductions.sum(squares, axes, keepdims=keepdims))
    total = reductions.sum(ufuncs.power(size, float(order)), axes, keepdims=keepdims)
    return ufuncs.power(total, 1 / order)


def _matrix_norm(who: str, x: Value, order: Any, axes: Sequence[int], keepdims: bool) -> Value:
    row, column = axes
    if order in ("fro", "f", "F"):
        return _vector_norm(x, order=2, axes=tuple(axes), keepdims=bool(keepdims))
    if order not in (1, -1, math.inf, -math.inf):
        raise ValueError(explain(who, "ord 'fro', 1, -1, inf or -inf of matrices", repr(order)))
    summed, other = (row, column) if order in (1, -1) else (column, row)
    total = reductions.sum(ufuncs.abs(x), summed, keepdims=True)
    extreme = reductions.max if order > 0 else reductions.min
    found = extreme(total, other, keepdims=True)
    return found if keepdims else lax.squeeze(found, tuple(axes))


# Factors. Each is a loop over the columns of one matrix, mapped over batches.


def _square(who: str, a: Any, inexact: bool = True) -> Value:
    (a,) = ops.promoted(who, a, inexact=inexact)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(
            explain(who, "square matrices in the last two dimensions", f"shape {a.shape}")
        )
    return a


def _over_batch(fun: Callable, ranks: Sequence[int], *values: Value) -> Any:
    """`fun` of the last dimensions of the values, which share the leading ones."""
    for _ in range(values[0].ndim - ranks[0]):
        fun = vmap(fun)
    return fun(*values)


def _pivoted(a: Value) -> tuple[Value, Value, Value]:
    """Both triangular factors of a matrix in one, its order of rows, and the sign of that."""
    n = a.shape[0]
    rows = lax.iota(_INT32, n)

    def step(k: Value, state: tuple[Value, Value, Value]) -> tuple[Value, Value, Value]:
        a, order, sign = state
        column = lax.dynamic_index_in_dim(a, k, 1, False)
        below = rows > k
        size = ufuncs.where(rows >= k, ufuncs.abs(column), -1)
        best = lax.argmax(lax.stop_gradient(size), 0, _INT32)
        swap = ufuncs.where(rows == k, best, ufuncs.where(rows == best, k, rows))
        a, order = a[swap], order[swap]
        sign = ufuncs.where(best == k, sign, -sign)
        pivot_row = lax.dynamic_index_in_dim(a, k, 0, False)
        pivot = lax.dynamic_index_in_dim(pivot_row, k, 0, False)
        column = lax.dynamic_index_in_dim(a, k, 1, False)
        safe = ufuncs.where(pivot == 0, 1, pivot)
        factor = ufuncs.where(below, column / safe, 0)
        right = ufuncs.where(rows > k, pivot_row, 0)
        a = a - lax.reshape(factor, (n, 1)) * lax.reshape(right, (1, n))
        kept = ufuncs.where(below, factor, column)
        at_k = lax.reshape(rows == k, (1, n))
        return ufuncs.where(at_k, lax.reshape(kept, (n, 1)), a), order, sign

    one = lax.full((), 1, real_dtype(a.dtype))
    return lax.fori_loop(0, n, step, (a, rows, one))


def _substituted(a: Value, b: Value, lower: bool, unit: bool) -> Value:
    """The solution of a triangular system with columns `b`, row by row."""
    n = a.shape[0]
    rows = lax.iota(_INT32, n)

    def step(i: Value, x: Value) -> Value:
        k = i if lower else n - 1 - i
        row = lax.dynamic_index_in_dim(a, k, 0, False)
        known = rows < k if lower else rows > k
        rest = lax.dynamic_index_in_dim(b, k, 0, False) - products.dot(
            ufuncs.where(known, row, 0), x
        )
        if not unit:
            rest = rest / lax.dynamic_index_in_dim(row, k, 0, False)
        return ufuncs.where(lax.reshape(rows == k, (n, 1)), lax.expand_dims(rest, (0,)), x)

    return lax.fori_loop(0, n, step, lax.full_like(b, 0))


def _solve_one(a: Value, b: Value) -> Value:
    factors, order, _ = _pivoted(a)
    return _substituted(factors, _substituted(factors, b[order], True, True), False, False)


@fused
def _solve(a: Value, b: Value) -> Value:
    return _over_batch(_solve_one, (2, 2), a, b)


def solve(a: Any, b: Any) -> Value:
    """The x with a @ x = b, of matrices in the last two dimensions; `b` may be a vector."""
    a, b = ops.promoted("linalg.solve", a, b, inexact=True)
    a = _square("linalg.solve", a)
    if not b.ndim or b.shape[-1 if b.ndim == 1 else -2] != a.shape[-1]:
        raise ValueError(
            explain("linalg.solve", f"b with {a.shape[-1]} rows, as a has", f"shape {b.shape}")
        )
    vector = b.ndim == 1
    if vector:
        b = lax.reshape(b, (b.size, 1))
    batch = lax.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = ops.broadcast_to(a, (*batch, *a.shape[-2:]))
    b = ops.broadcast_to(b, (*batch, *b.shape[-2:]))
    found = _solve(a, b) if a.size and b.size else lax.full_like(b, 0)
    return lax.squeeze(found, (found.ndim - 1,)) if vector else found


def inv(a: Any) -> Value:
    """The inverse of square matrices; of singular ones inf and NaN."""
    a = _square("linalg.inv", a)
    return solve(a, ops.broadcast_to(eye(a.shape[-1], dtype=a.dtype), a.shape))


def _slogdet_one(a: Value) -> tuple[Value, Value]:
    factors, _, sign = _pivoted(a)
    pivots = creations.diagonal(factors)
    sign = convert(sign, a.dtype) * reductions.prod(ufuncs.sign(pivots))
    return sign, reductions.sum(ufuncs.log(ufuncs.abs(pivots)))


@fused
def _slogdet(a: Value) -> list[Value]:
    return list(_over_batch(_slogdet_one, (2,), a))


def slogdet(a: Any, *, method: str | None = None) -> SlogdetResult:
    """Sign and logarithm of the absolute value of determinants."""
    a = _square("linalg.slogdet", a)
    if not a.size:
        shape, real = a.shape[:-2], real_dtype(a.dtype)
        return SlogdetResult(lax.full(shape, 1, a.dtype), lax.full(shape, 0, real))
    return SlogdetResult(*_slogdet(a))


def _det_one(a: Value) -> Value:
    factors, _, sign = _pivoted(a)
    return convert(sign, a.dtype) * reductions.prod(creations.diagonal(factors))


@fused
def _det(a: Value) -> Value:
    return _over_batch(_det_one, (2,), a)


def det(a: Any) -> Value:
    """The determinants of square matrices."""
    a = _square("linalg.det", a)
    return _det(a) if a.size else lax.full(a.shape[:-2], 1, a.dtype)


def _cholesky_one(a: Value) -> Value:
    n = a.shape[0]
    rows = lax.iota(_INT32, n)

    def step(k: Value, factor: Value) -> Value:
        row = lax.dynamic_index_in_dim(factor, k, 0, False)
        column = lax.dynamic_index_in_dim(a, k, 1, False)
        column = column - products.dot(factor, ufuncs.conj(row))
        pivot = lax.dynamic_index_in_dim(column, k, 0, False)
        root = convert(lax.sqrt(ufuncs.real(pivot)), a.dtype)
        column = ufuncs.where(rows > k, column / root, ufuncs.where(rows == k, root, 0))
        return ufuncs.where(lax.reshape(rows == k, (1, n)), lax.reshape(column, (n, 1)), factor)

    return lax.fori_loop(0, n, step, lax.full_like(a, 0))


@fused
def _cholesky(a: Value) -> Value:
    factor = _over_batch(_cholesky_one, (2,), a)
    broken = ufuncs.isnan(reductions.sum(factor, (-2, -1), keepdims=True))
    return ufuncs.where(broken, math.nan, factor)


def cholesky(a: Any, *, upper: bool = False, symmetrize_input: bool = True) -> Value:
    """The lower triangular L with L @ L^H = a; NaN unless `a` is positive definite."""
    a = _square("linalg.cholesky", a)
    if symmetrize_input:
        a = (a + ufuncs.conj(matrix_transpose(a))) / 2
    factor = _cholesky(a) if a.size else a
    return ufuncs.conj(matrix_transpose(factor)) if upper else factor


def _reflected(a: Value) -> tuple[Value, Value]:
    """Q (square) and R by reflections, each of which clears a column below the diagonal."""
    m, n = a.shape
    rows = lax.iota(_INT32, m)

    def step(k: Value, state: tuple[Value, Value]) -> tuple[Value, Value]:
        q, r = state
        column = lax.dynamic_index_in_dim(r, k, 1, False)
        below = ufuncs.where(rows >= k, column, 0)
        length = lax.sqrt(reductions.sum(ufuncs.real(below * ufuncs.conj(below))))
        head = lax.dynamic_index_in_dim(column, k, 0, False)
        phase = ufuncs.where(head == 0, 1, ufuncs.sign(head))
        mirror = below + ufuncs.where(rows == k, phase * convert(length, a.dtype), 0)
        square = reductions.sum(ufuncs.real(mirror * ufuncs.conj(mirror)))
        scale = ufuncs.where(square == 0, 0, 2 / ufuncs.where(square == 0, 1, square))
        scale = convert(scale, a.dtype)
        back = ufuncs.conj(mirror)
        r = r - scale * lax.reshape(mirror, (m, 1)) * lax.reshape(products.dot(back, r), (1, n))
        q = q - scale * lax.reshape(products.dot(q, mirror), (m, 1)) * lax.reshape(back, (1, m))
        return q, r

    # A last row of real numbers has nothing below it to clear.
    steps = min(m, n) if is_kind(a.dtype, complex) else min(m - 1, n)
    return lax.fori_loop(0, steps, step, (eye(m, dtype=a.dtype), a))


def _qr_one(a: Value) -> tuple[Value, Value]:
    q, r = _reflected(a)
    return q, creations.triu(r)


@fused
def _qr(a: Value) -> list[Value]:
    return list(_over_batch(_qr_one, (2,), a))


def qr(a: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and upper triangular R with Q @ R = a.

    `mode` is 'reduced', 'complete', or 'r' for R alone.
    """
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(explain("linalg.qr", "mode 'reduced', 'complete' or 'r'", repr(mode)))
    (a,) = ops.promoted("linalg.qr", a, inexact=True)
    if a.ndim < 2 or not a.size:
        raise ValueError(explain("linalg.qr", "matrices that are not empty", str(a.aval)))
    q, r = _qr(a)
    if mode != "complete":
        least = min(a.shape[-2:])
        q, r = q[..., :least], r[..., :least, :]
    return r if mode == "r" else QRResult(q, r)


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
