"""Values as transforms and optimizations see them."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx.core import bind
from mjx.lax.operands import Value, array_of
from mjx.support.dtypes import issubdtype
from mjx.support.tree import tree_flatten, tree_map, tree_unflatten

__all__ = ["optimization_barrier", "stop_gradient", "with_sharding_constraint"]


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
