"""Prioritised buffers: sequences drawn in proportion to a power of their priority.

A sequence begins at a multiple of the period in the ring, so its index stays the same while it is there.
Its leaf in the sum tree is priority ** exponent, or 0 while it is not whole: not yet written to its
end, or written over in part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mjx import numpy as mnp
from mjx import random
from mjx.replay import ring, sum_tree
from mjx.replay.trajectory import Plan, Read, empty_state, enough, extended, plan_of, sequences
from mjx.support.dtypes import finfo
from mjx.support.errors import explain

__all__ = [
    "PrioritisedTrajectoryBuffer",
    "PrioritisedTrajectoryBufferSample",
    "PrioritisedTrajectoryBufferState",
    "make_prioritised_trajectory_buffer",
]


class PrioritisedTrajectoryBufferState(NamedTuple):
    """A ring of steps as `TrajectoryBufferState` has it, the tree of priorities, and the greatest so far."""

    experience: Any
    current_index: Any
    is_full: Any
    added: Any
    sum_tree: Any
    max_priority: Any


class PrioritisedTrajectoryBufferSample(NamedTuple):
    """Sequences, their indices for `set_priorities`, priority ** exponent, and its share of the sum."""

    experience: Any
    indices: Any
    priorities: Any
    probabilities: Any


class PrioritisedTrajectoryBuffer(NamedTuple):
    """The pure functions of a `TrajectoryBuffer`, and `set_priorities(state, indices, priorities)`."""

    init: Callable[[Any], Any]
    add: Callable[[Any, Any], Any]
    sample: Callable[[Any, Any], Any]
    can_sample: Callable[[Any], Any]
    set_priorities: Callable[[Any, Any, Any], Any]


def _touched(start: Any, steps: int, plan: Plan) -> Any:
    """Where the sequences begin that contain one of `steps` steps from `start`, and -1 as filling."""
    length, period = plan.length, plan.period
    items = length // period
    spread = steps + plan.sequence - 1
    if spread >= length:
        return mnp.arange(items, dtype=start.dtype) * period
    first = start - (plan.sequence - 1)
    if length % period:  # multiples of the period do not stay so past the end
        places = (first + mnp.arange(spread, dtype=start.dtype)) % length
        begins = (places % period == 0) & (places // period < items)
        return mnp.where(begins, places, -1)
    count = -(-spread // period)
    places = (-(-first // period) + mnp.arange(count, dtype=start.dtype)) * period
    return mnp.where(places < start + steps, places % length, -1)


def _whole(state: Any, starts: Any, plan: Plan) -> Any:
    """Which sequences do not reach beyond the step written last."""
    ahead = (state.current_index - starts - 1) % plan.length + 1  # steps up to the place of writing
    written = state.is_full | (starts < state.current_index)
    return (ahead >= plan.sequence) & written & (starts >= 0)


def _with_leaves(state: Any, start: Any, steps: int, plan: Plan) -> Any:
    """The state after `steps` were written at `start`, with the leaves of what they complete or cut."""
    starts = _touched(start, steps, plan)
    values = mnp.where(_whole(state, starts, plan), state.max_priority, 0)
    row = mnp.arange(plan.rows, dtype=starts.dtype)[:, None] * (plan.length // plan.period)
    leaves = mnp.where(starts < 0, -1, row + starts // plan.period).reshape(-1)
    values = mnp.broadcast_to(values, (plan.rows, values.shape[0])).reshape(-1)
    return state._replace(sum_tree=sum_tree.update(state.sum_tree, leaves, values))


def _strata(nodes: Any, key: Any, count: int) -> Any:
    """One sum in each of `count` equal parts of the total."""
    within = random.uniform(key, (count,), nodes.dtype)
    return (mnp.arange(count, dtype=nodes.dtype) + within) * (sum_tree.total(nodes) / count)


def _drawn(state: Any, key: Any, plan: Plan, read: Read) -> PrioritisedTrajectoryBufferSample:
    nodes, items = state.sum_tree, plan.length // plan.period
    leaves = sum_tree.find(nodes, _strata(nodes, key, plan.count))
    found = read(state.experience, leaves // items, leaves % items * plan.period)
    values = sum_tree.get(nodes, leaves)
    return PrioritisedTrajectoryBufferSample(found, leaves, values, values / sum_tree.total(nodes))


def _given_priorities(state: Any, indices: Any, priorities: Any, exponent: float) -> Any:
    """The state with new priorities for sequences that are still whole."""
    nodes = state.sum_tree
    limits = finfo(nodes.dtype)
    priorities = mnp.asarray(priorities).astype(nodes.dtype)
    values = mnp.where(priorities > 0, priorities, 0) ** exponent
    # Nothing that is whole becomes impossible to draw, and no sum infinite.
    values = mnp.clip(values, float(limits.tiny), float(limits.max) / nodes.shape[0])
    indices = mnp.asarray(indices).astype("int32")
    leaves = mnp.where(sum_tree.get(nodes, indices) > 0, indices, -1)
    greatest = mnp.max(mnp.where(leaves < 0, 0, values), initial=0)
    return state._replace(
        sum_tree=sum_tree.update(nodes, leaves, values),
        max_priority=mnp.maximum(state.max_priority, greatest),
    )


def prioritised_buffer(plan: Plan, exponent: float, read: Read) -> PrioritisedTrajectoryBuffer:
    """The buffer of a plan whose sequences are as likely as priority ** exponent."""
    who = "make_prioritised buffer"
    if plan.period > plan.length:
        raise ValueError(explain(who, f"period up to {plan.length}, the length", str(plan.period)))
    if not exponent >= 0:
        raise ValueError(explain(who, "priority_exponent of 0 or more", str(exponent)))

    def init(item: Any) -> PrioritisedTrajectoryBufferState:
        nodes = sum_tree.create(plan.rows * (plan.length // plan.period))
        state = empty_state(item, plan.rows, plan.length)
        return PrioritisedTrajectoryBufferState(*state, nodes, mnp.ones((), nodes.dtype))

    def add(state: Any, batch: Any) -> Any:
        after, steps = extended(state, batch), ring.steps_of(batch)
        return _with_leaves(after, state.current_index, steps, plan)

    def sample(state: Any, key: Any) -> PrioritisedTrajectoryBufferSample:
        return _drawn(state, key, plan, read)

    def can_sample(state: Any) -> Any:
        return enough(state, plan.needed) & (sum_tree.total(state.sum_tree) > 0)

    def set_priorities(state: Any, indices: Any, priorities: Any) -> Any:
        return _given_priorities(state, indices, priorities, exponent)

    return PrioritisedTrajectoryBuffer(init, add, sample, can_sample, set_priorities)


def make_prioritised_trajectory_buffer(
    add_batch_size: int,
    sample_batch_size: int,
    sample_sequence_length: int,
    period: int,
    min_length_time_axis: int,
    max_size: int | None = None,
    max_length_time_axis: int | None = None,
    priority_exponent: float = 0.6,
) -> PrioritisedTrajectoryBuffer:
    """A trajectory buffer that draws sequences in proportion to priority ** priority_exponent.

    A new sequence has the greatest priority seen so far, 1 at first. `set_priorities` takes the
    indices of a sample; those whose sequence was cut by writing since are left out, and what is not
    positive keeps the least chance. Of equal indices the last counts. Each sample takes one sequence
    from each of `sample_batch_size` equal parts of the sum. Sequences begin at multiples of the
    period in the ring. Raises ValueError for lengths that cannot be.
    """
    plan = plan_of(
        "make_prioritised_trajectory_buffer",
        add_batch_size,
        sample_batch_size,
        sample_sequence_length,
        period,
        min_length_time_axis,
        max_size,
        max_length_time_axis,
    )
    return prioritised_buffer(plan, priority_exponent, sequences(plan))
