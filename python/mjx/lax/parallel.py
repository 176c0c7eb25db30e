"""Collectives: functions of one example of a batch that see the other examples.

The batch is what an enclosing `vmap(..., axis_name=name)` maps over. A tuple of names stands for
the examples of all those axes, the last name counting fastest.

    >>> from mjx import lax, vmap
    >>> import mjx.numpy as mnp
    >>> vmap(lambda x: x / lax.psum(x, "i"), axis_name="i")(mnp.array([1.0, 2.0, 5.0]))
    Array([0.125, 0.25 , 0.625], dtype=float32)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from mjx.core.axes import NamedAxis, find_axis
from mjx.core.bind import constant, traced
from mjx.core.trace import state
from mjx.core.tracer import Tracer
from mjx.lax import pointwise
from mjx.lax.creation import full_like
from mjx.lax.indexing import dynamic_index_in_dim
from mjx.lax.operands import Value, array_of, axis_of, convert, scalar_of
from mjx.lax.shape import concatenate, index_in_dim, reshape, transpose
from mjx.support.dtypes import is_kind, python_dtype
from mjx.support.errors import explain
from mjx.support.tree import tree_map

__all__ = [
    "all_gather",
    "all_to_all",
    "axis_index",
    "axis_size",
    "pbroadcast",
    "pmax",
    "pmean",
    "pmin",
    "ppermute",
    "pshuffle",
    "psum",
    "psum_scatter",
    "pswapaxes",
]

Groups = Sequence[Sequence[int]]


class Participants:
    """The examples that combine: those of some axes, in groups of one of them."""

    def __init__(self, names: Any, groups: Groups | None, who: str):
        listed = names if isinstance(names, (tuple, list)) else (names,)
        self.axes = [find_axis(name, who) for name in listed]
        self.groups: tuple[int, ...] = ()
        self.sizes = [axis.size for axis in self.axes]
        if groups is not None:
            self.groups = _flat_groups(groups, self.axes, who)
            self.sizes = [len(groups[0])]
        self.size = math.prod(self.sizes)

    def emit(self, name: str, x: Value, place: int = 0, **attributes: Any) -> Value:
        """The op over the axis at `place`."""
        return _emit(
            name,
            [x],
            self.axes[place],
            x.aval.weak_type,
            size=self.sizes[place],
            groups=self.groups or None,
            **attributes,
        )


def _emit(
    name: str, operands: list[Value], axis: NamedAxis, weak_type: bool, **attributes: Any
) -> Value:
    given = {key: value for key, value in attributes.items() if value is not None}
    return traced(state.level, name, operands, {"axis": axis.label, **given}, None, weak_type)[0]


def _flat_groups(groups: Groups, axes: list[NamedAxis], who: str) -> tuple[int, ...]:
    """The groups one after another, which have to be of one size and cover the axis."""
    if len(axes) != 1:
        raise ValueError(explain(who, "axis_index_groups with one axis name", f"{len(axes)} names"))
    flat = [operator.index(i) for group in groups for i in group]
    size = axes[0].size
    if not flat or len({len(group) for group in groups}) != 1 or sorted(flat) != [*range(size)]:
        raise ValueError(
            explain(
                who,
                f"axis_index_groups of one size that together list 0 to {size - 1} once each",
                repr(groups),
            )
        )
    return tuple(flat)


def _is_constant(x: Any) -> bool:
    """Whether all examples are known to have the same `x`."""
    return not isinstance(x, Tracer)


# Reductions.


def psum(x: Any, axis_name: Any, *, axis_index_groups: Groups | None = None) -> Any:
    """The sum over all examples of the axis, of an array or a tree of arrays.

    `axis_name` is a name or a tuple of names; `axis_index_groups` lists positions that are summed
    up apart. Booleans count. Of a number that is no traced value the result is known at once:
    `psum(1, "i")` is the size of the axis, a Python integer.

        >>> vmap(lambda x: x - lax.psum(x, "i"), axis_name="i")(mnp.arange(3))
        Array([-3, -2, -1], dtype=int32)
    """
    among = Participants(axis_name, axis_index_groups, "psum")
    return tree_map(lambda leaf: _sum(leaf, among), x)


def _sum(x: Any, among: Participants) -> Any:
    if type(x) in (int, float, complex):
        return x * among.size
    x = array_of(x, "psum")
    if is_kind(x.aval.dtype, bool):
        x = convert(x, python_dtype(int))
    if _is_constant(x):
        return pointwise.mul(x, scalar_of(among.size, x.aval.dtype))
    return _all_reduce("add", x, among)


def _all_reduce(kind: str, x: Value, among: Participants) -> Value:
    for place in range(len(among.axes)):
        x = among.emit("all_reduce", x, place, kind=kind)
    return x


def pmean(x: Any, axis_name: Any, *, axis_index_groups: Groups | None = None) -> Any:
    """The mean over all examples of the axis, of an array or a tree of arrays.

    Integers give floating point numbers.

        >>> vmap(lambda x: x - lax.pmean(x, "i"), axis_name="i")(mnp.array([1.0, 2.0, 6.0]))
        Array([-2., -1.,  3.], dtype=float32)
    """
    among = Participants(axis_name, axis_index_groups, "pmean")
    return tree_map(lambda leaf: _mean(leaf, among), x)


def _mean(x: Any, among: Participants) -> Value:
    x = array_of(x, "pmean")
    if not (is_kind(x.aval.dtype, float) or is_kind(x.aval.dtype, complex)):
        x = convert(x, python_dtype(float))
    return pointwise.div(_sum(x, among), scalar_of(among.size, x.aval.dtype))


def _extremum(name: str, kind: str, word: str) -> Callable[..., Any]:
    def function(x: Any, axis_name: Any, *, axis_index_groups: Groups | None = None) -> Any:
        among = Participants(axis_name, axis_index_groups, name)

        def combined(leaf: Any) -> Value:
            leaf = array_of(leaf, name)
            return leaf if _is_constant(leaf) else _all_reduce(kind, leaf, among)

        return tree_map(combined, x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""The {word} over all examples of the axis, of an array or a tree of arrays.

    Its derivative is shared equally by the examples that attain it.

        >>> vmap(lambda x: lax.{name}(x, "i"), axis_name="i")(mnp.array([3, 1, 2]))
        Array([{", ".join(["3" if kind == "max" else "1"] * 3)}], dtype=int32)
    """
    return function


