"""The functions of `mjx.lax` against NumPy."""

import math

import ml_dtypes
import pytest

import mjx
import numpy as np
from mjx import lax

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4)).astype(np.float32)
Y = RNG.normal(size=(3, 4)).astype(np.float32)
POSITIVE = np.abs(X) + np.float32(0.5)
UNIT = np.tanh(X)
I = RNG.integers(-50, 50, (3, 4)).astype(np.int32)
J = RNG.integers(-50, 50, (3, 4)).astype(np.int32)
B = RNG.integers(0, 2, (3, 4)).astype(bool)
C = (X + 1j * Y).astype(np.complex64)


def close(got, want, rtol=2e-6, atol=1e-6):
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)


def equal(got, want):
    got, want = np.asarray(got), np.asarray(want)
    assert got.dtype == want.dtype and got.shape == want.shape
    np.testing.assert_array_equal(got, want)


erf = np.vectorize(math.erf)
UNARY = {
    "neg": (np.negative, X),
    "exp": (np.exp, X),
    "exp2": (np.exp2, X),
    "expm1": (np.expm1, X),
    "log": (np.log, POSITIVE),
    "log1p": (np.log1p, POSITIVE),
    "sqrt": (np.sqrt, POSITIVE),
    "rsqrt": (lambda x: 1 / np.sqrt(x), POSITIVE),
    "cbrt": (np.cbrt, X),
    "sin": (np.sin, X),
    "cos": (np.cos, X),
    "tan": (np.tan, UNIT),
    "tanh": (np.tanh, X),
    "sinh": (np.sinh, X),
    "cosh": (np.cosh, X),
    "asin": (np.arcsin, UNIT),
    "acos": (np.arccos, UNIT),
    "atan": (np.arctan, X),
    "asinh": (np.arcsinh, X),
    "acosh": (np.arccosh, POSITIVE + 1),
    "atanh": (np.arctanh, UNIT),
    "abs": (np.abs, X),
    "sign": (np.sign, X),
    "floor": (np.floor, 3 * X),
    "ceil": (np.ceil, 3 * X),
    "erf": (erf, X),
    "erfc": (lambda x: 1 - erf(x), X),
    "lgamma": (np.vectorize(math.lgamma), POSITIVE),
    "logistic": (lambda x: 1 / (1 + np.exp(-x)), X),
    "square": (np.square, X),
    "reciprocal": (np.reciprocal, X),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    reference, x = UNARY[name]
    f = getattr(lax, name)
    close(f(x), reference(x.astype(np.float64)), rtol=1e-5)
    close(mjx.jit(f)(x), reference(x.astype(np.float64)), rtol=1e-5)
    assert f.__doc__


@pytest.mark.parametrize(
    "name, reference",
    [
        ("neg", np.negative),
        ("exp", np.exp),
        ("log", np.log),
        ("sqrt", np.sqrt),
        ("sin", np.sin),
        ("cos", np.cos),
        ("tanh", np.tanh),
        ("abs", np.abs),
        ("sign", lambda z: z / np.abs(z)),
        ("sinh", np.sinh),
        ("cosh", np.cosh),
        ("asin", np.arcsin),
        ("acos", np.arccos),
        ("atan", np.arctan),
        ("asinh", np.arcsinh),
        ("acosh", np.arccosh),
        ("atanh", np.arctanh),
        ("conj", np.conj),
        ("real", np.real),
        ("imag", np.imag),
        ("exp2", np.exp2),
    ],
)
def test_unary_of_complex(name, reference):
    close(getattr(lax, name)(C), reference(C.astype(np.complex128)), rtol=1e-4, atol=1e-5)


def test_modulus_does_not_overflow():
    z = np.array([3e38 + 4e37j, 3e-38 + 4e-38j, 0, np.inf - np.inf * 1j, complex(np.inf, np.nan)])
    got = np.asarray(lax.abs(z.astype(np.complex64)))
    close(got[:3], np.abs(z[:3]).astype(np.float32), rtol=1e-5)
    assert np.isinf(got[3])


BINARY = {
    "add": (np.add, X, Y),
    "sub": (np.subtract, X, Y),
    "mul": (np.multiply, X, Y),
    "div": (np.divide, X, Y),
    "rem": (np.fmod, X, Y),
    "max": (np.maximum, X, Y),
    "min": (np.minimum, X, Y),
    "atan2": (np.arctan2, X, Y),
    "pow": (np.power, POSITIVE, Y),
}


@pytest.mark.parametrize("name", BINARY)
def test_binary(name):
    reference, x, y = BINARY[name]
    f = getattr(lax, name)
    want = reference(x.astype(np.float64), y.astype(np.float64))
    close(f(x, y), want, rtol=1e-5)
    close(mjx.jit(f)(x, y), want, rtol=1e-5)
    close(f(x, 1.5), reference(x.astype(np.float64), 1.5), rtol=1e-5)
    close(f(2, y), reference(2.0, y.astype(np.float64)), rtol=1e-5)


INTEGER = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
}


