"""Trigonometric and hyperbolic functions and their inverses, of real and complex numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mjx.lax.eager import fused
from mjx.lax.operands import Value, array_of
from mjx.lax.pointwise import (
    _abs,
    _complex,
    _imag,
    _is_complex,
    _of,
    _real,
    _unary,
    add,
    atan2,
    div,
    log1p,
    lt,
    mul,
    neg,
    select,
    sqrt,
    sub,
)

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cos",
    "cosh",
    "sin",
    "sinh",
]

_acos = _unary("acos", "float", "")
_acosh = _unary("acosh", "float", "")
_asin = _unary("asin", "float", "")
_asinh = _unary("asinh", "float", "")
_atan = _unary("atan", "float", "")
_atanh = _unary("atanh", "float", "")
_cos = _unary("cos", "float", "")
_cosh = _unary("cosh", "float", "")
_sin = _unary("sin", "float", "")
_sinh = _unary("sinh", "float", "")


@fused
def _complex_inverse(z: Value, *, name: str) -> Value:
    """Inverse functions of complex numbers, with the usual branch cuts.

    Formulas: W. Kahan, "Branch cuts for complex elementary functions", 1987: by the parts of square
    roots, so that nothing cancels or overflows. asinh and atan follow from asin and atanh by i.
    """
    x, y = _real(z), _imag(z)
    if name == "asinh":
        found = _complex_inverse(_complex(neg(y), x), name="asin")
        return _complex(_imag(found), neg(_real(found)))
    if name == "atan":
        found = _complex_inverse(_complex(neg(y), x), name="atanh")
        return _complex(_imag(found), neg(_real(found)))
    if name == "atanh":
        return _complex_atanh(x, y)
    above = sqrt(_complex(add(x, 1.0), y))
    if name == "acosh":
        below = sqrt(_complex(sub(x, 1.0), y))
        return _complex(_asinh(_dot(below, above)), mul(atan2(_imag(below), _real(above)), 2.0))
    below = sqrt(_complex(sub(_of(1.0, x), x), neg(y)))
    if name == "acos":
        angle = mul(atan2(_real(below), _real(above)), 2.0)
        return _complex(angle, _asinh(_cross(above, below)))
    (a, b), (c, d) = (_real(below), _imag(below)), (_real(above), _imag(above))
    return _complex(atan2(x, sub(mul(a, c), mul(b, d))), _asinh(_cross(below, above)))


def _dot(z: Value, w: Value) -> Value:
    """The real part of conj(z) w."""
    return add(mul(_real(z), _real(w)), mul(_imag(z), _imag(w)))


def _cross(z: Value, w: Value) -> Value:
    """The imaginary part of conj(z) w."""
    return sub(mul(_real(z), _imag(w)), mul(_imag(z), _real(w)))


def _complex_atanh(x: Value, y: Value) -> Value:
    one = _of(1.0, x)
    square = mul(y, y)
    # It is odd, and log1p has no good arguments on the other side.
    size = _abs(x)
    distance = add(mul(sub(one, size), sub(one, size)), square)
    magnitude = mul(log1p(div(mul(size, 4.0), distance)), 0.25)
    magnitude = select(lt(x, 0.0), neg(magnitude), magnitude)
    angle = atan2(mul(y, 2.0), sub(mul(sub(one, x), add(one, x)), square))
    return _complex(magnitude, mul(angle, 0.5))


@fused
def _complex_circular(z: Value, *, name: str) -> Value:
    """sin z = sin a cosh b + i cos a sinh b; cos z = cos a cosh b - i sin a sinh b."""
    a, b = _real(z), _imag(z)
    if name == "sin":
        return _complex(mul(_sin(a), _cosh(b)), mul(_cos(a), _sinh(b)))
    return _complex(mul(_cos(a), _cosh(b)), neg(mul(_sin(a), _sinh(b))))


@fused
def _complex_hyperbolic(z: Value, *, name: str) -> Value:
    """sinh z = sinh a cos b + i cosh a sin b; cosh z = cosh a cos b + i sinh a sin b."""
    a, b = _real(z), _imag(z)
    first, second = (_sinh, _cosh) if name == "sinh" else (_cosh, _sinh)
    return _complex(mul(first(a), _cos(b)), mul(second(a), _sin(b)))


def _with_complex(
    name: str, real_form: Callable[[Any], Value], complex_form: Callable[..., Value], doc: str
) -> Callable[[Any], Value]:
    def function(x: Any, *, accuracy: Any = None) -> Value:
        x = array_of(x, name)
        return complex_form(x, name=name) if _is_complex(x) else real_form(x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


sin = _with_complex("sin", _sin, _complex_circular, "The sine of an angle in radians.")
cos = _with_complex("cos", _cos, _complex_circular, "The cosine of an angle in radians.")
sinh = _with_complex("sinh", _sinh, _complex_hyperbolic, "The hyperbolic sine of each element.")
cosh = _with_complex("cosh", _cosh, _complex_hyperbolic, "The hyperbolic cosine of each element.")
asin = _with_complex("asin", _asin, _complex_inverse, "The arc sine of each element.")
acos = _with_complex("acos", _acos, _complex_inverse, "The arc cosine of each element.")
atan = _with_complex("atan", _atan, _complex_inverse, "The arc tangent of each element.")
asinh = _with_complex("asinh", _asinh, _complex_inverse, "The inverse hyperbolic sine.")
acosh = _with_complex("acosh", _acosh, _complex_inverse, "The inverse hyperbolic cosine.")
atanh = _with_complex("atanh", _atanh, _complex_inverse, "The inverse hyperbolic tangent.")