pmax = _extremum("pmax", "max", "greatest value")
pmin = _extremum("pmin", "min", "least value")


# Moving values between examples.


def ppermute(x: Any, axis_name: Any, perm: Sequence[tuple[int, int]]) -> Any:
    """Values sent between examples, of an array or a tree of arrays.

    `perm` is pairs (source, target), each position being source at most once and target at most
    once. Examples that nothing is sent to get zeros.

        >>> shift = [(i, (i + 1) % 4) for i in range(4)]
        >>> vmap(lambda x: lax.ppermute(x, "i", shift), axis_name="i")(mnp.arange(4))
        Array([3, 0, 1, 2], dtype=int32)
    """
    return _permuted(x, axis_name, perm, "ppermute")


def _permuted(x: Any, axis_name: Any, perm: Sequence[tuple[int, int]], who: str) -> Any:
    among = Participants(axis_name, None, who)
    pairs = _checked_pairs(perm, among.size, who)
    return tree_map(lambda leaf: _permute(array_of(leaf, who), among, pairs), x)


def _checked_pairs(perm: Sequence[tuple[int, int]], size: int, who: str) -> list[tuple[int, int]]:
    pairs = [(operator.index(source), operator.index(target)) for source, target in perm]
    for side in zip(*pairs):
        if len(set(side)) != len(side) or not all(0 <= i < size for i in side):
            raise ValueError(
                explain(
                    who,
                    f"pairs of positions in [0, {size}), each once as source and once as target",
                    repr(list(perm)),
                )
            )
    return pairs


def _permute(x: Value, among: Participants, pairs: list[tuple[int, int]]) -> Value:
    if len(among.axes) == 1:
        return among.emit("permute", x, pairs=tuple(i for pair in pairs for i in pair))
    # Over several axes: each example picks its source out of all values, zeros past the last.
    everything = _all_gather(x, among, 0)
    none = full_like(index_in_dim(everything, 0, 0, True), 0)
    sources = np.full(among.size, among.size, np.int32)
    for source, target in pairs:
        sources[target] = source
    source = dynamic_index_in_dim(constant(sources), _axis_index(among), 0, False)
    return dynamic_index_in_dim(concatenate([everything, none], 0), source, 0, False)


