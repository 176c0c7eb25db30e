"""Elements in other dtypes, and elements as bits."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
from mjx.core import bind
from mjx.lax.eager import fused
from mjx.lax.operands import (
    Value,
    array_of,
    arrays_of,
    canonical,
    convert,
    kind_rank,
    refuse_dtype,
    same_shape,
    scalar_of,
    splat,
)
from mjx.lax.pointwise import (
    add,
    bitwise_and,
    bitwise_or,
    eq,
    gt,
    mul,
    ne,
    neg,
    select,
    shift_left,
    shift_right_arithmetic,
    shift_right_logical,
)
from mjx.support.dtypes import DTYPES, ExtendedDType, as_dtype, finfo
from mjx.support.errors import explain

__all__ = [
    "bitcast_convert_type",
    "convert_element_type",
    "mulhi",
    "nextafter",
    "reduce_precision",
]


def convert_element_type(operand: Any, new_dtype: Any) -> Value:
    """The elements in another dtype: floats truncate to integers and saturate, integers wrap."""
    dtype = as_dtype(new_dtype, "convert_element_type")
    if isinstance(dtype, ExtendedDType):
        if getattr(operand, "dtype", None) == dtype:
            return operand
        raise TypeError(
            explain(
                "convert_element_type",
                "a dtype of numbers",
                str(dtype),
                "make keys with mjx.random.key or wrap_key_data",
            )
        )
    return convert(operand, canonical(dtype, "convert_element_type"), False, "convert_element_type")


def bitcast_convert_type(operand: Any, new_dtype: Any) -> Value:
    """The bits of the elements as another dtype.

    A narrower dtype adds a last dimension, a wider one takes it away.
    """
    operand = array_of(operand, "bitcast_convert_type")
    dtype = canonical(new_dtype, "bitcast_convert_type")
    old, new = operand.aval.dtype.itemsize, dtype.itemsize
    if old == new:
        types = ((dtype.name, operand.aval.shape),)
        return bind("bitcast_convert", (operand,), None, types)[0]
    wide = builtins.max(old, new)
    if "c" in (operand.aval.dtype.kind, dtype.kind) or DTYPES["bool"] in (
        operand.aval.dtype,
        dtype,
    ):
        raise refuse_dtype("bitcast_convert_type", f"{dtype.name} to be as wide as", operand)
    if new < old:
        return _split_bits(operand, dtype=dtype)
    if not operand.aval.shape or operand.aval.shape[-1] * old != wide:
        raise ValueError(
            explain(
                "bitcast_convert_type",
                f"a last dimension of {new // old} to make {dtype.name} of "
                f"{operand.aval.dtype.name}",
                f"shape {operand.aval.shape}",
            )
        )
    return _join_bits(operand, dtype=dtype)


def _unsigned(size: int) -> np.dtype:
    return DTYPES[f"uint{8 * size}"]


@fused
def _split_bits(x: Value, *, dtype: np.dtype) -> Value:
    old, new = x.aval.dtype.itemsize, dtype.itemsize
    whole = bitcast_convert_type(x, _unsigned(old)) if _unsigned(old) != x.aval.dtype else x
    shape = (*x.aval.shape, old // new)
    dims = tuple(range(len(x.aval.shape)))
    element = _unsigned(old).name
    spread = bind("broadcast_in_dim", (whole,), {"dims": dims}, ((element, shape),))[0]
    place = bind("iota", (), {"dim": len(shape) - 1}, ((element, shape),))[0]
    part = convert(shift_right_logical(spread, mul(place, 8 * new)), _unsigned(new))
    return part if dtype == _unsigned(new) else bitcast_convert_type(part, dtype)


@fused
def _join_bits(x: Value, *, dtype: np.dtype) -> Value:
    old, new = x.aval.dtype.itemsize, dtype.itemsize
    part = bitcast_convert_type(x, _unsigned(old)) if _unsigned(old) != x.aval.dtype else x
    part = convert(part, _unsigned(new))
    element = _unsigned(new).name
    last = len(x.aval.shape) - 1
    place = bind("iota", (), {"dim": last}, ((element, x.aval.shape),))[0]
    shifted = shift_left(part, mul(place, 8 * old))
    whole = bind("reduce", (shifted,), {"kind": "or", "dims": (last,)})[0]
    return whole if dtype == _unsigned(new) else bitcast_convert_type(whole, dtype)


def _check_float(who: str, x: Value) -> None:
    if kind_rank(x.aval.dtype) != 2:
        raise refuse_dtype(who, "a floating-point number as element", x)


def reduce_precision(operand: Any, exponent_bits: int, mantissa_bits: int) -> Value:
    """Each element rounded to a format with fewer bits, in the same dtype."""
    x = array_of(operand, "reduce_precision")
    _check_float("reduce_precision", x)
    attributes = {"exponent_bits": int(exponent_bits), "mantissa_bits": int(mantissa_bits)}
    return bind("reduce_precision", (x,), attributes, None, x.aval.weak_type)[0]


def nextafter(x1: Any, x2: Any) -> Value:
    """The number next to `x1` in the direction of `x2`."""
    x1, x2 = arrays_of("nextafter", x1, x2)
    _check_float("nextafter", x1)
    return _nextafter(*same_shape("nextafter", [x1, x2]))


@fused
def _nextafter(x: Value, y: Value) -> Value:
    # Floats of one sign are ordered as their bits: one step is one bit up or down.
    dtype, shape = x.aval.dtype, x.aval.shape
    bits = DTYPES[f"int{8 * dtype.itemsize}"]
    raw = bitcast_convert_type(x, bits)
    positive = bitwise_or(gt(x, 0.0), eq(x, 0.0))
    away = eq(gt(y, x), positive)
    step = select(away, splat(scalar_of(1, bits), shape), splat(scalar_of(-1, bits), shape))
    stepped = bitcast_convert_type(add(raw, step), dtype)
    least = splat(scalar_of(float(finfo(dtype).smallest_subnormal), dtype), shape)
    from_zero = select(gt(y, 0.0), least, neg(least))
    moved = select(eq(x, 0.0), from_zero, stepped)
    unordered = bitwise_or(ne(x, x), ne(y, y))
    return select(unordered, add(x, y), select(eq(x, y), y, moved))


def mulhi(x: Any, y: Any, /) -> Value:
    """The upper half of the product of two integers: the bits that `mul` drops.

    >>> mjx.lax.mulhi(mjx.numpy.uint32(1 << 31), mjx.numpy.uint32(6))
    Array(3, dtype=uint32)
    """
    x, y = arrays_of("mulhi", x, y)
    if x.aval.dtype.kind not in "iu":
        raise refuse_dtype("mulhi", "an integer as element", x, y)
    return _mulhi(*same_shape("mulhi", [x, y]))


@fused
def _mulhi(x: Value, y: Value) -> Value:
    dtype = x.aval.dtype
    width = 8 * dtype.itemsize
    down = shift_right_arithmetic if dtype.kind == "i" else shift_right_logical
    if width < 64:
        wide = DTYPES[f"{'u' if dtype.kind == 'u' else ''}int64"]
        return convert(down(mul(convert(x, wide), convert(y, wide)), width), dtype)
    # By halves: of the cross terms, whose sums fit, the upper ones.
    low = splat(scalar_of((1 << 32) - 1, dtype), x.aval.shape)
    x_low, y_low, x_high, y_high = (
        bitwise_and(x, low),
        bitwise_and(y, low),
        down(x, 32),
        down(y, 32),
    )
    first = add(mul(x_high, y_low), shift_right_logical(mul(x_low, y_low), 32))
    second = add(mul(x_low, y_high), bitwise_and(first, low))
    return add(add(mul(x_high, y_high), down(first, 32)), down(second, 32))