@pytest.mark.parametrize("name", INTEGER)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32"])
def test_integers(name, dtype):
    x, y = I.astype(dtype), J.astype(dtype)
    equal(getattr(lax, name)(x, y), INTEGER[name](x, y))


def test_integer_division():
    x = np.array([5, -5, 5, -5, 7, -(2**31)], np.int32)
    y = np.array([2, 2, -2, 0, 0, -1], np.int32)
    equal(lax.div(x, y), np.array([2, -2, -2, -1, -1, -(2**31)], np.int32))
    equal(lax.rem(x, y), np.array([1, -1, 1, -5, 7, 0], np.int32))


def test_shifts():
    x = np.array([1, -8, 5, 2**30], np.int32)
    equal(lax.shift_left(x, 2), x << 2)
    equal(lax.shift_left(x, 32), np.zeros(4, np.int32))
    equal(lax.shift_right_arithmetic(x, 1), x >> 1)
    equal(lax.shift_right_arithmetic(x, 40), np.where(x < 0, -1, 0).astype(np.int32))
    equal(lax.shift_right_logical(x, 1), (x.view(np.uint32) >> 1).view(np.int32))


def test_bits():
    x = np.array([0, 1, 255, 2**31], np.uint32)
    equal(lax.population_count(x), np.array([0, 1, 8, 1], np.uint32))
    equal(lax.clz(x), np.array([32, 31, 24, 0], np.uint32))
    equal(lax.bitwise_not(x), ~x)
    equal(lax.bitwise_not(B), ~B)
    equal(lax.bitwise_xor(B, ~B), np.ones_like(B))


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_comparisons(name):
    reference = getattr(
        np,
        {
            "eq": "equal",
            "ne": "not_equal",
            "lt": "less",
            "le": "less_equal",
            "gt": "greater",
            "ge": "greater_equal",
        }[name],
    )
    x = np.array([1, 2, np.nan, np.inf], np.float32)
    for a, b in ((x, x[::-1].copy()), (I, J), (I.astype(np.uint8), J.astype(np.uint8)), (B, ~B)):
        equal(getattr(lax, name)(a, b), reference(a, b))
    equal(getattr(lax, name)(I, 3), reference(I, 3))


def test_is_finite_and_nextafter():
    x = np.array([0, -0.0, 1, -1, 1e-45, np.inf, -np.inf, np.nan, 3.4028235e38], np.float32)
    equal(lax.is_finite(x), np.isfinite(x))
    for y in (np.inf, -np.inf, 0.0, 1.0):
        to = np.full_like(x, y)
        with np.errstate(over="ignore"):
            want = np.nextafter(x, to)
        equal(lax.nextafter(x, to), want)


def test_powers():
    close(lax.integer_pow(X, 3), X**3)
    close(lax.integer_pow(X, -2), X.astype(np.float64) ** -2, rtol=1e-5)
    close(lax.integer_pow(X, 0), np.ones_like(X))
    equal(lax.integer_pow(I, 5), I**5)
    close(lax.pow(X, 2), X**2)
    close(lax.pow(POSITIVE, I % 4), POSITIVE ** (I % 4), rtol=1e-5)
    base, power = np.array([2, -3, 7, -1, 0], np.int32), np.array([10, 3, 0, 99, 0], np.int32)
    equal(lax.pow(base, power), base**power)


