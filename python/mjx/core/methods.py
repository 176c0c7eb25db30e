"""Where the layers above hang the methods and operators of arrays.

What `x + y` means is NumPy's affair, while arrays live here. `mjx.numpy` calls `install` once for
each method when it is imported; arrays and tracers get the same one.
"""

from __future__ import annotations

from typing import Any

from mjx.core.array import Array
from mjx.core.tracer import Tracer


def install(name: str, function: Any, traced: Any = None) -> None:
    """Makes `function` (or a property) the attribute `name` of arrays and tracers.

    `traced` takes its place for tracers.
    """
    setattr(Array, name, function)
    setattr(Tracer, name, function if traced is None else traced)
