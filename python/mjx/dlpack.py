"""Arrays of other libraries by the DLPack protocol."""

from __future__ import annotations

from typing import Any

from mjx.core import Array
from mjx.numpy import files
from mjx.support.dtypes import as_dtype

__all__ = ["from_dlpack", "is_supported_dtype"]

_KINDS = "biufc"


def from_dlpack(external_array: Any, device: Any = None, copy: bool | None = None) -> Array:
    """The same as `mjx.numpy.from_dlpack`."""
    return files.from_dlpack(external_array, device=device, copy=copy)


def is_supported_dtype(dtype: Any) -> bool:
    """Whether arrays of this type can be exchanged."""
    return as_dtype(dtype).kind in _KINDS
