"""The law of costs: the reverse of an op that reads or writes a part costs what the part costs."""

from __future__ import annotations

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax

ROW = 16


def cost(function, *arguments):
    """What the simplified program costs: ops, flops, bytes read and written."""
    return mjx.jit(function).lower(*arguments)._traced.module.cost()


def written(function, *arguments):
    return cost(function, *arguments)["bytes written"]


def growth(make, sizes=(64, 128, 256)):
    """Ratios of what `make(n)` gives for one size to that for half of it."""
    values = [make(n) for n in sizes]
    return [b / a for a, b in zip(values, values[1:])]


def array(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape) / 7


# What is accumulated into one big cotangent, part by part: (reads, index argument).
PARTS = {
    "slice": lambda x, i: x[3:5],
    "strided slice": lambda x, i: x[3:9:3],
    "dynamic_slice": lambda x, i: lax.dynamic_slice(x, (i, 0), (2, ROW)),
    "row": lambda x, i: x[i],
    "gather": lambda x, i: x[mnp.stack([i, i + 2])],
}


@pytest.mark.parametrize("name", sorted(PARTS))
def test_reverse_writes_the_part(name):
    """Each further part adds what is in the part, whatever the size of the whole."""
    part = PARTS[name]

    def loss(count):
        def of(x, i):
            # Parts that overlap: none of them can be put together at once.
            return sum(mnp.sum(mnp.sin((k + 1.0) * part(x, i))) for k in range(count))

        return mjx.grad(of)

    index = np.int32(1)

    def added(n):
        x = array(n, ROW)
        return (written(loss(6), x, index) - written(loss(2), x, index)) / 4

    small, large = added(64), added(4096)
    assert small == large
    assert large <= 16 * 4 * 2 * ROW


UPDATES = {
    "update": lambda x, y, i: x.at[3:5].set(y),
    "add": lambda x, y, i: x.at[3:5].add(y),
    "dynamic_update_slice": lambda x, y, i: lax.dynamic_update_slice(x, y, (i, 0)),
    "scatter": lambda x, y, i: x.at[mnp.stack([i, i + 2])].add(y),
}


@pytest.mark.parametrize("name", sorted(UPDATES))
def test_reverse_of_updates_writes_the_part(name):
    update = UPDATES[name]

    def gradient(count):
        def of(x, y, i):
            x = x * 2.0
            for k in range(count):
                x = update(x, mnp.sin((k + 1.0) * y), i)
            return mnp.sum(x * x)

        return mjx.grad(of, argnums=(0, 1))

    y, index = array(2, ROW), np.int32(1)

    def added(n):
        x = array(n, ROW)
        return (written(gradient(6), x, y, index) - written(gradient(2), x, y, index)) / 4

    assert added(64) == added(4096) <= 16 * 4 * 2 * ROW


def test_concatenate():
    def loss(x, y):
        return mnp.sum(mnp.sin(mnp.concatenate([x, y])))

    grow = growth(lambda n: written(mjx.grad(loss, argnums=(0, 1)), array(n), array(4)))
    assert max(grow) <= 2.1


def elements(x):
    return sum(mnp.sin(x[i]) for i in range(x.shape[0]))


@pytest.mark.parametrize("what", ["ops", "flops", "bytes read", "bytes written"])
def test_gradient_of_a_sum_over_elements_is_linear(what):
    assert max(growth(lambda n: cost(mjx.grad(elements), array(n))[what])) <= 2.1


def test_gradient_of_a_sum_over_elements_is_right():
    x = array(33)
    np.testing.assert_allclose(np.asarray(mjx.jit(mjx.grad(elements))(x)), np.cos(x), rtol=1e-6)


def indexed_scan(reads, writes):
    def loss(x):
        def step(y, at):
            i, j = at
            row = lax.dynamic_slice(y, (j, 0, 0), (1, ROW, 4))
            return lax.dynamic_update_slice(y, mnp.sin(row), (i, 0, 0)), None

        y, _ = lax.scan(step, x, (writes, reads))
        return mnp.sum(y)

    return loss


@pytest.mark.parametrize("what", ["flops", "bytes read", "bytes written"])
def test_gradient_of_a_scan_that_reads_and_writes_rows_is_linear(what):
    def of(n):
        order = np.arange(n, dtype=np.int32)
        loss = indexed_scan(np.roll(order, 3), order)
        return cost(mjx.grad(loss), array(n, ROW, 4))[what]

    assert max(growth(of)) <= 2.1


def test_closed_over_arrays_are_accumulated_in_place():
    """A row of a table that is read in each step costs a row in reverse."""

    def loss(table, steps):
        def step(total, i):
            return total + mnp.sum(mnp.sin(table[i])), None

        return lax.scan(step, 0.0, steps)[0]

    steps = np.arange(32, dtype=np.int32)

    def of(n):
        return written(mjx.grad(loss), array(n, ROW), steps)

    # Only the zeros that the cotangent begins with grow with the table.
    assert of(4096) - of(64) <= 2 * 4 * ROW * (4096 - 64)


def test_cost_analysis_has_the_names_of_jax():
    lowered = mjx.jit(lambda x, w: mnp.tanh(x @ w)).lower(array(8, 6), array(6, 5))
    costs = lowered.cost_analysis()
    assert costs["flops"] == 2 * 8 * 6 * 5 + 8 * 5
    assert costs["bytes accessed"] == 4 * (8 * 6 + 6 * 5 + 3 * 8 * 5)
    compiled = lowered.compile()
    assert compiled.cost_analysis() == costs
    memory = compiled.memory_analysis()
    assert memory.argument_size_in_bytes == 4 * (8 * 6 + 6 * 5)
    assert memory.output_size_in_bytes == 4 * 8 * 5
    assert memory.peak_memory_in_bytes == 4 * (8 * 6 + 6 * 5 + 2 * 8 * 5)


def test_loops_are_multiplied_out():
    def steps(n):
        return cost(lambda x: lax.fori_loop(0, n, lambda i, y: mnp.sin(y), x), array(10))["flops"]

    assert steps(20) - steps(10) >= 10 * 10
