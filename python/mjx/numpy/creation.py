"""Arrays out of numbers, lists and ranges."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import _mjx, lax
from mjx.core import Array, ShapedArray, Tracer, as_array_or_tracer, from_numpy
from mjx.core.transfer import device_put
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.support import tree
from mjx.support.config import enable_x64
from mjx.support.dtypes import (
    as_dtype,
    canonicalize_dtype,
    check_python_int_range,
    default_float,
    default_int,
    is_kind,
    python_dtype,
    request_dtype,
)
from mjx.support.errors import ConcretizationTypeError, explain
from mjx.support.promotion import promote

__all__ = [
    "arange",
    "array",
    "asarray",
    "ascontiguousarray",
    "copy",
    "diag",
    "diagflat",
    "diagonal",
    "empty",
    "empty_like",
    "eye",
    "frombuffer",
    "fromfunction",
    "full",
    "full_like",
    "geomspace",
    "identity",
    "indices",
    "linspace",
    "logspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tri",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
    "zeros",
    "zeros_like",
]


def array(
    object: Any,
    dtype: Any = None,
    copy: bool | None = True,
    order: Any = None,
    ndmin: int = 0,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Value:
    """An array of numbers, of nested lists of them, or of another array.

    `dtype` None takes the values' own type: Python numbers become the default types and stay weak
    if alone.
    """
    if type(object) is np.ndarray and dtype is None and not ndmin and device is None:
        found = _mjx.array_of_numpy(object, enable_x64.value)
        if found is not None:
            return found
    wanted = None if dtype is None else request_dtype(as_dtype(dtype, "array"), "array")
    found = _converted(object, wanted)
    if copy and type(found) is Array and found is object:
        found = found.__copy__()  # which outlives the donation of the other
    if ndmin > found.ndim:
        found = lax.reshape(found, (1,) * (ndmin - found.ndim) + found.shape)
    return found if device is None else device_put(found, device)


def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, copy: bool | None = None, device: Any = None
) -> Value:
    """`a` as an array; an array is returned as it is."""
    return array(a, dtype, copy=bool(copy), device=device)


ascontiguousarray = asarray


def copy(a: Any, order: Any = None) -> Value:
    """A copy, with memory of its own."""
    return array(a)


def _converted(x: Any, dtype: Any) -> Value:
    if isinstance(x, (Array, Tracer)):
        return x if dtype is None else convert(x, dtype)
    if isinstance(x, (list, tuple)):
        return _from_list(x, dtype)
    if dtype is not None and isinstance(x, (bool, int, float, complex, np.ndarray, np.generic)):
        if type(x) is int and dtype.kind in "iu":
            check_python_int_range(x, dtype, "array")
        return _from_host(np.asarray(x), dtype)
    if hasattr(x, "__jax_array__"):
        return _converted(x.__jax_array__(), dtype)
    if isinstance(x, (range, memoryview, bytes, bytearray)) or x is None:
        if x is None:
            raise TypeError(explain("array", "numbers or arrays", "None"))
        return _from_host(np.asarray(x), dtype)
    found = as_array_or_tracer(x, "array")
    return found if dtype is None else convert(found, dtype)


def _from_host(value: np.ndarray, dtype: Any) -> Array:
    dtype = canonicalize_dtype(value.dtype if dtype is None else dtype)
    if value.dtype.kind == "f" and dtype.kind in "iu":
        return convert(as_array_or_tracer(value), dtype)
    value = value.astype(dtype, copy=True)
    aval = ShapedArray(value.shape, dtype, False)
    return from_numpy(value, aval, copy=False, literal=aval.nbytes <= 1024)


def _from_list(x: Sequence[Any], dtype: Any) -> Value:
    leaves = tree.tree_leaves(x, is_leaf=lambda v: not isinstance(v, (list, tuple)))
    if any(isinstance(v, (Array, Tracer)) or hasattr(v, "__jax_array__") for v in leaves):
        return _stacked(x, dtype)
    if any(v is None or isinstance(v, (str, dict)) for v in leaves):
        raise TypeError(explain("array", "nested lists of numbers", repr(x)[:80]))
    try:
        host = np.asarray(x)
    except ValueError:
        raise ValueError(
            explain("array", "lists of equal length at each depth", repr(x)[:80])
        ) from None
    if dtype is None:
        dtype = _list_dtype(leaves, host)
    if host.dtype.kind in "iu" and dtype.kind in "iu" and host.size:
        check_python_int_range(int(host.max()), dtype, "array")
        check_python_int_range(int(host.min()), dtype, "array")
    return _from_host(host, dtype)


def _list_dtype(leaves: list[Any], host: np.ndarray) -> np.dtype:
    """Python numbers in a list have the default types, NumPy's their own."""
    if not leaves:
        return default_float()
    kinds = {type(v) for v in leaves}
    if kinds <= {bool, int, float, complex}:
        found = max(kinds, key=[bool, int, float, complex].index)
        return np.dtype(bool) if found is bool else python_dtype(found)
    return promote(tuple({ops.common_type("array", v) for v in leaves}))[0]


