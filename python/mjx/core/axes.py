"""Named axes: the batches that are being mapped over, as collectives see them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

from mjx.core.trace import Level, state
from mjx.support.source import describe, user_location


class NamedAxis(NamedTuple):
    """A batch that has a name: what the user calls it, what the program does, and its size."""

    name: Hashable
    label: str
    size: int


def visible_axes() -> Iterator[NamedAxis]:
    """The named axes around the code being traced, innermost first."""
    level: Level | None = state.level
    while level is not None:
        if level.axis is not None:
            yield level.axis
        level = level.parent


def new_axis(name: Hashable, size: int) -> NamedAxis:
    """An axis to be named here, with a label that no axis around it has.

    So a collective over an outer axis keeps its meaning in an inner one of the same name.
    """
    taken = {axis.label for axis in visible_axes()}
    label = plain = name if isinstance(name, str) else repr(name)
    count = 1
    while label in taken:
        count += 1
        label = f"{plain}.{count}"
    return NamedAxis(name, label, size)


def find_axis(name: Any, who: str) -> NamedAxis:
    """The innermost axis of a name.

    Raises NameError, at the user's line, if there is none.
    """
    for axis in visible_axes():
        if axis.name == name:
            return axis
    known = ", ".join(repr(axis.name) for axis in visible_axes())
    raise NameError(
        f"unbound axis name: {name}\n  {who} at {describe(user_location())} combines examples of "
        f"axis {name!r}, but the named axes around it are: {known or 'none'}\n  fix: call the "
        f"function through vmap(..., axis_name={name!r})"
    )
