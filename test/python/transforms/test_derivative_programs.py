"""Derivatives are as good as those written by hand: equal, and no more ops or operations."""

import pytest

import mjx
import numpy as np
from transforms.derivative_programs import PROGRAMS, automatic


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_values(name):
    program = PROGRAMS[name]
    got = mjx.jit(automatic(program))(*program.arguments)
    want = mjx.jit(program.gradient)(*program.arguments)
    assert len(got) == len(want) == program.active
    for g, w in zip(got, want):
        scale = np.max(np.abs(np.asarray(w)))
        np.testing.assert_allclose(np.asarray(g), np.asarray(w), rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_costs(name):
    program = PROGRAMS[name]
    got = _cost(automatic(program), program.arguments)
    want = _cost(program.gradient, program.arguments)
    assert got["ops"] <= 1.1 * want["ops"], (got, want)
    assert got["flops"] <= 1.05 * want["flops"], (got, want)


def _cost(function, arguments):
    return mjx.jit(function).lower(*arguments)._traced.module.cost()


def test_a_branch_that_is_not_taken_has_no_part_in_the_derivative():
    """The other branch may be infinite or NaN: nothing times that is nothing."""

    def loss(x):
        return mjx.numpy.sum(mjx.numpy.where(x > 0, mjx.numpy.sqrt(x), 3 * x))

    got = mjx.jit(mjx.grad(loss))(np.array([0.0, 4.0, -1.0], np.float32))
    np.testing.assert_array_equal(np.asarray(got), [3.0, 0.25, 3.0])
