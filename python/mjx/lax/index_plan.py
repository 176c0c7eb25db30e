"""Reading NumPy's indices: `x[...]` as a plan of slices and index arrays.

`parse` turns an index into a `Plan`, which is hashable and says what happens to each dimension,
and the operands it refers to. `index_get.py` and `index_update.py` carry plans out.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mjx.core import Array, Tracer, constant
from mjx.core.trace import state
from mjx.lax.operands import Shape, Value, array_of, convert, scalar_of
from mjx.support.dtypes import DTYPES
from mjx.support.errors import NonConcreteBooleanIndexError, explain

_INT32 = DTYPES["int32"]
_LEAST = -(2**31)


class Slice(NamedTuple):
    """`size` elements from `start` by `step`, which may be negative. Known while tracing."""

    start: int
    size: int
    step: int


class Window(NamedTuple):
    """`size` neighbours from the start in an operand."""

    operand: int
    size: int


class Index(NamedTuple):
    """One index known while tracing; the dimension disappears."""

    value: int


class Scalar(NamedTuple):
    """One index in an operand; the dimension disappears."""

    operand: int


class Picked(NamedTuple):
    """An array of indices in an operand."""

    operand: int


class New(NamedTuple):
    """A new dimension of extent 1."""


Entry = Slice | Window | Index | Scalar | Picked | New


class Plan(NamedTuple):
    """What an index does to an array of a shape. `picked` is the common shape of the arrays."""

    shape: Shape
    entries: tuple[Entry, ...]
    picked: Shape
    result: Shape
    # Where in the result the dimensions of the index arrays come; -1 if there are none.
    place: int

    @property
    def advanced(self) -> bool:
        """Whether there are index arrays."""
        return self.place >= 0

    def consuming(self) -> list[Entry]:
        """The entry of each dimension of the array."""
        return [e for e in self.entries if not isinstance(e, New)]


def _error(cls: type[Exception], expected: str, got: str, fix: str = "") -> Exception:
    return cls(explain("indexing", expected, got, fix))


class _Parser:
    """One pass over an index."""

    def __init__(self, shape: Shape, dynamic: bool):
        self.shape = shape
        # Places as operands rather than as part of the program, which then serves for all.
        self.dynamic = dynamic
        self.entries: list[Entry] = []
        self.operands: list[Value | np.ndarray] = []
        # Whether they are items of the index.
        self.given: list[bool] = []
        self.dim = 0

    def operand(self, x: Value | np.ndarray, given: bool = False) -> int:
        self.operands.append(x)
        self.given.append(given)
        return len(self.operands) - 1

    def extent(self) -> int:
        return self.shape[self.dim]

    def take(self, item: Any) -> None:
        """Adds what one item of the index says."""
        if item is None:
            self.entries.append(New())
        elif isinstance(item, slice):
            self.slice(item)
            self.dim += 1
        elif isinstance(item, (bool, np.bool_)):
            self.truth(bool(item))
        elif type(item) is int or isinstance(item, np.integer):
            self.integer(item)
            self.dim += 1
        else:
            self.array(item)

    def integer(self, item: Any) -> None:
        n, i = self.extent(), operator.index(item)
        if not n:
            raise _error(IndexError, f"an index into {self.shape}", f"{i}, where there is nothing")
        if self.dynamic:
            x = scalar_of(_narrow(i), _INT32)
            self.entries.append(Scalar(self.operand(x, True)))
        else:
            self.entries.append(Index(i + n if i < 0 else i))

    def truth(self, value: bool) -> None:
        """A single truth value: a new dimension of extent 1 or 0, and an index array for it."""
        self.shape = (*self.shape[: self.dim], 1, *self.shape[self.dim :])
        self.entries.append(Picked(self.operand(np.zeros(int(value), np.int32))))
        self.dim += 1

    def slice(self, item: slice) -> None:
        n = self.extent()
        start, stop, step = slice(*map(_bound, (item.start, item.stop, item.step))).indices(n)
        size = len(range(start, stop, step))
        if size == 0:
            self.entries.append(Slice(0, 0, 1))
        elif self.dynamic and step == 1 and size < n:
            self.entries.append(Window(self.operand(scalar_of(start, _INT32)), size))
        else:
            self.entries.append(Slice(start, size, step if size > 1 else 1))

    def array(self, item: Any) -> None:
        if isinstance(item, (list, tuple)):
            raise _error(
                TypeError,
                "integers, slices, arrays, None or Ellipsis",
                f"the {type(item).__name__} {item!r}",
                "x[np.array(indices)], or mjx.numpy.array(indices)",
            )
        if not isinstance(item, (Array, Tracer, np.ndarray)):
            if not hasattr(item, "__index__") and not hasattr(item, "__array__"):
                raise _error(
                    TypeError,
                    "integers, slices, arrays, None or Ellipsis",
                    f"{item!r} of type {type(item).__name__}",
                )
            item = np.asarray(item) if hasattr(item, "__array__") else operator.index(item)
            self.take(item)
            return
        kind = item.dtype.kind
        if kind == "b":
            self.mask(item)
        elif kind in "iu" or (item.size == 0 and isinstance(item, np.ndarray)):
            self.indices(item)
        else:
            raise _error(
                TypeError,
                "integer or boolean index arrays",
                f"{item.dtype.name}{list(item.shape)}",
                "convert with .astype(int)",
            )

    def mask(self, item: Any) -> None:
        mask = known_mask(item)
        here = self.shape[self.dim : self.dim + mask.ndim]
        if mask.ndim == 0:
            self.truth(bool(mask))
            return
        if here != mask.shape:
            raise _error(
                IndexError,
                f"a mask of the shape of the dimensions it is for, {here}",
                f"shape {mask.shape}",
            )
        for places in mask.nonzero():
            self.entries.append(Picked(self.operand(places.astype(np.int32))))
        self.dim += mask.ndim

    def indices(self, item: Any) -> None:
        if isinstance(item, np.ndarray):
            if not item.ndim:
                self.integer(item)
                self.dim += 1
                return
            self.entries.append(Picked(self.operand(_index_array(item), True)))
        else:
            entry = Picked if item.ndim else Scalar
            self.entries.append(entry(self.operand(item, True)))
        self.dim += 1


def _bound(x: Any) -> int | None:
    """The bound of a slice."""
    if x is None or type(x) is int:
        return x
    if isinstance(x, Tracer) and state.level is not None and state.level.staging:
        raise _error(
            IndexError,
            "slice bounds known while tracing, since they make the shape",
            f"a traced {x.aval}",
            "lax.dynamic_slice(x, starts, sizes), or lax.dynamic_slice_in_dim(x, start, size)",
        )
    try:
        return operator.index(x)
    except TypeError as error:
        if isinstance(x, Tracer):
            raise
        raise _error(
            TypeError, "integer slice bounds", f"{x!r} of type {type(x).__name__}"
        ) from error


def known_mask(item: Any) -> np.ndarray:
    """The values of a boolean index, which must be known."""
    if isinstance(item, Tracer):
        found = item.level.concrete(item)
        if found is None:
            raise NonConcreteBooleanIndexError(item)
        item = found
    return np.asarray(item)


def as_tuple(index: Any) -> tuple[Any, ...]:
    """An index as the tuple of its items."""
    return index if type(index) is tuple else (index,)


def _consumed(item: Any) -> int:
    """How many dimensions an item of an index is for."""
    if item is None or isinstance(item, (bool, np.bool_)):
        return 0
    dtype = getattr(item, "dtype", None)
    if dtype is not None and getattr(dtype, "kind", "") == "b":
        return item.ndim
    return 1


def expand_ellipsis(index: tuple[Any, ...], ndim: int) -> list[Any]:
    """The items with the ellipsis, or the end, replaced by full slices."""
    consumed = sum([_consumed(i) for i in index if i is not Ellipsis])
    if consumed > ndim:
        raise _error(IndexError, f"at most {ndim} indices, one a dimension", str(consumed))
    dots = [p for p, item in enumerate(index) if item is Ellipsis]
    if len(dots) > 1:
        raise _error(IndexError, "at most one ellipsis", str(len(dots)))
    place = dots[0] if dots else len(index)
    full = [slice(None)] * (ndim - consumed)
    return [*index[:place], *full, *index[place + 1 :]]


# Plans by shape and by what matters of an index, with where their operands come from: the
# position of an item of the index, or the operand itself.
_plans: dict[Any, tuple[Plan, list[int | Value]]] = {}
_PLANS = 4096


def parse(shape: Shape, index: Any, dynamic: bool) -> tuple[Plan, list[Value]]:
    """The plan of an index into an array of a shape, and the operands it refers to.

    With `dynamic` places become operands where they can, so that plans differ less.
    """
    items = as_tuple(index)
    key = _signature(shape, items) if dynamic else None
    if key is None:
        return _parse(shape, items, dynamic)[:2]
    found = _plans.get(key)
    if found is None:
        plan, operands, given = _parse(shape, items, dynamic)
        if len(_plans) >= _PLANS:
            _plans.clear()
        # The operands come in the order of the items.
        positions = iter([i for i, x in enumerate(items) if type(x) is int or hasattr(x, "dtype")])
        _plans[key] = plan, [next(positions) if g else x for x, g in zip(operands, given)]
        return plan, operands
    plan, sources = found
    return plan, [_from_item(items[x]) if type(x) is int else x for x in sources]


def _signature(shape: Shape, items: tuple[Any, ...]) -> Any:
    """What of an index a dynamic plan depends on; None if that is its values."""
    parts: list[Any] = [shape]
    for item in items:
        kind = type(item)
        if kind is int or item is None or item is Ellipsis:
            parts.append(int if kind is int else item)
        elif kind is slice:
            bounds = (item.start, item.stop, item.step)
            if not all(b is None or type(b) is int for b in bounds):
                return None
            parts.append(bounds)
        elif kind in (Array, Tracer, np.ndarray) and item.ndim and item.dtype.kind in "iu":
            parts.append((item.dtype, tuple(item.shape)))
        else:
            return None
    return tuple(parts)


def _parse(
    shape: Shape, items: tuple[Any, ...], dynamic: bool
) -> tuple[Plan, list[Value], list[bool]]:
    """The plan, its operands, and for each whether it is an item of the index as it stands."""
    parser = _Parser(shape, dynamic)
    for item in expand_ellipsis(items, len(shape)):
        parser.take(item)
    entries = parser.entries
    if any(isinstance(e, Picked) for e in entries):
        # Next to index arrays, single indices are index arrays without dimensions.
        entries = [_as_picked(e, parser) for e in entries]
    picked = _common_shape([parser.operands[e.operand] for e in entries if type(e) is Picked])
    place, result = _result_shape(entries, picked)
    operands = [_operand(x) for x in parser.operands]
    plan = Plan(parser.shape, tuple(entries), picked, result, place)
    return plan, operands, parser.given


def _from_item(item: Any) -> Value:
    """An item of an index as operand."""
    if type(item) is int:
        return scalar_of(_narrow(item), _INT32)
    return _operand(_index_array(item) if isinstance(item, np.ndarray) else item)


def _index_array(item: np.ndarray) -> np.ndarray:
    """Indices in 32 bits; what does not fit is out of bounds anyway."""
    return np.clip(item.astype(np.int64), _LEAST, 2**31 - 1).astype(np.int32)


def _as_picked(entry: Entry, parser: _Parser) -> Entry:
    if isinstance(entry, Scalar):
        return Picked(entry.operand)
    if isinstance(entry, Index):
        return Picked(parser.operand(np.asarray(unwrapped(entry), np.int32)))
    return entry


def _narrow(i: int) -> int:
    """An index moved into the range of 32 bits."""
    return max(_LEAST, min(i, 2**31 - 1))


def unwrapped(entry: Index) -> int:
    """A single index as an operand has it: what is negative now is to stay out of bounds."""
    return _LEAST if entry.value < 0 else _narrow(entry.value)


def _operand(x: Value | np.ndarray) -> Value:
    """An index as 32 or 64 bit integers."""
    if isinstance(x, np.ndarray):
        return constant(x, _INT32)
    x = array_of(x, "indexing")
    wide = x.aval.dtype.name in ("int32", "int64", "uint64", "uint32")
    return x if wide else convert(x, _INT32)


def _common_shape(arrays: Sequence[Any]) -> Shape:
    try:
        return np.broadcast_shapes(*[tuple(a.shape) for a in arrays])
    except ValueError:
        got = ", ".join(str(tuple(a.shape)) for a in arrays)
        raise _error(
            IndexError, "index arrays that can be broadcast together", f"shapes {got}"
        ) from None


def _result_shape(entries: Sequence[Entry], picked: Shape) -> tuple[int, Shape]:
    """Where the dimensions of index arrays come in the result, and its shape.

    They stand where the arrays do if those are neighbours, and first otherwise.
    """
    at = [p for p, e in enumerate(entries) if isinstance(e, Picked)]
    before: list[int] = []
    after: list[int] = []
    adjacent = bool(at) and at[-1] - at[0] + 1 == len(at)
    for p, e in enumerate(entries):
        if isinstance(e, (Slice, Window, New)):
            extent = 1 if isinstance(e, New) else e.size
            (before if adjacent and p < at[0] else after).append(extent)
    if not at:
        return -1, tuple(before + after)
    return len(before), (*before, *picked, *after)
