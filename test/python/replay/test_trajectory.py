"""Trajectory buffers against lists: what is written, what can be drawn, and where it is written."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, random, replay

ITEM = {"id": mnp.zeros((), "int32"), "view": mnp.zeros((2, 3), "uint8")}


def steps_from(first, rows, steps):
    """Steps that know their row and time: row * 1000 + time."""
    ids = np.arange(rows)[:, None] * 1000 + np.arange(first, first + steps)
    view = np.broadcast_to((ids % 251)[..., None, None], (rows, steps, 2, 3))
    return {"id": ids.astype(np.int32), "view": view.astype(np.uint8)}


def possible(time, length, sequence, period):
    """The first times of all sequences in a ring to which so many steps were written."""
    return list(range(max(time - length, 0), time - sequence + 1, period))


@pytest.mark.parametrize(
    "rows, length, sequence, period, seed",
    [(1, 7, 3, 1, 0), (2, 10, 4, 2, 1), (3, 9, 2, 4, 2), (1, 5, 5, 1, 3), (2, 11, 1, 3, 4)],
)
def test_samples_are_sequences_that_were_written(rows, length, sequence, period, seed):
    rng = np.random.default_rng(seed)
    buffer = replay.make_trajectory_buffer(
        rows, 200, sequence, period, sequence, max_length_time_axis=length
    )
    state, time = buffer.init(ITEM), 0
    add, sample = mjx.jit(buffer.add, donate_argnums=0), mjx.jit(buffer.sample)
    for turn in range(12):
        steps = int(rng.choice([1, 2, length - 1, length]))
        state = add(state, steps_from(time, rows, steps))
        time += steps
        firsts = possible(time, length, sequence, period)
        assert bool(buffer.can_sample(state)) == bool(firsts)
        assert int(state.added) == time
        if not firsts:
            continue
        found = sample(state, random.key(turn)).experience
        ids = np.asarray(found["id"])
        assert ids.shape == (200, sequence)
        assert (ids == ids[:, :1] + np.arange(sequence)).all()
        wanted = {row * 1000 + first for row in range(rows) for first in firsts}
        drawn = set(ids[:, 0].tolist())
        assert drawn <= wanted
        # 200 draws leave out one of a few with a chance of (1 - 1 / n)**200: below 1e-3 in all.
        assert len(wanted) > 20 or drawn == wanted
        np.testing.assert_array_equal(np.asarray(found["view"])[..., 0, 0], ids % 251)


def test_the_ring_holds_the_last_steps():
    rng, length = np.random.default_rng(5), 8
    buffer = replay.make_trajectory_buffer(2, 1, 1, 1, 1, max_length_time_axis=length)
    state, time = buffer.init(ITEM), 0
    model = np.zeros((2, length), np.int32)
    for _ in range(30):
        steps = int(rng.integers(1, length + 1))
        batch = steps_from(time, 2, steps)
        model[:, np.arange(time, time + steps) % length] = batch["id"]
        state = buffer.add(state, batch)
        time += steps
        np.testing.assert_array_equal(state.experience["id"], model)
        assert int(state.current_index) == time % length
        assert bool(state.is_full) == (time >= length)


def test_sequences_are_drawn_evenly():
    buffer = replay.make_trajectory_buffer(2, 10_000, 2, 1, 2, max_length_time_axis=6)
    state = buffer.add(buffer.add(buffer.init(ITEM), steps_from(0, 2, 6)), steps_from(6, 2, 3))
    ids = np.asarray(buffer.sample(state, random.key(0)).experience["id"])[:, 0]
    _, counts = np.unique(ids, return_counts=True)
    assert len(counts) == 10
    deviation = ((counts - 1000) ** 2 / 1000).sum()
    assert deviation < 28  # chi-square of 9 degrees: above that once in 1000


def test_max_size_counts_the_steps_of_all_rows():
    buffer = replay.make_trajectory_buffer(4, 1, 2, 1, 2, max_size=43)
    assert buffer.init(ITEM).experience["view"].shape == (4, 10, 2, 3)


def test_too_small_a_minimum_is_that_of_a_sequence():
    buffer = replay.make_trajectory_buffer(1, 1, 4, 1, 1, max_length_time_axis=9)
    state = buffer.add(buffer.init(ITEM), steps_from(0, 1, 3))
    assert not buffer.can_sample(state)
    assert buffer.can_sample(buffer.add(state, steps_from(3, 1, 1)))


@pytest.mark.parametrize("steps", [1, 5])
def test_a_donated_ring_is_written_in_place(steps):
    def compiled(length):
        buffer = replay.make_trajectory_buffer(1, 1, 1, 1, 1, max_length_time_axis=length)
        state, batch = buffer.init(ITEM), steps_from(0, 1, steps)
        add = mjx.jit(buffer.add, donate_argnums=0)
        return add, state, batch, add.lower(state, batch).compile().memory_analysis()

    _, _, _, short = compiled(100)
    add, state, batch, long = compiled(100_000)
    assert long.alias_size_in_bytes == long.output_size_in_bytes
    assert long.temp_size_in_bytes == short.temp_size_in_bytes
    place = lambda state: np.asarray(state.experience["view"]).ctypes.data  # noqa: E731
    address = place(state)
    for _ in range(3):
        state = add(state, batch)
        assert place(state) == address


def test_scan_fills_and_samples():
    buffer = replay.make_trajectory_buffer(1, 4, 2, 1, 2, max_length_time_axis=5)

    def step(state, time):
        batch = {"id": time[None, None], "view": mnp.zeros((1, 1, 2, 3), "uint8")}
        state = buffer.add(state, batch)
        return state, buffer.sample(state, random.key(time)).experience["id"]

    times = mnp.arange(12, dtype="int32")
    state, found = mjx.jit(lambda state: lax.scan(step, state, times))(buffer.init(ITEM))
    assert sorted(np.asarray(state.experience["id"]).ravel().tolist()) == [7, 8, 9, 10, 11]
    found = np.asarray(found)[1:]
    assert (found[..., 1] == found[..., 0] + 1).all()
    assert (found[..., 1] <= np.arange(1, 12)[:, None]).all()


def test_vmap_is_a_loop():
    buffer = replay.make_trajectory_buffer(2, 3, 2, 1, 2, max_length_time_axis=5)
    batches = [steps_from(10 * i, 2, 3) for i in range(4)]
    stacked = mjx.tree.map(lambda *leaves: np.stack(leaves), *batches)
    items = mjx.tree.map(lambda leaf: mnp.stack([leaf] * 4), ITEM)
    keys = random.split(random.key(0), 4)
    states = mjx.vmap(buffer.init)(items)
    for _ in range(2):
        states = mjx.jit(mjx.vmap(buffer.add))(states, stacked)
    found = mjx.vmap(buffer.sample)(states, keys)
    ready = mjx.vmap(buffer.can_sample)(states)
    for i, batch in enumerate(batches):
        state = buffer.add(buffer.add(buffer.init(ITEM), batch), batch)
        one = (state, buffer.sample(state, keys[i]), buffer.can_sample(state))
        many = mjx.tree.map(lambda leaf, i=i: leaf[i], (states, found, ready))
        mjx.tree.map(np.testing.assert_array_equal, many, one)


@pytest.mark.parametrize(
    "change, error, message",
    [
        (lambda b: {"id": b["id"]}, ValueError, "structure"),
        (lambda b: {**b, "id": b["id"][:1]}, ValueError, r"\(2, 2\).*\['id'\].*\(1, 2\)"),
        (lambda b: {**b, "view": b["view"][:, :1]}, ValueError, r"\(2, 2, 2, 3\).*\['view'\]"),
        (lambda b: {**b, "id": b["id"].astype(np.float32)}, TypeError, "int32.*float32"),
        (lambda b: mjx.tree.map(lambda x: np.repeat(x, 9, 1), b), ValueError, "at most 6 steps"),
    ],
)
def test_batches_that_do_not_fit_are_refused(change, error, message):
    buffer = replay.make_trajectory_buffer(2, 3, 2, 1, 2, max_length_time_axis=6)
    with pytest.raises(error, match=message):
        buffer.add(buffer.init(ITEM), change(steps_from(0, 2, 2)))


@pytest.mark.parametrize(
    "sizes, message",
    [
        ({"max_length_time_axis": 3, "max_size": 8}, "both"),
        ({}, "neither"),
        ({"max_length_time_axis": 3}, "up to that of the ring, 3"),
        ({"max_size": 0}, "max_length_time_axis to be a positive integer"),
        ({"max_length_time_axis": 8, "period": 0}, "period to be a positive integer"),
        ({"max_length_time_axis": 8, "sample_batch_size": 2.5}, "sample_batch_size"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes, message):
    given = {
        "add_batch_size": 1,
        "sample_batch_size": 1,
        "sample_sequence_length": 4,
        "period": 1,
        "min_length_time_axis": 4,
    }
    with pytest.raises(ValueError, match=message):
        replay.make_trajectory_buffer(**{**given, **sizes})


def test_an_item_without_arrays_is_refused():
    buffer = replay.make_trajectory_buffer(1, 1, 1, 1, 1, max_length_time_axis=6)
    with pytest.raises(ValueError, match="at least one array"):
        buffer.init({})
