"""Applying ops. `bind` is the only place that asks whether values are traced."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx.core.array import Array, from_numpy
from mjx.core.aval import ShapedArray
from mjx.core.execute import run_op
from mjx.core.trace import Level, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import as_dtype, canonicalize_dtype, python_dtype
from mjx.support.source import user_location

Value = Array | Tracer


def bind(
    name: str,
    operands: Sequence[Value],
    attributes: dict[str, Any] | None = None,
    types: Sequence[tuple[str, tuple[int, ...]]] | None = None,
    weak_type: bool | Sequence[bool] = False,
) -> list[Value]:
    """Applies the op `mjx.<name>` and returns its results.

    Operands have the types that the op wants: nothing is converted or broadcast. Attributes are
    Python numbers, strings, booleans or tuples of integers; None means absent. `types` gives the
    types of the results of ops that do not infer them. `weak_type` is that of the results.
    """
    level = state.level
    if level is None:
        return run_op(name, operands, attributes, types, weak_type)
    if not level.staging:
        for x in operands:
            if type(x) is Tracer:
                break
        else:
            return run_op(name, operands, attributes, types, weak_type)
    return traced(level, name, operands, attributes, types, weak_type)


def traced(
    level: Level,
    name: str,
    operands: Sequence[Value],
    attributes: dict[str, Any] | None = None,
    types: Sequence[Any] | None = None,
    weak_type: bool | Sequence[bool] = False,
    regions: Sequence[Any] = (),
) -> list[Tracer]:
    """Appends the op to the program of a level."""
    program, where = level.program, user_location()
    values = [program.lift(x, level) for x in operands]
    results = program.emit(name, values, attributes, types, regions, where)
    if weak_type is True or weak_type is False:
        tracers = [level.tracer(v, weak_type, where) for v in results]
    else:
        tracers = [level.tracer(v, weak, where) for v, weak in zip(results, weak_type)]
    if program.observer is not None:
        program.observer(name, operands, attributes or {}, tracers)
    return tracers


_scalars: dict[Any, Array] = {}
_SCALAR_TYPES = (bool, int, float, complex)


def as_array_or_tracer(x: Any, who: str = "mjx") -> Value:
    """`x` as something `bind` takes: arrays and tracers as they are, numbers as weak scalars.

    NumPy arrays become arrays of the same dtype (32-bit unless `enable_x64`). Lists are refused,
    since converting them is slow; `mjx.numpy.array` takes them.
    """
    kind = type(x)
    if kind is Array or kind is Tracer:
        return x
    if kind in _SCALAR_TYPES:
        return _scalar(x, kind, python_dtype(kind))
    if isinstance(x, (np.ndarray, np.generic)):
        return constant(x)
    if isinstance(x, _SCALAR_TYPES):
        base = next(t for t in _SCALAR_TYPES if isinstance(x, t))
        return as_array_or_tracer(base(x), who)
    if hasattr(x, "__array__") and not isinstance(x, (list, tuple)):
        return constant(np.asarray(x))
    convert = " (mjx.numpy.array converts it)" if isinstance(x, (list, tuple)) else ""
    raise TypeError(
        f"{who}: expected an array or a number, but got {x!r} of type {kind.__name__}{convert}"
    )


def _scalar(x: Any, kind: type, dtype: np.dtype) -> Array:
    """A weak scalar, kept for the next time. Zeros and NaNs hash alike or unlike; they are not."""
    if not x or x != x:
        return _new_scalar(x, dtype)
    key = (kind, x, dtype)
    found = _scalars.get(key)
    if found is None or found.is_deleted():
        if len(_scalars) > 1024:
            _scalars.clear()
        found = _scalars[key] = _new_scalar(x, dtype)
    return found


def _new_scalar(x: Any, dtype: np.dtype) -> Array:
    return constant(x, dtype, weak_type=not isinstance(x, bool))


def constant(x: Any, dtype: Any = None, weak_type: bool = False) -> Array:
    """A concrete array from a number or NumPy array, as a literal if it is small.

    `dtype` None keeps the type of the values.
    """
    if isinstance(x, int) and not isinstance(x, bool):
        x = _checked_int(x, dtype)
    value = np.asarray(x)
    canonical = canonicalize_dtype(value.dtype if dtype is None else as_dtype(dtype))
    aval = ShapedArray(value.shape, canonical, weak_type)
    # The copy is what a literal may be read from later, whatever happens to the original.
    value = value.astype(canonical, copy=True)
    return from_numpy(value, aval, copy=False, literal=aval.nbytes <= 1024)


def _checked_int(x: int, dtype: Any) -> Any:
    """A Python integer, of which the dtype must have room."""
    dtype = python_dtype(int) if dtype is None else as_dtype(dtype)
    if dtype.kind not in "iu":
        return x
    bounds = np.iinfo(dtype)
    if not bounds.min <= x <= bounds.max:
        raise OverflowError(
            f"expected an integer that fits {dtype.name} ({bounds.min} to {bounds.max}), but got "
            f"{x}; enable_x64 makes room for 64 bits"
        )
    return np.asarray(x, dtype)


def is_value(x: Any) -> bool:
    """Whether `x` is an array or a tracer."""
    return type(x) is Array or type(x) is Tracer


def full_scalar(value: float, dtype: Any, weak_type: bool = False) -> Array:
    """A scalar of a given dtype, kept for the next time."""
    dtype = as_dtype(dtype)
    key = (type(value), value, math.copysign(1.0, value), dtype, weak_type)
    found = _scalars.get(key)
    if found is None or found.is_deleted():
        if len(_scalars) > 1024:
            _scalars.clear()
        found = _scalars[key] = constant(value, dtype, weak_type)
    return found
