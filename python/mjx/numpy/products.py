"""Products of vectors and matrices."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.contraction import check_precision
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import operands as ops
from mjx.numpy import ufuncs
from mjx.numpy.creation import diagonal
from mjx.numpy.einsum import contract
from mjx.support.dtypes import DTYPES, as_dtype, is_kind, request_dtype, sum_dtype
from mjx.support.errors import explain

__all__ = [
    "cross",
    "dot",
    "inner",
    "kron",
    "matmul",
    "matvec",
    "outer",
    "tensordot",
    "trace",
    "vdot",
    "vecdot",
    "vecmat",
]


def _operands(
    who: str, a: Any, b: Any, precision: Any, preferred: Any, least: int = 1
) -> list[Value]:
    """Both operands in the dtype to compute in."""
    check_precision(precision, who)
    values = ops.promoted(who, a, b)
    for v in values:
        if v.ndim < least:
            raise ValueError(
                explain(who, f"operands of at least {least} dimension(s)", str(v.aval))
            )
    if preferred is None:
        return values
    wanted = request_dtype(as_dtype(preferred, who), who)
    return [convert(v, wanted) for v in values]


@fused
def _product(x: Value, y: Value, *, equation: Any) -> Value:
    x_labels, y_labels, output = equation
    truth = is_kind(x.dtype, bool)
    if truth:
        x, y = convert(x, DTYPES["int32"]), convert(y, DTYPES["int32"])
    found = contract([x, y], [list(x_labels), list(y_labels)], list(output))
    return lax.ne(found, convert(0, found.dtype)) if truth else found


def _fits(who: str, x: Value, y: Value, pairs: Sequence[tuple[int, int]]) -> None:
    for i, j in pairs:
        if x.shape[i] != y.shape[j]:
            raise TypeError(
                explain(
                    who,
                    "contracting dimensions of equal extent",
                    f"{x.shape[i]} and {y.shape[j]}, shapes {x.shape} and {y.shape}",
                    "transpose or reshape one of the operands",
                )
            )


def dot(
    a: Any,
    b: Any,
    *,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Value:
    """The product over the last dimension of `a` and the last but one of `b`; scalars scale."""
    a, b = _operands("dot", a, b, precision, preferred_element_type, 0)
    if not a.ndim or not b.ndim:
        return ufuncs.multiply(a, b)
    place = max(b.ndim - 2, 0)
    _fits("dot", a, b, [(a.ndim - 1, place)])
    first = [*range(a.ndim - 1), "k"]
    second = [100 + d for d in range(b.ndim)]
    output = first[:-1] + second[:place] + second[place + 1 :]
    second[place] = "k"
    return _product(a, b, equation=(tuple(first), tuple(second), tuple(output)))


def matmul(
    a: Any,
    b: Any,
    *,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Value:
    """The matrix products of the last two dimensions, the others broadcast; vectors lose theirs."""
    a, b = _operands("matmul", a, b, precision, preferred_element_type)
    _fits("matmul", a, b, [(a.ndim - 1, max(b.ndim - 2, 0))])
    row = ("row",) if a.ndim > 1 else ()
    column = ("column",) if b.ndim > 1 else ()
    return _over_batches("matmul", a, b, (*row, "k"), ("k", *column), (*row, *column))


def _over_batches(
    who: str, a: Value, b: Value, a_core: tuple, b_core: tuple, out_core: tuple
) -> Value:
    """The product of the last dimensions, the leading ones broadcast against each other."""
    a_batch, b_batch = a.shape[: a.ndim - len(a_core)], b.shape[: b.ndim - len(b_core)]
    try:
        lax.broadcast_shapes(a_batch, b_batch)
    except (TypeError, ValueError):
        raise ValueError(
            explain(
                who,
                "leading dimensions that are equal or 1",
                f"shapes {a.shape} and {b.shape}",
            )
        ) from None
    both = max(len(a_batch), len(b_batch))
    equation = (
        (*range(-len(a_batch), 0), *a_core),
        (*range(-len(b_batch), 0), *b_core),
        (*range(-both, 0), *out_core),
    )
    return _product(a, b, equation=equation)


def matvec(x1: Any, x2: Any, /) -> Value:
    """The products of matrices and vectors, leading dimensions broadcast."""
    a, b = _operands("matvec", x1, x2, None, None)
    if a.ndim < 2:
        raise ValueError(explain("matvec", "matrices first", str(a.aval)))
    _fits("matvec", a, b, [(a.ndim - 1, b.ndim - 1)])
    return _over_batches("matvec", a, b, ("row", "k"), ("k",), ("row",))


def vecmat(x1: Any, x2: Any, /) -> Value:
    """The products of conjugated vectors and matrices, leading dimensions broadcast."""
    a, b = _operands("vecmat", x1, x2, None, None)
    if b.ndim < 2:
        raise ValueError(explain("vecmat", "matrices second", str(b.aval)))
    _fits("vecmat", a, b, [(a.ndim - 1, b.ndim - 2)])
    return _over_batches("vecmat", ufuncs.conj(a), b, ("k",), ("k", "column"), ("column",))


def vecdot(
    x1: Any,
    x2: Any,
    /,
    *,
    axis: int = -1,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Value:
    """The products of vectors along an axis, the first conjugated; other dimensions broadcast."""
    a, b = _operands("vecdot", x1, x2, precision, preferred_element_type)
    a, b = _axis_last(a, axis, "vecdot"), _axis_last(b, axis, "vecdot")
    _fits("vecdot", a, b, [(a.ndim - 1, b.ndim - 1)])
    return _over_batches("vecdot", ufuncs.conj(a), b, ("k",), ("k",), ())


def _axis_last(x: Value, axis: int, who: str) -> Value:
    place = axis_of(axis, x.ndim, who)
    if place == x.ndim - 1:
        return x
    return lax.transpose(x, [d for d in range(x.ndim) if d != place] + [place])


def vdot(a: Any, b: Any, *, precision: Any = None, preferred_element_type: Any = None) -> Value:
    """The product of two arrays as vectors, the first conjugated."""
    a, b = _operands("vdot", a, b, precision, preferred_element_type, 0)
    a, b = lax.reshape(ufuncs.conj(a), (a.size,)), lax.reshape(b, (b.size,))
    _fits("vdot", a, b, [(0, 0)])
    return _product(a, b, equation=(("k",), ("k",), ()))


def inner(a: Any, b: Any, *, precision: Any = None, preferred_element_type: Any = None) -> Value:
    """The product over the last dimensions of both."""
    a, b = _operands("inner", a, b, precision, preferred_element_type, 0)
    if not a.ndim or not b.ndim:
        return ufuncs.multiply(a, b)
    _fits("inner", a, b, [(a.ndim - 1, b.ndim - 1)])
    first, second = tuple(range(a.ndim - 1)), tuple(range(100, 99 + b.ndim))
    return _product(a, b, equation=((*first, "k"), (*second, "k"), (*first, *second)))


def outer(a: Any, b: Any, out: None = None) -> Value:
    """The products of all elements of `a` with all of `b`, as a matrix."""
    a, b = ops.promoted("outer", a, b)
    return ufuncs.multiply(lax.reshape(a, (a.size, 1)), lax.reshape(b, (1, b.size)))


def tensordot(
    a: Any,
    b: Any,
    axes: Any = 2,
    *,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Value:
    """The product over some axes: the last of `a` and first of `b` if a number, or two lists."""
    a, b = _operands("tensordot", a, b, precision, preferred_element_type, 0)
    first, second = _tensordot_axes(axes, a.ndim, b.ndim)
    _fits("tensordot", a, b, list(zip(first, second)))
    a_labels: list[Any] = list(range(a.ndim))
    b_labels: list[Any] = list(range(100, 100 + b.ndim))
    for i, (p, q) in enumerate(zip(first, second)):
        a_labels[p] = b_labels[q] = f"k{i}"
    output = [v for v in (*a_labels, *b_labels) if type(v) is int]
    return _product(a, b, equation=(tuple(a_labels), tuple(b_labels), tuple(output)))


def _tensordot_axes(axes: Any, left: int, right: int) -> tuple[list[int], list[int]]:
    who = "tensordot"
    if not isinstance(axes, (list, tuple)) and np.ndim(axes) == 0:
        count = operator.index(axes)
        if not 0 <= count <= min(left, right):
            raise TypeError(
                explain(who, f"a number of axes in [0, {min(left, right)}]", str(count))
            )
        return list(range(left - count, left)), list(range(count))
    if len(axes) != 2:
        raise TypeError(explain(who, "axes: a number, or axes of a and axes of b", repr(axes)))
    pairs = [list(x) if isinstance(x, (list, tuple)) else [x] for x in axes]
    if len(pairs[0]) != len(pairs[1]):
        raise TypeError(explain(who, "as many axes of a as of b", repr(axes)))
    return [axis_of(d, left, who) for d in pairs[0]], [axis_of(d, right, who) for d in pairs[1]]


def kron(a: Any, b: Any) -> Value:
    """Blocks of `b`, each times an element of `a`."""
    a, b = ops.promoted("kron", a, b)
    rank = max(a.ndim, b.ndim)
    first = (1,) * (rank - a.ndim) + a.shape
    second = (1,) * (rank - b.ndim) + b.shape
    wide = lax.reshape(a, [m for n in first for m in (n, 1)])
    narrow = lax.reshape(b, [m for n in second for m in (1, n)])
    return lax.reshape(ufuncs.multiply(wide, narrow), [m * n for m, n in zip(first, second)])


def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None
) -> Value:
    """The sums of diagonals."""
    a = ops.value_of(a, "trace")
    if a.ndim < 2:
        raise ValueError(explain("trace", "an array of at least 2 dimensions", str(a.aval)))
    a = ops.to_dtype(a, dtype, "trace") if dtype is not None else convert(a, sum_dtype(a.dtype))
    found = diagonal(a, offset, axis1, axis2)
    return lax.reduce_sum(found, (found.ndim - 1,))


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Value:
    """Cross products of vectors of 3 elements, or of 2, whose third is taken as 0."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = ops.promoted("cross", a, b)
    a, b = _axis_last(a, axisa, "cross"), _axis_last(b, axisb, "cross")
    lengths = a.shape[-1], b.shape[-1]
    if not {*lengths} <= {2, 3}:
        raise ValueError(explain("cross", "vectors of 2 or 3 elements", f"{a.shape}, {b.shape}"))
    x, y = _components(a), _components(b)

    def minor(i: int, j: int) -> Value:
        return ufuncs.subtract(ufuncs.multiply(x[i], y[j]), ufuncs.multiply(x[j], y[i]))

    if lengths == (2, 2):
        return minor(0, 1)
    out = lax.stack([minor(1, 2), minor(2, 0), minor(0, 1)], -1)
    place = axis_of(axisc, out.ndim, "cross")
    order = [*range(out.ndim - 1)]
    return lax.transpose(out, order[:place] + [out.ndim - 1] + order[place:])


def _components(v: Value) -> list[Value]:
    parts = list(lax.unstack(v, v.ndim - 1))
    return parts if len(parts) == 3 else [*parts, lax.full_like(parts[0], 0)]
