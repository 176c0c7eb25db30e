"""The type that values of several types have in common.

Types form a lattice: an edge leads from each to those just above it, and the common type is the
least one above all. The weak types `int*`, `float*` and `complex*` of Python numbers sit below the
sized types of their kind, and so give way to them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, Literal, overload

import numpy as np
from mjx.support.config import enable_x64, numpy_dtype_promotion
from mjx.support.dtypes import (
    DTYPES,
    ELEMENT_TYPES,
    STORAGE_FLOATS,
    STORAGE_INTS,
    ExtendedDType,
    as_dtype,
    canonicalize_dtype,
    default_complex,
    default_float,
    default_int,
    dtype_of,
    is_kind,
)
from mjx.support.errors import TypePromotionError

_SIGNED = ("int8", "int16", "int32", "int64")
_UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
_FLOATS = ("bfloat16", "float16", "float32", "float64")
_COMPLEX = ("complex64", "complex128")

_STANDARD: dict[str, tuple[str, ...]] = {
    "bool": ("int*",),
    "int*": ("uint8", "int8", *STORAGE_INTS),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float*",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float*",),
    "float*": ("complex*", "bfloat16", "float16", *STORAGE_FLOATS),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex*": ("complex64",),
    "complex64": ("complex128",),
}

# Strict: only weak types give way.
_STRICT: dict[str, tuple[str, ...]] = {
    "int*": ("float*", *_SIGNED, *_UNSIGNED, *STORAGE_INTS),
    "float*": ("complex*", *_FLOATS, *STORAGE_FLOATS),
    "complex*": _COMPLEX,
}

_WEAK = {"int*": default_int, "float*": default_float, "complex*": default_complex}


def _upper_sets(edges: dict[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """For each type, itself and all above it."""

    @functools.cache
    def above(node: str) -> frozenset[str]:
        return frozenset([node]).union(*map(above, edges.get(node, ())))

    return {name: above(name) for name in (*DTYPES, *_WEAK)}


_UPPER = {"standard": _upper_sets(_STANDARD), "strict": _upper_sets(_STRICT)}


@functools.cache
def _join(nodes: frozenset[str], mode: str) -> str:
    """The least type above all `nodes`."""
    upper = _UPPER[mode]
    common = frozenset.intersection(*[upper[node] for node in nodes])
    for node in common:
        if upper[node] == common:
            return node
    raise TypePromotionError(_no_common_type(nodes, mode))


def _no_common_type(nodes: Iterable[str], mode: str) -> str:
    order = [*ELEMENT_TYPES, *STORAGE_INTS, *STORAGE_FLOATS, *_WEAK]
    names = ", ".join(sorted(nodes, key=order.index))
    reason = ""
    if mode == "strict":
        reason = " while numpy_dtype_promotion is 'strict'"
    return (
        f"promotion: expected types that have a common type{reason}, but got {names}; "
        f"convert one explicitly, as in x.astype(y.dtype)"
    )


def _node(dtype: np.dtype, weak: bool) -> str:
    if weak:
        for scalar_type, node in ((int, "int*"), (float, "float*"), (complex, "complex*")):
            if is_kind(dtype, scalar_type):
                return node
    return dtype.name


def promote(types: Iterable[tuple[Any, bool]]) -> tuple[Any, bool]:
    """The common type of (dtype, weak) pairs, as such a pair; the dtype is canonical."""
    types = tuple(types)
    if len(types) == 1 or (len(types) == 2 and types[0] == types[1]):
        return types[0]
    return _promote(types, numpy_dtype_promotion.value, enable_x64.value)


@functools.lru_cache(maxsize=8192)
def _promote(types: tuple[tuple[Any, bool], ...], mode: str, _x64: bool) -> tuple[Any, bool]:
    # `_x64` is part of the cache's key: what is canonical depends on it.
    first = types[0][0]
    if all(dtype == first for dtype, _ in types):
        return first, all(weak for _, weak in types)
    if any(isinstance(dtype, ExtendedDType) for dtype, _ in types):
        names = ", ".join(str(dtype) for dtype, _ in types)
        raise TypePromotionError(f"promotion: expected equal extended types, but got {names}")
    # Among weak types only, the sizes they have count: a weak bfloat16 stays one.
    all_weak = mode != "strict" and all(weak for _, weak in types)
    node = _join(frozenset([_node(d, weak and not all_weak) for d, weak in types]), mode)
    dtype = _WEAK[node]() if node in _WEAK else canonicalize_dtype(DTYPES[node])
    return dtype, dtype.name != "bool" and (all_weak or node in _WEAK)


def _type_of(x: Any) -> tuple[Any, bool]:
    """As `dtype_of`, where dtypes and types stand for values of them."""
    if isinstance(x, (str, type, np.dtype, ExtendedDType)):
        return canonicalize_dtype(as_dtype(x), True), x in (int, float, complex)
    return dtype_of(x, "result_type")


@overload
def result_type(*args: Any, return_weak_type_flag: Literal[False] = False) -> Any: ...
@overload
def result_type(*args: Any, return_weak_type_flag: Literal[True]) -> tuple[Any, bool]: ...
def result_type(*args: Any, return_weak_type_flag: bool = False) -> Any:
    """The dtype that an operation on all arguments (arrays, numbers, dtypes) computes in."""
    if not args:
        raise ValueError("result_type: expected at least one argument, but got none")
    dtype, weak = promote([_type_of(x) for x in args])
    return (dtype, weak) if return_weak_type_flag else dtype


def promote_types(a: Any, b: Any) -> Any:
    """The common dtype of two dtypes; Python's int, float and complex are weak."""
    return promote([_type_of(as_type) for as_type in (_as_type(a), _as_type(b))])[0]


def _as_type(x: Any) -> Any:
    return x if x in (int, float, complex) else as_dtype(x, "promote_types")
