"""Derivatives where ops are special: ties, repeated places, poles, and inputs that stay constant.

Found by `./dev mutate`: rules that were wrong here passed all other tests.
"""

import pytest
import scipy.special

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax


@pytest.fixture(autouse=True)
def double():
    with mjx.enable_x64():
        yield


def close(found, wanted):
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("function", [mnp.max, mnp.min])
def test_tied_extrema_share_the_derivative(function):
    x = np.full(3, 2.0)
    tangent = np.array([1.0, 10.0, 100.0])
    close(mjx.jvp(function, (x,), (tangent,))[1], 37.0)
    close(mjx.grad(function)(x), np.full(3, 1 / 3))


@pytest.mark.parametrize("kind", ["max", "min"])
def test_tied_updates_share_the_derivative(kind):
    def f(dest, updates):
        return getattr(dest.at[np.array([1, 1])], kind)(updates)

    dest, updates = np.array([5.0, 2.0]), np.full(2, 2.0)
    tangents = np.array([1.0, 3.0]), np.array([10.0, 101.0])
    close(mjx.jvp(f, (dest, updates), tangents)[1], [1.0, (3 + 10 + 101) / 3])
    _, pull = mjx.vjp(f, dest, updates)
    of_dest, of_updates = pull(np.array([1.0, 6.0]))
    close(of_dest, [1.0, 2.0])
    close(of_updates, [2.0, 2.0])


def test_the_last_update_of_a_place_has_the_derivative():
    def f(dest, updates):
        return dest.at[np.array([2, 0, 2])].set(updates)

    dest, updates = np.zeros(4), np.arange(3.0)
    _, pull = mjx.vjp(f, dest, updates)
    of_dest, of_updates = pull(np.array([1.0, 2.0, 4.0, 8.0]))
    close(of_dest, [0, 2, 0, 8])
    close(of_updates, [0, 1, 4])


@pytest.mark.parametrize("x", [-0.3, -1.7, -4.2, 0.4, 0.5, 0.6, 1.0])
def test_gamma_functions_beyond_their_poles(x):
    close(lax.digamma(x), scipy.special.digamma(x))
    close(mjx.grad(lax.lgamma)(x), scipy.special.digamma(x))
    close(mjx.grad(lax.digamma)(x), scipy.special.polygamma(1, x))


@pytest.mark.parametrize("constant", [0, 1])
def test_half_a_complex_number(constant):
    def f(t):
        parts = [t, t]
        parts[constant] = np.ones(2)
        return lax.complex(*parts)

    out, tangent = mjx.jvp(f, (np.zeros(2),), (np.array([2.0, 3.0]),))
    close(tangent, np.array([2.0, 3.0]) * (1, 1j)[1 - constant])
    close(out, [1j, 1j] if constant else [1, 1])


@pytest.mark.parametrize("count", [1, 2, 5, 6])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_adjoints_of_fourier_transforms(name, count):
    rng = np.random.default_rng(count)
    size = count // 2 + 1 if name == "irfft" else count

    def draw(shape, is_complex):
        x = rng.normal(size=shape)
        return x + 1j * rng.normal(size=shape) if is_complex else x

    def f(x):
        return getattr(mnp.fft, name)(x, count)

    x, v = (draw(size, name != "rfft") for _ in range(2))
    out, pushed = mjx.jvp(f, (x,), (v,))
    u = draw(out.shape, name != "irfft")
    (pulled,) = mjx.vjp(f, x)[1](u)
    close(pushed, getattr(np.fft, name)(v, count))
    close(np.real(np.sum(np.asarray(pulled) * v)), np.real(np.sum(u * np.asarray(pushed))))


@pytest.mark.parametrize("x, y", [(1.0, 0.0), (1.0, 2.0), (2.0, 0.0), (2.0, 2.0)])
def test_densities_of_whole_orders(x, y):
    """Powers of zero and one, for which logarithms have no say."""
    close(mjx.grad(lax.igamma, 1)(x, y), y ** (x - 1) * np.exp(-y))
    share = y / 4
    density = share ** (x - 1) * (1 - share) / scipy.special.beta(x, 2.0)
    close(mjx.grad(lax.betainc, 2)(x, 2.0, share), density)
