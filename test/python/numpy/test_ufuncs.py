"""Elementwise functions against NumPy."""

import ml_dtypes
import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.errors import TypePromotionError
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(0)
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan, 1e-3], np.float32)

EVERYWHERE = (
    "exp exp2 expm1 log log1p log2 log10 sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh "
    "arcsinh arccosh arctanh floor ceil trunc rint deg2rad rad2deg degrees radians negative sign "
    "square abs absolute fabs isfinite isnan isinf isposinf isneginf signbit nan_to_num sinc "
    "reciprocal positive logical_not real imag conj angle"
).split()


@pytest.mark.parametrize("name", EVERYWHERE)
def test_special_values(name):
    x = SPECIAL
    if name in ("sin", "cos", "tan", "sinc"):
        x = x[np.isfinite(x)]
    reference = {"sinc": np.sinc, "angle": np.angle}.get(name)
    tolerance = 1e-4 if name == "sinc" else None
    if name == "nan_to_num":
        same(mnp.nan_to_num(x), np.nan_to_num(x), 1e-6)
        return
    check(name, x, reference=reference, tolerance=tolerance)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64, np.int8, np.uint32])
@pytest.mark.parametrize("name", ["exp", "sqrt", "tanh", "floor", "square", "log1p"])
def test_dtypes_of_unary_functions(name, dtype):
    x = np.array([[0, 1], [2, 3]]).astype(dtype)
    found = check(name, x, tolerance=3e-2)
    keeps = name in ("square", "floor") or np.dtype(dtype).kind not in "iu"
    if np.dtype(dtype) == np.float64 or (not keeps):
        assert found.dtype == np.float32
    elif keeps:
        assert found.dtype == np.dtype(dtype)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (2, 3)])
def test_shapes_of_unary_functions(shape):
    x = np.asarray(RNG.normal(size=shape), np.float32)
    check("exp", x)
    check("negative", x)
    check("isnan", x)


COMPLEX = "exp log sqrt sin cos tan sinh cosh tanh square abs negative conj real imag angle sign"


@pytest.mark.parametrize("name", COMPLEX.split())
def test_complex(name):
    x = (RNG.normal(size=(5,)) + 1j * RNG.normal(size=(5,))).astype(np.complex64)
    check(name, x)


BINARY = (
    "add subtract multiply divide true_divide maximum minimum fmax fmin arctan2 hypot copysign "
    "logaddexp logaddexp2 power float_power floor_divide remainder mod fmod equal not_equal less "
    "less_equal greater greater_equal logical_and logical_or logical_xor heaviside"
).split()


@pytest.mark.parametrize("name", BINARY)
def test_binary_special_values(name):
    values = np.array([0.0, -0.0, 1.5, -2.0, np.inf, -np.inf, np.nan], np.float32)
    if name in ("floor_divide", "remainder", "mod"):
        # Results that differ between libraries where the divisor is 0 or infinite.
        x, y = values[np.isfinite(values)], np.array([1.5, -2.0, 0.3], np.float32)
    else:
        x = y = values
    check(name, x[:, None], y[None, :])


@pytest.mark.parametrize(
    "name",
    [
        "add",
        "subtract",
        "multiply",
        "maximum",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "floor_divide",
        "remainder",
        "left_shift",
        "right_shift",
        "power",
        "equal",
        "less",
    ],
)
@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint8, np.uint32])
def test_integers(name, dtype):
    x = np.array([0, 1, 5, 100, 7, 3], dtype)
    y = np.array([1, 2, 3, 2, 5, 3], dtype)
    if np.dtype(dtype).kind == "i" and name not in ("power", "left_shift"):
        x = np.concatenate([x, -x])
        y = np.concatenate([y, y])
        y[:3] *= -1 if "shift" not in name else 1
    found = check(name, x, y)
    assert found.dtype == (bool if name in ("equal", "less") else dtype)


