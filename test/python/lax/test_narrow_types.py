"""Floats of 8 bits and integers of 4: conversions by all their values, and every kind of op."""

import ml_dtypes
import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax

FLOATS = ["e4m3b11fnuz", "e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz"]
FLOATS = [np.dtype(getattr(ml_dtypes, f"float8_{name}")) for name in FLOATS]
INTS = [np.dtype(ml_dtypes.int4), np.dtype(ml_dtypes.uint4)]


def wide(x) -> np.ndarray:
    return np.asarray(x).astype(np.float32)


def check_equal(got, want: np.ndarray) -> None:
    """Equal bit by bit, but for the payload of NaNs."""
    got = np.asarray(got)
    assert got.dtype == want.dtype
    nan = np.isnan(wide(want))
    np.testing.assert_array_equal(np.isnan(wide(got)), nan)
    np.testing.assert_array_equal(got.view(np.uint8)[~nan], want.view(np.uint8)[~nan])


def all_values(dtype: np.dtype) -> np.ndarray:
    return np.arange(256, dtype=np.uint8).view(dtype)


def awkward_numbers(dtype: np.dtype) -> np.ndarray:
    """Values halfway between neighbours, next to that, out of range, tiny and huge."""
    finite = np.sort(wide(all_values(dtype))[np.isfinite(wide(all_values(dtype)))].astype(float))
    middle = (finite[1:] + finite[:-1]) / 2
    rng = np.random.default_rng(0)
    spread = rng.normal(size=2000) * 10.0 ** rng.uniform(-8, 6, 2000)
    edges = [np.nan, np.inf, 0.0, finite[-1] * 1.01, finite[-1] * 1.07, finite[-1] * 2, 1e-45, 3e38]
    values = np.concatenate([middle, middle * (1 + 1e-6), middle * (1 - 1e-6), spread, edges])
    return np.concatenate([values, -values])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_floats_to_wider_ones(dtype):
    x = mnp.asarray(all_values(dtype))
    np.testing.assert_array_equal(np.asarray(x).view(np.uint8), np.arange(256))
    for target in ("float32", "float16", "bfloat16", "complex64", "bool"):
        with np.errstate(all="ignore"):
            want = all_values(dtype).astype(getattr(ml_dtypes, target, target))
        np.testing.assert_array_equal(
            np.asarray(x.astype(target)).astype(np.complex64), want.astype(np.complex64)
        )


@pytest.mark.parametrize("source", ["float32", "float16", "bfloat16", "float64", "int32"])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_rounding_to_floats(dtype, source):
    with np.errstate(all="ignore"), mjx.enable_x64(source == "float64"):
        values = np.arange(-600, 600) if source == "int32" else awkward_numbers(dtype)
        values = values.astype(getattr(ml_dtypes, source, source))
        want = values.astype(np.float32) if source == "int32" else values
        check_equal(mnp.asarray(values).astype(dtype), want.astype(dtype))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_arithmetic_of_floats(dtype):
    a, b = (m.ravel() for m in np.meshgrid(all_values(dtype), all_values(dtype)))
    x, y = mnp.asarray(a), mnp.asarray(b)
    with np.errstate(all="ignore"):
        for op, of in ((lax.add, np.add), (lax.mul, np.multiply), (lax.div, np.divide)):
            check_equal(op(x, y), of(wide(a), wide(b)).astype(dtype))
        for op, of in ((lax.lt, np.less), (lax.eq, np.equal), (lax.ge, np.greater_equal)):
            np.testing.assert_array_equal(np.asarray(op(x, y)), of(wide(a), wide(b)))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_ops_on_floats(dtype):
    v = np.random.default_rng(1).normal(size=(5, 6)).astype(dtype)
    x, w = mnp.asarray(v), wide(v)
    check_equal(mnp.sum(x), np.asarray(w.astype(float).sum()).astype(np.float32).astype(dtype))
    check_equal(mnp.max(x, 0), w.max(0).astype(dtype))
    check_equal(mnp.sort(x), np.sort(w).astype(dtype))
    check_equal(lax.top_k(x, 2)[0], -np.sort(-w)[:, :2].astype(dtype))
    check_equal(lax.cumsum(x, 1), np.cumsum(w, 1).astype(dtype))
    check_equal(x @ x.T, (w @ w.T).astype(dtype))
    check_equal(
        mjx.jit(lambda x: x * 2 + 1)(x),
        ((w * 2).astype(dtype).astype(np.float32) + 1).astype(dtype),
    )
    check_equal(x.at[0].set(1.0)[:2], np.stack([np.ones(6, dtype), v[1]]))
    check_equal(mjx.grad(lambda x: (x * x).astype("float32").sum())(x), (2 * w).astype(dtype))
    pooled = lax.reduce_window(x, 0.0, lax.add, (1, 2), (1, 1))
    check_equal(pooled, (w[:, 1:] + w[:, :-1]).astype(dtype))
    np.testing.assert_array_equal(mnp.argmax(x, 1), w.argmax(1))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_maxima_of_nothing(dtype):
    """The least number, where the format has no infinity."""
    info = ml_dtypes.finfo(dtype)
    want = -np.inf if dtype == ml_dtypes.float8_e5m2 else float(info.min)
    assert float(lax.reduce_max(mnp.zeros((0,), dtype), [0])) == want
    x = mnp.full((2,), info.min, dtype)
    assert wide(lax.reduce_window(x, info.min, lax.max, (2,))).tolist() == [float(info.min)]


