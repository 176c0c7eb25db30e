"""What a sample of an op is, and how its numbers are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes

import numpy as np


@dataclass(frozen=True)
class Sample:
    """One use of an op. `reference` takes the operands, in float64, and gives the results."""

    op: str
    operands: tuple[np.ndarray, ...]
    reference: Callable[..., Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    #: Element types and shapes of the results, where the op does not infer them.
    types: tuple[tuple[str, tuple[int, ...]], ...] | None = None
    #: Builds the regions in a trace.
    regions: Callable[[Any], list[Any]] | None = None
    #: Rounding errors allowed, in units of the last place of the largest term.
    ulp: float = 4
    #: Whether the derivative is that of the reference.
    smooth: bool = True
    #: Whether there is a reverse mode.
    reversible: bool = True
    #: How well the adjoint identity holds: tangents that are rounded are linear only so far.
    adjoint: float = 1e-10
    #: Operands that have no derivative, though their type could have one.
    constants: tuple[int, ...] = ()
    #: What the tangent is, where it is not the derivative of the reference.
    tangent: Callable[..., Any] | None = None


def rng_of(*key: str) -> np.random.Generator:
    """Numbers that are the same in every run."""
    return np.random.default_rng([ord(c) for c in "".join(key)])


FLOATS = ("float32", "float64", "float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
KINDS = {"f": FLOATS, "c": COMPLEX, "s": SIGNED, "u": UNSIGNED, "b": ("bool",)}
SHAPES = ((2, 3), (), (1,), (0, 3))


def as_dtype(name: str) -> np.dtype:
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


def draw(rng: np.random.Generator, element: str, shape: Sequence[int], low: float, high: float):
    """Numbers of an element type: floats between the bounds, integers of any size."""
    if element == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    dtype = as_dtype(element)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        small = rng.integers(max(-9, info.min), 10, shape, dtype=np.int64).astype(dtype)
        large = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
        return np.where(rng.integers(0, 2, shape).astype(bool), small, large).astype(dtype)
    if dtype.kind == "c":
        parts = rng.uniform(low, high, (2, *shape))
        return (parts[0] + 1j * parts[1]).astype(dtype)
    return rng.uniform(low, high, shape).astype(dtype)


def special(element: str) -> np.ndarray:
    """Floats that are treated apart: NaN, infinities, zeros, subnormals, huge ones."""
    info = ml_dtypes.finfo(as_dtype(element))
    least, most = float(info.smallest_subnormal), float(info.max)
    values = [np.nan, np.inf, 0.0, least, 3 * least, most, 1.0, 0.5, 2.0, 0.75, 40.0, 1e4]
    return np.array(values + [-v for v in values[1:]]).astype(as_dtype(element))
