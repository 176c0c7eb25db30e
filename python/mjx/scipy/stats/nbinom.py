"""The negative binomial distribution: failures before the n-th success."""

from mjx.scipy.special import gammaln, xlog1py, xlogy
from mjx.scipy.stats.family import Family

_family = Family("nbinom", ("n", "p"), support=lambda n, p: (0, float("inf")), has_scale=False)
logpmf, pmf = _family.log_density(
    lambda k, n, p: gammaln(k + n) - gammaln(n) - gammaln(k + 1) + xlogy(n, p) + xlog1py(k, -p),
    discrete=True,
)
