"""A binary tree of sums, by which leaves are drawn in proportion to their values.

Node 1 is the root, 2 i and 2 i + 1 are the children of i, and the leaves are the second half. A node is
always the sum of its children as they are, never a sum that was changed by differences: rounding does not
accumulate over updates, whatever the element type.
"""

from __future__ import annotations

from typing import Any

from mjx import lax
from mjx import numpy as mnp
from mjx.support.dtypes import default_float

__all__ = ["create", "find", "get", "rebuild", "total", "update"]


def create(count: int) -> Any:
    """A tree of at least `count` leaves of value 0; float64 where 64-bit types are on."""
    leaves = 1 << max(count - 1, 1).bit_length()
    return mnp.zeros(2 * leaves, default_float())


def total(nodes: Any) -> Any:
    """The sum of all leaves."""
    return nodes[1]


def get(nodes: Any, indices: Any) -> Any:
    """The values of leaves."""
    return nodes[nodes.shape[0] // 2 + indices]


def _take(nodes: Any, place: Any) -> Any:
    return nodes.at[place].get(mode="promise_in_bounds")


def _put(nodes: Any, place: Any, values: Any) -> Any:
    return nodes.at[place].set(mnp.where(place > 0, values, 0), mode="promise_in_bounds")


def update(nodes: Any, indices: Any, values: Any) -> Any:
    """The tree with leaves set: level after level, each node that changed from its two children.

    Indices of -1 are left out. Of equal ones the last counts.
    """
    size = nodes.shape[0]
    place = mnp.where(
        indices < 0, 0, indices + size // 2
    )  # node 0 is nobody's: the place for those
    nodes = _put(nodes, place, values.astype(nodes.dtype))

    def higher(_: Any, at: tuple[Any, Any]) -> tuple[Any, Any]:
        nodes, place = at
        place = place // 2
        sums = _take(nodes, 2 * place) + _take(nodes, 2 * place + 1)
        return _put(nodes, place, sums), place

    # A loop: programs with the levels of several updates one after the other take very long to compile.
    return lax.fori_loop(0, size.bit_length() - 2, higher, (nodes, place))[0]


def find(nodes: Any, sums: Any) -> Any:
    """The leaves in which the running sum of all leaves passes `sums`, from 0 to the total.

    Never a leaf of value 0 unless all are, even if rounding leads past the last sum.
    """
    half = nodes.shape[0] // 2

    def deeper(_: Any, at: tuple[Any, Any]) -> tuple[Any, Any]:
        place, rest = at
        left, right = _take(nodes, 2 * place), _take(nodes, 2 * place + 1)
        turn = (rest >= left) & (right > 0)
        return 2 * place + turn.astype("int32"), mnp.where(turn, rest - left, rest)

    start = (mnp.ones(sums.shape, "int32"), sums)
    place, _ = lax.fori_loop(0, half.bit_length() - 1, deeper, start)
    return place - half


def rebuild(leaves: Any) -> Any:
    """The tree over given leaves, whose number is a power of 2."""
    levels = [leaves]
    while levels[-1].shape[0] > 1:
        levels.append(levels[-1].reshape(-1, 2).sum(axis=1))
    return lax.concatenate([mnp.zeros(1, leaves.dtype), *levels[::-1]], 0)
