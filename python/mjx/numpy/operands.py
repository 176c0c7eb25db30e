"""What the functions of `mjx.numpy` share: promotion and broadcasting of their operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.core import Array, Tracer, as_array_or_tracer
from mjx.lax.eager import fused
from mjx.lax.operands import Value, axes_of, axis_of, convert
from mjx.lax.shape import broadcast_to
from mjx.support.config import enable_x64, numpy_dtype_promotion
from mjx.support.dtypes import as_dtype, dtype_of, inexact_dtype, is_kind, request_dtype
from mjx.support.errors import explain
from mjx.support.promotion import promote

_NUMBERS = (bool, int, float, complex)


def value_of(x: Any, who: str) -> Value:
    """One operand as an array or tracer."""
    kind = type(x)
    return x if kind is Array or kind is Tracer else as_array_or_tracer(x, who)


def common_type(who: str, *xs: Any) -> tuple[np.dtype, bool]:
    """The dtype that operands are promoted to, and whether it is weak."""
    types = []
    for x in xs:
        aval = getattr(x, "aval", None)
        types.append((aval.dtype, aval.weak_type) if aval is not None else dtype_of(x, who))
    return promote(tuple(types))


def promoted(who: str, *xs: Any, inexact: bool = False) -> list[Value]:
    """The operands in their common dtype, a floating one if `inexact`; shapes are kept."""
    xs = [x if type(x) in _NUMBERS else value_of(x, who) for x in xs]
    dtype, weak = common_type(who, *xs)
    if inexact and not is_kind(dtype, float) and not is_kind(dtype, complex):
        dtype = inexact_dtype(dtype)
    return [convert(x, dtype, weak, who) for x in xs]


def broadcasted(who: str, *xs: Any) -> list[Value]:
    """The operands repeated to their common shape."""
    values = [value_of(x, who) for x in xs]
    shape = common_shape(who, values)
    return [broadcast_to(v, shape) for v in values]


def common_shape(who: str, values: Sequence[Value]) -> tuple[int, ...]:
    """The shape that values are broadcast to."""
    first = values[0].aval.shape
    if all(v.aval.shape == first for v in values):
        return first
    try:
        return np.broadcast_shapes(*[v.aval.shape for v in values])
    except ValueError:
        got = ", ".join(str(v.aval.shape) for v in values)
        raise TypeError(
            explain(
                who,
                "shapes that are equal or 1, compared from the last dimension on",
                f"shapes {got}",
                "reshape or transpose one of the operands",
            )
        ) from None


@fused
def _adapted(*values: Value, op: Callable, dtype: Any, weak: bool, shape: Any) -> Value:
    return op(*[broadcast_to(convert(v, dtype, weak), shape) for v in values])


# What promotion and broadcasting come to, by the types of the operands.
_plans: dict[Any, tuple[Any, bool, Any, bool]] = {}


def _plan(who: str, values: Sequence[Any], inexact: bool) -> tuple[Any, bool, Any, bool]:
    """Dtype, weak type and shape of the promoted operands, and whether all have the shape."""
    dtype, weak = common_type(who, *values)
    if inexact and not is_inexact(dtype):
        dtype = inexact_dtype(dtype)
    arrays = [v for v in values if type(v) not in _NUMBERS]
    shape = common_shape(who, arrays) if arrays else ()
    same = all(v.aval.dtype == dtype for v in arrays) and all(
        (v.aval.shape if type(v) not in _NUMBERS else ()) == shape for v in values
    )
    return dtype, weak, shape, same


def apply(who: str, op: Callable, *xs: Any, inexact: bool = False) -> Value:
    """`op` of the operands, promoted and broadcast; eagerly one program."""
    values = [x if type(x) in _NUMBERS else value_of(x, who) for x in xs]
    kinds = tuple([type(v) if type(v) in _NUMBERS else v.aval for v in values])
    key = (kinds, inexact, enable_x64.value, numpy_dtype_promotion.value)
    plan = _plans.get(key)
    if plan is None:
        if len(_plans) > 4096:
            _plans.clear()
        plan = _plans[key] = _plan(who, values, inexact)
    dtype, weak, shape, same = plan
    values = [convert(v, dtype, weak, who) if type(v) in _NUMBERS else v for v in values]
    if same:
        return op(*[v if v.aval.weak_type == weak else convert(v, dtype, weak) for v in values])
    return _adapted(*values, op=op, dtype=dtype, weak=weak, shape=shape)


def boolean(x: Any, who: str) -> Value:
    """Whether each element is not zero."""
    x = value_of(x, who)
    return x if is_kind(x.dtype, bool) else lax.ne(x, _zero(x))


def _zero(x: Value) -> Any:
    return convert(0, x.dtype)


def to_dtype(x: Value, dtype: Any, who: str) -> Value:
    """`x` in a dtype given by the user, or as it is if that is None."""
    return x if dtype is None else convert(x, request_dtype(as_dtype(dtype, who), who))


def axes_or_all(axis: Any, ndim: int, who: str) -> tuple[int, ...]:
    """The axes meant by None (all), a number or a tuple of them."""
    if axis is None:
        return tuple(range(ndim))
    return axes_of(axis, ndim, who)


def is_inexact(dtype: Any) -> bool:
    """Whether a dtype is floating or complex."""
    return is_kind(dtype, float) or is_kind(dtype, complex)


__all__ = [
    "apply",
    "axes_of",
    "axes_or_all",
    "axis_of",
    "boolean",
    "broadcasted",
    "common_shape",
    "common_type",
    "convert",
    "is_inexact",
    "promoted",
    "to_dtype",
    "value_of",
]
