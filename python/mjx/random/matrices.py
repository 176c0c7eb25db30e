"""Random vectors and matrices that take a factorization, and others made of several draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import convert
from mjx.lax.shape import broadcast_shapes, broadcast_to
from mjx.numpy import linalg
from mjx.random.draws import (
    Shape,
    draw_shape,
    exponential,
    float_dtype,
    maxwell,
    normal,
    parameter,
    rademacher,
)
from mjx.random.keys import split
from mjx.random.rejection import generalized_normal
from mjx.support.errors import explain

__all__ = ["ball", "double_sided_maxwell", "multivariate_normal", "orthogonal"]


def multivariate_normal(
    key: Any,
    mean: Any,
    cov: Any,
    shape: Any = None,
    dtype: Any = None,
    method: str = "cholesky",
    *,
    out_sharding: Any = None,
) -> Any:
    """Normal vectors of a mean and a covariance, of which the lower Cholesky factor is taken."""
    found = float_dtype(dtype, "multivariate_normal")
    mean = parameter(mean, found, "multivariate_normal")
    cov = parameter(cov, found, "multivariate_normal")
    if method != "cholesky":
        raise ValueError(explain("multivariate_normal", "method 'cholesky'", repr(method)))
    n = mean.aval.shape[-1] if mean.aval.shape else None
    if n is None or cov.aval.shape[-2:] != (n, n):
        raise ValueError(
            explain(
                "multivariate_normal",
                "a mean of shape (..., n) and a covariance of shape (..., n, n)",
                f"{mean.aval.shape} and {cov.aval.shape}",
            )
        )
    batch = broadcast_shapes(mean.aval.shape[:-1], cov.aval.shape[:-2])
    shape = batch if shape is None else draw_shape(shape, "multivariate_normal")
    drawn = normal(key, (*shape, n), found)
    return _placed(mean, linalg.cholesky(cov), drawn)


@fused
def _placed(mean: Any, factor: Any, drawn: Any) -> Any:
    """mean + factor @ drawn, for each vector."""
    shape = drawn.aval.shape
    n, rank = shape[-1], len(shape)
    factor = broadcast_to(factor, (*shape[:-1], n, n))
    batch = tuple(range(rank - 1))
    product = lax.dot_general(factor, drawn, (((rank,), (rank - 1,)), (batch, batch)))
    return lax.add(broadcast_to(mean, shape), product)


def orthogonal(
    key: Any,
    n: int,
    shape: Any = (),
    dtype: Any = None,
    m: int | None = None,
    *,
    out_sharding: Any = None,
) -> Any:
    """Orthogonal matrices, uniform over all, or with `m` the parts of such of shape (n, m)."""
    found = float_dtype(dtype, "orthogonal", True)
    shape, m = draw_shape(shape, "orthogonal"), n if m is None else m
    q, r = linalg.qr(normal(key, (*shape, max(n, m), min(n, m)), found))
    return _signed(q, r, flip=n < m)


@fused
def _signed(q: Any, r: Any, *, flip: bool) -> Any:
    """q with its columns turned so that the diagonal of r is positive."""
    shape, rank = q.aval.shape, len(q.aval.shape)
    k = r.aval.shape[-1]
    place = [lax.broadcasted_iota(np.int32, r.aval.shape, rank - d) for d in (2, 1)]
    on_diagonal = lax.select(lax.eq(*place), r, lax.full_like(r, 0))
    signs = lax.sign(lax.reduce_sum(on_diagonal, (rank - 2,)))
    dims = (*range(rank - 2), rank - 1)
    q = lax.mul(q, lax.broadcast_in_dim(signs, (*shape[:-1], k), dims))
    return lax.transpose(q, (*range(rank - 2), rank - 1, rank - 2)) if flip else q


def ball(key: Any, d: int, p: float = 2, shape: Shape = (), dtype: Any = None) -> Any:
    """Points uniform in the unit ball of the p-norm, of `d` dimensions."""
    found = float_dtype(dtype, "ball")
    shape = draw_shape(shape, "ball")
    first, second = split(key)
    g = generalized_normal(first, p, (*shape, d), found)
    return _shrunk(g, exponential(second, shape, found), p=float(p))


@fused
def _shrunk(g: Any, e: Any, *, p: float) -> Any:
    shape, last = g.aval.shape, len(g.aval.shape) - 1
    total = lax.add(lax.reduce_sum(lax.pow(lax.abs(g), p), (last,)), e)
    scale = lax.pow(total, 1 / p)
    return lax.div(g, lax.broadcast_in_dim(scale, shape, tuple(range(last))))


def double_sided_maxwell(key: Any, loc: Any, scale: Any, shape: Any = (), dtype: Any = None) -> Any:
    """Maxwell numbers of either sign, moved and scaled."""
    found = float_dtype(dtype, "double_sided_maxwell")
    loc = parameter(loc, found, "double_sided_maxwell")
    scale = parameter(scale, found, "double_sided_maxwell")
    own = broadcast_shapes(loc.aval.shape, scale.aval.shape)
    shape = (*draw_shape(shape, "double_sided_maxwell"), *own)
    first, second = split(key)
    signs = convert(rademacher(second, shape), found)
    drawn = lax.mul(signs, maxwell(first, shape, found))
    return lax.add(lax.mul(drawn, broadcast_to(scale, shape)), broadcast_to(loc, shape))
