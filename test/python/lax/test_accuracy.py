"""How far functions are from the exact values, in units in the last place."""

import pytest

import mjx
import numpy as np
from mjx import lax
from scipy import special

RNG = np.random.default_rng(7)
N = 4000
ANY = np.concatenate(
    [
        RNG.uniform(-50, 50, N),
        10 ** RNG.uniform(-38, 38, N) * RNG.choice([-1, 1], N),
        10 ** RNG.uniform(-45, -37, 300),
        np.arange(1, 300) * np.pi / 2,
        [0.0, -0.0, np.inf, -np.inf, np.nan],
    ]
)
POSITIVE = np.abs(ANY)
UNIT = np.concatenate(
    [
        RNG.uniform(-1, 1, N),
        1 - 10 ** RNG.uniform(-7, -1, 500),
        -1 + 10 ** RNG.uniform(-7, -1, 500),
        10 ** RNG.uniform(-44, 0, 500),
        [1.0, -1.0, 0.0, -0.0, np.nan],
    ]
)

# Function, exact function, arguments, bound.
ELEMENTARY = {
    "exp": (lax.exp, np.exp, np.concatenate([ANY, RNG.uniform(-104, 89, N)]), 1.5),
    "exp2": (lax.exp2, np.exp2, RNG.uniform(-150, 128, N), 1.5),
    "expm1": (lax.expm1, np.expm1, np.concatenate([UNIT, RNG.uniform(-104, 88, N)]), 2),
    "log": (lax.log, np.log, POSITIVE, 1.5),
    "log1p": (lax.log1p, np.log1p, np.concatenate([UNIT, POSITIVE]), 2),
    "sin": (lax.sin, np.sin, ANY, 2),
    "cos": (lax.cos, np.cos, ANY, 2),
    "tan": (lax.tan, np.tan, ANY, 2),
    "tanh": (lax.tanh, np.tanh, ANY, 2),
    "sinh": (lax.sinh, np.sinh, RNG.uniform(-88, 88, N), 2),
    "cosh": (lax.cosh, np.cosh, RNG.uniform(-88, 88, N), 2),
    "asin": (lax.asin, np.arcsin, UNIT, 2),
    "acos": (lax.acos, np.arccos, UNIT, 2),
    "atan": (lax.atan, np.arctan, ANY, 2),
    "asinh": (lax.asinh, np.arcsinh, ANY, 2),
    "acosh": (lax.acosh, np.arccosh, 1 + POSITIVE, 2),
    "atanh": (lax.atanh, np.arctanh, UNIT, 2),
    "cbrt": (lax.cbrt, np.cbrt, ANY, 1.5),
    "sqrt": (lax.sqrt, np.sqrt, POSITIVE, 0.5001),
    "rsqrt": (lax.rsqrt, lambda x: 1 / np.sqrt(x), POSITIVE, 2),
    "logistic": (lax.logistic, lambda x: 1 / (1 + np.exp(-x)), RNG.uniform(-103, 103, N), 2),
    "erf": (lax.erf, special.erf, ANY, 4),
    "erfc": (lax.erfc, special.erfc, RNG.uniform(-6, 10, N), 4),
    "erf_inv": (lax.erf_inv, special.erfinv, UNIT, 4),
    "lgamma": (
        lax.lgamma,
        special.gammaln,
        np.concatenate([POSITIVE, RNG.uniform(-20, 0, N)]),
        1.5,
    ),
    "digamma": (
        lax.digamma,
        special.digamma,
        np.concatenate([RNG.uniform(-20, 20, N), POSITIVE[POSITIVE > 1e-30]]),
        4,
    ),
    "bessel_i0e": (lax.bessel_i0e, special.i0e, ANY, 1),
    "bessel_i1e": (lax.bessel_i1e, special.i1e, ANY, 1),
}


