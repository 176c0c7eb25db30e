"""Arrays of other libraries by the DLPack protocol."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx.core import Array, ShapedArray, from_numpy
from mjx.support.dtypes import as_dtype, canonicalize_dtype

__all__ = ["from_dlpack", "is_supported_dtype"]

_KINDS = "biufc"


def from_dlpack(external_array: Any, device: Any = None, copy: bool | None = None) -> Array:
    """An array of the elements of another library's CPU array, in the same memory if possible.

    The memory is shared unless `copy` is True or elements must be converted (64-bit ones without
    `enable_x64`): do not write to it afterwards.

    Raises BufferError for arrays that are not in the memory of the host.
    """
    if not hasattr(external_array, "__dlpack__"):
        raise TypeError(
            f"from_dlpack: expected an object with the method __dlpack__, but got "
            f"{type(external_array).__name__}; capsules of older versions are not taken"
        )
    host = np.from_dlpack(external_array)
    dtype = canonicalize_dtype(host.dtype)
    if copy is False and (dtype != host.dtype or not host.flags.c_contiguous):
        raise ValueError(
            "from_dlpack: expected contiguous elements of a type that is kept, since copy=False, "
            f"but got strides {host.strides} of {host.dtype}"
        )
    return from_numpy(host, ShapedArray(host.shape, dtype), copy=bool(copy))


def is_supported_dtype(dtype: Any) -> bool:
    """Whether arrays of this type can be exchanged."""
    return as_dtype(dtype).kind in _KINDS
