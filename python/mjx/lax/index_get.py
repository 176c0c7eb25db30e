"""`x[index]`: carrying out plans that read."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx.core import Array, ShapedArray, Tracer, from_numpy
from mjx.core.trace import state
from mjx.lax import pointwise
from mjx.lax.eager import fused
from mjx.lax.index_plan import (
    Index,
    New,
    Picked,
    Plan,
    Scalar,
    Slice,
    Window,
    parse,
    unwrapped,
)
from mjx.lax.indexing import (
    GatherDimensionNumbers,
    dynamic_slice,
    gather,
    mode_name,
    wrap_negative,
)
from mjx.lax.operands import Value, array_of, convert, scalar_of, splat
from mjx.lax.shape import broadcast_to, concatenate, reshape, rev
from mjx.lax.shape import slice as static_slice
from mjx.support.dtypes import DTYPES

__all__ = ["index_get"]

_INT32 = DTYPES["int32"]
_NAN = float("nan")
_BASIC = (int, slice, type(None), type(Ellipsis))


def index_get(x: Any, index: Any, mode: Any = None, fill_value: Any = None) -> Value:
    """`x[index]` by NumPy's rules. Out of bounds, indices are moved inside unless `mode` says else.

    `mode` is None, 'clip', 'fill' (with `fill_value`), 'drop' or 'promise_in_bounds'.
    """
    x = array_of(x, "indexing")
    word = "clip" if mode is None else mode_name(mode)
    if word != "fill":
        found = _on_host(x, index)
        if found is not None:
            return found
    eager = is_concrete(x)
    plan, operands = parse(x.aval.shape, index, eager)
    if word == "fill" and not plan.advanced:
        plan, operands = _as_advanced(plan, operands)
    fill = fill_value if fill_value is None or word == "fill" else None
    if isinstance(fill, (Array, Tracer, np.ndarray, np.generic)):
        fill = np.asarray(fill).item()
    if fill is not None and fill != fill:
        # One object, so that programs are found again: NaNs are unlike each other.
        fill = _NAN
    return _carry_out(x, *operands, plan=plan, mode=word, fill=fill)


def is_concrete(x: Value) -> bool:
    """Whether ops on `x` run at once."""
    level = state.level
    return type(x) is not Tracer and (level is None or not level.staging)


def _on_host(x: Value, index: Any) -> Value | None:
    """A copy of a part that NumPy can point at, of an array that is there already."""
    if type(x) is not Array or not is_concrete(x):
        return None
    items = index if type(index) is tuple else (index,)
    masked = False
    for item in items:
        kind = type(item)
        if kind in _BASIC:
            continue
        if kind in (Array, np.ndarray) and item.dtype.kind == "b" and item.ndim:
            masked = True
            continue
        return None
    if not masked and not x.buffer.is_ready():
        return None
    try:
        part = x.numpy_view()[_for_numpy(items, masked)]
    except (IndexError, TypeError):
        # Out of bounds, or wrong: what happens then is said elsewhere.
        return None
    aval = x.aval
    return from_numpy(np.asarray(part), ShapedArray(part.shape, aval.dtype, aval.weak_type))


def _for_numpy(items: tuple[Any, ...], masked: bool) -> tuple[Any, ...]:
    if not masked:
        return items
    return tuple([np.asarray(i) if isinstance(i, Array) else i for i in items])


def _as_advanced(plan: Plan, operands: list[Value]) -> tuple[Plan, list[Value]]:
    """The plan with single indices as index arrays, for which there is a fill value."""
    entries, operands = [], list(operands)
    for e in plan.entries:
        if isinstance(e, Index):
            operands.append(scalar_of(unwrapped(e), _INT32))
            e = Picked(len(operands) - 1)
        elif isinstance(e, Scalar):
            e = Picked(e.operand)
        entries.append(e)
    at = [p for p, e in enumerate(entries) if isinstance(e, Picked)]
    if not at:
        return plan, operands
    adjacent = at[-1] - at[0] + 1 == len(at)
    place = sum(not isinstance(e, Picked) for e in entries[: at[0]]) if adjacent else 0
    return plan._replace(entries=tuple(entries), place=place), operands


@fused
def _carry_out(x: Value, *operands: Value, plan: Plan, mode: str, fill: Any) -> Value:
    return read(x, operands, plan, mode, fill)


def read(x: Value, operands: Any, plan: Plan, mode: str = "clip", fill: Any = None) -> Value:
    """What a plan reads."""
    x = reshape(x, plan.shape)
    if 0 in plan.result:
        return splat(convert(scalar_of(0, _INT32), x.aval.dtype, x.aval.weak_type), plan.result)
    part = sliced(x, operands, plan)
    if plan.advanced:
        part = picked(part, operands, plan, mode, fill)
    return reshape(part, plan.result)


def sliced(x: Value, operands: Any, plan: Plan) -> Value:
    """The part that the slices of a plan leave; single indices leave extent 1, arrays all."""
    entries = plan.consuming()
    x = _static_part(x, entries)
    return _dynamic_part(x, operands, entries)


def _static_part(x: Value, entries: list[Any]) -> Value:
    shape = x.aval.shape
    start, limit, strides = [0] * len(shape), list(shape), [1] * len(shape)
    backwards = []
    for d, e in enumerate(entries):
        if isinstance(e, Index):
            start[d] = max(0, min(e.value, shape[d] - 1))
            limit[d] = start[d] + 1
        elif isinstance(e, Slice):
            start[d], limit[d], strides[d] = forward(e)
            if e.step < 0:
                backwards.append(d)
    return rev(static_slice(x, start, limit, strides), backwards)


def forward(e: Slice) -> tuple[int, int, int]:
    """Start, limit and stride of the same elements from first to last."""
    last = e.start + (e.size - 1) * e.step
    first, last = min(e.start, last), max(e.start, last)
    return first, last + 1, abs(e.step)


def _dynamic_part(x: Value, operands: Any, entries: list[Any]) -> Value:
    starts: list[Any] = [0] * len(entries)
    sizes = list(x.aval.shape)
    moving = False
    for d, e in enumerate(entries):
        if isinstance(e, (Scalar, Window)):
            moving = True
            sizes[d] = e.size if isinstance(e, Window) else 1
            starts[d] = place_of(e, operands, x.aval.shape[d])
    if not moving:
        return x
    return dynamic_slice(x, starts, sizes, allow_negative_indices=False)


def place_of(e: Any, operands: Any, extent: int) -> Value:
    """The index an entry has in an operand, negative ones counted from the end."""
    i = operands[e.operand]
    return i if isinstance(e, Window) else wrap_negative(i, extent)


def picked(x: Value, operands: Any, plan: Plan, mode: str, fill: Any) -> Value:
    """What index arrays pick; new dimensions are left out."""
    dims, offset_dims, sizes = gather_numbers(plan, x.aval.shape)
    indices = index_vectors(x, operands, plan, dims)
    numbers = GatherDimensionNumbers(offset_dims, dims, dims)
    named = {"promise": "promise_in_bounds"}.get(mode, mode)
    return gather(x, indices, numbers, sizes, mode=named, fill_value=fill)


def gather_numbers(
    plan: Plan, shape: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Dimensions picked from, result dimensions that are not picked, and sizes of the parts."""
    entries = plan.consuming()
    dims = tuple([d for d, e in enumerate(entries) if isinstance(e, Picked)])
    sizes = tuple([1 if d in dims else n for d, n in enumerate(shape)])
    # New dimensions are put in by a reshape at the end: they do not count here.
    before = 0
    if plan.place:
        for e in plan.entries:
            if isinstance(e, Picked):
                break
            before += not isinstance(e, New)
    rank = len(shape) - len(dims) + len(plan.picked)
    inner = range(before, before + len(plan.picked))
    return dims, tuple([d for d in range(rank) if d not in inner]), sizes


def index_vectors(x: Value, operands: Any, plan: Plan, dims: tuple[int, ...]) -> Value:
    """The index arrays of a plan, of one shape, as vectors along a last dimension."""
    entries = plan.consuming()
    columns = [wrap_negative(operands[entries[d].operand], x.aval.shape[d]) for d in dims]
    if len({c.aval.dtype for c in columns}) > 1 or columns[0].aval.dtype.kind == "u":
        wide = any(c.aval.dtype.itemsize == 8 for c in columns)
        dtype = DTYPES["int64" if wide else "int32"]
        columns = [_as_signed(c, dtype) for c in columns]
    columns = [broadcast_to(c, plan.picked) for c in columns]
    return concatenate([reshape(c, (*plan.picked, 1)) for c in columns], len(plan.picked))


def _as_signed(x: Value, dtype: np.dtype) -> Value:
    """Unsigned indices too great for a signed type stay out of bounds."""
    if x.aval.dtype.kind != "u" or x.aval.dtype.itemsize < dtype.itemsize:
        return convert(x, dtype)
    bound = scalar_of(int(np.iinfo(dtype).max), x.aval.dtype)
    return convert(pointwise.min(x, bound), dtype)
