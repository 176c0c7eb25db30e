"""Trajectories: sequences of steps drawn uniformly from what rows of actors wrote one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mjx import numpy as mnp
from mjx import random
from mjx.replay import ring
from mjx.support.errors import explain

__all__ = [
    "TrajectoryBuffer",
    "TrajectoryBufferSample",
    "TrajectoryBufferState",
    "make_trajectory_buffer",
]


class TrajectoryBufferState(NamedTuple):
    """A ring of steps.

    `experience` is [rows, time, ...] in each leaf, `current_index` where the next step goes, and `added` the
    number of all steps so far, modulo 2**32, by which `save` knows what is new.
    """

    experience: Any
    current_index: Any
    is_full: Any
    added: Any


class TrajectoryBufferSample(NamedTuple):
    """`experience` is [sample_batch_size, sample_sequence_length, ...] in each leaf."""

    experience: Any


class TrajectoryBuffer(NamedTuple):
    """The pure functions of a buffer.

    `init(item)` is an empty state for steps like `item`, `add(state, batch)` the state with a batch, which is
    written in place if the state is donated, `sample(state, key)` a random batch, and
    `can_sample(state)` whether there are steps enough for one.
    """

    init: Callable[[Any], Any]
    add: Callable[[Any, Any], Any]
    sample: Callable[[Any, Any], Any]
    can_sample: Callable[[Any], Any]


def empty_state(item: Any, rows: int, length: int) -> TrajectoryBufferState:
    return TrajectoryBufferState(
        experience=ring.empty(item, rows, length, "replay init"),
        current_index=mnp.zeros((), "int32"),
        is_full=mnp.zeros((), bool),
        added=mnp.zeros((), "uint32"),
    )


def extended(state: Any, batch: Any) -> Any:
    """The state with a batch [rows, steps, ...] written behind what it holds."""
    batch, steps = ring.checked(state.experience, batch, "replay add")
    _, length = ring.extent(state.experience)
    end = state.current_index + steps
    return state._replace(
        experience=ring.write(state.experience, batch, state.current_index, steps),
        current_index=end % length,
        is_full=state.is_full | (end >= length),
        added=state.added + mnp.uint32(steps),
    )


def drawn(state: Any, key: Any, plan: Plan) -> tuple[Any, Any]:
    """Rows and starts of sequences, uniform among those every `period` steps from the oldest."""
    held = mnp.where(state.is_full, plan.length, state.current_index)
    oldest = mnp.where(state.is_full, state.current_index, 0)
    starts = mnp.maximum((held - plan.sequence) // plan.period + 1, 1)
    place = random.randint(key, (plan.count,), 0, starts * plan.rows, dtype="int32")
    return place // starts, (oldest + place % starts * plan.period) % plan.length


def enough(state: Any, steps: int) -> Any:
    return state.is_full | (state.current_index >= steps)


class Plan(NamedTuple):
    """The sizes of a buffer, which fit one another."""

    rows: int
    count: int  # of sequences in a sample
    length: int  # of the ring
    needed: int  # steps in each row before a sample
    sequence: int
    period: int


def plan_of(
    who: str,
    add_batch_size: int,
    sample_batch_size: int,
    sample_sequence_length: int,
    period: int,
    min_length_time_axis: int,
    max_size: int | None,
    max_length_time_axis: int | None,
) -> Plan:
    """The sizes as the makers of buffers take them; raises ValueError where they cannot be."""
    ring.sizes(
        who,
        add_batch_size=add_batch_size,
        sample_batch_size=sample_batch_size,
        sample_sequence_length=sample_sequence_length,
        period=period,
        min_length_time_axis=min_length_time_axis,
    )
    length = ring.time_length(who, max_length_time_axis, max_size, add_batch_size)
    needed = max(min_length_time_axis, sample_sequence_length)
    if needed > length:
        raise ValueError(explain(who, f"lengths up to that of the ring, {length}", str(needed)))
    return Plan(add_batch_size, sample_batch_size, length, needed, sample_sequence_length, period)


# What a sample shows of the sequences in given rows from given starts.
Read = Callable[[Any, Any, Any], Any]


def sequences(plan: Plan) -> Read:
    """Whole sequences: [samples, steps, ...]."""
    return lambda storage, rows, starts: ring.windows(storage, rows, starts, plan.sequence)


def uniform_buffer(plan: Plan, read: Read) -> TrajectoryBuffer:
    """The buffer of a plan whose sequences are all as likely."""

    def init(item: Any) -> TrajectoryBufferState:
        return empty_state(item, plan.rows, plan.length)

    def sample(state: TrajectoryBufferState, key: Any) -> TrajectoryBufferSample:
        return TrajectoryBufferSample(read(state.experience, *drawn(state, key, plan)))

    def can_sample(state: TrajectoryBufferState) -> Any:
        return enough(state, plan.needed)

    return TrajectoryBuffer(init, extended, sample, can_sample)


def make_trajectory_buffer(
    add_batch_size: int,
    sample_batch_size: int,
    sample_sequence_length: int,
    period: int,
    min_length_time_axis: int,
    max_size: int | None = None,
    max_length_time_axis: int | None = None,
) -> TrajectoryBuffer:
    """A buffer of `add_batch_size` rows of steps, from which sequences are drawn.

    Batches are [add_batch_size, steps, ...]; a row continues where the batch before ended. Sequences
    begin every `period` steps and do not contain the place of writing. The length is that of the time axis
    or all steps together (`max_size`). Raises ValueError for lengths that cannot be.
    """
    plan = plan_of(
        "make_trajectory_buffer",
        add_batch_size,
        sample_batch_size,
        sample_sequence_length,
        period,
        min_length_time_axis,
        max_size,
        max_length_time_axis,
    )
    return uniform_buffer(plan, sequences(plan))
