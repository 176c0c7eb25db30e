"""Moving arrays between the host and devices, and waiting for them."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from mjx.core.array import Array
from mjx.core.bind import as_array_or_tracer
from mjx.core.callback import effects_barrier
from mjx.core.tracer import Tracer
from mjx.support.tree import keystr, tree_flatten_with_path, tree_leaves, tree_map


def block_until_ready(x: Any) -> Any:
    """Waits for all arrays of a tree, and returns the tree.

    For what has no leaves, the result of a program run for its effects, it waits for those.
    """
    leaves = tree_leaves(x)
    if not leaves:
        effects_barrier()
    for leaf in leaves:
        if hasattr(leaf, "block_until_ready"):
            leaf.block_until_ready()
    return x


def device_put(
    x: Any,
    device: Any = None,
    *,
    src: Any = None,
    donate: bool = False,
    may_alias: bool | None = None,
) -> Any:
    """The tree with its leaves as arrays on a device.

    With `may_alias=False` arrays are copied, even those that are there already.
    """
    if donate and may_alias:
        raise ValueError("device_put: expected donate or may_alias, but got both")
    found, tree = tree_flatten_with_path(x)
    leaves = []
    for path, leaf in found:
        try:
            leaves.append(_put(leaf, may_alias))
        except TypeError:
            raise TypeError(
                f"device_put: expected arrays, numbers and pytrees of them, but x{keystr(path)} is "
                f"{leaf!r} of type {type(leaf).__name__}"
            ) from None
    return tree.unflatten(leaves)


def _put(leaf: Any, may_alias: bool | None) -> Any:
    if may_alias is False and isinstance(leaf, Array):
        return copy.copy(leaf)
    return as_array_or_tracer(leaf)


def copy_to_host_async(x: Any) -> Any:
    """The tree, whose arrays are in the memory of the host already."""
    return tree_map(lambda leaf: leaf, x)


def device_get(x: Any) -> Any:
    """The tree with its arrays as NumPy arrays."""
    return tree_map(_to_numpy, x)


def _to_numpy(leaf: Any) -> Any:
    return np.asarray(leaf) if isinstance(leaf, (Array, Tracer)) else leaf
