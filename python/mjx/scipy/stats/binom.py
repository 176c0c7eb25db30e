"""The binomial distribution: successes in `n` trials of probability `p`."""

import mjx.numpy as mnp
from mjx.scipy.special import betaln, xlog1py, xlogy
from mjx.scipy.stats.family import Family

_family = Family("binom", ("n", "p"), support=lambda n, p: (0, n), has_scale=False)


def _log_probability(k, n, p):
    choices = -betaln(k + 1, n - k + 1) - mnp.log1p(n)
    return choices + xlogy(k, p) + xlog1py(n - k, -p)


logpmf, pmf = _family.log_density(_log_probability, discrete=True)
