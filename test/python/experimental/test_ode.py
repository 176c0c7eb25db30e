"""odeint against known solutions and SciPy; its derivatives against differences."""

import pytest
import scipy.integrate

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.experimental.ode import odeint
from mjx.test_util import check_vjp


@pytest.fixture(autouse=True)
def _wide():
    with mjx.enable_x64(True):
        yield


T = np.array([0.0, 0.3, 0.35, 1.5, 2.0])


def pendulum(y, t, damping, length):
    return mnp.stack([y[1], -damping * y[1] - mnp.sin(y[0]) / length + 0.1 * mnp.cos(t)])


def test_known_solutions():
    np.testing.assert_allclose(odeint(lambda y, t: -y, 2.0, T), 2 * np.exp(-T), rtol=1e-7)
    np.testing.assert_allclose(odeint(lambda y, t: t * y, 1.0, T), np.exp(T**2 / 2), rtol=1e-7)
    np.testing.assert_allclose(odeint(lambda y, t: 1j * y, 1 + 0j, T), np.exp(1j * T), rtol=1e-7)
    np.testing.assert_allclose(odeint(lambda y, t: 4 * t**3, 0.0, -T), T**4, atol=1e-7)
    assert odeint(lambda y, t: y * 0, mnp.ones(3), T).tolist() == [[1, 1, 1]] * 5
    assert odeint(lambda y, t: -y, 2.0, T[:1]).tolist() == [2.0]
    assert odeint(lambda y, t: -y, mnp.zeros(0), T).shape == (5, 0)


@pytest.mark.parametrize("tolerance", [1e-4, 1e-7, 1e-10])
def test_errors_follow_the_tolerance(tolerance):
    found = odeint(pendulum, mnp.array([1.0, 0.0]), T, 0.1, 0.5, rtol=tolerance, atol=tolerance)
    wanted = scipy.integrate.odeint(
        lambda y, t: np.array([y[1], -0.1 * y[1] - np.sin(y[0]) / 0.5 + 0.1 * np.cos(t)]),
        [1.0, 0.0],
        T,
        rtol=1e-12,
        atol=1e-12,
    )
    error = abs(np.asarray(found) - wanted).max()
    assert error < 20 * tolerance


def test_interpolation_is_as_good_as_steps():
    many = np.linspace(0, 2, 101)
    found = odeint(lambda y, t: mnp.cos(t) * y, 1.0, many, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found, np.exp(np.sin(many)), rtol=1e-7)


def test_trees_types_and_transforms():
    y0 = {"a": mnp.ones(2, "float32"), "b": mnp.float32(1.0)}

    def func(y, t, rates):
        return {"a": rates["r"] * y["a"], "b": y["a"].sum() + 0 * t}

    found = mjx.jit(lambda y, r: odeint(func, y, T.astype("float32"), {"r": r}, rtol=1e-5))(
        y0, -1.0
    )
    assert found["a"].shape == (5, 2) and found["a"].dtype == "float32"
    np.testing.assert_allclose(found["b"], 3 - 2 * np.exp(-T), rtol=1e-4)
    rows = mjx.vmap(lambda r: odeint(lambda y, t: r * y, 1.0, T))(mnp.array([-1.0, 1.0]))
    np.testing.assert_allclose(rows, [np.exp(-T), np.exp(T)], rtol=1e-7)


def test_derivatives():
    def f(y, t, damping, length):
        return odeint(pendulum, y, t, damping, length, rtol=1e-11, atol=1e-11)

    args = (mnp.array([1.0, 0.2]), mnp.asarray(T), mnp.asarray(0.1), mnp.asarray(0.5))
    check_vjp(f, lambda *a: mjx.vjp(f, *a), args)


def test_derivatives_of_closed_over_and_whole_arguments():
    t = mnp.array([0.0, 1.0])

    def last(rate):
        return odeint(lambda y, t, n, powers: rate * y ** powers[n], 1.0, t, 1, np.array([0, 1]))[
            -1
        ]

    np.testing.assert_allclose(mjx.grad(last)(0.7), np.exp(0.7), rtol=1e-7)
    np.testing.assert_allclose(mjx.jit(mjx.grad(last))(0.7), np.exp(0.7), rtol=1e-7)
    backward = mjx.grad(lambda a: odeint(lambda y, t: a * y, 1.0, mnp.array([1.0, 0.0]))[-1])
    np.testing.assert_allclose(backward(0.5), -np.exp(-0.5), rtol=1e-7)


def test_what_cannot_be_solved():
    blown = np.asarray(odeint(lambda y, t: y * y, 1.0, np.array([0.0, 0.5, 1.5])))
    assert blown[1] == pytest.approx(2, rel=1e-6) and not np.isfinite(blown[2])
    assert np.isnan(odeint(lambda y, t: y * mnp.nan, 1.0, T)[1:]).all()
    few = np.asarray(odeint(lambda y, t: mnp.sin(50 * t), 0.0, np.array([0.0, 9.0]), mxstep=3))
    assert np.isnan(few[1])
    calm = odeint(lambda y, t: y * 0 + 1, 0.0, np.array([0.0, 9.0]), hmax=1.0, mxstep=8)
    assert np.isnan(calm[1])
    assert odeint(lambda y, t: y * 0 + 1, 0.0, np.array([0.0, 7.0]), hmax=1.0, mxstep=60)[1] == (
        pytest.approx(7)
    )


def test_errors():
    with pytest.raises(TypeError, match="floating numbers"):
        odeint(lambda y, t: y, 1, T)
    with pytest.raises(ValueError, match="vector of times"):
        odeint(lambda y, t: y, 1.0, 3.0)
    with pytest.raises(TypeError):
        odeint(lambda y, t: y, 1.0, T, nonsense=1)
