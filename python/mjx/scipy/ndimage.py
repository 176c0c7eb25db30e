"""Arrays as functions of continuous coordinates."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import mjx.numpy as mnp
from mjx.support.dtypes import is_kind

__all__ = ["map_coordinates"]


def _mirrored(at: Any, size: int) -> Any:
    """Reflected at the centres of the outer elements."""
    period = max(2 * (size - 1), 1)
    at = mnp.remainder(at, period)
    return mnp.where(at >= size, period - at, at)


def _reflected(at: Any, size: int) -> Any:
    """Reflected at the edges of the outer elements."""
    at = mnp.remainder(at, 2 * size)
    return mnp.where(at >= size, 2 * size - 1 - at, at)


_PLACES: dict[str, Callable[[Any, int], Any]] = {
    "constant": lambda at, size: at,
    "nearest": lambda at, size: mnp.clip(at, 0, size - 1),
    "wrap": lambda at, size: mnp.remainder(at, size),
    "mirror": _mirrored,
    "reflect": _reflected,
}


def _nearest(at: Any) -> list[tuple[Any, Any]]:
    return [(mnp.floor(at + 0.5).astype("int32"), mnp.ones_like(at))]


def _linear(at: Any) -> list[tuple[Any, Any]]:
    low = mnp.floor(at)
    upper = at - low
    i = low.astype("int32")
    return [(i, 1 - upper), (i + 1, upper)]


def map_coordinates(
    input: Any, coordinates: Sequence[Any], order: int, mode: str = "constant", cval: Any = 0.0
) -> Any:
    """The values of an array at coordinates that need not be whole numbers.

    `coordinates` has an array for each dimension. `order` is 0 (the nearest element) or 1 (linear).
    Outside of the array values are `cval` ('constant'), those of the edge ('nearest'), or the array
    goes on periodically ('wrap') or by reflection ('mirror', 'reflect').
    """
    input = mnp.asarray(input)
    coordinates = [mnp.asarray(c) for c in coordinates]
    coordinates = [c if is_kind(c.dtype, float) else c.astype(float) for c in coordinates]
    if len(coordinates) != input.ndim:
        raise ValueError(
            f"map_coordinates: expected coordinates for {input.ndim} dimensions, but got "
            f"{len(coordinates)}"
        )
    if order not in (0, 1):
        raise NotImplementedError(f"map_coordinates: expected order 0 or 1, but got {order}")
    place = _PLACES.get(mode)
    if place is None:
        raise NotImplementedError(
            f"map_coordinates: expected a mode among {', '.join(_PLACES)}, but got {mode!r}"
        )
    nodes = [(_linear if order else _nearest)(c) for c in coordinates]
    total = 0
    for corner in itertools.product(*nodes):
        at = tuple([place(i, size) for (i, _), size in zip(corner, input.shape)])
        value = _value_at(input, at, mode, cval)
        weight = 1
        for _, w in corner:
            weight = weight * w
        total = total + value * weight
    if not is_kind(input.dtype, float) and not is_kind(input.dtype, complex):
        total = mnp.round(total)
    return total.astype(input.dtype)


def _value_at(input: Any, at: tuple, mode: str, cval: Any) -> Any:
    if mode != "constant":
        return input[at]
    inside = True
    for i, size in zip(at, input.shape):
        inside = inside & (i >= 0) & (i < size)
    safe = tuple([mnp.clip(i, 0, max(size - 1, 0)) for i, size in zip(at, input.shape)])
    return mnp.where(inside, input[safe], cval)