@pytest.mark.parametrize("dtype", [*FLOATS, *INTS], ids=str)
def test_nothing_is_promoted(dtype):
    x = mnp.ones((2,), dtype)
    with pytest.raises(mjx.errors.TypePromotionError):
        x + mnp.ones((2,))
    assert (x + 1).dtype == dtype


@pytest.mark.parametrize("dtype", INTS, ids=str)
def test_integers(dtype):
    low, high = (-8, 7) if dtype == ml_dtypes.int4 else (0, 15)

    def wrapped(values) -> np.ndarray:
        return (np.asarray(values) - low) % 16 + low

    def check(got, want) -> None:
        assert got.dtype == dtype
        np.testing.assert_array_equal(np.asarray(got).astype(int), want)

    v = np.arange(16, dtype=np.uint8).view(dtype)
    i, x = v.astype(int), mnp.asarray(v)
    a, b = (m.ravel() for m in np.meshgrid(v, v))
    p, q = a.astype(int), b.astype(int)
    for op, of in ((lax.add, np.add), (lax.sub, np.subtract), (lax.mul, np.multiply)):
        check(op(mnp.asarray(a), mnp.asarray(b)), wrapped(of(p, q)))
    check(lax.max(mnp.asarray(a), mnp.asarray(b)), np.maximum(p, q))
    quotient = lax.div(mnp.asarray(a[q != 0]), mnp.asarray(b[q != 0]))
    check(quotient, wrapped(np.trunc(p[q != 0] / q[q != 0]).astype(int)))
    for target in ("int8", "int32", "float32", "bfloat16", "bool"):
        want = i.astype(getattr(ml_dtypes, target, target))
        np.testing.assert_array_equal(np.asarray(x.astype(target)), want)
    check(mnp.arange(-40, 40, dtype="int32").astype(dtype), wrapped(np.arange(-40, 40)))
    numbers = np.array([-9.5, -1.7, 0, 3.9, 7.2, 20], np.float32)
    check(mnp.asarray(numbers).astype(dtype), np.clip(np.trunc(numbers), low, high))
    check(mnp.sort(x), np.sort(i))
    check(lax.top_k(x, 3)[0], np.sort(i)[::-1][:3])
    check(lax.cumsum(x), wrapped(np.cumsum(i)))
    check(lax.neg(x), wrapped(-i))
    check(mnp.where(x > 1, x, mnp.zeros_like(x)), np.where(i > 1, i, 0))
    check(x.at[np.array([0, 0])].add(3), wrapped(i + 6 * (np.arange(16) == 0)))
    check(mjx.jit(lambda x: x * 2 + 1)(x), wrapped(2 * i + 1))
    check(lax.reduce_max(x[:0], [0]), low)
    np.testing.assert_array_equal(
        lax.population_count(x).astype("int32"), [n.bit_count() for n in range(16)]
    )
