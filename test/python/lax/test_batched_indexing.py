"""Batches of indexed reads and updates, in every mode, with indices in and out of bounds."""

import itertools

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 4)).astype(np.float32)
INDICES = np.array([[0, 7, -1, 4], [-6, 2, 2, 2], [5, 0, -5, 1]])
UPDATES = RNG.normal(size=(3, 4, 4)).astype(np.float32)
MODES = ["clip", "fill", "drop", "promise_in_bounds", None]
AXES = [(0, 0, 0), (None, 0, 0), (0, None, 0), (0, 0, None), (None, 0, None), (2, 1, 2)]


def batched(values, axis):
    """One example, or all with the batch at an axis."""
    return values[0] if axis is None else np.moveaxis(values, 0, axis)


def check(function, operands, axes):
    """vmap is a loop."""
    got = mjx.vmap(function, in_axes=axes)(*operands)
    for b in range(3):
        example = [x if a is None else np.take(x, b, a) for x, a in zip(operands, axes)]
        want = function(*example)
        for g, w in zip(got, want):
            np.testing.assert_allclose(g[b], w, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_reads(mode):
    indices = np.clip(INDICES, 0, 4) if mode == "promise_in_bounds" else INDICES
    options = {"mode": mode, "fill_value": 0} if mode in ("fill", "drop") else {"mode": mode}

    def read(x, i):
        def squares(x):
            return (x.at[i].get(**options) ** 2).sum()

        x = mnp.asarray(x)
        return x.at[i].get(**options), mjx.grad(squares)(x)

    for axes in ((0, 0), (None, 0), (0, None), (2, 1)):
        check(read, [batched(X, axes[0]), batched(indices, axes[1])], axes)


@pytest.mark.parametrize("kind, mode", itertools.product(["set", "add", "multiply", "max"], MODES))
def test_updates(kind, mode):
    indices = np.clip(INDICES, 0, 4) if mode == "promise_in_bounds" else INDICES

    def update(x, i, u):
        def squares(x, u):
            return (getattr(x.at[i], kind)(u, mode=mode) ** 2).sum()

        x, u = mnp.asarray(x), mnp.asarray(u)
        return getattr(x.at[i], kind)(u, mode=mode), *mjx.grad(squares, argnums=(0, 1))(x, u)

    for axes in AXES[:2] if kind == "max" else AXES[1:4:2] + AXES[-1:]:
        operands = [batched(v, a) for v, a in zip((X, indices, UPDATES), axes)]
        check(update, operands, axes)
