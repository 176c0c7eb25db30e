"""Prioritised buffers against a model that looks at every sequence, and sum trees against sums."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, random, replay
from mjx.replay import sum_tree

EXPONENT = 0.6


class Model:
    """Sequences and their priorities, one by one."""

    def __init__(self, rows, length, sequence, period):
        self.ids = np.full((rows, length), -(10**6))
        self.sequence, self.period, self.time, self.greatest = sequence, period, 0, 1.0
        self.values = np.zeros(rows * (length // period))

    def windows(self):
        rows, length = self.ids.shape
        for leaf in range(len(self.values)):
            row, item = divmod(leaf, length // self.period)
            times = (item * self.period + np.arange(self.sequence)) % length
            ids = self.ids[row, times]
            yield leaf, ids, ids[0] >= 0 and (np.diff(ids) == 1).all()

    def add(self, steps):
        rows, length = self.ids.shape
        times = np.arange(self.time, self.time + steps)
        self.ids[:, times % length] = times + 1000 * np.arange(rows)[:, None]
        for leaf, ids, whole in self.windows():
            if not whole:
                self.values[leaf] = 0
            elif ids[-1] % 1000 >= self.time:
                self.values[leaf] = self.greatest
        self.time += steps

    def set_priorities(self, indices, priorities):
        for leaf, priority in zip(indices, priorities):
            if self.values[leaf] > 0:
                self.values[leaf] = priority**EXPONENT
        changed = [p**EXPONENT for i, p in zip(indices, priorities) if self.values[i] > 0]
        self.greatest = max([self.greatest, *changed])


def batch_of(time, rows, steps):
    return (np.arange(time, time + steps) + 1000 * np.arange(rows)[:, None]).astype(np.int32)


@pytest.mark.parametrize(
    "rows, length, sequence, period, seed",
    [
        (1, 8, 2, 1, 0),
        (2, 12, 4, 3, 1),
        (1, 10, 3, 4, 2),
        (3, 7, 3, 2, 3),
        (2, 6, 6, 1, 4),
        (1, 9, 1, 1, 5),
        (1, 16, 3, 8, 6),
    ],
)
def test_leaves_are_those_of_the_model(rows, length, sequence, period, seed):
    rng = np.random.default_rng(seed)
    buffer = replay.make_prioritised_trajectory_buffer(
        rows,
        64,
        sequence,
        period,
        sequence,
        max_length_time_axis=length,
        priority_exponent=EXPONENT,
    )
    add, sample = mjx.jit(buffer.add, donate_argnums=0), mjx.jit(buffer.sample)
    change = mjx.jit(buffer.set_priorities, donate_argnums=0)
    state, model = buffer.init(mnp.zeros((), "int32")), Model(rows, length, sequence, period)
    for turn in range(25):
        steps = int(rng.choice([1, 2, length]))
        state = add(state, batch_of(model.time, rows, steps))
        model.add(steps)
        indices = rng.integers(0, len(model.values), 5)
        priorities = rng.uniform(0.1, 3, 5).astype(np.float32)
        state = change(state, indices, priorities)
        model.set_priorities(indices, priorities)
        leaves = np.asarray(sum_tree.get(state.sum_tree, np.arange(len(model.values))))
        np.testing.assert_allclose(leaves, model.values, rtol=1e-6)
        np.testing.assert_allclose(sum_tree.total(state.sum_tree), model.values.sum(), rtol=1e-6)
        assert bool(buffer.can_sample(state)) == (model.time >= sequence and model.values.any())
        if not model.values.any():
            continue
        found = sample(state, random.key(turn))
        whole = {leaf: ids for leaf, ids, ok in model.windows() if ok}
        wanted = np.stack([whole[leaf] for leaf in np.asarray(found.indices).tolist()])
        np.testing.assert_array_equal(found.experience, wanted)
        chosen = model.values[np.asarray(found.indices)]
        np.testing.assert_allclose(found.priorities, chosen, rtol=1e-6)
        np.testing.assert_allclose(found.probabilities, chosen / model.values.sum(), rtol=1e-5)


def filled(count, sample, exponent=1.0):
    buffer = replay.make_prioritised_item_buffer(
        count, 1, sample, add_batches=True, priority_exponent=exponent
    )
    return buffer, buffer.add(buffer.init(mnp.zeros((), "int32")), np.arange(count, dtype=np.int32))


@pytest.mark.parametrize("batch", [1, 32])
def test_frequencies_follow_priorities(batch):
    priorities = np.array([1, 2, 3, 5, 8, 13, 21, 34, 0.5, 0.5, 4, 8], np.float32)
    buffer, state = filled(12, batch, 0.5)
    state = buffer.set_priorities(state, np.arange(12), priorities)
    keys = random.split(random.key(3), 8192 // batch)
    found = mjx.jit(mjx.vmap(buffer.sample, (None, 0)))(state, keys)
    counts = np.bincount(np.asarray(found.indices).ravel(), minlength=12)
    expected = 8192 * priorities**0.5 / (priorities**0.5).sum()
    # Chi-square of 11 degrees is above 31 once in 1000; strata only make it less.
    assert ((counts - expected) ** 2 / expected).sum() < 31


def test_what_has_hardly_a_chance_is_hardly_drawn():
    buffer, state = filled(100, 256)
    zero = np.array([3, 7], np.int32)
    state = buffer.set_priorities(state, zero, np.array([0, -1], np.float32))
    found = np.asarray(buffer.sample(state, random.key(0)).indices)
    assert not set(found.tolist()) & {3, 7}
    rest = np.setdiff1d(np.arange(100), zero)
    state = buffer.set_priorities(state, rest, np.zeros(98, np.float32))
    assert buffer.can_sample(state)
    assert len(set(np.asarray(buffer.sample(state, random.key(0)).indices).tolist())) == 100


def test_priorities_that_are_no_numbers_do_no_harm():
    buffer, state = filled(8, 64)
    odd = np.array([np.nan, np.inf, 3e38, -np.inf], np.float32)
    state = buffer.set_priorities(state, np.arange(4), odd)
    assert np.isfinite(np.asarray(state.sum_tree)).all()
    assert set(np.asarray(buffer.sample(state, random.key(0)).indices).tolist()) == {1, 2}


def test_of_equal_indices_the_last_counts():
    buffer, state = filled(8, 4)
    state = mjx.jit(buffer.set_priorities)(state, np.array([2, 5, 2]), np.float32([9, 3, 4]))
    np.testing.assert_array_equal(
        sum_tree.get(state.sum_tree, np.arange(8)), [1, 1, 4, 1, 1, 3, 1, 1]
    )


def test_new_items_get_the_greatest_priority_so_far():
    buffer, state = filled(4, 4)
    state = buffer.set_priorities(state, np.array([1]), np.float32([7]))
    state = buffer.set_priorities(state, np.array([1]), np.float32([2]))
    state = buffer.add(state, np.int32([40]))
    np.testing.assert_array_equal(sum_tree.get(state.sum_tree, np.arange(4)), [7, 2, 1, 1])


def test_scan_and_vmap_are_loops():
    buffer = replay.make_prioritised_flat_buffer(6, 2, 4)

    def step(state, time):
        state = buffer.add(state, time)
        found = buffer.sample(state, random.key(time))
        priorities = 1.0 + found.experience.first
        return buffer.set_priorities(state, found.indices, priorities), found.indices

    starts = mnp.array([0, 50], "int32")
    times = starts[:, None] + mnp.arange(9, dtype="int32")
    first = mjx.vmap(buffer.init)(starts)
    many, drawn = mjx.jit(mjx.vmap(lambda state, ts: lax.scan(step, state, ts)))(first, times)
    for i in range(2):
        state = buffer.init(starts[0])
        for j in range(9):
            state, indices = step(state, times[i, j])
            np.testing.assert_array_equal(drawn[i, j], indices)
        mjx.tree.map(lambda a, b, i=i: np.testing.assert_allclose(a[i], b, rtol=1e-6), many, state)


@pytest.mark.parametrize("name", ["add", "set_priorities"])
def test_donated_states_are_changed_in_place(name):
    def memory(length):
        buffer = replay.make_prioritised_flat_buffer(length, 2, 4)
        state = buffer.init(mnp.zeros(3))
        args = {"add": (np.ones(3, np.float32),), "set_priorities": (np.arange(2), np.ones(2))}[
            name
        ]
        change = mjx.jit(getattr(buffer, name), donate_argnums=0)
        return change.lower(state, *args).compile().memory_analysis()

    short, long = memory(100), memory(100_000)
    assert long.alias_size_in_bytes == long.output_size_in_bytes
    assert long.temp_size_in_bytes < short.temp_size_in_bytes + 4096  # of levels, not of leaves


def test_long_buffers_compile_whole_turns():
    buffer = replay.make_prioritised_item_buffer(100_000, 1, 16)

    def turn(state, number):
        state = buffer.add(state, number)
        found = buffer.sample(state, random.key(number))
        return buffer.set_priorities(state, found.indices, mnp.ones(16) * 2), found.experience

    numbers = mnp.arange(20, dtype="int32")
    run = mjx.jit(lambda state: lax.scan(turn, state, numbers))
    state, found = run(buffer.init(numbers[0]))
    assert float(sum_tree.total(state.sum_tree)) == pytest.approx(20 * 2**0.6, rel=1e-5)
    assert (np.asarray(found) <= np.asarray(numbers)[:, None]).all()


@pytest.mark.parametrize("count", [1, 2, 3, 64, 100])
def test_trees_hold_sums(count):
    rng = np.random.default_rng(count)
    nodes, model = sum_tree.create(count), np.zeros(count)
    update, find = mjx.jit(sum_tree.update, donate_argnums=0), mjx.jit(sum_tree.find)
    for _ in range(10):
        places = rng.integers(-1, count, 16).astype(np.int32)
        values = rng.integers(0, 100, 16).astype(np.float32)
        nodes = update(nodes, places, values)
        for place, value in zip(places, values):
            if place >= 0:
                model[place] = value
        half = nodes.shape[0] // 2
        np.testing.assert_array_equal(nodes[half : half + count], model)
        np.testing.assert_array_equal(sum_tree.rebuild(nodes[half:]), nodes)
        if model.sum():
            sums = np.floor(rng.uniform(0, model.sum(), 50)).astype(np.float32)
            wanted = np.searchsorted(np.cumsum(model), sums, side="right")
            np.testing.assert_array_equal(find(nodes, sums), wanted)


def test_rounding_never_leads_to_an_empty_leaf():
    leaves = np.zeros(64, np.float32)
    leaves[:5] = 0.1, 1e-8, 0.3, 1e8, 0.7
    nodes = sum_tree.rebuild(mnp.array(leaves))
    past = np.array([1, 1.5], np.float32) * np.asarray(sum_tree.total(nodes))
    found = np.asarray(sum_tree.find(nodes, past))
    assert (leaves[found] > 0).all()


def test_sums_are_float64_where_64_bits_are_on():
    with mjx.enable_x64(True):
        buffer, state = filled(1000, 16)
        assert state.sum_tree.dtype == np.float64
        priorities = np.random.default_rng(0).uniform(1e-9, 1, 1000)
        state = buffer.set_priorities(state, np.arange(1000), priorities)
        np.testing.assert_allclose(sum_tree.total(state.sum_tree), priorities.sum(), rtol=1e-14)
        assert buffer.sample(state, random.key(0)).experience.shape == (16,)
    assert filled(10, 1)[1].sum_tree.dtype == np.float32


@pytest.mark.parametrize(
    "changes, message",
    [({"period": 9}, "period up to 8"), ({"priority_exponent": -1.0}, "priority_exponent")],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        given = {"period": 1, "priority_exponent": 1.0, **changes}
        replay.make_prioritised_trajectory_buffer(
            1, 1, 2, min_length_time_axis=2, max_size=8, **given
        )
