"""The Poisson distribution of mean `mu`."""

import mjx.numpy as mnp
from mjx.numpy import operands as ops
from mjx.scipy.special import gammaincc, gammaln, xlogy
from mjx.scipy.stats.family import Family

_family = Family("poisson", ("mu",), support=lambda mu: (0, float("inf")), has_scale=False)
logpmf, pmf = _family.log_density(lambda k, mu: xlogy(k, mu) - gammaln(k + 1) - mu, discrete=True)
cdf = _family.cdf(lambda k, mu: gammaincc(mnp.floor(k) + 1, mu), first="k")


def entropy(mu, loc=0):
    """The entropy, which does not depend on `loc`: a sum over 256 counts around the mean.

    For means above 100 the asymptotic series in 1 / mu, whose error is below 1e-9 there.
    """
    (mu,) = ops.promoted("entropy", mu, inexact=True)
    small = mnp.minimum(mu, 100.0)
    counts = mnp.arange(256, dtype=mu.dtype)
    log_p = xlogy(counts, small[..., None]) - gammaln(counts + 1) - small[..., None]
    exact = -mnp.sum(mnp.exp(log_p) * mnp.maximum(log_p, -1e4), axis=-1)
    large = mnp.maximum(mu, 100.0)
    series = 0.5 * mnp.log(2 * mnp.pi * mnp.e * large)
    series = series - 1 / (12 * large) - 1 / (24 * large**2) - 19 / (360 * large**3)
    return mnp.where(mu >= 0, mnp.where(mu > 100, series, exact), mnp.nan)
