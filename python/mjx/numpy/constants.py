"""Numbers, dtypes and questions about dtypes."""

from __future__ import annotations

import math

import numpy as np
from mjx.core import Array
from mjx.support.dtypes import (  # noqa: F401  (users find them here)
    bfloat16,
    bool_,
    complex64,
    complex128,
    finfo,
    float4_e2m1fn,
    float8_e3m4,
    float8_e4m3,
    float8_e4m3b11fnuz,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    float16,
    float32,
    float64,
    iinfo,
    int2,
    int4,
    int8,
    int16,
    int32,
    int64,
    issubdtype,
    uint2,
    uint4,
    uint8,
    uint16,
    uint32,
    uint64,
)
from mjx.support.promotion import promote_types, result_type  # noqa: F401

pi = math.pi
e = math.e
euler_gamma = 0.57721566490153286060651209008240243
inf = math.inf
nan = math.nan
newaxis = None
ndarray = Array
dtype = np.dtype
float_ = float64
int_ = int64
uint = uint64
complex_ = cdouble = complex128
csingle = complex64
double = float64
single = float32
bool = bool_

number = np.number
generic = np.generic
integer = np.integer
signedinteger = np.signedinteger
unsignedinteger = np.unsignedinteger
inexact = np.inexact
floating = np.floating
complexfloating = np.complexfloating
character = np.character
flexible = np.flexible
object_ = np.object_


def isscalar(element: object) -> bool:
    """Whether `element` is a number, or an array without dimensions."""
    return np.isscalar(element) or (hasattr(element, "aval") and element.ndim == 0)


def isdtype(dtype: object, kind: object) -> bool:
    """Whether a dtype is of a kind of the array API standard."""
    return np.isdtype(np.dtype(getattr(dtype, "dtype", dtype)), kind)


def can_cast(from_: object, to: object, casting: str = "safe") -> bool:
    """Whether NumPy's rules allow a conversion."""
    return np.can_cast(getattr(from_, "dtype", from_), getattr(to, "dtype", to), casting)


def iterable(y: object) -> bool:
    """Whether `iter(y)` works."""
    return np.iterable(y)


__all__ = [
    name
    for name in list(globals())
    if not name.startswith("_") and name not in ("annotations", "math", "np", "Array")
]