def pshuffle(x: Any, axis_name: Any, perm: Sequence[int]) -> Any:
    """The values of the examples `perm`, one for each, of an array or a tree of arrays.

    >>> vmap(lambda x: lax.pshuffle(x, "i", [2, 0, 1]), axis_name="i")(mnp.arange(3))
    Array([2, 0, 1], dtype=int32)
    """
    size = Participants(axis_name, None, "pshuffle").size
    if sorted(perm) != [*range(size)]:
        raise ValueError(explain("pshuffle", f"a permutation of 0 to {size - 1}", repr(list(perm))))
    return _permuted(x, axis_name, list(zip(perm, range(size))), "pshuffle")


def pbroadcast(x: Any, axis_name: Any, source: int) -> Any:
    """The value of the example at `source`, for all, of an array or a tree of arrays.

    >>> vmap(lambda x: lax.pbroadcast(x, "i", 2), axis_name="i")(mnp.arange(3))
    Array([2, 2, 2], dtype=int32)
    """
    among = Participants(axis_name, None, "pbroadcast")
    place = axis_of(source, among.size, "pbroadcast")

    def broadcast(leaf: Any) -> Value:
        return index_in_dim(_all_gather(array_of(leaf, "pbroadcast"), among, 0), place, 0, False)

    return tree_map(broadcast, x)


# Values of all examples, and slices for all examples.


def all_gather(
    x: Any,
    axis_name: Any,
    *,
    axis_index_groups: Groups | None = None,
    axis: int = 0,
    tiled: bool = False,
    to: str = "varying",
) -> Any:
    """The values of all examples, for each of them, of an array or a tree of arrays.

    They are stacked along a new dimension `axis`, or joined along the dimension there is if
    `tiled`. `to` is accepted for the sake of programs that give it.

        >>> vmap(lambda x: lax.all_gather(x, "i"), axis_name="i")(mnp.arange(2))
        Array([[0, 1],
               [0, 1]], dtype=int32)
    """
    among = Participants(axis_name, axis_index_groups, "all_gather")

    def gather(leaf: Any) -> Value:
        leaf = array_of(leaf, "all_gather")
        place = axis_of(axis, len(leaf.aval.shape) + (not tiled), "all_gather")
        stacked = _all_gather(leaf, among, place)
        return _merged(stacked, place) if tiled else stacked

    return tree_map(gather, x)


def _all_gather(x: Value, among: Participants, axis: int) -> Value:
    """All values, stacked along a new dimension."""
    for place in reversed(range(len(among.axes))):
        x = among.emit("all_gather", x, place, dim=axis)
    return _merged(x, axis, len(among.axes))


def _merged(x: Value, axis: int, count: int = 2) -> Value:
    """The `count` dimensions from `axis` on as one."""
    if count == 1:
        return x
    shape = x.aval.shape
    merged = math.prod(shape[axis : axis + count])
    return reshape(x, (*shape[:axis], merged, *shape[axis + count :]))


def _divided(x: Value, axis: int, extents: Sequence[int]) -> Value:
    """Dimension `axis` as several."""
    if len(extents) == 1:
        return x
    shape = x.aval.shape
    return reshape(x, (*shape[:axis], *extents, *shape[axis + 1 :]))


