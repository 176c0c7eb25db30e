"""Zeros without contents, and which arguments of a custom rule are differentiated by at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from mjx.core.aval import ShapedArray, abstractify
from mjx.core.trace import Level, state
from mjx.core.tracer import Tracer
from mjx.support.dtypes import float0
from mjx.support.tree import tree_map
from mjx.transforms.linear import full, is_inexact


@dataclass(frozen=True)
class SymbolicZero:
    """A tangent or cotangent that is zero, of which only the type is known.

    What rules defined with `symbolic_zeros=True` are given, and may return, in the place of zeros.
    """

    aval: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Extent of each dimension."""
        return self.aval.shape

    @property
    def dtype(self) -> Any:
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
    def weak_type(self) -> bool:
        """Whether the dtype gives way to that of other operands."""
        return self.aval.weak_type


def tangent_aval(aval: ShapedArray) -> ShapedArray:
    """The type of tangents: that of the values, or float0 where they cannot vary."""
    return aval.strip_weak_type() if is_inexact(aval) else ShapedArray(aval.shape, float0)


def zero_of(aval: ShapedArray, symbolic: bool) -> Any:
    """The zero tangent of values of this type: an array, or a `SymbolicZero`."""
    if symbolic:
        return SymbolicZero(tangent_aval(aval))
    return full(0, aval.strip_weak_type()) if is_inexact(aval) else np.zeros(aval.shape, float0)


def zero_from_primal(val: Any, symbolic_zeros: bool = False) -> Any:
    """The zero tangents of a tree of values: arrays of zeros, or `SymbolicZero` if asked for.

    Example:
        >>> import mjx
        >>> mjx.custom_derivatives.zero_from_primal(1.0, symbolic_zeros=True).shape
        ()
    """
    return tree_map(lambda x: zero_of(abstractify(x, "zero_from_primal"), symbolic_zeros), val)


@dataclass(frozen=True)
class CustomVJPPrimal:
    """What fwd gets for each argument if `symbolic_zeros=True`.

    `perturbed` is False where the cotangent is not asked for.
    """

    value: Any
    perturbed: bool


def custom_vjp_primal_tree_values(tree: Any) -> Any:
    """A tree of `CustomVJPPrimal` with each replaced by its value."""
    return tree_map(lambda x: x.value if isinstance(x, CustomVJPPrimal) else x, tree)


def is_perturbed(x: Any) -> bool:
    """Whether a value may depend on what a level around us differentiates by."""
    if type(x) is not Tracer or not is_inexact(x.aval):
        return False
    varying, bindings = _sources_of_levels(state.level)
    queue, seen = [x.value], set()
    while queue:
        for source in x.level.program.ir.sources(queue.pop()):
            if source in seen:
                continue
            seen.add(source)
            if source in varying:
                return True
            if source in bindings:
                queue.append(bindings[source])
            elif source.argument_number < 0:
                # The argument of a loop's body, say, which stands for many values.
                return True
    return False


def _sources_of_levels(level: Level | None) -> tuple[set[Any], dict[Any, Any]]:
    varying: set[Any] = set()
    bindings: dict[Any, Any] = {}
    while level is not None:
        varying.update(level.wrt)
        bindings.update(level.bindings)
        level = level.parent
    return varying, bindings
