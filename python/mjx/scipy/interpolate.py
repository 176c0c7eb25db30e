"""Functions known on grids."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import mjx.numpy as mnp
from mjx.numpy import operands as ops
from mjx.support.tree import register_pytree_node

__all__ = ["RegularGridInterpolator"]


class RegularGridInterpolator:
    """A function given by `values` on the grid of `points`, one vector for each dimension.

    `method` is 'linear' or 'nearest'. Outside of the grid values are `fill_value`, or for None
    those of the function continued. `bounds_error` must be False. Further dimensions of `values`
    belong to the result.
    """

    def __init__(
        self,
        points: Sequence[Any],
        values: Any,
        method: str = "linear",
        bounds_error: bool = False,
        fill_value: Any = float("nan"),
    ):
        if method not in ("linear", "nearest"):
            raise ValueError(
                f"RegularGridInterpolator: expected method 'linear' or 'nearest', but got {method!r}"
            )
        if bounds_error:
            raise NotImplementedError(
                "RegularGridInterpolator: expected bounds_error=False; values decide no errors"
            )
        (values,) = ops.promoted("RegularGridInterpolator", values, inexact=True)
        if len(points) > values.ndim:
            raise ValueError(
                f"RegularGridInterpolator: expected at most {values.ndim} vectors of points, one "
                f"for each dimension of values, but got {len(points)}"
            )
        self.grid = tuple([mnp.asarray(p) for p in points])
        for i, p in enumerate(self.grid):
            if p.shape != (values.shape[i],):
                raise ValueError(
                    f"RegularGridInterpolator: expected {values.shape[i]} points in dimension {i}, "
                    f"but got shape {p.shape}"
                )
        self.values, self.method, self.fill_value = values, method, fill_value
        self.bounds_error = False

    def __call__(self, xi: Any, method: str | None = None) -> Any:
        """The values at points: [..., dimensions], or a tuple of their coordinates."""
        method = self.method if method is None else method
        if isinstance(xi, tuple):
            xi = mnp.stack(mnp.broadcast_arrays(*xi), axis=-1)
        (xi,) = ops.promoted("RegularGridInterpolator", xi, inexact=True)
        if xi.shape[-1] != len(self.grid):
            raise ValueError(
                f"RegularGridInterpolator: expected points of {len(self.grid)} coordinates, but "
                f"got shape {xi.shape}"
            )
        cells, outside = [], False
        for d, points in enumerate(self.grid):
            x = xi[..., d]
            i = mnp.clip(mnp.searchsorted(points, x, side="right") - 1, 0, max(len(points) - 2, 0))
            width = points[i + 1] - points[i] if len(points) > 1 else mnp.ones_like(x)
            cells.append((i, (x - points[i]) / width))
            outside = outside | (x < points[0]) | (x > points[-1])
        value = self._linear(cells) if method == "linear" else self._nearest(cells)
        if self.fill_value is None:
            return value
        extra = value.ndim - outside.ndim
        return mnp.where(outside.reshape(outside.shape + (1,) * extra), self.fill_value, value)

    def _linear(self, cells: Sequence[tuple[Any, Any]]) -> Any:
        extra = self.values.ndim - len(cells)
        total = 0
        for corner in itertools.product((0, 1), repeat=len(cells)):
            weight, at = 1, []
            for (i, t), side, n in zip(cells, corner, self.values.shape):
                at.append(mnp.minimum(i + side, n - 1))
                weight = weight * (t if side else 1 - t)
            total = total + self.values[tuple(at)] * weight.reshape(weight.shape + (1,) * extra)
        return total

    def _nearest(self, cells: Sequence[tuple[Any, Any]]) -> Any:
        at = [
            mnp.minimum(mnp.where(t <= 0.5, i, i + 1), n - 1)
            for (i, t), n in zip(cells, self.values.shape)
        ]
        return self.values[tuple(at)]


def _flatten(f: RegularGridInterpolator) -> Any:
    return (f.grid, f.values, f.fill_value), f.method


def _unflatten(method: str, children: Any) -> RegularGridInterpolator:
    f = object.__new__(RegularGridInterpolator)
    f.grid, f.values, f.fill_value = children
    f.method, f.bounds_error = method, False
    return f


register_pytree_node(RegularGridInterpolator, _flatten, _unflatten)