def _stacked(x: Any, dtype: Any) -> Value:
    if not isinstance(x, (list, tuple)):
        return _converted(x, dtype)
    parts = [_stacked(v, dtype) for v in x]
    if not parts:
        return zeros((0,), dtype)
    shapes = {p.shape for p in parts}
    if len(shapes) > 1:
        raise ValueError(
            explain("array", "elements of one shape", ", ".join(map(str, sorted(shapes))))
        )
    return lax.stack(ops.promoted("array", *parts))


def _shape(shape: Any, who: str) -> tuple[int, ...]:
    if isinstance(shape, Tracer) or any(
        isinstance(n, Tracer) for n in (shape if isinstance(shape, (list, tuple)) else ())
    ):
        raise TypeError(
            explain(
                who,
                "a shape of concrete integers: Shapes must be 1D sequences of concrete values",
                f"{shape}",
                "mark the argument static: jit(f, static_argnums=...)",
            )
        )
    if isinstance(shape, (list, tuple)):
        return tuple(operator.index(n) for n in shape)
    if np.ndim(shape) == 1:
        return tuple(int(n) for n in np.asarray(shape))
    return (operator.index(shape),)


def full(shape: Any, fill_value: Any, dtype: Any = None, *, device: Any = None) -> Value:
    """An array filled with a value, which is broadcast to the shape."""
    shape = _shape(shape, "full")
    if np.ndim(fill_value) == 0:
        return lax.full(shape, fill_value, dtype)
    return lax.broadcast_to(ops.to_dtype(asarray(fill_value), dtype, "full"), shape)


def zeros(shape: Any, dtype: Any = None, *, device: Any = None, out_sharding: Any = None) -> Value:
    """Zeros of a shape; float32 unless `dtype` says else."""
    return lax.full(_shape(shape, "zeros"), 0, float if dtype is None else dtype)


def ones(shape: Any, dtype: Any = None, *, device: Any = None, out_sharding: Any = None) -> Value:
    """Ones of a shape; float32 unless `dtype` says else."""
    return lax.full(_shape(shape, "ones"), 1, float if dtype is None else dtype)


empty = zeros


def full_like(
    a: Any, fill_value: Any, dtype: Any = None, shape: Any = None, *, device: Any = None
) -> Value:
    """An array of the shape and dtype of `a`, filled with a value."""
    a = a if hasattr(a, "shape") and hasattr(a, "dtype") else asarray(a)
    if np.ndim(fill_value) == 0:
        shape = None if shape is None else _shape(shape, "full_like")
        return lax.full_like(a, fill_value, dtype, shape)
    return full(a.shape if shape is None else shape, fill_value, dtype or a.dtype)


def zeros_like(a: Any, dtype: Any = None, shape: Any = None, *, device: Any = None) -> Value:
    """Zeros of the shape and dtype of `a`."""
    return full_like(a, 0, dtype, shape)


def ones_like(a: Any, dtype: Any = None, shape: Any = None, *, device: Any = None) -> Value:
    """Ones of the shape and dtype of `a`."""
    return full_like(a, 1, dtype, shape)


