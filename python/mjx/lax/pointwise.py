"""One element at a time: arithmetic, functions, comparisons, selection, conversion."""

from __future__ import annotations

import builtins
import enum
from collections.abc import Callable
from typing import Any

import numpy as np
from mjx.core import bind
from mjx.core.array import Array
from mjx.lax.eager import fused
from mjx.lax.operands import (
    Value,
    array_of,
    arrays_of,
    convert,
    kind_rank,
    pair_of,
    refuse_dtype,
    same_shape,
    scalar_of,
    splat,
)
from mjx.support.dtypes import (
    DTYPES,
    ELEMENT_TYPES,
    NARROW_TYPES,
    complex_dtype,
    itemsize_bits,
)
from mjx.support.errors import explain

__all__ = [
    "AccuracyMode",
    "RoundingMethod",
    "Tolerance",
    "abs",
    "add",
    "atan2",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "cbrt",
    "ceil",
    "clamp",
    "clz",
    "complex",
    "conj",
    "digamma",
    "div",
    "eq",
    "erf",
    "erf_inv",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "ge",
    "gt",
    "imag",
    "integer_pow",
    "is_finite",
    "le",
    "lgamma",
    "log",
    "log1p",
    "logistic",
    "lt",
    "max",
    "min",
    "mul",
    "ne",
    "neg",
    "population_count",
    "pow",
    "real",
    "reciprocal",
    "rem",
    "round",
    "rsqrt",
    "select",
    "select_n",
    "shift_left",
    "shift_right_arithmetic",
    "shift_right_logical",
    "sign",
    "sqrt",
    "square",
    "sub",
    "tan",
    "tanh",
]


class RoundingMethod(enum.IntEnum):
    """Where `round` takes halves: away from zero, or to the even neighbour."""

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1


class AccuracyMode(enum.Enum):
    """Requested accuracy of a function; there is one implementation of each, which is accurate."""

    HIGHEST = 1
    DEFAULT = 2


class Tolerance:
    """Requested accuracy of a function, as error bounds; taken, and met as far as can be."""

    def __init__(self, atol: float = 0.0, rtol: float = 0.0, ulps: int = 0):
        self.atol, self.rtol, self.ulps = atol, rtol, ulps


# Kinds of operands: the ranks of `kind_rank` that a function takes.
_KINDS = {
    "number": ((1, 2, 3), "a number"),
    "real": ((1, 2), "an integer or floating-point number"),
    "inexact": ((2, 3), "a floating-point or complex number"),
    "float": ((2,), "a floating-point number"),
    "complex": ((3,), "a complex number"),
    "integer": ((1,), "an integer"),
    "bits": ((0, 1), "an integer or boolean"),
    "ordered": ((0, 1, 2), "a real number or boolean"),
    "any": ((0, 1, 2, 3), "a number or boolean"),
}
_ALLOWED = {
    kind: frozenset(
        dtype
        for name, dtype in DTYPES.items()
        if name in (*ELEMENT_TYPES, *NARROW_TYPES) and kind_rank(dtype) in ranks
    )
    for kind, (ranks, _) in _KINDS.items()
}


def _check(who: str, kind: str, x: Value) -> None:
    if x.aval.dtype not in _ALLOWED[kind]:
        raise refuse_dtype(who, f"{_KINDS[kind][1]} as element", x)


