"""Iterative solvers, implicit derivatives, minimization, and functions on grids."""

import pytest
import scipy.cluster.vq
import scipy.interpolate
import scipy.ndimage
import scipy.optimize

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.scipy import cluster, integrate, interpolate, ndimage, optimize
from mjx.scipy.sparse import linalg

RNG = np.random.default_rng(0)
FACTOR = RNG.normal(size=(6, 6))
SYMMETRIC, GENERAL = FACTOR @ FACTOR.T + 6 * np.eye(6), FACTOR + 4 * np.eye(6)
RIGHT = RNG.normal(size=6)


@pytest.fixture(autouse=True)
def wide():
    with mjx.enable_x64(True):
        yield


SOLVERS = [(linalg.cg, SYMMETRIC), (linalg.bicgstab, GENERAL), (linalg.gmres, GENERAL)]


@pytest.mark.parametrize(("solver", "matrix"), SOLVERS)
def test_solutions(solver, matrix):
    A, b = mnp.asarray(matrix), mnp.asarray(RIGHT)
    np.testing.assert_allclose(
        solver(A, b, tol=1e-12)[0], np.linalg.solve(matrix, RIGHT), rtol=1e-9
    )
    x = mjx.jit(lambda b: solver(lambda v: A @ v, b, tol=1e-12, M=lambda r: r / mnp.diag(A))[0])(b)
    np.testing.assert_allclose(x, np.linalg.solve(matrix, RIGHT), rtol=1e-9)
    tree = (
        solver(lambda t: {"a": t["a"] * 2, "b": -t["b"]}, {"a": 4.0, "b": b})[0]
        if solver is not linalg.cg
        else None
    )
    if tree is not None:
        np.testing.assert_allclose(tree["a"], 2.0)
        np.testing.assert_allclose(tree["b"], -RIGHT, rtol=1e-6)


@pytest.mark.parametrize(("solver", "matrix"), SOLVERS)
def test_derivatives_of_solutions(solver, matrix):
    def symmetric(A):
        return (A + A.T) / 2 if solver is linalg.cg else A

    def found(A, b):
        return mnp.sum(mnp.sin(solver(symmetric(A), b, tol=1e-13)[0]))

    def wanted(A, b):
        return mnp.sum(mnp.sin(mnp.linalg.solve(symmetric(A), b)))

    A, b = mnp.asarray(matrix), mnp.asarray(RIGHT)
    for k in (0, 1):
        np.testing.assert_allclose(
            mjx.grad(found, k)(A, b), mjx.grad(wanted, k)(A, b), rtol=1e-8, atol=1e-10
        )
    np.testing.assert_allclose(
        mjx.jvp(found, (A, b), (A, b * b))[1], mjx.jvp(wanted, (A, b), (A, b * b))[1], rtol=1e-8
    )


def test_solvers_say_what_is_wrong():
    with pytest.raises(ValueError, match="square matrix"):
        linalg.cg(mnp.ones((2, 3)), mnp.ones(2))
    with pytest.raises(ValueError, match="x0 of the shapes"):
        linalg.cg(mnp.eye(2), mnp.ones(2), mnp.ones(3))
    with pytest.raises(ValueError, match="solve_method"):
        linalg.gmres(mnp.eye(2), mnp.ones(2), solve_method="quick")


def test_roots():
    def root(a):
        return lax.custom_root(
            lambda x: x**2 - a, 1.0, lambda f, x: mnp.sqrt(a), lambda g, y: y / g(1.0)
        )

    assert mjx.grad(root)(4.0) == 0.25
    assert mjx.grad(mjx.grad(root))(4.0) == pytest.approx(-1 / 32)
    assert mjx.jvp(root, (4.0,), (1.0,))[1] == 0.25
    np.testing.assert_allclose(mjx.vmap(mjx.grad(root))(mnp.array([1.0, 4.0])), [0.5, 0.25])

    def newton(f, x):
        return lax.while_loop(lambda x: mnp.abs(f(x)) > 1e-12, lambda x: x - f(x) / (3 * x**2), x)

    def cube_root(a):
        return lax.custom_root(lambda x: x**3 - a, 1.0, newton, lambda g, y: y / g(1.0))

    assert mjx.grad(cube_root)(8.0) == pytest.approx(1 / 12)


