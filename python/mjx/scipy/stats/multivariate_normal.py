"""The normal distribution of vectors (last axis)."""

import math

import mjx.numpy as mnp
from mjx import lax
from mjx.numpy import operands as ops


def logpdf(x, mean, cov, allow_singular=None):
    """The logarithm of the density at `x`; `cov` is the covariance, or a variance for all.

    Leading dimensions are broadcast. `allow_singular` is refused: there is no density then.
    """
    if allow_singular is not None:
        raise NotImplementedError("multivariate_normal: expected allow_singular=None")
    x, mean, cov = ops.promoted("logpdf", x, mean, cov, inexact=True)
    if not mean.ndim:
        return -0.5 * ((x - mean) ** 2 / cov + mnp.log(2 * math.pi * cov))
    n = mean.shape[-1]
    centred = x - mean
    if not cov.ndim:
        square = mnp.sum(centred * centred, axis=-1)
        return -0.5 * (square / cov + n * mnp.log(2 * math.pi * cov))
    if cov.shape[-2:] != (n, n):
        raise ValueError(
            f"multivariate_normal: expected a covariance of shape {(n, n)}, but got {cov.shape}"
        )
    factor = mnp.linalg.cholesky(cov)
    batch = mnp.broadcast_shapes(centred.shape[:-1], cov.shape[:-2])
    white = lax.linalg.triangular_solve(
        mnp.broadcast_to(factor, (*batch, n, n)),
        mnp.broadcast_to(centred, (*batch, n))[..., None],
        left_side=True,
        lower=True,
    )[..., 0]
    log_determinant = mnp.sum(mnp.log(mnp.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)
    square = mnp.sum(white * white, axis=-1)
    return -0.5 * (square + n * math.log(2 * math.pi)) - log_determinant


def pdf(x, mean, cov):
    """The density at `x`."""
    return mnp.exp(logpdf(x, mean, cov))