empty_like = zeros_like


def arange(
    start: Any, stop: Any = None, step: Any = None, dtype: Any = None, *, device: Any = None
) -> Value:
    """Numbers from `start` (0 if alone) up to and without `stop`, `step` apart."""
    given = [x for x in (start, stop, step) if x is not None]
    for x in given:
        if isinstance(x, Tracer):
            raise ConcretizationTypeError(
                x, "arange needs concrete bounds, since they decide the shape of the result"
            )
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    host = [np.asarray(x).item() if np.ndim(x) == 0 else x for x in (start, stop, step)]
    if dtype is None:
        found = ops.common_type("arange", *given)[0]
    else:
        found = request_dtype(as_dtype(dtype, "arange"), "arange")
    count = max(0, math.ceil((host[1] - host[0]) / host[2]))
    if count <= 256:
        return _from_host(np.arange(*host)[:count].astype(found), found)
    if is_kind(found, int):
        index = lax.iota(found, count)
        return index if host[0] == 0 and host[2] == 1 else index * host[2] + host[0]
    return _from_host(np.arange(*host).astype(found), found)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers evenly spaced from `start` to `stop`, the latter included if `endpoint`."""
    num = operator.index(num)
    if num < 0:
        raise ValueError(explain("linspace", "num of 0 or more", str(num)))
    a, b = ops.broadcasted("linspace", *ops.promoted("linspace", start, stop, inexact=True))
    spaces = num - 1 if endpoint else num
    step = (b - a) / spaces if spaces > 0 else full_like(a, np.nan)
    if num == 0:
        out = zeros((0, *a.shape), a.dtype)
    else:
        weights = lax.iota(a.dtype, num) / max(spaces, 1)
        weights = lax.reshape(weights, (num,) + (1,) * a.ndim)
        out = a * (1 - weights) + b * weights
        if endpoint and num > 1:
            out = lax.concatenate([out[:-1], lax.reshape(b, (1, *b.shape))], 0)
    if dtype is not None:
        found = as_dtype(dtype, "linspace")
        out = lax.floor(out) if is_kind(found, int) and is_kind(out.dtype, float) else out
        out = ops.to_dtype(out, found, "linspace")
    if axis not in (0, -out.ndim):
        axis = ops.axis_of(axis, out.ndim, "linspace")
        out = lax.transpose(out, [*range(1, axis + 1), 0, *range(axis + 1, out.ndim)])
    return (out, step) if retstep else out


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Value:
    """`num` numbers from `base ** start` to `base ** stop`, evenly spaced in their logarithm."""
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    return ops.to_dtype(ops.apply("logspace", lax.pow, base, exponents), dtype, "logspace")


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Value:
    """`num` numbers from `start` to `stop`, each a fixed multiple of the one before."""
    a, b = ops.promoted("geomspace", start, stop, inexact=True)
    out = lax.exp(linspace(lax.log(a), lax.log(b), num, endpoint, axis=axis))
    return ops.to_dtype(out, dtype, "geomspace")


def _wanted(dtype: Any, usual: Any, who: str) -> Any:
    """The dtype the user asks for, or the usual one."""
    return usual if dtype is None else request_dtype(as_dtype(dtype, who), who)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Value:
    """Ones on diagonal `k` of an N x M matrix, zeros elsewhere."""
    shape = (operator.index(N), operator.index(N if M is None else M))
    on = lax.eq(_row(shape) + int(k), _column(shape))
    return convert(on, _wanted(dtype, default_float(), "eye"))


def identity(n: int, dtype: Any = None) -> Value:
    """The n x n identity matrix."""
    return eye(n, dtype=dtype)


def _row(shape: Sequence[int]) -> Value:
    return lax.broadcasted_iota("int32", tuple(shape), len(shape) - 2)


def _column(shape: Sequence[int]) -> Value:
    return lax.broadcasted_iota("int32", tuple(shape), len(shape) - 1)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Value:
    """Ones on and below diagonal `k`."""
    shape = (N, N if M is None else M)
    below = lax.ge(_row(shape) + int(k), _column(shape))
    return convert(below, _wanted(dtype, default_float(), "tri"))


def _triangle(m: Any, k: int, lower: bool, who: str) -> Value:
    m = ops.value_of(m, who)
    if m.ndim < 2:
        raise ValueError(explain(who, "an array of at least 2 dimensions", str(m.shape)))
    row, column = _row(m.shape) + int(k), _column(m.shape)
    keep = lax.ge(row, column) if lower else lax.le(row, column)
    return lax.select(keep, m, zeros_like(m))


def tril(m: Any, k: int = 0) -> Value:
    """`m` with zeros above diagonal `k`."""
    return _triangle(m, k, True, "tril")


def triu(m: Any, k: int = 0) -> Value:
    """`m` with zeros below diagonal `k`."""
    return _triangle(m, k, False, "triu")


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Value, Value]:
    """Row and column numbers of the elements on and below diagonal `k`."""
    rows, columns = np.tril_indices(n, k, m)
    return array(rows, "int32"), array(columns, "int32")


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Value, Value]:
    """Row and column numbers of the elements on and above diagonal `k`."""
    rows, columns = np.triu_indices(n, k, m)
    return array(rows, "int32"), array(columns, "int32")


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """The elements on a diagonal of each matrix in the given axes, as a last dimension."""
    a = ops.value_of(a, "diagonal")
    first, second = ops.axis_of(axis1, a.ndim, "diagonal"), ops.axis_of(axis2, a.ndim, "diagonal")
    others = [d for d in range(a.ndim) if d not in (first, second)]
    a = lax.transpose(a, [*others, first, second])
    rows, columns = a.shape[-2:]
    size = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    index = np.arange(size)
    return a[..., index - min(offset, 0), index + max(offset, 0)]


def diag(v: Any, k: int = 0) -> Value:
    """The diagonal `k` of a matrix, or a matrix with a vector on that diagonal."""
    v = ops.value_of(v, "diag")
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(explain("diag", "a vector or a matrix", f"{v.ndim} dimensions"))
    size = v.shape[0] + abs(k)
    index = np.arange(v.shape[0])
    out = zeros((size, size), v.dtype)
    return out.at[index - min(k, 0), index + max(k, 0)].set(v)


def diagflat(v: Any, k: int = 0) -> Value:
    """A matrix with the elements of `v` on diagonal `k`."""
    v = ops.value_of(v, "diagflat")
    return diag(lax.reshape(v, (v.size,)), k)


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> list:
    """One array for each vector, of the grid that they span; `indexing` 'xy' swaps the first two."""
    if indexing not in ("xy", "ij"):
        raise ValueError(explain("meshgrid", "indexing of 'xy' or 'ij'", repr(indexing)))
    xs = [lax.reshape(v, (v.size,)) for v in (ops.value_of(x, "meshgrid") for x in xi)]
    order = list(range(len(xs)))
    if indexing == "xy" and len(xs) >= 2:
        order[:2] = [1, 0]
    shape = [0] * len(xs)
    for x, d in zip(xs, order):
        shape[d] = x.shape[0]
    grids = []
    for x, d in zip(xs, order):
        own = [1] * len(xs)
        own[d] = x.shape[0]
        grid = lax.reshape(x, own)
        grids.append(grid if sparse else lax.broadcast_to(grid, tuple(shape)))
    return grids


def indices(dimensions: Sequence[int], dtype: Any = None, sparse: bool = False) -> Any:
    """For each dimension of a grid, every element's index along it."""
    found = _wanted(dtype, default_int(), "indices")
    each = [lax.iota(found, n) for n in dimensions]
    grids = meshgrid(*each, sparse=sparse, indexing="ij")
    return tuple(grids) if sparse else lax.stack(grids)


def fromfunction(function: Any, shape: Sequence[int], *, dtype: Any = float, **kwargs: Any) -> Any:
    """`function` of the index arrays of a grid."""
    return function(*indices(shape, dtype), **kwargs)


def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0) -> Value:
    """An array of the bytes of a buffer."""
    return array(np.frombuffer(buffer, as_dtype(dtype), count, offset))