@pytest.mark.parametrize(
    "shapes", [((), (3,)), ((2, 1), (3,)), ((0,), (1,)), ((1, 1), (2, 3)), ((4, 1, 2), (3, 1))]
)
def test_broadcasting(shapes):
    x, y = (np.asarray(RNG.normal(size=s), np.float32) for s in shapes)
    check("add", x, y)
    check("less", x, y)
    check("where", x > 0, x, y)


def test_incompatible_shapes():
    with pytest.raises(TypeError, match=r"add.*\(3,\), \(4,\)"):
        mnp.add(np.zeros(3), np.zeros(4))
    with pytest.raises(TypeError, match="where"):
        mnp.where(np.ones(2, bool), np.zeros(3), np.zeros(4))


PROMOTION = [
    (np.int8, np.uint8, np.int16),
    (np.int32, np.float16, np.float16),
    (np.uint32, np.int32, np.int32),
    (ml_dtypes.bfloat16, np.float16, np.float32),
    (np.float32, np.complex64, np.complex64),
    (bool, np.uint8, np.uint8),
    (np.float16, 2, np.float16),
    (np.int8, 2.0, np.float32),
    (ml_dtypes.bfloat16, 1.5, "bfloat16"),
    (np.uint8, True, np.uint8),
    (np.int16, 3, np.int16),
    (np.float32, 1j, np.complex64),
]


@pytest.mark.parametrize("a, b, wanted", PROMOTION)
def test_promotion(a, b, wanted):
    x = np.ones(2, a)
    y = b if isinstance(b, (bool, int, float, complex)) else np.ones(2, b)
    assert mnp.add(x, y).dtype == np.dtype(wanted)
    assert mnp.add(y, x).dtype == np.dtype(wanted)
    assert mnp.where(np.array([True, False]), x, y).dtype == np.dtype(wanted)


def test_strict_promotion():
    with mjx.numpy_dtype_promotion("strict"):
        with pytest.raises(TypePromotionError):
            mnp.add(np.ones(2, np.int32), np.ones(2, np.float32))
        assert mnp.add(np.ones(2, np.float32), 1).dtype == np.float32


def test_weak_types():
    assert mnp.add(1, 2).weak_type
    assert not mnp.add(np.int32(1), 2).weak_type
    assert mnp.sin(1).dtype == np.float32


def test_division_by_zero_of_integers():
    x = mnp.array([5, -5, 0])
    assert np.asarray(mnp.remainder(x, 0)).tolist() == [0, 0, 0]
    mnp.floor_divide(x, 0).block_until_ready()


def test_pairs():
    x = np.array([3.75, -3.75, 0.0, -0.5, np.inf], np.float32)
    check("modf", x)
    check("divmod", x[:4], np.float32(1.5))
    mantissa, exponent = mnp.frexp(np.array([0.0, 8.0, -0.3, 1e-40, 1e30], np.float32))
    wanted = np.frexp(np.array([0.0, 8.0, -0.3, 1e-40, 1e30], np.float32))
    np.testing.assert_allclose(mantissa, wanted[0])
    np.testing.assert_array_equal(exponent, wanted[1])
    check("ldexp", np.float32([1.5, -2.0]), np.int32([3, -1]))


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_round(decimals):
    check("round", np.array([0.5, 1.5, -2.5, 1.25, 3.14159], np.float32), decimals)
    check("round", np.array([1, 15, 25]), decimals)


def test_clip():
    x = np.array([-2.0, 0.5, np.nan, 3.0], np.float32)
    check("clip", x, -1, 1)
    check("clip", x, None, 1)
    same(mnp.clip(x, min=0), np.clip(x, 0, None))
    same(mnp.clip(np.arange(5), 1, 3), np.arange(5).clip(1, 3))
    with pytest.raises(ValueError, match="clip"):
        mnp.clip(np.ones(2, np.complex64), 0, 1)


