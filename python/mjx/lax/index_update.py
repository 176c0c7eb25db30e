"""`x.at[index].set(y)` and its like: carrying out plans that write."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from mjx.core import Array, bind
from mjx.lax import pointwise
from mjx.lax.eager import fused
from mjx.lax.index_get import (
    forward,
    gather_numbers,
    index_get,
    index_vectors,
    is_concrete,
    place_of,
    sliced,
)
from mjx.lax.index_plan import Index, Picked, Plan, Scalar, Slice, Window, as_tuple, parse
from mjx.lax.indexing import ScatterDimensionNumbers, mode_name, scatter_op, update_at
from mjx.lax.operands import Value, array_of, convert, kind_rank, scalar_of, splat
from mjx.lax.shape import broadcast_to, reshape, rev
from mjx.support.dtypes import DTYPES, iinfo
from mjx.support.errors import explain
from mjx.support.promotion import promote
from mjx.support.source import user_stacklevel

__all__ = ["IndexUpdateHelper", "IndexUpdateRef", "index_update"]

_COMBINE: dict[str, Callable[[Value, Value], Value]] = {
    "add": pointwise.add,
    "mul": pointwise.mul,
    "min": pointwise.min,
    "max": pointwise.max,
}
KINDS = ("set", *_COMBINE)


def index_update(
    x: Any,
    index: Any,
    y: Any,
    kind: str = "set",
    *,
    mode: Any = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
) -> Value:
    """`x` with `x[index]` replaced by `y`, or combined with it by `kind`: add, mul, min or max.

    Out of bounds, updates are dropped unless `mode` says else.
    """
    if kind not in KINDS:
        raise ValueError(explain("index_update", f"a kind among {', '.join(KINDS)}", repr(kind)))
    x = array_of(x, "index_update")
    word = mode_name(mode)
    y = _as_update(x, y)
    masked = _masked(x, index, y)
    if masked is not None:
        return _update_where(x, masked, y, kind=kind)
    plan, operands = parse(x.aval.shape, index, is_concrete(x))
    _check_shape(y, plan)
    if 0 in plan.result:
        return x
    return _carry_out(
        x,
        y,
        *operands,
        plan=plan,
        kind=kind,
        mode=word,
        unique=bool(unique_indices),
        ordered=bool(indices_are_sorted),
    )


def _as_update(x: Value, y: Any) -> Value:
    """The update in the dtype of the array, with a warning if that may lose something."""
    y = array_of(y, "index_update")
    old, new = x.aval, y.aval
    if old.dtype == new.dtype:
        return y
    common = promote([(old.dtype, old.weak_type), (new.dtype, new.weak_type)])[0]
    if common != old.dtype:
        warnings.warn(
            f"x.at[...]: expected an update that {old.dtype} can hold, but got {new.dtype}; it is "
            f"converted, which may lose information: convert it first with .astype(x.dtype)",
            FutureWarning,
            stacklevel=user_stacklevel(),
        )
    if kind_rank(new.dtype) > 2 and kind_rank(old.dtype) <= 2:
        y = pointwise.real(y)
    return convert(y, old.dtype)


def _check_shape(y: Value, plan: Plan) -> None:
    extra = len(y.aval.shape) - len(plan.result)
    shape = y.aval.shape
    if extra > 0 and all(n == 1 for n in shape[:extra]):
        shape = shape[extra:]
    fits = len(shape) <= len(plan.result) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(plan.result))
    )
    if not fits:
        raise ValueError(
            explain(
                "x.at[...]",
                f"an update that can be broadcast to {plan.result}, the shape of x[...]",
                f"shape {y.aval.shape}",
            )
        )


def _spread(y: Value, shape: tuple[int, ...]) -> Value:
    """The update in the shape of what it replaces."""
    extra = len(y.aval.shape) - len(shape)
    if extra > 0:
        y = reshape(y, y.aval.shape[extra:])
    return broadcast_to(y, shape)


# A mask with an update that is the same for all places needs no indices.


def _masked(x: Value, index: Any, y: Value) -> Value | None:
    """The mask, if the index is one and the update does not depend on its contents."""
    items = as_tuple(index)
    if len(items) != 1 or getattr(getattr(items[0], "dtype", None), "kind", "") != "b":
        return None
    mask = array_of(items[0], "index_update")
    rank = len(mask.aval.shape)
    if not rank or mask.aval.shape != x.aval.shape[:rank]:
        return None
    rest = x.aval.shape[rank:]
    shape = y.aval.shape
    fits = len(shape) <= len(rest) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(rest))
    )
    return mask if fits else None


@fused
def _update_where(x: Value, mask: Value, y: Value, *, kind: str) -> Value:
    shape = x.aval.shape
    spread = list(mask.aval.shape) + [1] * (len(shape) - len(mask.aval.shape))
    mask = broadcast_to(reshape(mask, spread), shape)
    y = broadcast_to(y, shape)
    return pointwise.select(mask, y if kind == "set" else _COMBINE[kind](x, y), x)


# Plans.


@fused
def _carry_out(
    x: Value,
    y: Value,
    *operands: Value,
    plan: Plan,
    kind: str,
    mode: str,
    unique: bool,
    ordered: bool,
) -> Value:
    shape = x.aval.shape
    x = reshape(x, plan.shape)
    y = _spread(y, plan.result)
    if plan.advanced:
        result = _scatter(x, y, operands, plan, kind, mode, unique, ordered)
    else:
        result = _update_slices(x, y, operands, plan, kind, mode)
    return reshape(result, shape)


def _update_slices(x: Value, y: Value, operands: Any, plan: Plan, kind: str, mode: str) -> Value:
    """Updates a part that slices and single indices give."""
    entries = plan.consuming()
    if mode == "fill" and _outside(x, entries):
        return x
    y = reshape(y, [1 if isinstance(e, (Index, Scalar)) else e.size for e in entries])
    y = rev(y, [d for d, e in enumerate(entries) if isinstance(e, Slice) and e.step < 0])
    if kind not in ("set", "add"):
        y, kind = _COMBINE[kind](_forward_part(x, operands, plan), y), "set"
    inside = _inside(x, operands, entries) if mode == "fill" else None
    if inside is not None:
        y = _dropped(x, y, operands, plan, kind, inside)
    if any(isinstance(e, (Scalar, Window)) for e in entries):
        return _update_dynamic(x, y, operands, entries, kind)
    return _update_static(x, y, entries, kind)


def _outside(x: Value, entries: list[Any]) -> bool:
    """Whether an index known while tracing is out of bounds."""
    return any(isinstance(e, Index) and not 0 <= e.value < n for e, n in zip(entries, x.aval.shape))


def _inside(x: Value, operands: Any, entries: list[Any]) -> Value | None:
    """Whether all single indices are in bounds; None if there are none in operands."""
    result = None
    for e, n in zip(entries, x.aval.shape):
        if isinstance(e, Scalar):
            i = place_of(e, operands, n)
            within = pointwise.lt(i, scalar_of(n, i.aval.dtype))
            if i.aval.dtype.kind == "i":
                within = pointwise.bitwise_and(pointwise.ge(i, 0), within)
            result = within if result is None else pointwise.bitwise_and(result, within)
    return result


def _forward_part(x: Value, operands: Any, plan: Plan) -> Value:
    """What a plan reads, in the order of the array, with single indices as extent 1."""
    entries = plan.consuming()
    part = sliced(x, operands, plan)
    return rev(part, [d for d, e in enumerate(entries) if isinstance(e, Slice) and e.step < 0])


def _dropped(x: Value, y: Value, operands: Any, plan: Plan, kind: str, inside: Value) -> Value:
    """An update that changes nothing unless the place is inside."""
    if kind == "add":
        keep = splat(scalar_of(0, DTYPES["int32"]), y.aval.shape)
        keep = convert(keep, y.aval.dtype)
    else:
        keep = _forward_part(x, operands, plan)
    return pointwise.select(inside, y, keep)


def _update_dynamic(x: Value, y: Value, operands: Any, entries: list[Any], kind: str) -> Value:
    """Updates at places in operands; dimensions with steps are sliced out first and put back."""
    stepped = [d for d, e in enumerate(entries) if isinstance(e, Slice) and abs(e.step) > 1]
    part, starts = x, []
    if stepped:
        outer = [
            e if d in stepped else Slice(0, n, 1)
            for d, (e, n) in enumerate(zip(entries, x.aval.shape))
        ]
        outer = [Slice(*_forward_slice(e)) for e in outer]
        part = sliced(x, (), Plan(x.aval.shape, tuple(outer), (), (), -1))
    for d, (e, n) in enumerate(zip(entries, x.aval.shape)):
        if isinstance(e, (Scalar, Window)):
            starts.append(place_of(e, operands, n))
        elif isinstance(e, Index):
            starts.append(_constant(max(0, min(e.value, n - 1))))
        else:
            starts.append(_constant(0 if d in stepped else forward(e)[0]))
    part = update_at(part, y, starts, kind)
    return _update_static(x, part, outer, "set") if stepped else part


def _forward_slice(e: Slice) -> tuple[int, int, int]:
    start, _, step = forward(e)
    return start, e.size, step


def _constant(i: int) -> Value:
    return scalar_of(i, DTYPES["int32"])


def _update_static(x: Value, y: Value, entries: list[Any], kind: str) -> Value:
    start, strides = [], []
    for e, n in zip(entries, x.aval.shape):
        if isinstance(e, Index):
            start.append(max(0, min(e.value, n - 1)))
            strides.append(1)
        else:
            first, _, stride = forward(e)
            start.append(first)
            strides.append(stride)
    if y.aval.shape == x.aval.shape and kind == "set":
        return y
    attributes = {"kind": kind, "start": tuple(start), "strides": tuple(strides)}
    weak = x.aval.weak_type and y.aval.weak_type
    return bind("update_slice", (x, y), attributes, None, weak)[0]


def _scatter(
    x: Value,
    y: Value,
    operands: Any,
    plan: Plan,
    kind: str,
    mode: str,
    unique: bool,
    ordered: bool,
) -> Value:
    """Updates what index arrays pick, in the part that the slices of the plan leave."""
    entries = plan.consuming()
    whole = all(
        isinstance(e, Picked) or (isinstance(e, Slice) and e == Slice(0, n, 1))
        for e, n in zip(entries, x.aval.shape)
    )
    part = x if whole else sliced(x, operands, plan)
    dims, window, _ = gather_numbers(plan, part.aval.shape)
    indices = index_vectors(part, operands, plan, dims)
    rest = [n for d, n in enumerate(part.aval.shape) if d not in dims]
    place = next((i for i, d in enumerate(window) if d != i), len(window))
    y = reshape(y, (*rest[:place], *plan.picked, *rest[place:]))
    numbers = ScatterDimensionNumbers(window, dims, dims)
    named = {"promise": "promise_in_bounds"}.get(mode, mode)
    part = scatter_op(kind, part, indices, y, numbers, named, unique, ordered)
    if whole:
        return part
    outer = [Slice(0, n, 1) if isinstance(e, Picked) else e for e, n in zip(entries, x.aval.shape)]
    inner = Plan(x.aval.shape, tuple(outer), (), part.aval.shape, -1)
    return _update_slices(x, part, operands, inner, "set", "clip")


@fused
def _update_element(x: Value, index: Any, y: Any, *, kind: str) -> Value:
    return index_update(x, index, y, kind)


# The object that `x.at` is.


class IndexUpdateHelper:
    """`x.at`: index it to say which elements to update."""

    __slots__ = ("array",)

    def __init__(self, array: Value):
        self.array = array

    def __getitem__(self, index: Any) -> IndexUpdateRef:
        return IndexUpdateRef(self.array, index)

    def __repr__(self) -> str:
        return f"<x.at of {self.array.aval}>"


class IndexUpdateRef:
    """`x.at[index]`: methods that return an updated copy of `x`.

    All take `mode` ('drop' by default, 'clip', 'promise_in_bounds'), and promises about the
    indices: `indices_are_sorted` and `unique_indices`. Without `wrap_negative_indices` negative
    ones are out of bounds, but for those in slices.
    """

    __slots__ = ("array", "index")

    def __init__(self, array: Value, index: Any):
        self.array = array
        self.index = index

    def __repr__(self) -> str:
        return f"<x.at[{self.index!r}] of {self.array.aval}>"

    def get(
        self,
        *,
        mode: Any = None,
        fill_value: Any = None,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Value:
        """`x[index]`; out of bounds as `mode` says."""
        clip = mode is None or mode_name(mode) == "clip"
        index = self.index if wrap_negative_indices else _unwrapped(self.index, clip)
        return index_get(self.array, index, mode, fill_value)

    def _update(self, kind: str, y: Any, options: dict[str, Any], array: Any = None) -> Value:
        x = self.array if array is None else array
        if not options and type(self.index) is int and type(x) is Array:
            return _update_element(x, self.index, y, kind=kind)
        options.pop("out_sharding", None)
        wrap, mode = options.pop("wrap_negative_indices", True), options.get("mode")
        clip = mode is not None and mode_name(mode) == "clip"
        index = self.index if wrap else _unwrapped(self.index, clip)
        return index_update(x, index, y, kind, **options)

    def set(self, values: Any, **options: Any) -> Value:
        """`x[index] = values`."""
        return self._update("set", values, options)

    def add(self, values: Any, **options: Any) -> Value:
        """`x[index] += values`; each occurrence of an index counts."""
        return self._update("add", values, options)

    def subtract(self, values: Any, **options: Any) -> Value:
        """`x[index] -= values`; each occurrence of an index counts."""
        values = array_of(values, "x.at[...].subtract")
        if kind_rank(values.aval.dtype) == 0:
            values = convert(values, self.array.aval.dtype)
        return self._update("add", pointwise.neg(values), options)

    sub = subtract

    def multiply(self, values: Any, **options: Any) -> Value:
        """`x[index] *= values`; each occurrence of an index counts."""
        return self._update("mul", values, options)

    mul = multiply

    def min(self, values: Any, **options: Any) -> Value:
        """`x[index] = minimum(x[index], values)`."""
        return self._update("min", values, options)

    def max(self, values: Any, **options: Any) -> Value:
        """`x[index] = maximum(x[index], values)`."""
        return self._update("max", values, options)

    def divide(self, values: Any, **options: Any) -> Value:
        """`x[index] /= values`; each occurrence of an index counts."""
        factor = self._update("mul", values, options, _ones(self.array))
        return pointwise.div(self.array, factor)

    def power(self, values: Any, **options: Any) -> Value:
        """`x[index] **= values`; each occurrence of an index counts."""
        exponent = self._update("mul", values, options, _ones(self.array))
        return pointwise.pow(self.array, exponent)

    def apply(self, func: Callable[[Value], Any], **options: Any) -> Value:
        """`x[index] = func(x[index])`, once for each element."""
        word = mode_name(options.get("mode"))
        wrap = options.get("wrap_negative_indices", True)
        mode = "promise_in_bounds" if word == "promise" else None
        part = self.get(mode=mode, wrap_negative_indices=wrap)
        return self._update("set", func(part), options)


def _ones(x: Value) -> Value:
    return splat(convert(1, x.aval.dtype), x.aval.shape)


def _unwrapped(index: Any, clip: bool) -> tuple:
    """An index in which negative numbers are beyond the end, or the first place for `clip`."""
    outside = 0 if clip else int(iinfo("int32").max)
    return tuple([_unwrapped_item(item, outside) for item in as_tuple(index)])


def _unwrapped_item(item: Any, outside: int) -> Any:
    if item is None or item is Ellipsis or isinstance(item, (slice, bool)):
        return item
    i = array_of(item, "x.at[...]")
    if i.aval.dtype.kind != "i":
        return item
    if i.aval.dtype.itemsize < 4:
        i = convert(i, DTYPES["int32"])
    beyond = broadcast_to(scalar_of(outside, i.aval.dtype), i.aval.shape)
    return pointwise.select(pointwise.lt(i, 0), beyond, i)
