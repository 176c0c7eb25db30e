"""The Bernoulli distribution: 1 with probability `p`, else 0."""

import mjx.numpy as mnp
from mjx.scipy.elementwise import elementwise
from mjx.scipy.special import xlog1py, xlogy
from mjx.scipy.stats.family import Family

_family = Family("bernoulli", ("p",), support=lambda p: (0, 1), has_scale=False)
logpmf, pmf = _family.log_density(lambda k, p: xlogy(k, p) + xlog1py(1 - k, -p), discrete=True)


@elementwise
def cdf(k, p):
    """The probability of at most k."""
    value = mnp.where(k < 0, 0.0, mnp.where(k < 1, 1 - p, 1.0))
    return mnp.where((p >= 0) & (p <= 1) & ~mnp.isnan(k), value, mnp.nan)


@elementwise
def ppf(q, p):
    """The least k whose probability of being reached is at least q."""
    valid = (q >= 0) & (q <= 1) & (p >= 0) & (p <= 1)
    return mnp.where(valid, mnp.where(q <= 1 - p, 0.0, 1.0), mnp.nan)