def _unary(name: str, kind: str, doc: str, op: str | None = None) -> Callable[[Any], Value]:
    """The function that applies an op of one operand."""
    op = op or name
    allowed = _ALLOWED[kind]

    def function(x: Any, *, accuracy: Any = None) -> Value:
        x = array_of(x, name)
        aval = x.aval
        if aval.dtype not in allowed:
            raise refuse_dtype(name, f"{_KINDS[kind][1]} as element", x)
        return bind(op, (x,), None, None, aval.weak_type)[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


@fused
def _scalar_meets_array(x: Value, y: Value, *, op: str, attributes: Any = None) -> Value:
    """An op of two operands, one of which is a scalar to be repeated."""
    x, y = same_shape(op, [x, y])
    weak = op != "compare" and x.aval.weak_type and y.aval.weak_type
    return bind(op, (x, y), dict(attributes) if attributes else None, None, weak)[0]


def _binary(name: str, kind: str, doc: str, op: str | None = None) -> Callable[[Any, Any], Value]:
    """The function that applies an op of two operands of equal types."""
    op = op or name
    allowed = _ALLOWED[kind]

    def function(x: Any, y: Any) -> Value:
        a, b = getattr(x, "aval", None), getattr(y, "aval", None)
        if a is None or b is None or a.dtype != b.dtype:
            x, y = pair_of(name, x, y)
            a, b = x.aval, y.aval
        if a.dtype not in allowed:
            raise refuse_dtype(name, f"{_KINDS[kind][1]} as element", x, y)
        if a.shape == b.shape:
            return bind(op, (x, y), None, None, a.weak_type and b.weak_type)[0]
        if a.shape and b.shape:
            same_shape(name, [x, y])
        return _scalar_meets_array(x, y, op=op)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


neg = _unary("neg", "number", "The negative of each element.")
ceil = _unary("ceil", "float", "The least integer not below each element.")
floor = _unary("floor", "float", "The greatest integer not above each element.")
bitwise_not = _unary("bitwise_not", "bits", "Each element with every bit inverted.", "not")
population_count = _unary("population_count", "integer", "How many bits are 1.", "popcnt")
clz = _unary("clz", "integer", "How many leading bits are 0.")

exp = _unary("exp", "inexact", "e to the power of each element.")
expm1 = _unary("expm1", "inexact", "`exp(x) - 1`, accurate for small x.")
log = _unary("log", "inexact", "The natural logarithm of each element.")
log1p = _unary("log1p", "inexact", "`log(1 + x)`, accurate for small x.")
sqrt = _unary("sqrt", "inexact", "The square root of each element.")
rsqrt = _unary("rsqrt", "inexact", "One over the square root of each element.")
cbrt = _unary("cbrt", "float", "The cube root of each element.")
tan = _unary("tan", "inexact", "The tangent of each element, an angle in radians.")
tanh = _unary("tanh", "inexact", "The hyperbolic tangent of each element.")
erf = _unary("erf", "float", "The error function of each element.")
erfc = _unary("erfc", "float", "`1 - erf(x)`, accurate for large x.")
erf_inv = _unary("erf_inv", "float", "The inverse of the error function at each element.")
lgamma = _unary("lgamma", "float", "The logarithm of the absolute gamma function.")
digamma = _unary("digamma", "float", "The derivative of `lgamma` at each element.")

_exp2 = _unary("exp2", "float", "")
_logistic = _unary("logistic", "float", "")
_abs = _unary("abs", "real", "")
_sign = _unary("sign", "real", "")
_real = _unary("real", "complex", "")
_imag = _unary("imag", "complex", "")
_conj = _unary("conj", "complex", "")

add = _binary("add", "number", "The sum of the elements of `x` and `y`.")
sub = _binary("sub", "number", "The difference of the elements of `x` and `y`.")
mul = _binary("mul", "number", "The product of the elements of `x` and `y`.")
div = _binary("div", "number", "The quotient of the elements; of integers truncated.")
rem = _binary("rem", "real", "The remainder of the truncated quotient, with the sign of `x`.")
max = _binary("max", "ordered", "The greater of two elements; NaN if either is NaN.")
min = _binary("min", "ordered", "The lesser of two elements; NaN if either is NaN.")
atan2 = _binary("atan2", "float", "The angle of the point `(y, x)`, given ordinate first.")
bitwise_and = _binary("bitwise_and", "bits", "Bitwise and of two elements.", "and")
bitwise_or = _binary("bitwise_or", "bits", "Bitwise or of two elements.", "or")
bitwise_xor = _binary("bitwise_xor", "bits", "Bitwise exclusive or of two elements.", "xor")
shift_left = _binary("shift_left", "integer", "The bits of `x` moved up by `y`.", "shl")
shift_right_arithmetic = _binary(
    "shift_right_arithmetic",
    "integer",
    "The bits of `x` moved down by `y`, the sign bit repeated.",
    "shr_arith",
)
shift_right_logical = _binary(
    "shift_right_logical",
    "integer",
    "The bits of `x` moved down by `y`, zeros from above.",
    "shr_logical",
)
_pow = _binary("pow", "inexact", "")
_complex = _binary("complex", "float", "")


def _is_complex(x: Value) -> bool:
    return x.aval.dtype.kind == "c"


def _of(number: Any, like: Value) -> Array:
    """A number in the dtype of an array, to meet it."""
    return scalar_of(number, like.aval.dtype, True)


# Functions with a complex form of several ops.


def abs(x: Any) -> Value:
    """The absolute value of each element; of complex numbers the modulus."""
    x = array_of(x, "abs")
    return _modulus(x) if _is_complex(x) else _abs(x)


@fused
def _modulus(x: Value) -> Value:
    # Scaled by the greater part, so that squares neither overflow nor vanish. Where both parts
    # are 0 or infinite the ratio is replaced, and the result is right without it.
    a, b = _abs(_real(x)), _abs(_imag(x))
    large, small = max(a, b), min(a, b)
    plain = bitwise_or(eq(large, 0.0), eq(large, np.inf))
    safe = select(plain, splat(_of(1.0, large), large.shape), large)
    ratio = div(select(plain, splat(_of(0.0, small), small.shape), small), safe)
    found = mul(large, sqrt(add(mul(ratio, ratio), 1.0)))
    # Infinite beside NaN too, as C has it.
    infinite = bitwise_or(eq(a, np.inf), eq(b, np.inf))
    found = select(infinite, splat(_of(np.inf, found), found.shape), found)
    # A corner, of which no direction is preferred: the derivative at 0 is 0.
    return select(eq(large, 0.0), splat(_of(0.0, found), found.shape), found)


def sign(x: Any) -> Value:
    """-1, 0 or 1 by the sign of each element; of complex numbers the number of modulus 1."""
    x = array_of(x, "sign")
    return _complex_sign(x) if _is_complex(x) else _sign(x)


@fused
def _complex_sign(x: Value) -> Value:
    modulus = _modulus(x)
    zero = eq(modulus, 0.0)
    safe = select(zero, splat(_of(1.0, modulus), modulus.shape), modulus)
    return complex(div(_real(x), safe), div(_imag(x), safe))


def real(x: Any) -> Value:
    """The real part of each complex element."""
    return _real(x)


def imag(x: Any) -> Value:
    """The imaginary part of each complex element."""
    return _imag(x)


def conj(x: Any) -> Value:
    """The complex conjugate of each element; real elements become complex."""
    x = array_of(x, "conj")
    if not _is_complex(x):
        _check("conj", "inexact", x)
        x = convert(x, complex_dtype(x.aval.dtype))
    return _conj(x)


def complex(x: Any, y: Any) -> Value:
    """The complex number with real part `x` and imaginary part `y`."""
    x, y = arrays_of("complex", x, y)
    if x.aval.dtype not in (DTYPES["float32"], DTYPES["float64"]):
        raise refuse_dtype("complex", "float32 or float64 as element", x, y)
    return _complex(x, y)


def exp2(x: Any, *, accuracy: Any = None) -> Value:
    """2 to the power of each element."""
    x = array_of(x, "exp2")
    return exp(mul(x, float(np.log(2)))) if _is_complex(x) else _exp2(x)


@fused
def _complex_logistic(x: Value) -> Value:
    return div(_of(1.0, x), add(exp(neg(x)), 1.0))


def logistic(x: Any, *, accuracy: Any = None) -> Value:
    """`1 / (1 + exp(-x))` of each element."""
    x = array_of(x, "logistic")
    return _complex_logistic(x) if _is_complex(x) else _logistic(x)


def round(x: Any, rounding_method: RoundingMethod = RoundingMethod.AWAY_FROM_ZERO) -> Value:
    """The nearest integer of each element, halves as the method says."""
    x = array_of(x, "round")
    _check("round", "float", x)
    even = RoundingMethod(rounding_method) is RoundingMethod.TO_NEAREST_EVEN
    halves = "even" if even else "away"
    return bind("round", (x,), {"halves": halves}, None, x.aval.weak_type)[0]


# Powers.


def square(x: Any) -> Value:
    """The square of each element."""
    x = array_of(x, "square")
    return mul(x, x)


def reciprocal(x: Any) -> Value:
    """One over each element."""
    x = array_of(x, "reciprocal")
    _check("reciprocal", "inexact", x)
    return div(1.0, x)


def integer_pow(x: Any, y: int) -> Value:
    """Each element to a fixed integer power, by multiplications."""
    x = array_of(x, "integer_pow")
    _check("integer_pow", "number", x)
    if y < 0 and kind_rank(x.aval.dtype) == 1:
        raise TypeError(
            explain("integer_pow", "a power of 0 or more for integers", str(y), "use floats")
        )
    return x if y == 1 else _integer_pow(x, y=int(y))


@fused
def _integer_pow(x: Value, *, y: int) -> Value:
    if y == 0:
        return splat(_of(1, x), x.aval.shape)
    result, factor, left = None, x, builtins.abs(y)
    while left:
        if left & 1:
            result = factor if result is None else mul(result, factor)
        left >>= 1
        if left:
            factor = mul(factor, factor)
    return div(1.0, result) if y < 0 else result


def pow(x: Any, y: Any) -> Value:
    """`x` to the power of `y`; `y` may be an integer whatever `x` is."""
    if type(x) in (int, float, builtins.complex) and getattr(y, "dtype", None) is not None:
        if y.dtype.kind not in "iu":
            return _pow(x, y)
        x = arrays_of("pow", x, y)[0] if type(x) is int else x
    x = array_of(x, "pow")
    if type(y) is int:
        if y >= 0 or kind_rank(x.aval.dtype) != 1:
            return integer_pow(x, y)
    if type(y) in (int, float, builtins.complex):
        return _pow(x, y)
    y = array_of(y, "pow")
    if y.aval.dtype.kind in "iu" and x.aval.dtype != y.aval.dtype:
        _check("pow", "inexact", x)
        y = convert(y, x.aval.dtype)
    if x.aval.dtype.kind in "iu" and x.aval.dtype == y.aval.dtype:
        return _power_of_integers(*same_shape("pow", [x, y]))
    return _pow(x, y)


@fused
def _power_of_integers(x: Value, y: Value) -> Value:
    """Square and multiply over all bits of the exponent; negative exponents give 0, 1 or -1."""
    one = splat(_of(1, x), x.aval.shape)
    result, factor = one, x
    width = itemsize_bits(x.aval.dtype)
    for bit in range(width):
        odd = ne(bitwise_and(shift_right_logical(y, bit), 1), 0)
        result = select(odd, mul(result, factor), result)
        if bit + 1 < width:
            factor = mul(factor, factor)
    if x.aval.dtype.kind == "u":
        return result
    return select(lt(y, 0), _reciprocal_power(x, y, one), result)


def _reciprocal_power(x: Value, y: Value, one: Value) -> Value:
    """x to a negative power: what truncation leaves of it."""
    zero = sub(one, one)
    alternating = select(eq(bitwise_and(y, 1), 0), one, neg(one))
    return select(eq(x, 1), one, select(eq(x, -1), alternating, zero))


# Comparison and selection.


def _comparison(name: str, kind: str, doc: str) -> Callable[[Any, Any], Value]:
    allowed = _ALLOWED[kind]
    attributes = {"direction": name}
    items = (("direction", name),)

    def function(x: Any, y: Any) -> Value:
        x, y = pair_of(name, x, y)
        a, b = x.aval, y.aval
        if a.dtype not in allowed:
            raise refuse_dtype(name, f"{_KINDS[kind][1]} as element", x, y)
        if a.shape == b.shape:
            return bind("compare", (x, y), attributes)[0]
        if a.shape and b.shape:
            same_shape(name, [x, y])
        return _scalar_meets_array(x, y, op="compare", attributes=items)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


eq = _comparison("eq", "any", "Whether elements are equal.")
ne = _comparison("ne", "any", "Whether elements differ.")
lt = _comparison("lt", "ordered", "Whether elements of `x` are less than those of `y`.")
le = _comparison("le", "ordered", "Whether elements of `x` are at most those of `y`.")
gt = _comparison("gt", "ordered", "Whether elements of `x` are greater than those of `y`.")
ge = _comparison("ge", "ordered", "Whether elements of `x` are at least those of `y`.")


def is_finite(x: Any) -> Value:
    """Whether each element is neither infinite nor NaN."""
    x = array_of(x, "is_finite")
    _check("is_finite", "any", x)
    return _is_finite(x)


@fused
def _is_finite(x: Value) -> Value:
    if kind_rank(x.aval.dtype) < 2:
        return splat(scalar_of(True, DTYPES["bool"]), x.aval.shape)
    if _is_complex(x):
        return bitwise_and(_is_finite(_real(x)), _is_finite(_imag(x)))
    return lt(_abs(x), np.inf)


def select(pred: Any, on_true: Any, on_false: Any) -> Value:
    """Elements of `on_true` where `pred` holds, of `on_false` elsewhere."""
    return select_n(pred, on_false, on_true)


def select_n(which: Any, *cases: Any) -> Value:
    """Elements of the case that `which` gives: booleans choose among two, integers by position."""
    which = array_of(which, "select_n")
    if not cases:
        raise ValueError(explain("select_n", "at least one case", "none"))
    values = same_shape("select_n", arrays_of("select_n", *cases))
    shape = values[0].aval.shape
    if which.aval.shape not in ((), shape):
        raise TypeError(
            explain(
                "select",
                f"a predicate without dimensions or of the shape of the cases, {shape}",
                str(which.aval.shape),
                "broadcast it, or use mjx.numpy.where",
            )
        )
    if which.aval.dtype == DTYPES["bool"]:
        return _select_bool(which, values)
    if which.aval.dtype != DTYPES["int32"]:
        raise refuse_dtype("select_n", "a bool or int32 selector", which)
    return _select_case(which, *values)


def _select_bool(which: Value, values: list[Value]) -> Value:
    if len(values) > 2:
        raise TypeError(explain("select_n", "at most 2 cases for a bool", str(len(values))))
    if len(values) == 1:
        return values[0]
    weak = values[0].aval.weak_type and values[1].aval.weak_type
    if which.aval.shape == values[0].aval.shape:
        return bind("select", (which, values[1], values[0]), None, None, weak)[0]
    return _select_splat(which, values[1], values[0])


@fused
def _select_splat(which: Value, on_true: Value, on_false: Value) -> Value:
    weak = on_true.aval.weak_type and on_false.aval.weak_type
    which = splat(which, on_true.aval.shape)
    return bind("select", (which, on_true, on_false), None, None, weak)[0]


@fused
def _select_case(which: Value, *cases: Value) -> Value:
    result = cases[-1]
    for i in range(len(cases) - 2, -1, -1):
        result = select(le(which, i), cases[i], result)
    return result


def clamp(min: Any, x: Any, max: Any) -> Value:
    """Each element moved into the interval from `min` to `max`, which may be scalars."""
    low, x, high = arrays_of("clamp", min, x, max)
    for bound in (low, high):
        if bound.aval.shape not in ((), x.aval.shape):
            raise TypeError(
                explain(
                    "clamp",
                    f"bounds without dimensions or of the shape of x, {x.aval.shape}",
                    str(bound.aval.shape),
                    "use mjx.numpy.clip, which broadcasts",
                )
            )
    _check("clamp", "ordered", x)
    return _clamp(low, x, high)


@fused
def _clamp(low: Value, x: Value, high: Value) -> Value:
    return globals()["min"](globals()["max"](x, low), high)
