"""Elementwise functions."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, convert
from mjx.numpy import operands as ops
from mjx.support.dtypes import finfo, is_kind, real_dtype
from mjx.support.errors import explain
from mjx.transforms import custom_jvp


def _unary(name: str, op: Callable, doc: str, inexact: bool = True) -> Callable[[Any], Value]:
    def function(x: Any, /) -> Value:
        return ops.apply(name, op, x, inexact=inexact)

    return _named(function, name, doc)


def _binary(
    name: str, op: Callable, doc: str, inexact: bool = False
) -> Callable[[Any, Any], Value]:
    def function(x: Any, y: Any, /) -> Value:
        return ops.apply(name, op, x, y, inexact=inexact)

    return _named(function, name, doc)


def _named(function: Callable, name: str, doc: str) -> Callable:
    """A function that runs as one program, under the name by which it is known."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return fused(function)


def _of_floats(op: Callable) -> Callable:
    """An op that leaves integers and booleans as they are."""
    return lambda x: op(x) if ops.is_inexact(x.dtype) else x


def _of_ordered(op: Callable, compare: Callable) -> Callable:
    """An op that chooses between complex numbers by real, then by imaginary part."""

    def choose(x: Value, y: Value) -> Value:
        if not is_kind(x.dtype, complex):
            return op(x, y)
        same = lax.eq(lax.real(x), lax.real(y))
        parts = [lax.select(same, lax.imag(v), lax.real(v)) for v in (x, y)]
        # NaN wins, as among real numbers: what is not equal to itself is chosen.
        first = lax.bitwise_or(compare(*parts), lax.ne(x, x))
        return lax.select(lax.bitwise_and(first, lax.eq(y, y)), x, y)

    return choose


# Functions of real analysis, which make integers floating.

exp = _unary("exp", lax.exp, "e to the power of each element.")
exp2 = _unary("exp2", lax.exp2, "2 to the power of each element.")
expm1 = _unary("expm1", lax.expm1, "exp(x) - 1, accurate near 0.")
log = _unary("log", lax.log, "Natural logarithm.")
log1p = _unary("log1p", lax.log1p, "log(1 + x), accurate near 0.")
log2 = _unary("log2", lambda x: lax.log(x) / float(np.log(2)), "Logarithm to base 2.")
log10 = _unary("log10", lambda x: lax.log(x) / float(np.log(10)), "Logarithm to base 10.")
sqrt = _unary("sqrt", lax.sqrt, "Square root; NaN for negative numbers.")
cbrt = _unary("cbrt", lax.cbrt, "Cube root.")
sin = _unary("sin", lax.sin, "Sine of an angle in radians.")
cos = _unary("cos", lax.cos, "Cosine of an angle in radians.")
tan = _unary("tan", lax.tan, "Tangent of an angle in radians.")
arcsin = asin = _unary("arcsin", lax.asin, "Angle in radians whose sine is x.")
arccos = acos = _unary("arccos", lax.acos, "Angle in radians whose cosine is x.")
arctan = atan = _unary("arctan", lax.atan, "Angle in radians whose tangent is x.")
sinh = _unary("sinh", lax.sinh, "Hyperbolic sine.")
cosh = _unary("cosh", lax.cosh, "Hyperbolic cosine.")
tanh = _unary("tanh", lax.tanh, "Hyperbolic tangent.")
arcsinh = asinh = _unary("arcsinh", lax.asinh, "Inverse hyperbolic sine.")
arccosh = acosh = _unary("arccosh", lax.acosh, "Inverse hyperbolic cosine.")
arctanh = atanh = _unary("arctanh", lax.atanh, "Inverse hyperbolic tangent.")
floor = _unary("floor", _of_floats(lax.floor), "Greatest integer not above.", False)
ceil = _unary("ceil", _of_floats(lax.ceil), "Least integer not below.", False)
deg2rad = radians = _unary("deg2rad", lambda x: x * float(np.pi / 180), "Degrees to radians.")
rad2deg = degrees = _unary("rad2deg", lambda x: x * float(180 / np.pi), "Radians to degrees.")

negative = _unary("negative", lax.neg, "Each element with the opposite sign.", False)
sign = _unary("sign", lax.sign, "-1, 0 or 1; zeros and NaN stay.", False)
square = _unary("square", lax.square, "Each element times itself.", False)
bitwise_not = invert = bitwise_invert = _unary("invert", lax.bitwise_not, "Bits inverted.", False)

