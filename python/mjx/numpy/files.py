"""Arrays from and to files, bytes, iterables, other libraries' arrays, and text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO, Any

import numpy as np
from mjx.core import Array, ShapedArray, from_numpy
from mjx.lax.operands import Value
from mjx.numpy.creation import asarray
from mjx.support.dtypes import as_dtype, bfloat16, canonicalize_dtype

__all__ = [
    "ComplexWarning",
    "array_repr",
    "array_str",
    "from_dlpack",
    "fromfile",
    "fromiter",
    "fromstring",
    "get_printoptions",
    "load",
    "printoptions",
    "save",
    "savez",
    "set_printoptions",
]

ComplexWarning = np.exceptions.ComplexWarning

# Arrays are printed by NumPy, under its settings.
get_printoptions = np.get_printoptions
set_printoptions = np.set_printoptions
printoptions = np.printoptions

File = IO[bytes] | str | os.PathLike


def save(file: Any, arr: Any, allow_pickle: bool = True) -> None:
    """Writes an array to a file of NumPy's format `.npy`."""
    np.save(file, np.asarray(arr), allow_pickle=allow_pickle)


def savez(file: Any, *args: Any, allow_pickle: bool = True, **kwds: Any) -> None:
    """Writes arrays to a file of NumPy's format `.npz`, under their keywords or `arr_0`, ..."""
    named = {name: np.asarray(x) for name, x in kwds.items()}
    np.savez(file, *map(np.asarray, args), allow_pickle=allow_pickle, **named)


def load(
    file: File,
    mmap_mode: str | None = None,
    allow_pickle: bool = False,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    *,
    max_header_size: int = 10000,
) -> Any:
    """The array in a file that `save` wrote; of an `.npz` file NumPy's view of it by names.

    The options are those of `numpy.load`.
    """
    options = {"fix_imports": fix_imports, "encoding": encoding, "max_header_size": max_header_size}
    found = np.load(file, mmap_mode, allow_pickle, **options)
    if not isinstance(found, np.ndarray):
        return found
    # NumPy does not know bfloat16 and writes it as two bytes of no type.
    return asarray(found.view(bfloat16.dtype) if found.dtype == np.dtype("V2") else found)


def fromfile(
    file: File, dtype: Any = float, count: int = -1, sep: str = "", offset: int = 0
) -> Value:
    """The elements in a file of plain numbers: binary, or text separated by `sep`."""
    return asarray(np.fromfile(file, as_dtype(dtype, "fromfile"), count, sep, offset))


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1) -> Value:
    """A vector of the numbers that an iterable gives."""
    return asarray(np.fromiter(iter, as_dtype(dtype, "fromiter"), count))


def fromstring(string: str, dtype: Any = float, count: int = -1, *, sep: str) -> Value:
    """A vector of the numbers in a text, separated by `sep`."""
    return asarray(np.fromstring(string, as_dtype(dtype, "fromstring"), count, sep=sep))


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """An array of the elements of another library's CPU array, in the same memory if possible.

    The memory is shared unless `copy` is True or elements must be converted (64-bit ones without
    `enable_x64`): do not write to it afterwards.

    Raises BufferError for arrays that are not in the memory of the host.
    """
    if not hasattr(x, "__dlpack__"):
        raise TypeError(
            f"from_dlpack: expected an object with the method __dlpack__, but got "
            f"{type(x).__name__}; capsules of older versions are not taken"
        )
    host = np.from_dlpack(x)
    dtype = canonicalize_dtype(host.dtype)
    if copy is False and (dtype != host.dtype or not host.flags.c_contiguous):
        raise ValueError(
            "from_dlpack: expected contiguous elements of a type that is kept, since copy=False, "
            f"but got strides {host.strides} of {host.dtype}"
        )
    return from_numpy(host, ShapedArray(host.shape, dtype), copy=bool(copy))


def array_repr(
    arr: Any,
    max_line_width: int | None = None,
    precision: int | None = None,
    suppress_small: bool | None = None,
) -> str:
    """The text of `repr(arr)`, under these of NumPy's print options."""
    with _printing(max_line_width, precision, suppress_small):
        return repr(asarray(arr))


def array_str(
    a: Any,
    max_line_width: int | None = None,
    precision: int | None = None,
    suppress_small: bool | None = None,
) -> str:
    """The text of `str(a)`, under these of NumPy's print options."""
    with _printing(max_line_width, precision, suppress_small):
        return str(asarray(a))


def _printing(width: int | None, precision: int | None, suppress: bool | None) -> Any:
    options = {"linewidth": width, "precision": precision, "suppress": suppress}
    return np.printoptions(**{name: x for name, x in options.items() if x is not None})
