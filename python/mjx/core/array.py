"""`Array`: an immutable array on a device, whose contents may still be on their way."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from mjx import _mjx
from mjx.core.aval import ShapedArray, aval_of_type
from mjx.core.device import Device, default_device
from mjx.support.dtypes import RAW_DTYPES, canonicalize_dtype


def live_arrays(platform: str | None = None) -> list[Array]:
    """All arrays of this process that were not deleted, in the order in which they were made."""
    if platform not in (None, "cpu"):
        raise ValueError(f"live_arrays: expected the platform 'cpu', but got {platform!r}")
    return _mjx.live_arrays()


class Array(_mjx.ArrayBase):
    """An immutable array. Made by the functions of `mjx.numpy`, not by calling the class.

    `Array(buffer, aval, literal)` has the attributes `aval`, `buffer` and `literal`, and `shape`
    and `dtype`. `literal` holds the values of small arrays that stem from Python numbers: programs
    take them in as constants.
    """

    __slots__ = ()
    __array_priority__ = 100

    # What it is.

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self.aval.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.aval.size

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.aval.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.aval.nbytes

    @property
    def weak_type(self) -> bool:
        """Whether the dtype gives way to that of other operands."""
        return self.aval.weak_type

    # Where it is.

    @property
    def device(self) -> Device:
        """The device that holds the array."""
        return default_device()

    def devices(self) -> set[Device]:
        """The devices that hold the array."""
        return {self.device}

    @property
    def committed(self) -> bool:
        """Whether the array was put on its device by name."""
        return False

    @property
    def is_fully_addressable(self) -> bool:
        """Whether this process can read all of the array."""
        return True

    def is_ready(self) -> bool:
        """Whether the contents have been computed."""
        return self.buffer.is_ready()

    def block_until_ready(self) -> Array:
        """Waits for the contents, raises what went wrong computing them, and returns itself."""
        self.buffer.wait()
        return self

    def copy_to_host_async(self) -> None:
        """Nothing: arrays are in the memory of the host."""

    def delete(self) -> None:
        """Gives up the contents; later uses raise RuntimeError."""
        self.buffer.delete()

    def is_deleted(self) -> bool:
        """Whether the contents were given up, by `delete` or by donating them."""
        return self.buffer.is_deleted()

    # Its values.

    def numpy_view(self) -> np.ndarray:
        """The values as a read-only NumPy array of the same memory."""
        view = self.buffer.numpy()
        dtype = self.aval.dtype
        return view if view.dtype == dtype else view.view(dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        view = self.numpy_view()
        if dtype is not None and np.dtype(dtype) != view.dtype:
            if copy is False:
                raise ValueError(
                    f"Array.__array__: expected to share memory (copy=False), but {view.dtype} "
                    f"must be converted to {np.dtype(dtype)}; leave out copy=False"
                )
            return view.astype(dtype)
        return view.copy() if copy else view

    def __dlpack__(self, **options: Any) -> Any:
        options.pop("stream", None)
        # NumPy refuses to export read-only memory: what leaves this way is a copy.
        return self.numpy_view().copy().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def item(self, *args: Any) -> Any:
        """The only element, or the one at an index, as a Python number."""
        number = None if args else self._number()
        if number is not None:
            return number
        return self.numpy_view().item(*args)

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        return self.numpy_view().tolist()

    def tobytes(self, order: str = "C") -> bytes:
        """The bytes of all elements."""
        return self.numpy_view().tobytes(order)

    def _scalar(self, who: str) -> Any:
        if self.aval.shape:
            raise TypeError(
                f"{who}: expected an array with no dimensions, but got {self.aval}; take an "
                f"element with x[i] or x.item()"
            )
        return self.item()

    def __bool__(self) -> bool:
        if self.aval.size != 1:
            raise ValueError(
                f"bool(): expected an array of one element, but got {self.aval}, whose truth "
                f"value is ambiguous; use x.any() or x.all()"
            )
        return bool(self.item())

    def __int__(self) -> int:
        return int(self._scalar("int()"))

    def __float__(self) -> float:
        return float(self._scalar("float()"))

    def __complex__(self) -> complex:
        return complex(self._scalar("complex()"))

    def __index__(self) -> int:
        value = self._scalar("index")
        if not isinstance(value, int):
            raise TypeError(
                f"index: expected an integer array with no dimensions, but got {self.aval}; "
                f"convert it with .astype(int)"
            )
        return operator.index(value)

    def __hash__(self) -> int:
        raise TypeError(
            f"hash(): expected a hashable value, but got an Array ({self.aval}), which is compared "
            f"by elements; use id(x), or x.item() for a scalar"
        )

    def __len__(self) -> int:
        return len(self.aval)

    def __iter__(self) -> Iterator[Array]:
        if not self.aval.shape:
            raise TypeError("iteration over an array with no dimensions")
        aval = self.aval.update(shape=self.aval.shape[1:])
        return iter([from_numpy(row, aval) for row in self.numpy_view()])

    def __repr__(self) -> str:
        if self.is_deleted():
            return f"<deleted Array with shape={self.aval.str_short()}>"
        end = f"dtype={self.dtype.name}{', weak_type=True' if self.weak_type else ''})"
        if self.size == 0:
            return f"Array([], shape={self.shape}, {end}"
        width = np.get_printoptions()["linewidth"]
        text = np.array2string(
            self.numpy_view(), prefix="Array(", suffix=",", separator=", ", max_line_width=width
        )
        last = len(text) - text.rfind("\n") + 1
        gap = "\n" + " " * 6 if last + len(end) + 1 > width else " "
        return f"Array({text},{gap}{end}"

    def __str__(self) -> str:
        return repr(self) if self.is_deleted() else str(self.numpy_view())

    def __format__(self, spec: str) -> str:
        if self.aval.shape:
            return format(str(self), spec) if spec else str(self)
        return format(self.numpy_view()[()], spec)

    # Copies and their likes.

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "Array: expected no assignment to elements, since arrays are immutable, but got "
            "x[idx] = value\n  fix: x = x.at[idx].set(value)"
        )

    def __delitem__(self, index: Any) -> None:
        raise TypeError("Array: elements cannot be deleted; use mjx.numpy.delete")

    def __copy__(self) -> Array:
        return from_numpy(self.numpy_view(), self.aval)

    def __deepcopy__(self, memo: Any) -> Array:
        return self.__copy__()

    def __reduce__(self) -> Any:
        return _unpickle, (np.asarray(self), self.aval.weak_type)


_mjx.set_array_type(Array, aval_of_type)


def _unpickle(value: np.ndarray, weak_type: bool) -> Array:
    return from_numpy(value, ShapedArray(value.shape, canonicalize_dtype(value.dtype), weak_type))


def from_numpy(
    value: np.ndarray, aval: ShapedArray, *, copy: bool = True, literal: bool = False
) -> Array:
    """An Array with the values of a NumPy array, converted to the dtype of `aval`.

    With `copy=False` the memory may be shared: nobody may write to it any more.
    """
    dtype = aval.dtype
    if value.dtype != dtype:
        value, copy = value.astype(dtype), False
    value = np.ascontiguousarray(value).reshape(aval.shape)
    raw = value.view(RAW_DTYPES.get(dtype, dtype))
    buffer = _mjx.Buffer.from_numpy(raw, aval.type[0], copy)
    return Array(buffer, aval, value if literal else None)
