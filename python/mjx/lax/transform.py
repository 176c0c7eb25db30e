"""Values as transforms and optimizations see them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx.core import bind
from mjx.core.scopes import named_scope
from mjx.lax.operands import Value, array_of
from mjx.support.dtypes import default_int, issubdtype
from mjx.support.errors import explain
from mjx.support.tree import tree_flatten, tree_map, tree_unflatten

__all__ = [
    "composite",
    "optimization_barrier",
    "pcast",
    "shape_as_value",
    "stop_gradient",
    "with_sharding_constraint",
]


def stop_gradient(x: Any) -> Any:
    """`x`, an array or a tree of arrays, held constant by differentiation."""
    return tree_map(_stop_gradient, x)


def _stop_gradient(x: Any) -> Value:
    x = array_of(x, "stop_gradient")
    if not issubdtype(x.aval.dtype, np.inexact):
        return x
    return bind("stop_gradient", (x,), None, None, x.aval.weak_type)[0]


def optimization_barrier(operand: Any, /) -> Any:
    """`operand`, an array or a tree of arrays, which no optimization sees through."""
    leaves, tree = tree_flatten(operand)
    if not leaves:
        return operand
    values = [array_of(x, "optimization_barrier") for x in leaves]
    weak = tuple([x.aval.weak_type for x in values])
    return tree_unflatten(tree, bind("optimization_barrier", tuple(values), None, None, weak))


def with_sharding_constraint(x: Any, shardings: Any) -> Any:
    """`x`, an array or a tree of arrays, where it is: there is one device to be on."""
    return x


def pcast(x: Any, axis_name: Any, *, to: str) -> Any:
    """`x` as it is: on one device what varies along an axis of a mesh and what does not are the same.

    `to` is 'varying', 'unreduced' or 'reduced'.
    """
    if to not in ("varying", "unreduced", "reduced"):
        raise ValueError(explain("pcast", "to= 'varying', 'unreduced' or 'reduced'", repr(to)))
    return x


def shape_as_value(shape: Sequence[int]) -> Value:
    """A shape as a vector of integers."""
    return array_of(np.asarray(tuple(shape), default_int()), "shape_as_value")


def composite(decomposition: Callable[..., Any], name: str, version: int = 0) -> Callable[..., Any]:
    """`decomposition` as a function with a name, which compilers that know a better way may look for.

    This one knows none, and compiles what it is made of; the name is in the locations of its ops.
    """

    @functools.wraps(decomposition)
    def named(*args: Any, **kwargs: Any) -> Any:
        with named_scope(name):
            return decomposition(*args, **kwargs)

    return named
