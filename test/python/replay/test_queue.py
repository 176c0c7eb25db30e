"""Queues against a list."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, replay

ITEM = {"id": mnp.zeros((), "int32")}


def steps_from(first, rows, steps):
    ids = np.arange(rows)[:, None] * 1000 + np.arange(first, first + steps)
    return {"id": ids.astype(np.int32)}


@pytest.mark.parametrize(
    "rows, length, added, read, seed",
    [(1, 7, 2, 3, 0), (2, 6, 3, 3, 1), (2, 9, 4, 2, 2), (1, 4, 4, 1, 3)],
)
def test_what_comes_first_is_read_first(rows, length, added, read, seed):
    rng = np.random.default_rng(seed)
    queue = replay.make_trajectory_queue(length, rows, added, read)
    add, sample = mjx.jit(queue.add, donate_argnums=0), mjx.jit(queue.sample)
    state, waiting, time = queue.init(ITEM), [], 0
    for _ in range(60):
        assert bool(queue.can_add(state)) == (len(waiting) + added <= length)
        assert bool(queue.can_sample(state)) == (len(waiting) >= read)
        if rng.random() < 0.5 and len(waiting) + added <= length:
            state = add(state, steps_from(time, rows, added))
            waiting += range(time, time + added)
            time += added
        elif len(waiting) >= read:
            state, found = sample(state)
            wanted = np.arange(rows)[:, None] * 1000 + np.array(waiting[:read])
            np.testing.assert_array_equal(found.experience["id"], wanted)
            del waiting[:read]
    assert time > 2 * length


def test_too_much_drops_the_oldest():
    queue = replay.make_trajectory_queue(5, 1, 3, 2)
    state = queue.init(ITEM)
    for time in (0, 3, 6):
        state = queue.add(state, steps_from(time, 1, 3))
    seen = []
    for _ in range(2):
        state, found = queue.sample(state)
        seen += np.asarray(found.experience["id"])[0].tolist()
    assert seen == [4, 5, 6, 7]


def test_sampling_too_early_takes_nothing():
    queue = replay.make_trajectory_queue(5, 1, 1, 2)
    state = queue.add(queue.init(ITEM), steps_from(0, 1, 1))
    state, _ = queue.sample(state)
    state, found = queue.sample(queue.add(state, steps_from(1, 1, 1)))
    np.testing.assert_array_equal(found.experience["id"], [[0, 1]])


def test_scan_and_vmap():
    queue = replay.make_trajectory_queue(6, 1, 2, 2)

    def step(state, first):
        ids = first + mnp.arange(2, dtype="int32")
        state, found = queue.sample(queue.add(state, {"id": ids[None]}))
        return state, found.experience["id"][0]

    def run(start):
        firsts = start + 2 * mnp.arange(9, dtype="int32")
        return lax.scan(step, queue.init(ITEM), firsts)[1].reshape(-1)

    found = mjx.jit(mjx.vmap(run))(mnp.array([0, 100], "int32"))
    np.testing.assert_array_equal(found, [np.arange(18), np.arange(100, 118)])


def test_sizes_that_cannot_be_are_refused():
    assert replay.make_trajectory_queue(None, 2, 3, 3, max_size=8).init(ITEM)[0]["id"].shape == (
        2,
        4,
    )
    with pytest.raises(ValueError, match="sequences up to the length, 3"):
        replay.make_trajectory_queue(3, 1, 4, 1)
    with pytest.raises(ValueError, match="sample_sequence_length"):
        replay.make_trajectory_queue(3, 1, 1, 0)