def test_select_and_clamp():
    equal(lax.select(B, X, Y), np.where(B, X, Y))
    equal(lax.select(True, X, Y), X)
    equal(lax.select(B, X, np.float32(0)), np.where(B, X, np.float32(0)))
    which = (I % 3).astype(np.int32)
    equal(lax.select_n(which, X, Y, -X), np.choose(which, [X, Y, -X]))
    equal(lax.clamp(-0.5, X, 0.5), np.clip(X, np.float32(-0.5), np.float32(0.5)))
    equal(lax.clamp(Y - 1, X, Y + 1), np.clip(X, Y - 1, Y + 1))


def test_rounding():
    x = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4], np.float32)
    equal(lax.round(x), np.array([-3, -2, -1, 1, 2, 3, 2], np.float32))
    even = lax.RoundingMethod.TO_NEAREST_EVEN
    equal(lax.round(x, even), np.round(x))


def test_conversion():
    x = np.array([3.7, -3.7, 1e10, -1e10, np.nan, np.inf], np.float32)
    limits = np.iinfo(np.int32)
    want = np.array([3, -3, limits.max, limits.min, 0, limits.max], np.int32)
    equal(lax.convert_element_type(x, np.int32), want)
    equal(lax.convert_element_type(I, np.uint8), I.astype(np.uint8))
    equal(lax.convert_element_type(X, "bfloat16"), X.astype(ml_dtypes.bfloat16))
    equal(lax.convert_element_type(B, np.float32), B.astype(np.float32))
    equal(lax.convert_element_type(X, bool), X.astype(bool))
    assert lax.convert_element_type(3, np.float16).dtype == np.float16


def test_bitcasts():
    equal(lax.bitcast_convert_type(X, np.uint32), X.view(np.uint32))
    equal(lax.bitcast_convert_type(X, np.uint8), X.view(np.uint8).reshape(3, 4, 4))
    equal(lax.bitcast_convert_type(X.view(np.uint16).reshape(3, 4, 2), np.float32), X)


def test_reduce_precision():
    equal(lax.reduce_precision(X, 8, 7), X.astype(ml_dtypes.bfloat16).astype(np.float32))


def test_creation():
    equal(lax.full((2, 3), 1.5), np.full((2, 3), 1.5, np.float32))
    equal(lax.full((2,), 7, np.uint8), np.full((2,), 7, np.uint8))
    equal(lax.full_like(I, 3), np.full_like(I, 3))
    equal(lax.full_like(I, 2, np.float32, (5,)), np.full((5,), 2, np.float32))
    equal(lax.iota(np.int32, 5), np.arange(5, dtype=np.int32))
    equal(lax.broadcasted_iota(np.float32, (2, 3), 1), np.indices((2, 3))[1].astype(np.float32))
    assert lax.dtype(1.0) == np.float32 and lax.dtype(I) == np.int32


def test_shapes():
    equal(lax.reshape(X, (2, 6)), X.reshape(2, 6))
    equal(lax.reshape(X, (12,), (1, 0)), X.T.reshape(12))
    equal(lax.transpose(X, (1, 0)), X.T)
    equal(lax.rev(X, (0, 1)), X[::-1, ::-1])
    equal(lax.broadcast(X, (2,)), np.broadcast_to(X, (2, 3, 4)))
    equal(lax.broadcast_in_dim(X[0], (3, 4), (1,)), np.broadcast_to(X[0], (3, 4)))
    equal(lax.squeeze(X[None, :, None], (0, -2)), X)
    equal(lax.expand_dims(X, (0, -1)), X[None, ..., None])
    equal(lax.collapse(X[None], 0, 2), X)
    equal(lax.concatenate([X, Y[:1]], 0), np.concatenate([X, Y[:1]]))
    equal(lax.stack([X, Y], -1), np.stack([X, Y], -1))
    for got, want in zip(lax.unstack(X, 1), X.T, strict=True):
        equal(got, want)
    for got, want in zip(lax.split(X, (1, 3), 1), np.split(X, [1], 1), strict=True):
        equal(got, want)
    equal(lax.tile(X, (2, 3)), np.tile(X, (2, 3)))
    equal(lax.slice(X, (1, 0), (3, 4), (1, 2)), X[1:3, ::2])
    equal(lax.slice_in_dim(X, -2, None, axis=1), X[:, -2:])
    equal(lax.index_in_dim(X, -1, 0, False), X[-1])
    assert lax.broadcast_shapes((2, 1), (3,)) == (2, 3)


