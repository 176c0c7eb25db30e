"""Buffers of transitions and of single items: trajectory buffers whose batches come in simpler shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mjx import numpy as mnp
from mjx.replay import ring
from mjx.replay.prioritised import PrioritisedTrajectoryBuffer, prioritised_buffer
from mjx.replay.trajectory import Plan, TrajectoryBuffer, plan_of, uniform_buffer
from mjx.support.tree import tree_map

__all__ = [
    "ExperiencePair",
    "make_flat_buffer",
    "make_item_buffer",
    "make_prioritised_flat_buffer",
    "make_prioritised_item_buffer",
]


class ExperiencePair(NamedTuple):
    """Steps and those that followed them: [sample_batch_size, ...] in each leaf."""

    first: Any
    second: Any


def _pair(storage: Any, rows: Any, starts: Any) -> ExperiencePair:
    _, length = ring.extent(storage)
    first = ring.steps_at(storage, rows, starts)
    return ExperiencePair(first, ring.steps_at(storage, rows, (starts + 1) % length))


def _with_axes(sequences: bool, batches: bool) -> Callable[[Any], Any]:
    """What gives a batch the axes [rows, steps] that it does not have."""
    if batches:
        return (lambda tree: tree) if sequences else _behind_rows
    return lambda tree: ring.lead(tree, 1 if sequences else 2)


def _behind_rows(tree: Any) -> Any:
    return tree_map(lambda leaf: mnp.asarray(leaf)[:, None], tree)


def _in_one_row(sequences: bool, batches: bool) -> Callable[[Any], Any]:
    """What puts all items of a batch one behind the other."""
    if not (sequences and batches):
        return lambda tree: ring.lead(tree, 1 if sequences or batches else 2)

    def joined(leaf: Any) -> Any:
        leaf = mnp.asarray(leaf)
        return leaf.reshape(1, -1, *leaf.shape[2:])

    return lambda tree: tree_map(joined, tree)


def _taking(buffer: Any, shaped: Callable[[Any], Any]) -> Any:
    """The buffer with batches of another shape."""
    return buffer._replace(add=lambda state, batch: buffer.add(state, shaped(batch)))


def _flat_plan(who: str, most: int, least: int, count: int, rows: int | None) -> Plan:
    rows = 1 if rows is None else rows
    ring.sizes(who, max_length=most, min_length=least, add_batch_size=rows)
    return plan_of(who, rows, count, 2, 1, -(-least // rows), None, most // rows)


def _item_plan(who: str, most: int, least: int, count: int) -> Plan:
    ring.sizes(who, max_length=most, min_length=least)
    return plan_of(who, 1, count, 1, 1, least, None, most)


def make_flat_buffer(
    max_length: int,
    min_length: int,
    sample_batch_size: int,
    add_sequences: bool = False,
    add_batch_size: int | None = None,
) -> TrajectoryBuffer:
    """A buffer of steps from which pairs of neighbours are drawn: `experience.first` and `.second`.

    Lengths count all steps. What is added is one step, [steps, ...] with `add_sequences`,
    [add_batch_size, ...] with that, or [add_batch_size, steps, ...] with both.
    """
    plan = _flat_plan("make_flat_buffer", max_length, min_length, sample_batch_size, add_batch_size)
    shaped = _with_axes(add_sequences, add_batch_size is not None)
    return _taking(uniform_buffer(plan, _pair), shaped)


def make_prioritised_flat_buffer(
    max_length: int,
    min_length: int,
    sample_batch_size: int,
    add_sequences: bool = False,
    add_batch_size: int | None = None,
    priority_exponent: float = 0.6,
) -> PrioritisedTrajectoryBuffer:
    """A flat buffer that draws pairs in proportion to priority ** priority_exponent."""
    who = "make_prioritised_flat_buffer"
    plan = _flat_plan(who, max_length, min_length, sample_batch_size, add_batch_size)
    shaped = _with_axes(add_sequences, add_batch_size is not None)
    return _taking(prioritised_buffer(plan, priority_exponent, _pair), shaped)


def make_item_buffer(
    max_length: int,
    min_length: int,
    sample_batch_size: int,
    add_sequences: bool = False,
    add_batches: bool = False,
) -> TrajectoryBuffer:
    """A buffer of items that have nothing to do with one another, [sample_batch_size, ...] in a sample.

    What is added is one item, or has one axis more with `add_sequences` or `add_batches`, two with
    both; their sizes may differ from call to call.
    """
    plan = _item_plan("make_item_buffer", max_length, min_length, sample_batch_size)
    shaped = _in_one_row(add_sequences, add_batches)
    return _taking(uniform_buffer(plan, ring.steps_at), shaped)


def make_prioritised_item_buffer(
    max_length: int,
    min_length: int,
    sample_batch_size: int,
    add_sequences: bool = False,
    add_batches: bool = False,
    priority_exponent: float = 0.6,
) -> PrioritisedTrajectoryBuffer:
    """An item buffer that draws items in proportion to priority ** priority_exponent."""
    plan = _item_plan("make_prioritised_item_buffer", max_length, min_length, sample_batch_size)
    shaped = _in_one_row(add_sequences, add_batches)
    return _taking(prioritised_buffer(plan, priority_exponent, ring.steps_at), shaped)
