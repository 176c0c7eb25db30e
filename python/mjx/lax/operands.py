"""What the functions of `mjx.lax` share: operands, their checks, and shapes.

`lax` promotes nothing, but for two conveniences: Python numbers take the dtype of the arrays they
meet, and scalars are repeated to the shape of the others.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx.core import (
    Array,
    ShapedArray,
    Tracer,
    as_array_or_tracer,
    bind,
    constant,
    from_numpy,
    full_scalar,
)
from mjx.support.dtypes import DTYPES, as_dtype, canonicalize_dtype, iinfo, is_kind
from mjx.support.errors import explain

Value = Array | Tracer
Shape = tuple[int, ...]

_PYTHON_KINDS = {bool: 0, int: 1, float: 2, complex: 3}


@functools.cache
def kind_rank(dtype: Any) -> int:
    """Where a dtype stands among bool, int, float, complex: 0 to 3."""
    return next(rank for kind, rank in _PYTHON_KINDS.items() if is_kind(dtype, kind))


_scalars: dict[Any, Array] = {}


def scalar_of(x: Any, dtype: np.dtype, weak_type: bool = False) -> Array:
    """A Python number as an array of a dtype that has room for its kind; integers wrap."""
    key = (type(x), x, dtype, weak_type)
    found = _scalars.get(key)
    # Zeros of either sign and NaNs are no keys: they are equal, or unlike themselves.
    if found is not None and not found.is_deleted():
        return found
    found = _new_scalar(x, dtype, weak_type)
    if x and x == x:
        if len(_scalars) > 1024:
            _scalars.clear()
        _scalars[key] = found
    return found


def _new_scalar(x: Any, dtype: np.dtype, weak_type: bool) -> Array:
    if type(x) is int and dtype.kind in "iu":
        limits = iinfo(dtype)
        if not limits.min <= x <= limits.max:
            # An integer that no default integer holds is refused, as it is everywhere else.
            as_array_or_tracer(x)
            x = np.asarray(x).astype(dtype).item()
    if dtype != canonicalize_dtype(dtype):
        # 64 bits within a program of 32: `constant` would narrow it.
        aval = ShapedArray((), dtype, weak_type)
        return from_numpy(np.asarray(x, dtype), aval, copy=False, literal=True)
    if type(x) is complex or x != x:
        return constant(x, dtype, weak_type)
    return full_scalar(x, dtype, weak_type)


def arrays_of(who: str, *xs: Any) -> list[Value]:
    """The operands as arrays and tracers of equal dtype, Python numbers taking that of the rest."""
    given = [x for x in xs if type(x) not in _PYTHON_KINDS]
    if not given:
        dtype = _common_python_dtype(who, xs)
        return [scalar_of(x, dtype, type(x) is not bool) for x in xs]
    values = [as_array_or_tracer(x, who) for x in given]
    dtype = values[0].aval.dtype
    for v in values:
        if v.aval.dtype is not dtype and v.aval.dtype != dtype:
            raise dtype_mismatch(who, values)
    rest = iter(values)
    return [_meets(who, x, dtype) if type(x) in _PYTHON_KINDS else next(rest) for x in xs]


def pair_of(who: str, x: Any, y: Any) -> list[Value]:
    """As `arrays_of`, of two."""
    if type(y) in _PYTHON_KINDS and (type(x) is Array or type(x) is Tracer):
        return [x, _meets(who, y, x.aval.dtype)]
    if type(x) in _PYTHON_KINDS and (type(y) is Array or type(y) is Tracer):
        return [_meets(who, x, y.aval.dtype), y]
    return arrays_of(who, x, y)


def _common_python_dtype(who: str, xs: Sequence[Any]) -> np.dtype:
    values = [as_array_or_tracer(x, who) for x in xs]
    dtypes = {v.aval.dtype for v in values}
    if len(dtypes) > 1:
        raise dtype_mismatch(who, values)
    return dtypes.pop()


def _meets(who: str, x: Any, dtype: Any) -> Array:
    """A Python number that meets arrays of a dtype."""
    if isinstance(dtype, np.dtype) and _PYTHON_KINDS[type(x)] <= kind_rank(dtype):
        return scalar_of(x, dtype, type(x) is not bool)
    raise TypeError(
        explain(
            who,
            f"a number that {dtype} can hold",
            f"{x!r}",
            f"convert the array first: lax.convert_element_type(x, {type(x).__name__})",
        )
    )


def dtype_mismatch(who: str, values: Sequence[Value]) -> TypeError:
    """The error for operands of different dtypes."""
    names = ", ".join(v.aval.dtype.name for v in values)
    return TypeError(
        explain(
            who,
            "operands of one dtype",
            names,
            "convert with lax.convert_element_type(x, dtype), or use the function of mjx.numpy, "
            "which promotes",
        )
    )


def same_shape(who: str, values: list[Value]) -> list[Value]:
    """The values with scalars repeated to the shape of the others, which must be equal."""
    shape = values[0].aval.shape
    for v in values:
        if v.aval.shape != shape:
            break
    else:
        return values
    shapes = {v.aval.shape for v in values if v.aval.shape != ()}
    if len(shapes) > 1:
        got = ", ".join(str(v.aval.shape) for v in values)
        raise TypeError(
            explain(
                who,
                "operands of equal shapes, or scalars",
                f"shapes {got}",
                "broadcast with lax.broadcast_in_dim, or use the function of mjx.numpy",
            )
        )
    shape = shapes.pop()
    return [v if v.aval.shape == shape else splat(v, shape) for v in values]


def splat(x: Value, shape: Shape) -> Value:
    """A scalar repeated to a shape."""
    if not shape:
        return x
    aval = x.aval
    return bind("broadcast_in_dim", (x,), {"dims": ()}, ((aval.type[0], shape),), aval.weak_type)[0]


def array_of(x: Any, who: str) -> Value:
    """One operand as an array or tracer."""
    kind = type(x)
    return x if kind is Array or kind is Tracer else as_array_or_tracer(x, who)


def refuse_dtype(who: str, expected: str, *values: Value) -> TypeError:
    """The error for an operand of a dtype the function is not defined for."""
    names = ", ".join(v.aval.dtype.name for v in values)
    return TypeError(explain(who, expected, names, "convert with lax.convert_element_type"))


def emit(name: str, x: Value, attributes: dict[str, Any] | None, shape: Shape) -> Value:
    """Applies an op of one operand that keeps the element type and has the given shape."""
    aval = x.aval
    return bind(name, (x,), attributes, ((aval.type[0], shape),), aval.weak_type)[0]


# Shapes and dimensions.


def shape_of(shape: Any, who: str) -> Shape:
    """A shape given by the user as a tuple of integers."""
    try:
        found = tuple([operator.index(n) for n in shape])
    except TypeError:
        if any(isinstance(n, Tracer) for n in _listed(shape)):
            raise
        raise TypeError(
            explain(who, "a shape, that is a sequence of integers", repr(shape), f"({shape},)")
        ) from None
    if any(n < 0 for n in found):
        raise ValueError(explain(who, "extents of 0 or more", str(found)))
    return found


def _listed(x: Any) -> Sequence[Any]:
    return x if isinstance(x, (tuple, list)) else [x]


def ints_of(values: Any, who: str, what: str) -> tuple[int, ...]:
    """A sequence of integers given by the user as a tuple."""
    try:
        return tuple([operator.index(n) for n in values])
    except TypeError:
        if any(isinstance(n, Tracer) for n in _listed(values)):
            raise
        raise TypeError(explain(who, f"{what} as a sequence of integers", repr(values))) from None


def axis_of(axis: Any, ndim: int, who: str) -> int:
    """An axis counted from the front."""
    found = operator.index(axis)
    if not -ndim <= found < ndim:
        raise ValueError(explain(who, f"an axis in [{-ndim}, {ndim})", str(found)))
    return found + ndim if found < 0 else found


def axes_of(axes: Any, ndim: int, who: str) -> tuple[int, ...]:
    """Axes counted from the front, each given once."""
    if isinstance(axes, (int, np.integer)):
        axes = (axes,)
    found = tuple([axis_of(a, ndim, who) for a in axes])
    if len(set(found)) != len(found):
        raise ValueError(explain(who, "each axis at most once", str(tuple(axes))))
    return found


def retype(x: Value, weak_type: bool) -> Value:
    """The same value with another weak type."""
    aval = x.aval
    if aval.weak_type == weak_type:
        return x
    if type(x) is Tracer:
        return x.level.tracer(x.value, weak_type, x.where)
    return Array(x.buffer, ShapedArray(aval.shape, aval.dtype, weak_type), x.literal)


def convert(x: Any, dtype: Any, weak_type: bool = False, who: str = "convert") -> Value:
    """`x` in another dtype, which must be canonical."""
    if type(x) in _PYTHON_KINDS and _PYTHON_KINDS[type(x)] <= kind_rank(dtype):
        return scalar_of(x, dtype, weak_type)
    x = array_of(x, who)
    aval = x.aval
    if aval.dtype == dtype:
        return retype(x, weak_type)
    if type(x) is Array and x.literal is not None:
        # Small arrays that stem from Python numbers stay literals.
        if aval.size == 1 and aval.dtype.kind != "c" and not _saturates(aval.dtype, dtype):
            converted = x.literal.astype(dtype)
            changed = ShapedArray(aval.shape, dtype, weak_type)
            return from_numpy(converted, changed, copy=False, literal=True)
    return bind("convert", (x,), None, ((dtype.name, aval.shape),), weak_type)[0]


def _saturates(source: np.dtype, target: np.dtype) -> bool:
    """Whether out-of-range values convert otherwise than NumPy does it."""
    return kind_rank(source) == 2 and kind_rank(target) == 1


def index_dtype() -> np.dtype:
    """The dtype of indices."""
    return DTYPES["int32"]


def canonical(dtype: Any, who: str) -> np.dtype:
    """The canonical dtype meant by what the user wrote."""
    return canonicalize_dtype(as_dtype(dtype, who))