def _in_slices(x: Value, axis: int, size: int, tiled: bool, who: str) -> tuple[Value, int]:
    """`x` with a dimension of one slice for each example, and where it is."""
    place = axis_of(axis, len(x.aval.shape), who)
    extent = x.aval.shape[place]
    fits = extent % size == 0 if tiled and size else extent == size
    if not fits:
        wanted = f"a multiple of {size}" if tiled else f"an extent of {size}"
        raise ValueError(
            explain(
                who,
                f"{wanted} along axis {place}, for {size} examples",
                f"shape {x.aval.shape}",
                "" if tiled else "give tiled=True to send more than one slice to each",
            )
        )
    return (_divided(x, place, (size, extent // size)) if tiled and size else x), place


def psum_scatter(
    x: Any,
    axis_name: Any,
    *,
    scatter_dimension: int = 0,
    axis_index_groups: Groups | None = None,
    tiled: bool = False,
) -> Any:
    """The sum over all examples, of which each takes its slice, of an array or a tree of arrays.

    `scatter_dimension` has one slice for each example and disappears; if `tiled`, it has several
    and stays.

        >>> vmap(lambda x: lax.psum_scatter(x, "i"), axis_name="i")(mnp.array([[1, 2], [10, 20]]))
        Array([11, 22], dtype=int32)
    """
    among = Participants(axis_name, axis_index_groups, "psum_scatter")

    def scatter(leaf: Any) -> Value:
        leaf = array_of(leaf, "psum_scatter")
        leaf, place = _in_slices(leaf, scatter_dimension, among.size, tiled, "psum_scatter")
        leaf = _divided(leaf, place, among.sizes)
        for i in range(len(among.axes)):
            leaf = among.emit("reduce_scatter", leaf, i, dim=place)
        return leaf

    return tree_map(scatter, x)


def all_to_all(
    x: Any,
    axis_name: Any,
    split_axis: int,
    concat_axis: int,
    *,
    axis_index_groups: Groups | None = None,
    tiled: bool = False,
) -> Any:
    """Slices sent from every example to every other, of an array or a tree of arrays.

    Slice `i` along `split_axis` goes to example `i`. What arrives is stacked along a new dimension
    `concat_axis`, and `split_axis` disappears; or it is joined along the dimension there is, if
    `tiled`.

        >>> x = mnp.array([[1, 2], [3, 4]])
        >>> vmap(lambda row: lax.all_to_all(row, "i", 0, 0), axis_name="i")(x)
        Array([[1, 3],
               [2, 4]], dtype=int32)
    """
    among = Participants(axis_name, axis_index_groups, "all_to_all")

    def exchange(leaf: Any) -> Value:
        leaf = array_of(leaf, "all_to_all")
        target = axis_of(concat_axis, len(leaf.aval.shape), "all_to_all")
        leaf, place = _in_slices(leaf, split_axis, among.size, tiled, "all_to_all")
        leaf = _divided(leaf, place, among.sizes)
        for i in range(len(among.axes)):
            leaf = among.emit("all_to_all", leaf, i, split_dim=place + i, concat_dim=place + i)
        leaf = _moved(_merged(leaf, place, len(among.axes)), place, target)
        return _merged(leaf, target) if tiled else leaf

    return tree_map(exchange, x)


def _moved(x: Value, source: int, target: int) -> Value:
    order = [i for i in range(len(x.aval.shape)) if i != source]
    order.insert(target, source)
    return transpose(x, order)


def pswapaxes(x: Any, axis_name: Any, axis: int, *, axis_index_groups: Groups | None = None) -> Any:
    """The batch exchanged with a dimension of its size, of an array or a tree of arrays.

    >>> vmap(lambda x: lax.pswapaxes(x, "i", 0), axis_name="i")(mnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return all_to_all(x, axis_name, axis, axis, axis_index_groups=axis_index_groups)


# Where an example is.


def axis_index(axis_name: Any) -> Value:
    """The position of the example in the axis, an int32.

    >>> vmap(lambda x: lax.axis_index("i"), axis_name="i")(mnp.zeros(3))
    Array([0, 1, 2], dtype=int32)
    """
    return _axis_index(Participants(axis_name, None, "axis_index"))


def _axis_index(among: Participants) -> Value:
    total: Any = None
    for axis in among.axes:
        index = _emit("axis_index", [], axis, False, size=axis.size)
        if total is not None:
            total = pointwise.mul(total, scalar_of(axis.size, index.aval.dtype))
            index = pointwise.add(total, index)
        total = index
    return total


def axis_size(axis_name: Hashable | tuple[Hashable, ...]) -> int:
    """The number of examples of the axis.

    >>> vmap(lambda x: x * lax.axis_size("i"), axis_name="i")(mnp.ones(3))
    Array([3., 3., 3.], dtype=float32)
    """
    return Participants(axis_name, None, "axis_size").size
