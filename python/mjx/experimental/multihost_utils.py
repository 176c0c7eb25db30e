"""What several processes do together, for one."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx.support.errors import explain
from mjx.support.tree import tree_map

__all__ = [
    "assert_equal",
    "broadcast_one_to_all",
    "process_allgather",
    "reached_preemption_sync_point",
    "sync_global_devices",
]


def sync_global_devices(name: str) -> None:
    """Waits until all processes have come to the place `name`: this one has."""
    if not isinstance(name, str):
        raise TypeError(explain("sync_global_devices", "a name", repr(name)))


def broadcast_one_to_all(in_tree: Any, is_source: bool | None = None) -> Any:
    """The tree of the process that is the source, its leaves as NumPy arrays."""
    if is_source is False:
        raise ValueError(
            explain(
                "broadcast_one_to_all", "this process to be the source, since it is alone", "not"
            )
        )
    return tree_map(np.asarray, in_tree)


def process_allgather(in_tree: Any, tiled: bool = False) -> Any:
    """The leaves of all processes, joined along the first dimension if `tiled`, else along a new one.

    They are NumPy arrays.
    """

    def gather(leaf: Any) -> np.ndarray:
        found = np.asarray(leaf)
        return found if tiled and found.ndim else found[None]

    return tree_map(gather, in_tree)


def assert_equal(in_tree: Any, fail_message: str = "") -> None:
    """Raises AssertionError unless all processes have the same: this one has what it has."""
    tree_map(np.asarray, in_tree)


def reached_preemption_sync_point(step_id: int) -> bool:
    """Whether the processes were told to stop, and should save at this step: nobody tells them."""
    return False