add = _binary(
    "add", lambda x, y: lax.bitwise_or(x, y) if is_kind(x.dtype, bool) else lax.add(x, y), "Sum."
)
subtract = _binary("subtract", lax.sub, "Difference.")
multiply = _binary(
    "multiply",
    lambda x, y: lax.bitwise_and(x, y) if is_kind(x.dtype, bool) else lax.mul(x, y),
    "Product.",
)
divide = true_divide = _binary("divide", lax.div, "Quotient; floating for integers.", True)
maximum = _binary("maximum", _of_ordered(lax.max, lax.gt), "The greater of two; NaN if either is.")
minimum = _binary("minimum", _of_ordered(lax.min, lax.lt), "The lesser of two; NaN if either is.")
arctan2 = atan2 = _binary("arctan2", lax.atan2, "Angle of the point (y, x) in radians.", True)
nextafter = _binary("nextafter", lax.nextafter, "The next number towards y.", True)
bitwise_and = _binary("bitwise_and", lax.bitwise_and, "Bitwise and.")
bitwise_or = _binary("bitwise_or", lax.bitwise_or, "Bitwise or.")
bitwise_xor = _binary("bitwise_xor", lax.bitwise_xor, "Bitwise exclusive or.")
left_shift = bitwise_left_shift = _binary("left_shift", lax.shift_left, "x * 2**y of integers.")
equal = _binary("equal", lax.eq, "Whether elements are equal.")
not_equal = _binary("not_equal", lax.ne, "Whether elements differ.")


def _ordered(name: str, op: Callable, doc: str) -> Callable[[Any, Any], Value]:
    """Complex numbers are compared by real, then by imaginary part."""

    def compare(x: Value, y: Value) -> Value:
        if not is_kind(x.dtype, complex):
            return op(x, y)
        same = lax.eq(lax.real(x), lax.real(y))
        return lax.select(same, op(lax.imag(x), lax.imag(y)), op(lax.real(x), lax.real(y)))

    return _binary(name, compare, doc)


less = _ordered("less", lax.lt, "Whether x < y.")
less_equal = _ordered("less_equal", lax.le, "Whether x <= y.")
greater = _ordered("greater", lax.gt, "Whether x > y.")
greater_equal = _ordered("greater_equal", lax.ge, "Whether x >= y.")


def right_shift(x: Any, y: Any, /) -> Value:
    """Bits moved down; the sign stays."""

    def op(a: Value, b: Value) -> Value:
        unsigned = a.dtype.kind == "u"
        return (lax.shift_right_logical if unsigned else lax.shift_right_arithmetic)(a, b)

    return ops.apply("right_shift", op, x, y)


bitwise_right_shift = right_shift


def _logical(name: str, op: Callable, doc: str) -> Callable[[Any, Any], Value]:
    def function(x: Any, y: Any, /) -> Value:
        return ops.apply(name, op, ops.boolean(x, name), ops.boolean(y, name))

    return _named(function, name, doc)


logical_and = _logical("logical_and", lax.bitwise_and, "Whether both are not zero.")
logical_or = _logical("logical_or", lax.bitwise_or, "Whether either is not zero.")
logical_xor = _logical("logical_xor", lax.bitwise_xor, "Whether exactly one is not zero.")


def logical_not(x: Any, /) -> Value:
    """Whether each element is zero."""
    return lax.bitwise_not(ops.boolean(x, "logical_not"))


# Numbers and their parts.


def abs(x: Any, /) -> Value:
    """Absolute value; the modulus of complex numbers."""
    x = ops.value_of(x, "abs")
    return x if x.dtype.kind in "bu" and x.dtype.name != "bfloat16" else lax.abs(x)


absolute = abs
fabs = _unary("fabs", lax.abs, "Absolute value, floating for integers.")


def positive(x: Any, /) -> Value:
    """Each element as it is."""
    return ops.value_of(x, "positive")


def real(val: Any, /) -> Value:
    """Real part."""
    val = ops.value_of(val, "real")
    return lax.real(val) if is_kind(val.dtype, complex) else val


def imag(val: Any, /) -> Value:
    """Imaginary part; zeros for real numbers."""
    val = ops.value_of(val, "imag")
    return lax.imag(val) if is_kind(val.dtype, complex) else lax.full_like(val, 0)


