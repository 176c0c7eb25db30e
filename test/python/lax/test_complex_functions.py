"""Functions of complex numbers, far out, near branch points and on branch cuts."""

import pytest

import mjx
import numpy as np
from mjx import lax

RNG = np.random.default_rng(5)


def around(centre: complex, size: float, count: int = 200) -> np.ndarray:
    return centre + size * (RNG.normal(size=count) + 1j * RNG.normal(size=count))


POINTS = np.concatenate(
    [around(0, 1) * 10 ** RNG.uniform(-4, 6, 200)]
    + [around(c, s) for c in (0, 1, -1, 1j, -1j) for s in (1e-1, 1e-3)]
    + [np.array([2, -2, 2j, -2j, 0.5, -0.5, 0, 0.5j])]
).astype(np.complex64)
SMALL = POINTS[np.abs(POINTS) < 40]

FUNCTIONS = {
    "asin": (np.arcsin, POINTS),
    "acos": (np.arccos, POINTS),
    "atan": (np.arctan, POINTS),
    "asinh": (np.arcsinh, POINTS),
    "acosh": (np.arccosh, POINTS),
    "atanh": (np.arctanh, POINTS),
    "sin": (np.sin, SMALL),
    "cos": (np.cos, SMALL),
    "tan": (np.tan, SMALL),
    "sinh": (np.sinh, SMALL),
    "cosh": (np.cosh, SMALL),
    "tanh": (np.tanh, SMALL),
    "exp": (np.exp, SMALL),
    "sqrt": (np.sqrt, POINTS),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values(name):
    exact, z = FUNCTIONS[name]
    want = exact(z.astype(np.complex128))
    got = np.asarray(getattr(lax, name)(z))
    assert np.isfinite(got).all()
    error = np.abs(got - want) / np.maximum(np.abs(want), 1e-30)
    assert error.max() < 1e-6, f"{name}({z[error.argmax()]}): {got[error.argmax()]}"


@pytest.mark.parametrize("name", ["asin", "acos", "acosh", "atanh"])
def test_both_sides_of_branch_cuts(name):
    """The sign of a zero tells the side."""
    x = np.array([2.0, -2.0, 2.0, -2.0])
    z = x + 0j
    z.imag = [0.0, 0.0, -0.0, -0.0]
    with mjx.enable_x64(True):
        got = np.asarray(getattr(lax, name)(z))
    np.testing.assert_allclose(got, FUNCTIONS[name][0](z), rtol=1e-14)


@pytest.mark.parametrize("name", ["asin", "acos", "atan", "asinh", "acosh", "atanh", "sin", "cos"])
def test_derivatives(name):
    with mjx.enable_x64(True):
        z, step = around(0.3 + 0.4j, 0.3, 20), 1e-6
        function = getattr(lax, name)
        got = np.asarray(mjx.vmap(mjx.grad(function, holomorphic=True))(z))
        want = (np.asarray(function(z + step)) - np.asarray(function(z - step))) / (2 * step)
    np.testing.assert_allclose(got, want, rtol=1e-7)
