"""Polynomials, functions of functions, and comparing whole arrays against NumPy."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

P, Q = np.float32([1, -2, 3]), np.float32([2, 1])
X = np.float32([[1, 2, -1], [3, -1, 0.5]])


@pytest.mark.parametrize("name", ["polyadd", "polysub", "polymul"])
def test_polynomial_arithmetic(name):
    check(name, P, Q)
    check(name, Q, P)


def test_polynomials():
    check("polyval", P, X)
    check("polyval", np.arange(20.0) / 20, X, tolerance=1e-4)
    same(mnp.polydiv(P, Q, trim_leading_zeros=True), np.polydiv(P, Q))
    same(mnp.polydiv(Q, P), (np.zeros(1), Q))
    check("polyder", P)
    check("polyder", P, 2)
    check("polyint", P, 2, [1, 2])
    check("poly", P)
    check("vander", P, 4)
    same(mnp.vander(P, increasing=True), np.vander(P, increasing=True))
    same(mnp.polymul(np.float32([0, 0, 1]), Q, trim_leading_zeros=True), Q)


def test_polynomial_errors():
    for name, args in (
        ("polyval", (X, 1)),
        ("vander", (X,)),
        ("polyder", (P, -1)),
        ("polyadd", (X, P)),
    ):
        with pytest.raises(ValueError, match=name):
            getattr(mnp, name)(*args)


def test_along_axes():
    for axis in (0, 1, -1):
        same(mnp.apply_along_axis(mnp.cumsum, axis, X), np.cumsum(X, axis))
        same(mnp.apply_along_axis(mnp.sum, axis, X), np.sum(X, axis))
    outer = np.apply_along_axis(lambda v: np.outer(v, v), 1, X)
    same(mnp.apply_along_axis(lambda v: mnp.outer(v, v), 1, X), outer)
    same(mnp.apply_over_axes(mnp.sum, X, [0, 1]), np.apply_over_axes(np.sum, X, [0, 1]))


def test_piecewise():
    pieces = [lambda v: -v, lambda v: v * 2, 7.0]
    conditions = [X < 0, X > 2]
    same(mnp.piecewise(X, conditions, pieces), np.piecewise(X, conditions, pieces))
    same(mnp.piecewise(X, conditions, pieces[:2]), np.piecewise(X, conditions, pieces[:2]))
    with pytest.raises(ValueError, match="piecewise"):
        mnp.piecewise(X, conditions, pieces[:1])


def test_vectorize():
    product = mnp.vectorize(mnp.matmul, signature="(m,k),(k,n)->(m,n)")
    a, b = np.ones((5, 1, 2, 3), np.float32), np.ones((4, 3, 2), np.float32)
    same(product(a, b), a @ b)
    same(mnp.vectorize(lambda x, y: x + y)(X, P), X + P)
    same(mnp.vectorize(lambda x, n: x * n, excluded={1})(X, 3), X * 3)
    same(mjx.jit(mnp.vectorize(mnp.dot, signature="(n),(n)->()"))(X, P), X @ P)


@pytest.mark.parametrize("signature", ["(m,k", "(m)->", "m->()"])
def test_vectorize_signatures(signature):
    with pytest.raises(ValueError, match="vectorize"):
        mnp.vectorize(mnp.sum, signature=signature)


def test_vectorize_errors():
    with pytest.raises(ValueError, match="vectorize"):
        mnp.vectorize(mnp.dot, signature="(n),(n)->()")(P, Q)
    with pytest.raises(TypeError, match="vectorize"):
        mnp.vectorize(mnp.dot, signature="(n),(n)->()")(P)
    with pytest.raises(TypeError, match="vectorize"):
        mnp.vectorize(mnp.sum, signature="(n)->(n)")(P)


def test_comparing():
    x = np.float32([1, np.nan])
    for a, b in ((X, X), (X, P), (X, X + 1), (x, x), (P, np.tile(P, (2, 1)))):
        check("array_equal", a, b)
        check("array_equiv", a, b)
    assert bool(mnp.array_equal(x, x, equal_nan=True))
    check("allclose", X, X + 1e-7)


def test_gradients():
    check_gradient(mnp.polyval, P, X, tolerance=1e-4)
    check_gradient(mnp.polymul, P, Q, tolerance=1e-4)
    check_gradient(lambda x: mnp.piecewise(x, [x < 0], [mnp.sin, mnp.cos]), X, tolerance=1e-4)
    check_gradient(mnp.vectorize(mnp.dot, signature="(n),(n)->()"), X, P, tolerance=1e-4)
