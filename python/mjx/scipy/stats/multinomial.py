"""The multinomial distribution: counts of `n` draws with probabilities `p` (last axis)."""

import mjx.numpy as mnp
from mjx.numpy import operands as ops
from mjx.scipy.special import gammaln, xlogy


def logpmf(x, n, p):
    """The logarithm of the probability of the counts `x`; minus infinity unless they sum to n."""
    x, n, p = ops.promoted("logpmf", x, n, p, inexact=True)
    value = gammaln(n + 1) + mnp.sum(xlogy(x, p) - gammaln(x + 1), axis=-1)
    return mnp.where(mnp.sum(x, axis=-1) == n, value, -mnp.inf)


def pmf(x, n, p):
    """The probability of the counts `x`."""
    return mnp.exp(logpmf(x, n, p))
