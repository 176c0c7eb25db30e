"""Reductions over segments of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mjx.numpy as mnp
from mjx.support.dtypes import iinfo, is_kind

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]


def _least(dtype: Any) -> Any:
    if is_kind(dtype, bool):
        return False
    return -mnp.inf if is_kind(dtype, float) else iinfo(dtype).min


def _greatest(dtype: Any) -> Any:
    if is_kind(dtype, bool):
        return True
    return mnp.inf if is_kind(dtype, float) else iinfo(dtype).max


def _segments(name: str, method: str, identity: Callable[[Any], Any], doc: str) -> Callable:
    def reduce(
        data: Any,
        segment_ids: Any,
        num_segments: int | None = None,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        bucket_size: int | None = None,
        mode: Any = None,
        out_sharding: Any = None,
    ) -> Any:
        data, segment_ids = mnp.asarray(data), mnp.asarray(segment_ids)
        if data.shape[: segment_ids.ndim] != segment_ids.shape:
            raise ValueError(
                f"{name}: expected segment_ids of the leading shape of data, {data.shape}, but got "
                f"shape {segment_ids.shape}"
            )
        if num_segments is None:
            num_segments = int(segment_ids.max()) + 1 if segment_ids.size else 0
        if num_segments < 0:
            raise ValueError(f"{name}: expected num_segments >= 0, but got {num_segments}")
        shape = (num_segments, *data.shape[segment_ids.ndim :])
        start = mnp.full(shape, identity(data.dtype), data.dtype)
        # Negative ids name no segment, though as indices they would.
        ids = mnp.where(segment_ids < 0, num_segments, segment_ids)
        return getattr(start.at[ids], method)(
            data, indices_are_sorted=indices_are_sorted, unique_indices=unique_indices, mode=mode
        )

    reduce.__name__ = reduce.__qualname__ = name
    reduce.__doc__ = f"""{doc}

    `segment_ids` says for each element along the leading dimensions of `data` to which segment it
    belongs; ids outside of [0, num_segments) belong to none. `num_segments` None is the greatest
    id and one, and must then be known: within `jit` give the number.
    """
    return reduce


segment_sum = _segments(
    "segment_sum", "add", lambda dtype: 0, "Sums of the elements of each segment; 0 for empty ones."
)
segment_prod = _segments(
    "segment_prod", "multiply", lambda dtype: 1, "Products over each segment; 1 for empty ones."
)
segment_max = _segments(
    "segment_max", "max", _least, "The greatest of each segment; the least value for empty ones."
)
segment_min = _segments(
    "segment_min", "min", _greatest, "The least of each segment; the greatest value for empty ones."
)