def test_pad():
    equal(
        lax.pad(X, 0.5, [(1, 2, 0), (0, 0, 0)]),
        np.pad(X, ((1, 2), (0, 0)), constant_values=np.float32(0.5)),
    )
    spread = np.zeros((3, 7), np.float32)
    spread[:, ::2] = X
    equal(lax.pad(X, 0.0, [(0, 0, 0), (0, 0, 1)]), spread)
    equal(lax.pad(X, 0.0, [(-1, 0, 0), (0, -2, 0)]), X[1:, :2])


REDUCTIONS = {
    "reduce_sum": (np.sum, X),
    "reduce_prod": (np.prod, X),
    "reduce_max": (np.max, X),
    "reduce_min": (np.min, X),
    "reduce_and": (np.bitwise_and.reduce, B),
    "reduce_or": (np.bitwise_or.reduce, I),
    "reduce_xor": (np.bitwise_xor.reduce, I),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name):
    reference, x = REDUCTIONS[name]
    for axes in ((0,), (1,), (-1,)):
        close(getattr(lax, name)(x, axes), reference(x, axis=axes[0]))


def test_reduce():
    close(lax.reduce(X, np.float32(0), lax.add, (0,)), X.sum(0))
    close(lax.reduce(X, np.float32(2), lax.mul, (1,)), 2 * X.prod(1))
    got = lax.reduce(I, np.int32(1), lambda a, b: lax.max(a, b), (0, 1))
    assert int(got) == max(1, I.max())
    total = lax.reduce(
        (X, I),
        (np.float32(0), np.int32(0)),
        lambda a, b: (lax.add(a[0], b[0]), lax.add(a[1], b[1])),
        (1,),
    )
    close(total[0], X.sum(1))
    equal(total[1], I.sum(1).astype(np.int32))


def test_extrema_by_position():
    x = np.array([[1, np.nan, 3], [5, 5, 2]], np.float32)
    equal(lax.argmax(x, 1, np.int32), np.array([1, 0], np.int32))
    equal(lax.argmin(x, 1, np.int32), np.array([1, 2], np.int32))


@pytest.mark.parametrize(
    "name, reference",
    [
        ("cumsum", np.add),
        ("cumprod", np.multiply),
        ("cummax", np.maximum),
        ("cummin", np.minimum),
        ("cumlogsumexp", np.logaddexp),
    ],
)
def test_cumulative(name, reference):
    f = getattr(lax, name)
    close(f(X), reference.accumulate(X, 0), rtol=1e-5)
    close(f(X, 1, reverse=True), reference.accumulate(X[:, ::-1], 1)[:, ::-1], rtol=1e-5)


def test_sort():
    x = np.array([3, np.nan, -np.inf, 1, np.inf], np.float32)
    equal(lax.sort(x), np.sort(x))
    keys, values = lax.sort((I[0] % 3, X[0]), num_keys=1)
    order = np.argsort(I[0] % 3, kind="stable")
    equal(keys, (I[0] % 3)[order])
    equal(values, X[0][order])
    equal(lax.sort(X, 0), np.sort(X, 0))
    pairs = lax.sort((I % 2, I % 5, X), dimension=1, num_keys=2)
    order = np.lexsort((I % 5, I % 2), axis=1)
    equal(pairs[2], np.take_along_axis(X, order, 1))


def test_top_k():
    values, places = lax.top_k(X, 2)
    order = np.argsort(-X, 1)[:, :2]
    equal(values, np.take_along_axis(X, order, 1))
    equal(places, order.astype(np.int32))
    equal(lax.top_k(X, 1, axis=0)[0], X.max(0, keepdims=True))