def conj(x: Any, /) -> Value:
    """Complex conjugate."""
    x = ops.value_of(x, "conj")
    return lax.conj(x) if is_kind(x.dtype, complex) else x


conjugate = conj


def angle(z: Any, deg: bool = False) -> Value:
    """The angle of complex numbers from the positive real axis, in radians unless `deg`."""
    (z,) = ops.promoted("angle", z, inexact=True)
    out = lax.atan2(imag(z), real(z))
    return rad2deg(out) if deg else out


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return is_kind(ops.common_type("iscomplexobj", x)[0], complex)


def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex."""
    return not iscomplexobj(x)


def iscomplex(x: Any) -> Value:
    """Whether each element has an imaginary part other than 0."""
    return lax.ne(imag(x), 0) if iscomplexobj(x) else lax.full_like(real(x), False, bool)


def isreal(x: Any) -> Value:
    """Whether each element has no imaginary part, or one of 0."""
    return logical_not(iscomplex(x))


def isfinite(x: Any, /) -> Value:
    """Whether each element is neither infinite nor NaN."""
    x = ops.value_of(x, "isfinite")
    if not ops.is_inexact(x.dtype):
        return lax.full_like(x, True, bool)
    if is_kind(x.dtype, complex):
        return logical_and(isfinite(real(x)), isfinite(imag(x)))
    return lax.is_finite(x)


def isnan(x: Any, /) -> Value:
    """Whether each element is NaN."""
    x = ops.value_of(x, "isnan")
    return lax.ne(x, x) if ops.is_inexact(x.dtype) else lax.full_like(x, False, bool)


def isinf(x: Any, /) -> Value:
    """Whether each element is infinite."""
    x = ops.value_of(x, "isinf")
    if not ops.is_inexact(x.dtype):
        return lax.full_like(x, False, bool)
    if is_kind(x.dtype, complex):
        return logical_or(isinf(real(x)), isinf(imag(x)))
    return lax.eq(lax.abs(x), float("inf"))


def isposinf(x: Any, /) -> Value:
    """Whether each element is positive infinity."""
    (x,) = ops.promoted("isposinf", x, inexact=True)
    return lax.eq(x, float("inf"))


def isneginf(x: Any, /) -> Value:
    """Whether each element is negative infinity."""
    (x,) = ops.promoted("isneginf", x, inexact=True)
    return lax.eq(x, float("-inf"))


def signbit(x: Any, /) -> Value:
    """Whether the sign bit is set: of negative numbers, and of -0.0."""
    x = ops.value_of(x, "signbit")
    if not is_kind(x.dtype, float):
        return (
            lax.lt(x, convert(0, x.dtype)) if x.dtype.kind == "i" else lax.full_like(x, False, bool)
        )
    bits = lax.bitcast_convert_type(x, f"int{x.dtype.itemsize * 8}")
    return lax.lt(bits, convert(0, bits.dtype))


def copysign(x1: Any, x2: Any, /) -> Value:
    """The magnitude of `x1` with the sign of `x2`."""

    def op(x: Value, y: Value) -> Value:
        return lax.select(signbit(y), lax.neg(lax.abs(x)), lax.abs(x))

    return ops.apply("copysign", op, x1, x2, inexact=True)


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Value:
    """NaN and infinities replaced by numbers: 0 and the extremes of the dtype unless given."""
    x = ops.value_of(x, "nan_to_num")
    if not ops.is_inexact(x.dtype):
        return x
    if is_kind(x.dtype, complex):
        parts = [nan_to_num(p, copy, nan, posinf, neginf) for p in (real(x), imag(x))]
        return lax.complex(*parts)
    limits = finfo(x.dtype)
    x = where(isnan(x), convert(nan, x.dtype), x)
    x = where(isposinf(x), convert(float(limits.max) if posinf is None else posinf, x.dtype), x)
    return where(isneginf(x), convert(float(limits.min) if neginf is None else neginf, x.dtype), x)


# Rounding and division.


def round(a: Any, decimals: int = 0, out: None = None) -> Value:
    """Nearest number with some decimals, halves to even."""
    a = ops.value_of(a, "round")
    if not ops.is_inexact(a.dtype):
        if decimals < 0:
            factor = 10**-decimals
            return convert(round(convert(a, np.dtype("float32")) / factor) * factor, a.dtype)
        return a
    if is_kind(a.dtype, complex):
        return lax.complex(round(real(a), decimals), round(imag(a), decimals))
    nearest = lax.RoundingMethod.TO_NEAREST_EVEN
    if decimals == 0:
        return lax.round(a, nearest)
    factor = 10.0**decimals
    return lax.round(a * factor, nearest) / factor


around = round
rint = _unary("rint", lambda x: round(x), "Nearest integer, halves to even.")


def trunc(x: Any, /) -> Value:
    """Integer part, towards zero."""
    x = ops.value_of(x, "trunc")
    if not is_kind(x.dtype, float):
        return x
    return where(lax.lt(x, 0.0), lax.ceil(x), lax.floor(x))


fix = trunc


def _floor_quotient(x: Value, y: Value) -> Value:
    if not is_kind(x.dtype, float):
        quotient = lax.div(x, y)
        if x.dtype.kind == "u":
            return quotient
        apart = lax.bitwise_and(
            lax.ne(lax.sign(x), lax.sign(y)), lax.ne(lax.rem(x, y), convert(0, x.dtype))
        )
        return lax.select(apart, quotient - 1, quotient)
    # By the remainder, so that the quotient of exact multiples is exact.
    remainder = _floored_remainder(x, y)
    quotient = lax.round((x - remainder) / y, lax.RoundingMethod.TO_NEAREST_EVEN)
    exact = lax.div(x, y)
    ordinary = lax.bitwise_and(lax.is_finite(exact), lax.ne(y, 0.0))
    zero = lax.eq(quotient, 0.0)
    signed_zero = lax.mul(exact, lax.full_like(exact, 0.0))
    quotient = lax.select(
        zero, lax.select(lax.lt(exact, 0.0), lax.full_like(exact, -0.0), signed_zero), quotient
    )
    infinite = lax.select(lax.eq(lax.abs(exact), float("inf")), exact, lax.full_like(exact, np.nan))
    return lax.select(ordinary, quotient, lax.select(lax.eq(y, 0.0), exact, infinite))


def floor_divide(x1: Any, x2: Any, /) -> Value:
    """The quotient rounded down."""
    return ops.apply("floor_divide", _floor_quotient, *_no_bools(x1, x2))


def _no_bools(*xs: Any) -> list[Any]:
    values = [ops.value_of(x, "division") for x in xs]
    if all(is_kind(v.dtype, bool) for v in values):
        return [convert(v, np.dtype("int8")) for v in values]
    return values


def _floored_remainder(x: Value, y: Value) -> Value:
    zero = convert(0, x.dtype)
    remainder = lax.rem(x, y)
    if x.dtype.kind in "iu" and not is_kind(x.dtype, float):
        remainder = lax.select(lax.eq(y, zero), lax.full_like(x, 0), remainder)
    nonzero = lax.ne(remainder, zero)
    apart = lax.bitwise_and(nonzero, lax.ne(lax.lt(remainder, zero), lax.lt(y, zero)))
    shifted = lax.select(apart, remainder + y, remainder)
    if not is_kind(x.dtype, float):
        return shifted
    return lax.select(lax.eq(shifted, 0.0), copysign(shifted, y), shifted)


def remainder(x1: Any, x2: Any, /) -> Value:
    """What floor division leaves, with the sign of the divisor."""
    return ops.apply("remainder", _floored_remainder, *_no_bools(x1, x2))


mod = remainder
fmod = _binary("fmod", lax.rem, "What truncated division leaves, with the sign of the dividend.")


def divmod(x1: Any, x2: Any, /) -> tuple[Value, Value]:
    """Floor quotient and remainder."""
    return floor_divide(x1, x2), remainder(x1, x2)


def modf(x: Any, /) -> tuple[Value, Value]:
    """Fractional and integer part, both with the sign of x."""
    (x,) = ops.promoted("modf", x, inexact=True)
    whole = trunc(x)
    return where(isinf(x), lax.full_like(x, 0), x - whole), whole


def reciprocal(x: Any, /) -> Value:
    """1 / x."""
    return ops.apply("reciprocal", lax.reciprocal, x, inexact=True)


# Powers.


def power(x1: Any, x2: Any, /) -> Value:
    """`x1 ** x2`; whole Python exponents by multiplication."""
    if type(x2) is int:
        x1 = ops.value_of(x1, "power")
        if is_kind(x1.dtype, bool):
            x1 = convert(x1, np.dtype("int32"))
        if ops.is_inexact(x1.dtype) or x2 >= 0:
            return lax.integer_pow(x1, x2)
    values = [
        ops.value_of(x, "power") if type(x) not in (int, float, complex) else x for x in (x1, x2)
    ]
    return ops.apply("power", lax.pow, *values)


def pow(x1: Any, x2: Any, /) -> Value:
    """`x1 ** x2`."""
    return power(x1, x2)


float_power = _binary("float_power", lax.pow, "`x1 ** x2` in floating point.", True)


@custom_jvp
def _logaddexp(x: Value, y: Value) -> Value:
    greater = lax.max(x, y)
    distance = lax.sub(x, y)
    regular = greater + lax.log1p(lax.exp(lax.neg(lax.abs(distance))))
    return lax.select(isnan(distance), lax.add(x, y), regular)


@_logaddexp.defjvp
def _logaddexp_jvp(primals: Any, tangents: Any) -> Any:
    # Each operand's share of the sum: smooth where they are equal, and where one is infinite.
    out = _logaddexp(*primals)
    shares = [lax.exp(_finite_above(x) - _finite_above(out)) for x in primals]
    return out, shares[0] * tangents[0] + shares[1] * tangents[1]


def _finite_above(x: Value) -> Value:
    infinite = lax.eq(lax.real(x) if is_kind(x.dtype, complex) else x, np.inf)
    return lax.select(infinite, lax.full_like(x, 0), x)


logaddexp = _binary("logaddexp", _logaddexp, "log(exp(x) + exp(y)) without overflow.", True)


def logaddexp2(x1: Any, x2: Any, /) -> Value:
    """log2(2**x + 2**y) without overflow."""
    ln2 = float(np.log(2))
    x, y = ops.promoted("logaddexp2", x1, x2, inexact=True)
    return logaddexp(x * ln2, y * ln2) / ln2


def _hypot(x: Value, y: Value) -> Value:
    x, y = lax.abs(x), lax.abs(y)
    high, low = lax.max(x, y), lax.min(x, y)
    ratio = lax.div(low, lax.select(lax.eq(high, 0.0), lax.full_like(high, 1), high))
    length = lax.select(lax.eq(high, 0.0), high, high * lax.sqrt(1 + ratio * ratio))
    infinite = lax.bitwise_or(lax.eq(x, float("inf")), lax.eq(y, float("inf")))
    return lax.select(infinite, lax.full_like(length, np.inf), length)


hypot = _binary("hypot", _hypot, "Length of the vector (x, y).", True)


def sinc(x: Any, /) -> Value:
    """sin(pi x) / (pi x), 1 at 0."""
    (x,) = ops.promoted("sinc", x, inexact=True)
    zero = lax.eq(x, 0.0)
    scaled = where(zero, lax.full_like(x, 1), x * float(np.pi))
    return where(zero, lax.full_like(x, 1), lax.sin(scaled) / scaled)


def heaviside(x1: Any, x2: Any, /) -> Value:
    """0 for negative x, 1 for positive, `x2` at 0."""

    def op(x: Value, y: Value) -> Value:
        step = lax.select(lax.lt(x, 0.0), lax.full_like(x, 0), lax.full_like(x, 1))
        step = lax.select(lax.eq(x, 0.0), y, step)
        return lax.select(isnan(x), x, step)

    return ops.apply("heaviside", op, x1, x2, inexact=True)


def ldexp(x1: Any, x2: Any, /) -> Value:
    """x1 * 2**x2."""
    (x,) = ops.promoted("ldexp", x1, inexact=True)
    return multiply(x, lax.exp2(convert(ops.value_of(x2, "ldexp"), x.dtype)))


# Choices.


def fmax(x1: Any, x2: Any, /) -> Value:
    """The greater of two; the number where one is NaN."""
    return ops.apply("fmax", lambda x, y: _unless_nan(x, y, lax.max(x, y)), x1, x2)


def fmin(x1: Any, x2: Any, /) -> Value:
    """The lesser of two; the number where one is NaN."""
    return ops.apply("fmin", lambda x, y: _unless_nan(x, y, lax.min(x, y)), x1, x2)


def _unless_nan(x: Value, y: Value, both: Value) -> Value:
    return lax.select(isnan(x), y, lax.select(isnan(y), x, both))


def clip(
    arr: Any = None,
    /,
    min: Any = None,
    max: Any = None,
    *,
    a: Any = None,
    a_min: Any = None,
    a_max: Any = None,
) -> Value:
    """Each element moved into [min, max]; None leaves a side open."""
    arr = a if arr is None else arr
    low = a_min if min is None else min
    high = a_max if max is None else max
    arr = ops.value_of(arr, "clip")
    if is_kind(arr.dtype, complex):
        raise ValueError(explain("clip", "real numbers", str(arr.dtype)))
    if low is not None:
        arr = maximum(arr, low)
    return arr if high is None else minimum(arr, high)


@fused
def _select(condition: Value, x: Value, y: Value, *, dtype: Any, weak: bool, shape: Any) -> Value:
    values = [lax.broadcast_to(convert(v, dtype, weak), shape) for v in (x, y)]
    return lax.select(lax.broadcast_to(condition, shape), *values)


def where(
    condition: Any,
    x: Any = None,
    y: Any = None,
    /,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """Elements of `x` where the condition holds, of `y` elsewhere.

    With the condition alone, the indices of what holds (as `nonzero`).
    """
    if x is None and y is None:
        from_sorting = _nonzero_hook[0]
        return from_sorting(condition, size=size, fill_value=fill_value)
    if x is None or y is None:
        raise ValueError(explain("where", "both x and y, or neither", "only one"))
    condition = ops.boolean(condition, "where")
    dtype, weak = ops.common_type("where", x, y)
    values = [
        convert(v, dtype, weak)
        if type(v) in (bool, int, float, complex)
        else ops.value_of(v, "where")
        for v in (x, y)
    ]
    shape = ops.common_shape("where", [condition, *values])
    return _select(condition, *values, dtype=dtype, weak=weak, shape=shape)


# `where(condition)` is `nonzero`, which a module above defines.
_nonzero_hook: list[Callable] = []


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Value:
    """For each element the choice of the first condition that holds."""
    if len(condlist) != len(choicelist):
        raise ValueError(
            explain(
                "select", "as many choices as conditions", f"{len(condlist)} and {len(choicelist)}"
            )
        )
    out = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        out = where(condition, choice, out)
    return out


def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Value:
    """Whether |a - b| <= atol + rtol |b|, infinities of one sign being close."""
    a, b = ops.promoted("isclose", a, b)
    if not ops.is_inexact(a.dtype):
        a, b = (convert(v, np.dtype("float32")) for v in (a, b))
    kind = real_dtype(a.dtype)
    limit = convert(atol, kind) + convert(rtol, kind) * abs(b)
    close = logical_and(
        less_equal(abs(subtract(a, b)), limit), logical_and(isfinite(a), isfinite(b))
    )
    close = logical_or(close, equal(a, b))
    return logical_or(close, logical_and(isnan(a), isnan(b))) if equal_nan else close


def frexp(x: Any, /) -> tuple[Value, Value]:
    """Mantissa in [1/2, 1) and exponent of 2."""
    (x,) = ops.promoted("frexp", x, inexact=True)
    info = finfo(x.dtype)
    bits = x.dtype.itemsize * 8
    word = lax.bitcast_convert_type(x, f"uint{bits}")
    small = lax.bitwise_and(lax.lt(lax.abs(x), float(info.tiny)), lax.ne(x, 0.0))
    scaled = lax.select(small, x * float(2.0**info.nmant), x)
    word = lax.bitcast_convert_type(scaled, f"int{bits}")
    field = lax.bitwise_and(
        lax.shift_right_logical(word, convert(info.nmant, word.dtype)),
        convert((1 << info.iexp) - 1, word.dtype),
    )
    bias = (1 << (info.iexp - 1)) - 2
    exponent = convert(field, np.dtype("int32")) - bias
    exponent = where(small, exponent - info.nmant, exponent)
    mantissa_bits = lax.bitwise_and(
        word, convert(~(((1 << info.iexp) - 1) << info.nmant), word.dtype)
    )
    mantissa = lax.bitcast_convert_type(
        lax.bitwise_or(mantissa_bits, convert(bias << info.nmant, word.dtype)), x.dtype
    )
    ordinary = lax.bitwise_and(lax.is_finite(x), lax.ne(x, 0.0))
    return lax.select(ordinary, mantissa, x), where(ordinary, exponent, 0)


__all__ = [
    name
    for name, value in list(globals().items())
    if builtins.callable(value)
    and not name.startswith("_")
    and getattr(value, "__module__", "") == __name__
    and not isinstance(value, type)
]