def test_linear_solve_by_linear_steps_needs_no_transpose():
    def solution(b):
        return lax.custom_linear_solve(lambda v: 2 * v, b, lambda f, b: b / 2).sum()

    assert mjx.jvp(solution, (mnp.ones(2),), (mnp.ones(2),))[1] == 1
    assert mjx.grad(solution)(mnp.ones(2)).tolist() == [0.5, 0.5]


def rosenbrock(x):
    return mnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_minimization():
    found = optimize.minimize(rosenbrock, mnp.array([-1.2, 1.0, 0.5]), method="BFGS", tol=1e-8)
    assert found.success and found.status == 0
    np.testing.assert_allclose(found.x, np.ones(3), atol=1e-6)
    np.testing.assert_allclose(found.jac, np.zeros(3), atol=1e-7)
    reference = scipy.optimize.minimize(scipy.optimize.rosen, [-1.2, 1, 0.5], method="BFGS")
    assert found.nit <= 2 * reference.nit
    quadratic = mjx.jit(
        lambda a: (
            optimize.minimize(lambda x, a: mnp.sum((x - a) ** 2), 0 * a, (a,), method="bfgs").x
        )
    )
    np.testing.assert_allclose(quadratic(mnp.arange(3.0)), [0, 1, 2], atol=1e-6)


def test_minimization_that_fails():
    nowhere = optimize.minimize(lambda x: mnp.log(x[0]), mnp.array([-1.0]), method="BFGS")
    assert not nowhere.success and nowhere.status == 2
    short = optimize.minimize(
        rosenbrock, mnp.array([-1.2, 1.0]), method="BFGS", options={"maxiter": 1}
    )
    assert not short.success and short.status == 1
    with pytest.raises(TypeError, match="options among"):
        optimize.minimize(mnp.sum, mnp.ones(2), method="BFGS", options={"max": 1})
    with pytest.raises(ValueError, match="BFGS"):
        optimize.minimize(mnp.sum, mnp.ones(2), method="Newton")


@pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "mirror", "reflect"])
@pytest.mark.parametrize("order", [0, 1])
def test_coordinates(mode, order):
    image, at = RNG.normal(size=(5, 7)), RNG.uniform(-4, 10, size=(2, 50))
    same = {"wrap": "grid-wrap", "constant": "grid-constant"}.get(mode, mode)
    wanted = scipy.ndimage.map_coordinates(image, at, order=order, mode=same, cval=1.5)
    found = ndimage.map_coordinates(image, list(at), order, mode, 1.5)
    np.testing.assert_allclose(found, wanted, atol=1e-14)


@pytest.mark.parametrize("method", ["linear", "nearest"])
@pytest.mark.parametrize("fill", [np.nan, None, 3.0])
def test_grids(method, fill):
    points = np.sort(RNG.uniform(size=5)), np.sort(RNG.uniform(size=4))
    values, at = RNG.normal(size=(5, 4, 2)), RNG.uniform(-0.2, 1.2, size=(30, 2))
    options = {"method": method, "bounds_error": False, "fill_value": fill}
    wanted = scipy.interpolate.RegularGridInterpolator(points, values, **options)(at)
    found = interpolate.RegularGridInterpolator(points, values, **options)
    np.testing.assert_allclose(found(at), wanted, atol=1e-13)
    np.testing.assert_allclose(mjx.jit(lambda f, x: f(x))(found, at), wanted, atol=1e-13)
    with pytest.raises(ValueError, match="2 coordinates"):
        found(at[:, :1])


def test_codes_and_areas():
    points, codes = RNG.normal(size=(20, 3)), RNG.normal(size=(4, 3))
    found, wanted = cluster.vq.vq(points, codes), scipy.cluster.vq.vq(points, codes)
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_allclose(found[1], wanted[1])
    assert integrate.trapezoid(np.array([1.0, 2, 3]), dx=2) == 8
