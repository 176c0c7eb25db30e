"""A queue of trajectories: what was written first is read first, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mjx import numpy as mnp
from mjx.replay import ring
from mjx.support.errors import explain
from mjx.support.tree import tree_map

__all__ = [
    "TrajectoryQueue",
    "TrajectoryQueueSample",
    "TrajectoryQueueState",
    "make_trajectory_queue",
]


class TrajectoryQueueState(NamedTuple):
    """A ring of steps, and where the next is written and read; full where both places are one."""

    experience: Any
    write_index: Any
    read_index: Any
    is_full: Any
    added: Any


class TrajectoryQueueSample(NamedTuple):
    """`experience` is [add_batch_size, sample_sequence_length, ...] in each leaf."""

    experience: Any


class TrajectoryQueue(NamedTuple):
    """The pure functions of a queue.

    `sample(state)` is the pair of the state without what was read, and that; `can_add(state)` is whether
    `add` finds room, and `can_sample(state)` whether `sample` finds steps.
    """

    init: Callable[[Any], Any]
    add: Callable[[Any, Any], Any]
    sample: Callable[[Any], Any]
    can_sample: Callable[[Any], Any]
    can_add: Callable[[Any], Any]


def _waiting(state: TrajectoryQueueState, length: int) -> Any:
    """The number of steps that were not read yet."""
    return mnp.where(state.is_full, length, (state.write_index - state.read_index) % length)


def _extended(state: TrajectoryQueueState, batch: Any) -> TrajectoryQueueState:
    batch, steps = ring.checked(state.experience, batch, "replay add")
    _, length = ring.extent(state.experience)
    waiting = _waiting(state, length) + steps
    end = (state.write_index + steps) % length
    return TrajectoryQueueState(
        experience=ring.write(state.experience, batch, state.write_index, steps),
        write_index=end,
        read_index=mnp.where(waiting > length, end, state.read_index),
        is_full=waiting >= length,
        added=state.added + mnp.uint32(steps),
    )


def _shortened(state: TrajectoryQueueState, sequence: int) -> Any:
    _, length = ring.extent(state.experience)
    times = (state.read_index + mnp.arange(sequence, dtype="int32")) % length
    found = tree_map(lambda room: room[:, times], state.experience)
    taken = mnp.where(_waiting(state, length) >= sequence, sequence, 0)
    after = state._replace(
        read_index=(state.read_index + taken) % length, is_full=state.is_full & (taken == 0)
    )
    return after, TrajectoryQueueSample(found)


def make_trajectory_queue(
    max_length_time_axis: int | None,
    add_batch_size: int,
    add_sequence_length: int,
    sample_sequence_length: int,
    max_size: int | None = None,
) -> TrajectoryQueue:
    """A queue of `add_batch_size` rows, written and read in sequences.

    Adding where `can_add` is false drops the oldest steps; sampling where `can_sample` is false takes
    nothing out and shows whatever is there. `max_size`, the number of all steps, overrides
    `max_length_time_axis`. Raises ValueError for lengths that cannot be.
    """
    who = "make_trajectory_queue"
    ring.sizes(
        who,
        add_batch_size=add_batch_size,
        add_sequence_length=add_sequence_length,
        sample_sequence_length=sample_sequence_length,
    )
    axis = max_length_time_axis if max_size is None else None
    length = ring.time_length(who, axis, max_size, add_batch_size)
    longest = max(add_sequence_length, sample_sequence_length)
    if longest > length:
        raise ValueError(explain(who, f"sequences up to the length, {length}", str(longest)))

    def init(item: Any) -> TrajectoryQueueState:
        return TrajectoryQueueState(
            experience=ring.empty(item, add_batch_size, length, "replay init"),
            write_index=mnp.zeros((), "int32"),
            read_index=mnp.zeros((), "int32"),
            is_full=mnp.zeros((), bool),
            added=mnp.zeros((), "uint32"),
        )

    def sample(state: TrajectoryQueueState) -> Any:
        return _shortened(state, sample_sequence_length)

    def can_sample(state: TrajectoryQueueState) -> Any:
        return _waiting(state, length) >= sample_sequence_length

    def can_add(state: TrajectoryQueueState) -> Any:
        return _waiting(state, length) + add_sequence_length <= length

    return TrajectoryQueue(init, _extended, sample, can_sample, can_add)
