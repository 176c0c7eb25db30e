"""The Dirichlet distribution on the simplex."""

import mjx.numpy as mnp
from mjx.numpy import operands as ops
from mjx.scipy.special import gammaln, xlogy


def logpdf(x, alpha):
    """The logarithm of the density at `x`, whose first axis sums to 1.

    `x` may leave out the last component, which follows from the others.
    """
    x, alpha = ops.promoted("logpdf", x, alpha, inexact=True)
    if alpha.ndim != 1:
        raise ValueError(f"dirichlet: expected alpha of one dimension, but got {alpha.shape}")
    if x.shape[0] == alpha.shape[0] - 1:
        x = mnp.concatenate([x, 1 - mnp.sum(x, axis=0, keepdims=True)])
    if x.shape[0] != alpha.shape[0]:
        raise ValueError(
            f"dirichlet: expected x of {alpha.shape[0]} or one fewer components along its first "
            f"axis, but got shape {x.shape}"
        )
    weights = alpha.reshape((-1,) + (1,) * (x.ndim - 1))
    normalizer = gammaln(mnp.sum(alpha)) - mnp.sum(gammaln(alpha))
    value = normalizer + mnp.sum(xlogy(weights - 1, x), axis=0)
    tolerance = 10 * mnp.finfo(x.dtype).eps * alpha.shape[0]
    inside = mnp.all(x >= 0, axis=0) & (mnp.abs(mnp.sum(x, axis=0) - 1) <= tolerance)
    return mnp.where(inside, value, -mnp.inf)


def pdf(x, alpha):
    """The density at `x`."""
    return mnp.exp(logpdf(x, alpha))
