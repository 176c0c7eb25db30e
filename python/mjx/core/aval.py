"""What is known of an array without its values: shape, dtype and weak type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx.support.dtypes import DTYPES, as_dtype, canonicalize_dtype, dtype_of

_SHORT_FORMS = (
    ("bfloat", "bf"),
    ("float", "f"),
    ("uint", "u"),
    ("int", "i"),
    ("complex", "c"),
    ("bool", "b"),
)


class ShapedArray:
    """Abstract value of an array. Equal ones are the same object, so comparing is cheap.

    `type` is the pair (element type, shape) that the compiler calls its type.
    """

    __slots__ = ("dtype", "ndim", "shape", "size", "type", "weak_type")
    _all: dict[tuple[tuple[int, ...], Any, bool], ShapedArray] = {}

    shape: tuple[int, ...]
    dtype: np.dtype
    weak_type: bool

    def __new__(cls, shape: Sequence[int], dtype: Any, weak_type: bool = False) -> ShapedArray:
        try:
            found = cls._all.get((shape, dtype, weak_type))
        except TypeError:
            found = None
        return found if found is not None else cls._make(shape, dtype, weak_type)

    @classmethod
    def _make(cls, shape: Sequence[int], dtype: Any, weak_type: bool) -> ShapedArray:
        key = (tuple([int(n) for n in shape]), as_dtype(dtype, "ShapedArray"), bool(weak_type))
        self = object.__new__(cls)
        self.shape, self.dtype, self.weak_type = key
        self.ndim = len(self.shape)
        self.size = 1
        for extent in self.shape:
            self.size *= extent
        self.type = (self.dtype.name, self.shape)
        return cls._all.setdefault(key, self)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.dtype.itemsize

    def update(self, **changes: Any) -> ShapedArray:
        """A copy with some of shape, dtype and weak_type changed."""
        old = {"shape": self.shape, "dtype": self.dtype, "weak_type": self.weak_type}
        return ShapedArray(**{**old, **changes})

    def strip_weak_type(self) -> ShapedArray:
        """The same with a type that does not give way."""
        return ShapedArray(self.shape, self.dtype, False) if self.weak_type else self

    def str_short(self, short_dtypes: bool = False) -> str:
        """As printed, optionally with dtypes as in `f32[2,3]`."""
        name = self.dtype.name
        if short_dtypes:
            for long, short in _SHORT_FORMS:
                if name.startswith(long):
                    name = short + name[len(long) :]
                    break
        return f"{name}[{','.join(map(str, self.shape))}]"

    def __str__(self) -> str:
        return ("~" if self.weak_type else "") + self.str_short()

    def __repr__(self) -> str:
        return f"ShapedArray({self})"

    def __reduce__(self) -> Any:
        return ShapedArray, (self.shape, self.dtype.name, self.weak_type)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array with no dimensions")
        return self.shape[0]


class ShapeDtypeStruct:
    """Shape and dtype of an array that need not exist: what `eval_shape` and `lower` deal in."""

    __slots__ = ("dtype", "shape", "sharding", "weak_type")

    def __init__(
        self, shape: Sequence[int], dtype: Any, *, sharding: Any = None, weak_type: bool = False
    ):
        if dtype is None:
            raise ValueError("ShapeDtypeStruct: expected a dtype, but got None")
        self.shape = tuple(shape)
        self.dtype = as_dtype(dtype, "ShapeDtypeStruct")
        self.sharding = sharding
        self.weak_type = weak_type

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return ShapedArray(self.shape, self.dtype).size

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array with no dimensions")
        return self.shape[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ShapeDtypeStruct):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (self.shape, self.dtype, self.weak_type)

    def __repr__(self) -> str:
        weak = ", weak_type=True" if self.weak_type else ""
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={self.dtype.name}{weak})"


_BY_TYPE: dict[tuple[tuple[str, tuple[int, ...]], bool], ShapedArray] = {}


def aval_of_type(type_: tuple[str, tuple[int, ...]], weak_type: bool = False) -> ShapedArray:
    """The abstract value of a type of the compiler, (element type, shape)."""
    found = _BY_TYPE.get((type_, weak_type))
    if found is None:
        element, shape = type_
        found = ShapedArray(shape, DTYPES[element], weak_type)
        _BY_TYPE[type_, weak_type] = found
    return found


_SCALARS = (bool, int, float, complex)


def abstractify(x: Any, who: str = "abstractify") -> ShapedArray:
    """The abstract value of an array, a tracer, a number, or anything with a shape and a dtype."""
    aval = getattr(x, "aval", None)
    if isinstance(aval, ShapedArray):
        return aval
    if isinstance(x, ShapedArray):
        return x
    if isinstance(x, _SCALARS) and not isinstance(x, np.generic):
        dtype, weak = dtype_of(x)
        return ShapedArray((), dtype, weak)
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        weak = bool(getattr(x, "weak_type", False))
        return ShapedArray(tuple(x.shape), canonicalize_dtype(x.dtype), weak)
    raise TypeError(
        f"{who}: expected an array or a number, but got {x!r} of type {type(x).__name__}"
    )


typeof = abstractify
