"""Counter-based random bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mjx.core import bind
from mjx.lax.operands import Value, array_of, canonical, refuse_dtype, same_shape, shape_of
from mjx.support.dtypes import DTYPES
from mjx.support.errors import explain

__all__ = ["random_bits", "threefry2x32"]

_UINT32 = DTYPES["uint32"]


def threefry2x32(k0: Any, k1: Any, c0: Any, c1: Any) -> tuple[Value, Value]:
    """The counter (c0, c1) encrypted under the key (k0, k1), elementwise; all are uint32."""
    values = [array_of(x, "threefry2x32") for x in (k0, k1, c0, c1)]
    for x in values:
        if x.aval.dtype != _UINT32:
            raise refuse_dtype("threefry2x32", "uint32 as element", x)
    values = same_shape("threefry2x32", values)
    first, second = bind("threefry2x32", tuple(values), None, (values[0].aval.type,) * 2)
    return first, second


def random_bits(key: Any, shape: Sequence[int], dtype: Any = _UINT32) -> Value:
    """Random bits of an unsigned dtype from a key of two words."""
    key = array_of(key, "random_bits")
    found, shape = canonical(dtype, "random_bits"), shape_of(shape, "random_bits")
    if key.aval.dtype != _UINT32 or key.aval.shape != (2,):
        raise TypeError(explain("random_bits", "a key, uint32[2]", str(key.aval)))
    if found.kind != "u":
        raise TypeError(explain("random_bits", "an unsigned integer dtype", found.name))
    return bind("random_bits", (key,), None, ((found.name, shape),))[0]