def test_select_and_where():
    x = np.arange(6.0, dtype=np.float32)
    conditions = [x < 2, x < 4]
    same(mnp.select(conditions, [x, x * 10], -1), np.select(conditions, [x, x * 10], -1))
    with pytest.raises(ValueError, match="select"):
        mnp.select(conditions, [x])
    with pytest.raises(ValueError, match="where"):
        mnp.where(x > 1, x)


@pytest.mark.parametrize("equal_nan", [False, True])
def test_isclose(equal_nan):
    a = np.array([1.0, 1.0, np.nan, np.inf, np.inf, 0.0], np.float32)
    b = np.array([1.0 + 1e-6, 1.1, np.nan, np.inf, -np.inf, 1e-9], np.float32)
    check("isclose", a, b, equal_nan=equal_nan)
    check("allclose", a, b, equal_nan=equal_nan)


def test_nextafter():
    x = np.array([0.0, 1.0, -1.0, np.inf], np.float32)
    same(mnp.nextafter(x, np.float32(2)), np.nextafter(x, np.float32(2)), 1e-12)


SMOOTH = (
    "exp exp2 expm1 log log1p log2 log10 sqrt cbrt sin cos tan arcsin arctan sinh cosh tanh "
    "arcsinh arctanh square reciprocal sinc abs"
).split()


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients(name):
    check_gradient(getattr(mnp, name), np.array([0.3, 0.6, 0.85]), order=2, tolerance=1e-4)


@pytest.mark.parametrize(
    "name",
    [
        "add",
        "multiply",
        "divide",
        "power",
        "arctan2",
        "hypot",
        "logaddexp",
        "maximum",
        "minimum",
        "subtract",
        "remainder",
    ],
)
def test_gradients_of_two_operands(name):
    x, y = np.array([[0.7, 1.9, 2.3]]), np.array([[1.4], [0.6]])
    check_gradient(getattr(mnp, name), x, y, order=2, tolerance=1e-4)


def test_gradients_at_kinks():
    assert float(mjx.grad(mnp.abs)(0.0)) in (0.0, 1.0)
    assert float(mjx.grad(mnp.maximum)(1.0, 1.0)) == 0.5
    assert float(mjx.grad(lambda x: mnp.clip(x, 0.0, 1.0))(1.0)) == 0.5
    assert np.isinf(float(mjx.grad(mnp.sqrt)(0.0)))
    assert float(mjx.grad(mnp.logaddexp)(0.0, -np.inf)) == 1.0


def test_operators():
    x, n = mnp.array([1.0, 2.0, -3.0]), np.array([1.0, 2.0, -3.0], np.float32)
    i, m = mnp.array([5, 2, 7]), np.array([5, 2, 7])
    same(2 - x * 3 + x / 2 - x**2, 2 - n * 3 + n / 2 - n**2)
    same(-x // 2 % 3, -n // 2 % 3)
    same(abs(x), abs(n))
    same((i & 3) | (i << 1) ^ (i >> 1), (m & 3) | (m << 1) ^ (m >> 1))
    same(~i, ~m)
    same(x @ x, n @ n)
    same(2**i, 2**m)
    same(n + x, n + n)
    assert isinstance(n + x, mjx.Array)
    same((x > 1) == (n > 1), np.ones(3, bool))
    with pytest.raises(TypeError):
        x + "a"
    with pytest.raises(TypeError):
        x + [1.0, 2.0, 3.0]


def test_extrema_of_complex_numbers():
    x = np.array([1 + 2j, 1 + 3j, np.nan + 1j, -1 - 1j, 2], np.complex64)
    y = np.array([1 + 3j, 1 + 2j, 0, np.nan, 1 + 5j], np.complex64)
    np.testing.assert_array_equal(mnp.maximum(x, y), np.maximum(x, y))
    np.testing.assert_array_equal(mnp.minimum(x, y), np.minimum(x, y))
