"""Linear algebra: products, norms, factors, and the solution of systems.

Functions work on the matrices in the last two dimensions; those in front are a batch. What cannot
be computed is NaN: nothing is raised for values.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, convert
from mjx.numpy import creation as creations
from mjx.numpy import operands as ops
from mjx.numpy import products, reductions, ufuncs
from mjx.numpy.creation import eye
from mjx.numpy.linalg_factors import (
    EighResult,
    EigResult,
    QRResult,
    SVDResult,
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    matrices,
    matrix_rank,
    pinv,
    qr,
    square_matrix,
    svd,
    svdvals,
)
from mjx.numpy.linalg_solve import (
    SlogdetResult,
    det,
    inv,
    lstsq,
    slogdet,
    solve,
    tensorinv,
    tensorsolve,
)
from mjx.numpy.shape import matrix_transpose, moveaxis
from mjx.support.dtypes import real_dtype
from mjx.support.errors import explain

__all__ = [
    "EigResult",
    "EighResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]

matmul = products.matmul
tensordot = products.tensordot
vecdot = products.vecdot

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
    a = square_matrix("linalg.matrix_power", a, False)
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
    there are 'fro', 'nuc', 1, -1, 2, -2, inf and -inf.

    >>> mjx.numpy.linalg.norm(mjx.numpy.array([[3., 0.], [0., 4.]]), 2)
    Array(4., dtype=float32)
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
    """The norm of the matrices in the last two dimensions, by `ord` as of `norm`."""
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


def _spectral_norm(x: Value, order: Any, axes: Sequence[int], keepdims: bool) -> Value:
    """Of the singular values of matrices: the greatest, the least, or their sum."""
    reduce = {2: reductions.max, -2: reductions.min, "nuc": reductions.sum}[order]
    s = svdvals(moveaxis(x, tuple(axes), (-2, -1)))
    found = reduce(s, -1)
    return lax.expand_dims(found, tuple(sorted(axes))) if keepdims else found


def _matrix_norm(who: str, x: Value, order: Any, axes: Sequence[int], keepdims: bool) -> Value:
    row, column = axes
    if order in ("fro", "f", "F"):
        return _vector_norm(x, order=2, axes=tuple(axes), keepdims=bool(keepdims))
    if order in (2, -2, "nuc"):
        return _spectral_norm(x, order, axes, keepdims)
    if order not in (1, -1, math.inf, -math.inf):
        raise ValueError(
            explain(who, "ord 'fro', 'nuc', 1, -1, 2, -2, inf or -inf of matrices", repr(order))
        )
    summed, other = (row, column) if order in (1, -1) else (column, row)
    total = reductions.sum(ufuncs.abs(x), summed, keepdims=True)
    extreme = reductions.max if order > 0 else reductions.min
    found = extreme(total, other, keepdims=True)
    return found if keepdims else lax.squeeze(found, tuple(axes))


def cond(x: Any, p: Any = None) -> Value:
    """How much relative errors may grow where `x` is a factor: the norm of it times its inverse's.

    `p` is an order of `norm`; by default 2, the ratio of the singular values, for which matrices
    need not be square.

    >>> mjx.numpy.linalg.cond(mjx.numpy.array([[4., 0.], [0., 2.]]))
    Array(2., dtype=float32)
    """
    (x,) = matrices("linalg.cond", x)
    if p in (None, 2, -2):
        s = svdvals(x)
        most, least = s[..., 0], s[..., -1]
        return least / most if p == -2 else most / least
    x = square_matrix("linalg.cond", x)
    sizes = [matrix_norm(v, ord=p) for v in (x, inv(x))]
    found = sizes[0] * sizes[1]
    # The inverse of a singular matrix has NaN in it; its size is infinite.
    is_nan = reductions.any(ufuncs.isnan(x), (-2, -1))
    return ufuncs.where(ufuncs.isnan(found) & ~is_nan, math.inf, found)
