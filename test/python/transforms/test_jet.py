"""Taylor mode: against closed forms, nested `jvp`, and the growth of programs with the order."""

import math

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from mjx.experimental.jet import jet

X = np.array([0.3, 0.9, 1.7])


@pytest.fixture(autouse=True)
def double():
    with mjx.enable_x64(True):
        yield


def close(actual, expected, tolerance=1e-10):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def nested(f, x, v, order):
    """Derivatives of f(x + t v) at 0 by forward mode over and over."""
    g = lambda t: f(x + t * v)  # noqa: E731
    found = []
    for _ in range(order):
        g = (lambda h: lambda t: mjx.jvp(h, (t,), (1.0,))[1])(g)
        found.append(g(0.0))
    return found


def straight(f, x, v, order):
    """Derivatives along a straight line."""
    return jet(f, (x,), ([v] + [np.zeros(np.shape(x))] * (order - 1),))


A = np.random.default_rng(0).normal(size=(3, 3))


def network(x):
    for _ in range(3):
        x = mnp.tanh(A @ x)
    return x


FUNCTIONS = {
    "sin": mnp.sin,
    "cos": mnp.cos,
    "exp": mnp.exp,
    "log": mnp.log,
    "tanh": mnp.tanh,
    "sqrt": mnp.sqrt,
    "arctan": mnp.arctan,
    "logistic": lax.logistic,
    "reciprocal": lambda x: 1 / x,
    "power": lambda x: x**2.5,
    "square of the sine": lambda x: mnp.sin(x) * mnp.sin(x),
    "quotient": lambda x: mnp.sin(x) / (1 + x * x),
    "matrices": lambda x: A @ mnp.outer(x, mnp.exp(x)) @ x,
    "network": network,
    "shapes": lambda x: mnp.concatenate([x[::2], 3 * x]).reshape(5, 1).sum(0),
    "choice": lambda x: mnp.where(x > 1, mnp.sin(x), x**3),
    "sort": lambda x: mnp.sort(-x * x),
    "maximum": lambda x: mnp.maximum(x, x * x),
    "not differentiable": lambda x: mnp.floor(x) * x,
    "constant": lambda x: mnp.ones(3),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit], ids=["eager", "jit"])
def test_against_nested_jvp(name, wrap):
    f, v = FUNCTIONS[name], np.array([1.0, -0.5, 0.25])
    y, terms = wrap(lambda x: straight(f, x, v, 4))(X)
    close(y, f(X))
    for term, expected in zip(terms, nested(f, X, v, 4)):
        close(term, expected, 1e-9)


def test_closed_forms():
    y, terms = straight(mnp.exp, 0.5, 2.0, 6)
    close(terms, np.exp(0.5) * 2.0 ** np.arange(1, 7))
    _, terms = straight(mnp.log, 2.0, 1.0, 6)
    close(terms, [(-1) ** (k + 1) * math.factorial(k - 1) / 2.0**k for k in range(1, 7)])


def test_curves():
    # The composition of series: exp of x0 + t x1 + t^2 x2 / 2.
    y, (y1, y2) = jet(mnp.exp, (0.5,), ([2.0, 3.0],))
    close([y1, y2], [np.exp(0.5) * 2, np.exp(0.5) * (4 + 3)])
    product = mjx.jit(lambda x, z, xs, zs: jet(lambda x, z: x * z, (x, z), (xs, zs)))
    _, (y1, y2, y3) = product(2.0, 3.0, [1.0, 4.0, 5.0], [6.0, 7.0, 8.0])
    close([y1, y2, y3], [15, 14 + 12 + 12, 16 + 3 * 7 + 3 * 24 + 15])


def test_polynomials():
    # (1 + 2 t + 3 t^2)^2 = 1 + 4 t + 10 t^2 + ...
    y, terms = jet(lambda x: x * x, (1.0,), ([2.0, 3.0, 0.0],), factorial_scaled=False)
    close([y, *terms], [1, 4, 10, 12])


