"""Pytrees as vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mjx.numpy as mnp
import numpy as np
from mjx.support.promotion import promote
from mjx.tree_util import tree_flatten

__all__ = ["ravel_pytree"]


def ravel_pytree(pytree: Any) -> tuple[Any, Callable[[Any], Any]]:
    """All leaves as one vector, and the function that makes the tree of such a vector.

    The vector has the dtype that the leaves promote to; the tree gets back each leaf's own.

    >>> vector, unravel = mjx.flatten_util.ravel_pytree({"a": 1.0, "b": mnp.zeros((2, 2))})
    >>> vector.shape
    (5,)
    >>> unravel(vector)["b"].shape
    (2, 2)
    """
    leaves, tree = tree_flatten(pytree)
    arrays = [mnp.asarray(leaf) for leaf in leaves]
    if not arrays:
        return mnp.zeros(0), lambda vector: tree.unflatten([])
    shapes, dtypes = [x.shape for x in arrays], [x.dtype for x in arrays]
    dtype = promote(tuple([(x.dtype, x.weak_type) for x in arrays]))[0]
    ends = np.cumsum([x.size for x in arrays])
    vector = mnp.concatenate([mnp.ravel(x).astype(dtype) for x in arrays])

    def unravel(vector: Any) -> Any:
        vector = mnp.asarray(vector)
        if vector.shape != (ends[-1],) or vector.dtype != dtype:
            raise ValueError(
                f"unravel: expected a vector of {ends[-1]} elements of {dtype}, but got shape "
                f"{vector.shape} of {vector.dtype}"
            )
        parts = mnp.split(vector, ends[:-1])
        found = [p.reshape(s).astype(d) for p, s, d in zip(parts, shapes, dtypes)]
        return tree.unflatten(found)

    return vector, unravel
