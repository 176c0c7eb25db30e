"""Parts of arrays at computed places: dynamic slices, gather and scatter."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from mjx.core import Array, Tracer, bind
from mjx.lax import pointwise
from mjx.lax.eager import fused
from mjx.lax.operands import (
    Value,
    array_of,
    arrays_of,
    axis_of,
    convert,
    ints_of,
    refuse_dtype,
    scalar_of,
    shape_of,
)
from mjx.lax.shape import concatenate, expand_dims, reshape, squeeze
from mjx.support.dtypes import DTYPES, iinfo
from mjx.support.errors import explain

__all__ = [
    "GatherDimensionNumbers",
    "GatherScatterMode",
    "ScatterDimensionNumbers",
    "dynamic_index_in_dim",
    "dynamic_slice",
    "dynamic_slice_in_dim",
    "dynamic_update_index_in_dim",
    "dynamic_update_slice",
    "dynamic_update_slice_in_dim",
    "gather",
    "index_take",
    "scatter",
    "scatter_add",
    "scatter_apply",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_sub",
]

_INT32 = DTYPES["int32"]
_NAN = float("nan")


class GatherScatterMode(enum.Enum):
    """What happens with indices out of bounds."""

    CLIP = enum.auto()
    FILL_OR_DROP = enum.auto()
    PROMISE_IN_BOUNDS = enum.auto()
    ONE_HOT = enum.auto()

    @staticmethod
    def from_any(mode: Any) -> GatherScatterMode:
        """The mode meant by a mode, its name, or None."""
        if isinstance(mode, GatherScatterMode):
            return mode
        try:
            return _MODES[mode]
        except (KeyError, TypeError):
            names = ", ".join(repr(m) for m in _MODES if m)
            raise ValueError(explain("indexing", f"a mode among {names}", repr(mode))) from None


_MODES = {
    None: GatherScatterMode.FILL_OR_DROP,
    "clip": GatherScatterMode.CLIP,
    "fill": GatherScatterMode.FILL_OR_DROP,
    "drop": GatherScatterMode.FILL_OR_DROP,
    "promise_in_bounds": GatherScatterMode.PROMISE_IN_BOUNDS,
}
_MODE_NAMES = {
    GatherScatterMode.CLIP: "clip",
    GatherScatterMode.FILL_OR_DROP: "fill",
    GatherScatterMode.PROMISE_IN_BOUNDS: "promise",
    GatherScatterMode.ONE_HOT: "fill",
}


def mode_name(mode: Any) -> str:
    """The word the dialect has for a mode."""
    return _MODE_NAMES[GatherScatterMode.from_any(mode)]


class GatherDimensionNumbers(NamedTuple):
    """Which dimensions play which part in a gather."""

    offset_dims: tuple[int, ...]
    collapsed_slice_dims: tuple[int, ...]
    start_index_map: tuple[int, ...]
    operand_batching_dims: tuple[int, ...] = ()
    start_indices_batching_dims: tuple[int, ...] = ()


class ScatterDimensionNumbers(NamedTuple):
    """Which dimensions play which part in a scatter."""

    update_window_dims: Sequence[int]
    inserted_window_dims: Sequence[int]
    scatter_dims_to_operand_dims: Sequence[int]
    operand_batching_dims: Sequence[int] = ()
    scatter_indices_batching_dims: Sequence[int] = ()


# Dynamic slices.


def start_of(index: Any, extent: int, negative: bool, who: str) -> Value:
    """A start index as an operand; negative ones count from the end unless told otherwise."""
    if type(index) is int or isinstance(index, np.integer):
        i = operator.index(index)
        i = i + extent if negative and i < 0 else i
        return scalar_of(builtin_clip(i, -(2**31), 2**31 - 1), _INT32)
    x = array_of(index, who)
    if x.aval.shape or x.aval.dtype.kind not in "iu":
        raise TypeError(explain(who, "integer start indices without dimensions", str(x.aval)))
    if x.aval.dtype.kind == "u" or not negative:
        return x
    return wrap_negative(x, extent)


def builtin_clip(i: int, low: int, high: int) -> int:
    """A Python integer moved into an interval."""
    return low if i < low else high if i > high else i


@fused
def _wrap_negative(x: Value, *, extent: int) -> Value:
    return pointwise.select(pointwise.lt(x, 0), pointwise.add(x, extent), x)


def wrap_negative(x: Value, extent: int) -> Value:
    """Indices with negative ones counted from the end."""
    if x.aval.dtype.kind == "u":
        return x
    if extent > iinfo(x.aval.dtype).max:
        x = convert(x, _INT32)
    return _wrap_negative(x, extent=extent)


def _starts(indices: Any, x: Value, negative: Any, who: str) -> tuple[Value, ...]:
    shape = x.aval.shape
    if isinstance(indices, (Array, Tracer, np.ndarray)) and np.ndim(indices) == 1:
        indices = [indices[i] for i in range(len(indices))]
    if len(indices) != len(shape):
        raise TypeError(
            explain(who, f"{len(shape)} start indices, one a dimension", str(len(indices)))
        )
    if isinstance(negative, bool):
        negative = [negative] * len(shape)
    return tuple([start_of(i, n, neg, who) for i, n, neg in zip(indices, shape, negative)])


def dynamic_slice(
    operand: Any,
    start_indices: Any,
    slice_sizes: Sequence[int],
    *,
    allow_negative_indices: bool | Sequence[bool] = True,
) -> Value:
    """A part of fixed size at computed indices, moved so that it lies inside."""
    x = array_of(operand, "dynamic_slice")
    sizes = shape_of(slice_sizes, "dynamic_slice")
    _check_part("dynamic_slice", x, sizes)
    starts = _starts(start_indices, x, allow_negative_indices, "dynamic_slice")
    return bind("dynamic_slice", (x, *starts), {"sizes": sizes}, None, x.aval.weak_type)[0]


def _check_part(who: str, x: Value, sizes: tuple[int, ...]) -> None:
    shape = x.aval.shape
    if len(sizes) != len(shape) or any(s > n for s, n in zip(sizes, shape)):
        raise TypeError(explain(who, f"a part no larger than {shape}", f"sizes {sizes}"))


def dynamic_update_slice(
    operand: Any,
    update: Any,
    start_indices: Any,
    *,
    allow_negative_indices: bool | Sequence[bool] = True,
) -> Value:
    """The operand with the part at computed indices replaced; the place is moved inside."""
    x, update = arrays_of("dynamic_update_slice", operand, update)
    _check_part("dynamic_update_slice", x, update.aval.shape)
    starts = _starts(start_indices, x, allow_negative_indices, "dynamic_update_slice")
    return update_at(x, update, starts, "set")


def update_at(x: Value, update: Value, starts: Sequence[Value], kind: str) -> Value:
    """The op `dynamic_update_slice` on prepared operands."""
    weak = x.aval.weak_type and update.aval.weak_type
    return bind("dynamic_update_slice", (x, update, *starts), {"kind": kind}, None, weak)[0]


def _along(x: Value, axis: int, start: Any) -> list[Any]:
    starts: list[Any] = [0] * len(x.aval.shape)
    starts[axis] = start
    return starts


def dynamic_slice_in_dim(
    operand: Any,
    start_index: Any,
    slice_size: int,
    axis: int = 0,
    *,
    allow_negative_indices: bool = True,
) -> Value:
    """As `dynamic_slice`, along one dimension."""
    x = array_of(operand, "dynamic_slice_in_dim")
    axis = axis_of(axis, len(x.aval.shape), "dynamic_slice_in_dim")
    sizes = list(x.aval.shape)
    sizes[axis] = operator.index(slice_size)
    starts = _along(x, axis, start_index)
    return dynamic_slice(x, starts, sizes, allow_negative_indices=allow_negative_indices)


def dynamic_index_in_dim(
    operand: Any,
    index: Any,
    axis: int = 0,
    keepdims: bool = True,
    *,
    allow_negative_indices: bool = True,
) -> Value:
    """The slice at a computed index of a dimension."""
    part = dynamic_slice_in_dim(
        operand, index, 1, axis, allow_negative_indices=allow_negative_indices
    )
    return part if keepdims else squeeze(part, (axis,))


def dynamic_update_slice_in_dim(
    operand: Any,
    update: Any,
    start_index: Any,
    axis: int,
    *,
    allow_negative_indices: bool = True,
) -> Value:
    """As `dynamic_update_slice`, along one dimension."""
    x = array_of(operand, "dynamic_update_slice_in_dim")
    axis = axis_of(axis, len(x.aval.shape), "dynamic_update_slice_in_dim")
    starts = _along(x, axis, start_index)
    return dynamic_update_slice(x, update, starts, allow_negative_indices=allow_negative_indices)


def dynamic_update_index_in_dim(
    operand: Any,
    update: Any,
    index: Any,
    axis: int,
    *,
    allow_negative_indices: bool = True,
) -> Value:
    """The operand with the slice at a computed index of a dimension replaced."""
    x, update = arrays_of("dynamic_update_index_in_dim", operand, update)
    rank = len(x.aval.shape)
    axis = axis_of(axis, rank, "dynamic_update_index_in_dim")
    if len(update.aval.shape) != rank:
        update = expand_dims(update, (axis,))
    return dynamic_update_slice_in_dim(
        x, update, index, axis, allow_negative_indices=allow_negative_indices
    )


# Gather and scatter.


def _indices_of(indices: Any, who: str) -> Value:
    x = array_of(indices, who)
    if x.aval.dtype.kind not in "iu":
        raise refuse_dtype(who, "integer indices", x)
    return x


def default_fill(dtype: np.dtype) -> float:
    """What a gather gives out of bounds: NaN, the least signed integer, the greatest unsigned."""
    if dtype.kind == "b":
        return 1.0
    if dtype.kind == "i":
        return float(iinfo(dtype).min)
    return float(iinfo(dtype).max) if dtype.kind == "u" else _NAN


def gather(
    operand: Any,
    start_indices: Any,
    dimension_numbers: GatherDimensionNumbers,
    slice_sizes: Sequence[int],
    *,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    mode: Any = None,
    fill_value: Any = None,
) -> Value:
    """Many parts of equal size at computed places, arranged by the dimension numbers."""
    x, indices = array_of(operand, "gather"), _indices_of(start_indices, "gather")
    numbers = dimension_numbers
    word = mode_name(mode)
    attributes = {
        "offset_dims": tuple(numbers.offset_dims),
        "collapsed_dims": tuple(numbers.collapsed_slice_dims),
        "start_index_map": tuple(numbers.start_index_map),
        "operand_batching_dims": tuple(numbers.operand_batching_dims),
        "indices_batching_dims": tuple(numbers.start_indices_batching_dims),
        "slice_sizes": shape_of(slice_sizes, "gather"),
        "mode": word,
    }
    if word == "fill":
        fill = default_fill(x.aval.dtype) if fill_value is None else float(fill_value)
        attributes["fill_value"] = _NAN if fill != fill else fill
    try:
        return bind("gather", (x, indices), attributes, None, x.aval.weak_type)[0]
    except ValueError as error:
        raise TypeError(str(error)) from None


def scatter_op(
    kind: str,
    x: Value,
    indices: Value,
    updates: Value,
    numbers: ScatterDimensionNumbers,
    mode: Any,
    unique: bool,
    indices_sorted: bool,
) -> Value:
    """The op `scatter` on prepared operands."""
    attributes = {
        "kind": kind,
        "update_window_dims": tuple(numbers.update_window_dims),
        "inserted_dims": tuple(numbers.inserted_window_dims),
        "scatter_index_map": tuple(numbers.scatter_dims_to_operand_dims),
        "operand_batching_dims": tuple(numbers.operand_batching_dims),
        "indices_batching_dims": tuple(numbers.scatter_indices_batching_dims),
        "mode": mode_name(mode),
        "unique": bool(unique),
        "sorted": bool(indices_sorted),
    }
    weak = x.aval.weak_type and updates.aval.weak_type
    try:
        return bind("scatter", (x, indices, updates), attributes, None, weak)[0]
    except ValueError as error:
        raise TypeError(str(error)) from None


def _scatter_function(name: str, kind: str, doc: str) -> Callable[..., Value]:
    def function(
        operand: Any,
        scatter_indices: Any,
        updates: Any,
        dimension_numbers: ScatterDimensionNumbers,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Any = None,
    ) -> Value:
        x, updates = arrays_of(name, operand, updates)
        indices = _indices_of(scatter_indices, name)
        return scatter_op(
            kind,
            x,
            indices,
            updates,
            dimension_numbers,
            mode,
            unique_indices,
            indices_are_sorted,
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


scatter = _scatter_function("scatter", "set", "The operand with parts at computed places replaced.")
scatter_add = _scatter_function("scatter_add", "add", "The operand with updates added to parts.")
scatter_mul = _scatter_function("scatter_mul", "mul", "The operand with parts multiplied.")
scatter_min = _scatter_function("scatter_min", "min", "The operand with the lesser of the two.")
scatter_max = _scatter_function("scatter_max", "max", "The operand with the greater of the two.")


def scatter_sub(
    operand: Any,
    scatter_indices: Any,
    updates: Any,
    dimension_numbers: ScatterDimensionNumbers,
    **options: Any,
) -> Value:
    """The operand with updates taken away from parts."""
    x, updates = arrays_of("scatter_sub", operand, updates)
    return scatter_add(x, scatter_indices, pointwise.neg(updates), dimension_numbers, **options)


def scatter_apply(
    operand: Any,
    scatter_indices: Any,
    func: Callable[[Value], Value],
    dimension_numbers: ScatterDimensionNumbers,
    *,
    update_shape: Sequence[int] = (),
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Value:
    """The operand with a function applied to the parts at computed places, once to each."""
    x = array_of(operand, "scatter_apply")
    indices = _indices_of(scatter_indices, "scatter_apply")
    numbers, rank = dimension_numbers, len(x.aval.shape)
    fixed = {*numbers.inserted_window_dims, *numbers.operand_batching_dims}
    update_shape = tuple(update_shape)
    window = iter([update_shape[d] for d in numbers.update_window_dims])
    sizes = [1 if d in fixed else next(window) for d in range(rank)]
    reading = GatherDimensionNumbers(
        tuple(numbers.update_window_dims),
        tuple(numbers.inserted_window_dims),
        tuple(numbers.scatter_dims_to_operand_dims),
        tuple(numbers.operand_batching_dims),
        tuple(numbers.scatter_indices_batching_dims),
    )
    parts = gather(x, indices, reading, sizes, mode="clip")
    return scatter_op(
        "set", x, indices, func(parts), numbers, mode, unique_indices, indices_are_sorted
    )


def index_take(src: Any, idxs: Sequence[Any], axes: Sequence[int]) -> Value:
    """Elements of `src` at vectors of indices along `axes`, stacked along a first dimension."""
    x = array_of(src, "index_take")
    axes = ints_of(axes, "index_take", "axes")
    columns = [convert(array_of(i, "index_take"), _INT32) for i in idxs]
    columns = [wrap_negative(i, x.aval.shape[a]) for i, a in zip(columns, axes)]
    indices = concatenate([reshape(i, (*i.aval.shape, 1)) for i in columns], 1)
    rest = tuple(range(1, len(x.aval.shape) - len(axes) + 1))
    sizes = [1 if d in axes else n for d, n in enumerate(x.aval.shape)]
    numbers = GatherDimensionNumbers(rest, tuple(sorted(axes)), axes)
    return gather(x, indices, numbers, sizes, mode="clip")
