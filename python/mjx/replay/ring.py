"""A ring of time steps: what all buffers keep their experience in.

Every leaf is stored as [rows, length, ...]. Rows are written side by side, and time wraps around.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx import lax
from mjx import numpy as mnp
from mjx.lax.operands import array_of
from mjx.support.errors import explain
from mjx.support.tree import tree_flatten_with_path, tree_leaves, tree_map, tree_structure
from mjx.support.tree_keys import keystr


def empty(item: Any, rows: int, length: int, who: str) -> Any:
    """Room for `rows` times `length` items like `item`."""
    if not tree_leaves(item):
        raise ValueError(explain(who, "an item with at least one array", repr(item)))

    def room(leaf: Any) -> Any:
        aval = array_of(leaf, who).aval
        return mnp.zeros((rows, length, *aval.shape), aval.dtype)

    return tree_map(room, item)


def extent(storage: Any) -> tuple[int, int]:
    """The number of rows and the length of the ring."""
    rows, length = tree_leaves(storage)[0].shape[:2]
    return rows, length


def steps_of(batch: Any) -> int:
    """The number of steps in a batch [rows, steps, ...]."""
    return tree_leaves(batch)[0].shape[1]


def checked(storage: Any, batch: Any, who: str) -> tuple[Any, int]:
    """`batch` as arrays, once it fits the storage as [rows, steps, ...], and the number of steps."""
    if tree_structure(storage) != tree_structure(batch):
        expected, came = tree_structure(storage), tree_structure(batch)
        raise ValueError(explain(who, f"a batch of the structure {expected}", str(came)))
    rows, length = extent(storage)
    batch = tree_map(lambda leaf: array_of(leaf, who), batch)
    steps = None
    for (path, room), leaf in zip(tree_flatten_with_path(storage)[0], tree_leaves(batch)):
        name, shape = keystr(path) or "the batch", leaf.aval.shape
        steps = shape[1] if steps is None and len(shape) > 1 else steps
        wanted = (rows, "steps" if steps is None else steps, *room.shape[2:])
        if shape != wanted:
            raise ValueError(explain(who, f"shape {wanted} for {name}", str(shape)))
        if leaf.aval.dtype != room.dtype and not leaf.aval.weak_type:
            raise TypeError(
                explain(who, f"{room.dtype} for {name}, as given to init", str(leaf.aval.dtype))
            )
    if steps > length:
        raise ValueError(
            explain(who, f"at most {length} steps, the length of the ring", str(steps))
        )
    return tree_map(lambda room, leaf: leaf.astype(room.dtype), storage, batch), steps


def write(storage: Any, batch: Any, start: Any, steps: int) -> Any:
    """The storage with the steps of `batch` from `start` on; in place where it is donated."""
    _, length = extent(storage)
    if steps == 1:  # one step does not wrap
        zero = mnp.zeros((), start.dtype)

        def put(room: Any, leaf: Any) -> Any:
            return lax.dynamic_update_slice(room, leaf, (zero, start, *[zero] * (room.ndim - 2)))

        return tree_map(put, storage, batch)
    where = (start + mnp.arange(steps, dtype=start.dtype)) % length
    return tree_map(lambda room, leaf: room.at[:, where].set(leaf), storage, batch)


def windows(storage: Any, rows: Any, starts: Any, length: int) -> Any:
    """The sequences of `length` steps that begin at `starts`, as [samples, length, ...]."""
    _, size = extent(storage)
    times = (starts[:, None] + mnp.arange(length, dtype=starts.dtype)) % size
    return tree_map(lambda room: room[rows[:, None], times], storage)


def steps_at(storage: Any, rows: Any, times: Any) -> Any:
    """Single steps, as [samples, ...]."""
    return tree_map(lambda room: room[rows, times], storage)


def lead(tree: Any, axes: int) -> Any:
    """The tree with so many axes of size 1 before those of each leaf."""
    return tree_map(lambda leaf: mnp.expand_dims(mnp.asarray(leaf), tuple(range(axes))), tree)


def sizes(who: str, **numbers: Any) -> None:
    """Raises unless all numbers are positive integers."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1:
            raise ValueError(explain(who, f"{name} to be a positive integer", repr(number)))


def time_length(who: str, max_length: int | None, max_size: int | None, rows: int) -> int:
    """The length of the ring from that of the time axis or the number of all steps: one of them."""
    if (max_length is None) == (max_size is None):
        came = "neither" if max_size is None else "both"
        raise ValueError(explain(who, "either max_length_time_axis or max_size", came))
    length = max_size // rows if max_length is None else max_length
    sizes(who, max_length_time_axis=length)
    return length
