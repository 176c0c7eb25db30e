"""Flat and item buffers: the shapes that are added, and what a sample shows."""

import pytest

import mjx.numpy as mnp
import numpy as np
from mjx import random, replay

MAKERS = {
    "uniform": (replay.make_flat_buffer, replay.make_item_buffer),
    "prioritised": (replay.make_prioritised_flat_buffer, replay.make_prioritised_item_buffer),
}


def numbered(first, *shape):
    """Steps [*shape, 2] that hold their number twice."""
    ids = first + np.arange(np.prod(shape, dtype=int)).reshape(shape)
    return np.stack([ids, ids], axis=-1).astype(np.float32)


@pytest.mark.parametrize("make", [flat for flat, _ in MAKERS.values()], ids=MAKERS)
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("rows", [None, 3])
def test_flat_buffers_show_neighbours(make, sequences, rows):
    buffer = make(24, 6, 300, add_sequences=sequences, add_batch_size=rows)
    state = buffer.init(mnp.zeros(2))
    across, along = rows or 1, 4 if sequences else 1
    ready = []
    for time in range(0, 40 * along, along):
        batch = numbered(time, across, along)
        batch += 100 * np.arange(across, dtype=np.float32)[:, None, None]
        batch -= along * np.arange(across, dtype=np.float32)[:, None, None]
        batch = batch if sequences else batch[:, 0]
        state = buffer.add(state, batch if rows else batch[0])
        ready.append(bool(buffer.can_sample(state)))
    assert ready.index(True) == -(-6 // (across * along)) - 1
    pairs = buffer.sample(state, random.key(0)).experience
    first, second = np.asarray(pairs.first), np.asarray(pairs.second)
    assert first.shape == (300, 2)
    np.testing.assert_array_equal(second, first + 1)
    length = 24 // across
    wanted = {
        100 * row + time
        for row in range(across)
        for time in range(40 * along - length, 40 * along - 1)
    }
    assert set(first[:, 0].tolist()) == wanted


@pytest.mark.parametrize("make", [item for _, item in MAKERS.values()], ids=MAKERS)
@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_item_buffers_show_items(make, shape):
    buffer = make(10, 5, 200, add_sequences=len(shape) > 0, add_batches=len(shape) > 1)
    state, count = buffer.init(mnp.zeros(2)), 0
    size = int(np.prod(shape, dtype=int))
    while count < 27:
        state = buffer.add(state, numbered(count, *shape))
        count += size
        assert bool(buffer.can_sample(state)) == (count >= 5)
    found = np.asarray(buffer.sample(state, random.key(1)).experience)
    assert found.shape == (200, 2)
    assert set(found[:, 0].tolist()) == set(range(count - 10, count))


def test_item_batches_may_differ_in_size():
    buffer = replay.make_item_buffer(10, 1, 4, add_batches=True)
    state = buffer.init(mnp.zeros(2))
    for first, size in ((0, 3), (3, 6), (9, 1), (10, 4)):
        state = buffer.add(state, numbered(first, size))
    np.testing.assert_array_equal(state.experience[0, :, 0], [10, 11, 12, 13, 4, 5, 6, 7, 8, 9])


@pytest.mark.parametrize("make", [make for pair in MAKERS.values() for make in pair])
def test_lengths_that_cannot_be_are_refused(make):
    with pytest.raises(ValueError, match=f"{make.__name__}.*up to that of the ring"):
        make(4, 5, 1)
    with pytest.raises(ValueError, match=f"{make.__name__}.*max_length"):
        make(0, 1, 1)