def errors(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """In units in the last place of what `want` rounds to; overflow must be matched."""
    with np.errstate(all="ignore"):
        rounded = want.astype(got.dtype)
        units = np.spacing(np.abs(rounded)).astype(want.dtype)
        error = np.abs(got.astype(want.dtype) - want) / units
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    return np.where(np.isfinite(rounded), error, np.where(same, 0, np.inf))


@pytest.mark.parametrize("name", ELEMENTARY)
def test_functions_of_one_number(name):
    function, exact, x, bound = ELEMENTARY[name]
    x = x.astype(np.float32)
    # SciPy's own functions take nothing wider.
    wide = (
        np.float64
        if getattr(exact, "__module__", None) is None and exact in vars(special).values()
        else np.longdouble
    )
    with np.errstate(all="ignore"):
        want = exact(x.astype(wide))
    error = errors(np.asarray(function(x)), want)
    worst = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
    assert error[worst] <= bound, (
        f"{name}({x[worst]!r}): {error[worst]} units, want {want[worst]!r}"
    )


def draw(low: float, high: float) -> np.ndarray:
    return np.exp(RNG.uniform(np.log(low), np.log(high), 1500)).astype(np.float32)


SEVERAL = {
    "pow": (lax.pow, np.power, [draw(0.01, 20), RNG.uniform(-20, 20, 1500)], 1.5),
    "atan2": (lax.atan2, np.arctan2, [RNG.normal(size=1500), RNG.normal(size=1500)], 2),
    "igamma": (lax.igamma, special.gammainc, [draw(1e-3, 300), draw(1e-3, 300)], 2),
    "igammac": (lax.igammac, special.gammaincc, [draw(1e-2, 200), draw(1e-3, 200)], 2),
    "betainc": (lax.betainc, special.betainc, [draw(0.05, 99), draw(0.05, 99), RNG.uniform(0.01, 0.99, 1500)], 2),
    "zeta": (lax.zeta, special.zeta, [1 + draw(0.01, 20), draw(0.01, 300)], 2),
    "polygamma": (lax.polygamma, special.polygamma, [RNG.integers(0, 9, 1500), draw(0.1, 50)], 4),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_functions_of_several_numbers(name):
    function, exact, operands, bound = SEVERAL[name]
    operands = [x.astype(np.float32) for x in operands]
    wide = [x.astype(np.float64) for x in operands]
    if name == "polygamma":
        wide[0] = wide[0].astype(int)
    with np.errstate(all="ignore"):
        want = exact(*wide)
    normal = ~(np.abs(want) < 1e-37)
    error = errors(np.asarray(function(*operands)), want)[normal]
    assert error.max() <= bound, f"{name}: {error.max()} units at {np.argmax(error)}"


def test_double_precision_near_zeros_of_lgamma():
    """lgamma(1 + h) is the sum of (-1)^k zeta(k) h^k / k, with Euler's constant for zeta(1)."""
    h = np.concatenate([RNG.normal(0, 1e-3, 99), [1e-9, -1e-9, 0.0]])
    h = (1 + h) - 1
    slopes = [0.5772156649015329, *special.zeta(np.arange(2.0, 9.0))]
    want = sum((-1) ** k * c * h**k / k for k, c in enumerate(slopes, 1))
    with mjx.enable_x64(True):
        np.testing.assert_allclose(np.asarray(lax.lgamma(1 + h)), want, rtol=1e-14)
        y = (2 + h) - 2
        want = sum((-1) ** k * c * y**k / k for k, c in enumerate(slopes, 1)) + np.log1p(y)
        np.testing.assert_allclose(np.asarray(lax.lgamma(2 + y)), want, rtol=1e-13)


EDGES = [
    (lax.igamma, [(0.0, 1.0, np.nan), (1.0, -1.0, np.nan), (2.0, 0.0, 0.0), (2.0, np.inf, 1.0), (np.inf, 2.0, 0.0), (np.nan, 1.0, np.nan)]),
    (lax.igammac, [(0.0, 1.0, np.nan), (2.0, 0.0, 1.0), (2.0, np.inf, 0.0), (np.inf, 2.0, 1.0), (1.0, np.nan, np.nan)]),
    (lax.zeta, [(1.0, 2.0, np.inf), (0.5, 2.0, np.nan), (2.0, 0.0, np.inf), (2.0, -3.0, np.inf), (2.5, -0.5, np.nan), (3.0, np.inf, 0.0), (2.0, -0.5, special.zeta(2.0, 0.5) + 4)]),
    (lambda a, x: lax.betainc(a, np.float32(2), x), [(0.0, 0.5, np.nan), (2.0, 0.0, 0.0), (2.0, 1.0, 1.0), (2.0, 1.5, np.nan), (2.0, np.nan, np.nan)]),
]  # fmt: skip


@pytest.mark.parametrize("function, rows", EDGES)
def test_edges_of_special_functions(function, rows):
    a, x, want = (np.array(column, np.float32) for column in zip(*rows))
    np.testing.assert_allclose(np.asarray(function(a, x)), want, rtol=1e-6)


def test_derivatives_in_the_order_of_gamma_functions():
    a, x = draw(0.2, 30), draw(0.2, 30)
    wide, at = a.astype(float), x.astype(float)
    h = 1e-4 * wide
    slope = (special.gammainc(wide + h, at) - special.gammainc(wide - h, at)) / (2 * h)
    got = np.asarray(mjx.vmap(mjx.grad(lax.igamma))(a, x))
    np.testing.assert_allclose(got, slope, rtol=1e-4, atol=1e-7)
    np.testing.assert_array_equal(got, np.asarray(lax.igamma_grad_a(a, x)))
    density = np.exp((wide - 1) * np.log(at) - at - special.gammaln(wide))
    far = density > 1e-5
    variate = np.asarray(lax.random_gamma_grad(a, x))[far]
    np.testing.assert_allclose(variate, (-slope / density)[far], rtol=1e-3)
    with pytest.raises(Exception, match="no derivative"):
        mjx.grad(mjx.grad(lax.igamma))(2.0, 1.0)