def test_trees_and_integers():
    f = lambda p, n: {"y": p["a"] * p["b"], "n": n + 1}  # noqa: E731
    one = {"a": 1.0, "b": 0.0}
    y, terms = jet(f, ({"a": 2.0, "b": 3.0}, 4), ([one, one], [0, 0]))
    assert (float(y["y"]), int(y["n"])) == (6, 5)
    close(terms["y"], [3, 3])
    assert [int(t) for t in terms["n"]] == [0, 0]


def test_order_zero():
    y, terms = jet(mnp.sin, (0.5,), ([],))
    close(y, np.sin(0.5))
    assert terms == []


@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit], ids=["eager", "jit"])
class TestControlFlow:
    def test_scan(self, wrap):
        f = lambda x: lax.scan(lambda c, a: (mnp.sin(c * a), c * c), x[0], X)  # noqa: E731
        for part in (0, 1):
            g = lambda x, part=part: f(x)[part]  # noqa: E731
            terms = wrap(lambda x: straight(g, x, np.ones(3), 3)[1])(X)  # noqa: B023
            for term, expected in zip(terms, nested(g, X, np.ones(3), 3)):
                close(term, expected)

    def test_while_cond_and_map(self, wrap):
        def f(x):
            y = lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, mnp.sin(s[1])), (0, x))[1]
            y = lax.cond(y.sum() > 0, mnp.exp, mnp.cos, y)
            return lax.map(lambda e: e * e, y)

        terms = wrap(lambda x: straight(f, x, np.ones(3), 3)[1])(X)
        for term, expected in zip(terms, nested(f, X, np.ones(3), 3)):
            close(term, expected)


def test_nests_with_other_transforms():
    third = lambda x: straight(mnp.sin, x, 1.0, 3)[1][2]  # noqa: E731
    close(mjx.grad(third)(0.5), np.sin(0.5))
    close(mjx.vmap(third)(X), -np.cos(X))
    close(mjx.jvp(third, (0.5,), (2.0,))[1], 2 * np.sin(0.5))
    slope = mjx.grad(lambda x: mnp.sin(x) * x)
    for term, expected in zip(straight(slope, 0.5, 1.0, 3)[1], nested(slope, 0.5, 1.0, 3)):
        close(term, expected)


def test_custom_rules_are_used():
    f = mjx.custom_jvp(mnp.exp)
    f.defjvp(lambda p, t: (f(*p), 2 * f(*p) * t[0]))
    close(straight(f, 0.5, 1.0, 4)[1], np.exp(0.5) * 2.0 ** np.arange(1, 5))
    g = mjx.custom_vjp(mnp.exp)
    g.defvjp(lambda x: (mnp.exp(x), x), lambda r, ct: (ct,))
    with pytest.raises(TypeError, match="forward mode"):
        straight(g, 0.5, 1.0, 2)


def test_programs_grow_with_the_square_of_the_order():
    def size(order):
        return mjx.make_ir(lambda x, v: straight(network, x, v, order))(X, X).count("mjx.")

    sizes = [size(order) for order in (2, 4, 6, 8)]
    assert sizes[2] < 400
    steps = np.diff(sizes, 2)
    # Quadratic: equal second differences.
    assert np.ptp(steps) <= 0.2 * steps.mean()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: jet(mnp.sin, 1.0, ([1.0],)), TypeError, "primals as a tuple"),
        (lambda: jet(mnp.sin, (1.0,), 1.0), TypeError, "series as a tuple"),
        (lambda: jet(mnp.sin, (1.0,), (1.0,)), TypeError, "each series as a list"),
        (lambda: jet(mnp.sin, (1.0,), ([1.0], [1.0])), ValueError, "a series for each of the 1"),
        (lambda: jet(mnp.add, (1.0, 1.0), ([1.0], [])), ValueError, "inconsistent lengths 1, 0"),
        (lambda: jet(mnp.sin, (X,), ([1.0],)), TypeError, r"float64\[3\].*float64\[\]"),
        (lambda: jet(lambda p: p["a"], ({"a": X},), ([{"a": 1.0}],)), TypeError, r"p\['a'\]"),
        (lambda: jet(lambda p: p["a"], ({"a": X},), ([X],)), TypeError, "structure"),
        (lambda: jet(3, (1.0,), ([1.0],)), TypeError, "callable"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