def test_products():
    a = RNG.normal(size=(2, 3, 4)).astype(np.float32)
    b = RNG.normal(size=(2, 4, 5)).astype(np.float32)
    close(lax.batch_matmul(a, b), a @ b, rtol=1e-5)
    close(lax.dot(a[0], b[0]), a[0] @ b[0], rtol=1e-5)
    close(lax.dot(a[0, 0], b[0]), a[0, 0] @ b[0], rtol=1e-5)
    got = lax.dot_general(a, b, (((2,), (1,)), ((0,), (0,))), precision="highest")
    close(got, a @ b, rtol=1e-5)
    half = lax.dot_general(
        a[0].astype(np.float16),
        b[0].astype(np.float16),
        (((1,), (0,)), ((), ())),
        preferred_element_type=np.float32,
    )
    assert half.dtype == np.float32
    close(half, a[0].astype(np.float16).astype(np.float32) @ b[0].astype(np.float16), rtol=1e-2)


def test_stop_gradient_and_barrier():
    f = lambda x: lax.mul(x, lax.stop_gradient(x))  # noqa: E731
    close(mjx.grad(f)(np.float32(3)), 3.0)
    a, b = lax.optimization_barrier((X, I))
    equal(a, X)
    equal(b, I)


def test_python_numbers_take_the_dtype_they_meet():
    assert lax.add(X.astype(np.float16), 1).dtype == np.float16
    assert lax.add(1, 2).weak_type and lax.add(1, 2).dtype == np.int32
    assert lax.mul(I.astype(np.uint8), 300).dtype == np.uint8
    x = lax.add(lax.full((2,), 1.0), 1.0)
    assert x.weak_type


def test_works_under_vmap_and_grad():
    f = lambda x: lax.reduce_sum(lax.mul(lax.sin(x), 2.0), (0,))  # noqa: E731
    close(mjx.vmap(f)(X), 2 * np.sin(X).sum(1), rtol=1e-5)
    close(mjx.grad(f)(X[0]), 2 * np.cos(X[0]), rtol=1e-5)
    assert np.asarray(mjx.vmap(lambda x: lax.abs(x))(C)).shape == C.shape


def test_all_functions_say_what_they_do():
    for name, function in vars(lax).items():
        if callable(function) and not name.startswith("_"):
            assert function.__doc__, name


def test_empty():
    empty = np.zeros((0, 3), np.float32)
    close(lax.reduce_sum(empty, (0,)), np.zeros(3))
    close(lax.add(empty, 1.0), empty)
    close(lax.concatenate([empty, X[:, :3]], 0), X[:, :3])
    close(lax.dot(empty, np.zeros((3, 2), np.float32)), np.zeros((0, 2)))


ERRORS = {
    "dtypes": (TypeError, lambda: lax.add(X, I)),
    "shapes": (TypeError, lambda: lax.add(X, X[0])),
    "float meets int": (TypeError, lambda: lax.add(I, 1.5)),
    "not for int": (TypeError, lambda: lax.sin(I)),
    "not for bool": (TypeError, lambda: lax.add(B, B)),
    "list": (TypeError, lambda: lax.sin([1.0])),
    "text": (TypeError, lambda: lax.sin("x")),
    "concatenate": (TypeError, lambda: lax.concatenate([X, Y[:, :2]], 0)),
    "reshape": (TypeError, lambda: lax.reshape(X, (5,))),
    "transpose": (TypeError, lambda: lax.transpose(X, (0, 0))),
    "axis": (ValueError, lambda: lax.reduce_sum(X, (2,))),
    "axes": (ValueError, lambda: lax.reduce_sum(X, (0, 0))),
    "slice": (TypeError, lambda: lax.slice(X, (0, 0), (4, 4))),
    "dot": (TypeError, lambda: lax.dot(X, Y)),
    "dot numbers": (TypeError, lambda: lax.dot_general(X, Y, (1, 0))),
    "precision": (ValueError, lambda: lax.dot(X, Y.T, precision="best")),
    "top_k": (ValueError, lambda: lax.top_k(X, 5)),
    "broadcast": (TypeError, lambda: lax.broadcast_in_dim(X, (3, 5), (0, 1))),
    "pad": (ValueError, lambda: lax.pad(X, 0.0, [(0, 0, 0)])),
    "select": (TypeError, lambda: lax.select(B[0], X, Y)),
    "squeeze": (ValueError, lambda: lax.squeeze(X, (0,))),
    "broadcast_shapes": (ValueError, lambda: lax.broadcast_shapes((2,), (3,))),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    cls, call = ERRORS[name]
    with pytest.raises(cls, match="expected .*, but got"):
        call()
