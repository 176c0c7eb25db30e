"""What the elementwise functions of SciPy's modules share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mjx.lax.eager import fused
from mjx.numpy import operands as ops


def elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of floating arrays of one shape, made one of anything that promotes to them.

    Keyword arguments are static. Run on concrete arrays it is one program.
    """
    name = function.__name__

    def call(*operands: Any, **static: Any) -> Any:
        values = ops.promoted(name, *operands, inexact=True)
        return function(*ops.broadcasted(name, *values), **static)

    functools.update_wrapper(call, function)
    return fused(call)


def constant(x: Any, value: float) -> Any:
    """`value` in the shape and dtype of `x`."""
    return ops.lax.full_like(x, value)
