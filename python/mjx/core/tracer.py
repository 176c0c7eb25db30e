"""`Tracer`: what a traced function computes with in the place of arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
from mjx.core.array import Array
from mjx.core.aval import ShapedArray
from mjx.support.errors import (
    ConcretizationTypeError,
    TracedValue,
    TracerArrayConversionError,
    TracerBoolConversionError,
    TracerIntegerConversionError,
    UnexpectedTracerError,
)
from mjx.support.source import Location


class Tracer:
    """A value of a program under construction: its type is known, its contents are not.

    While a transform records without jit, the contents can be had on demand: asking for the truth
    of such a tracer runs what was recorded so far.
    """

    __slots__ = ("__weakref__", "aval", "level", "value", "where")
    __array_priority__ = 200

    def __init__(self, value: Any, aval: ShapedArray, level: Any, where: Location | None):
        self.value = value
        self.aval = aval
        self.level = level
        self.where = where

    @property
    def shape(self) -> tuple[int, ...]:
        """Extent of each dimension."""
        return self.aval.shape

    @property
    def dtype(self) -> np.dtype:
        """Type of the elements."""
        return self.aval.dtype

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

    def block_until_ready(self) -> Tracer:
        """Itself: there is nothing to wait for."""
        return self

    # Conversions: the contents where they can be had, else an error that says what to do.

    def traced_value(self) -> TracedValue:
        """What an error message says about this value."""
        return self.level.describe(self)

    def _concrete(self, error: type[Exception], context: str = "") -> Array:
        found = self.level.concrete(self)
        if found is None:
            raise error(self, context)
        return found

    def __bool__(self) -> bool:
        return bool(self._concrete(TracerBoolConversionError))

    def __int__(self) -> int:
        return int(self._concrete(ConcretizationTypeError, "int()"))

    def __float__(self) -> float:
        return float(self._concrete(ConcretizationTypeError, "float()"))

    def __complex__(self) -> complex:
        return complex(self._concrete(ConcretizationTypeError, "complex()"))

    def __index__(self) -> int:
        return self._concrete(TracerIntegerConversionError).__index__()

    def item(self, *args: Any) -> Any:
        """The only element, or the one at an index, as a Python number."""
        return self._concrete(ConcretizationTypeError, "x.item()").item(*args)

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        return self._concrete(ConcretizationTypeError, "x.tolist()").tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._concrete(TracerArrayConversionError).__array__(dtype, copy)

    def __hash__(self) -> int:
        raise TypeError(
            f"hash(): expected a hashable value, but got a traced {self.aval}; use id(x) as key, "
            f"or pass a number that is known while tracing as a static argument"
        )

    def __len__(self) -> int:
        return len(self.aval)

    def __iter__(self) -> Iterator[Any]:
        if not self.aval.shape:
            raise TypeError("iteration over a traced array with no dimensions")
        return iter([self[i] for i in range(self.aval.shape[0])])

    def __repr__(self) -> str:
        return f"{self.level.transform.title()}Tracer({self.aval})"

    def __format__(self, spec: str) -> str:
        if not spec:
            return repr(self)
        return format(self._concrete(ConcretizationTypeError, f"formatting as {spec!r}"), spec)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "Array: expected no assignment to elements, since arrays are immutable, but got "
            "x[idx] = value\n  fix: x = x.at[idx].set(value)"
        )

    def __copy__(self) -> Tracer:
        return self

    def __deepcopy__(self, memo: Any) -> Tracer:
        return self

    def __reduce__(self) -> NoReturn:
        raise ConcretizationTypeError(self, "pickle")


def leaked(tracer: Tracer) -> UnexpectedTracerError:
    """The error for a tracer used where its program is not."""
    return UnexpectedTracerError(tracer)
