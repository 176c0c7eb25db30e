"""The binomial distribution whose probability has a beta distribution."""

import mjx.numpy as mnp
from mjx.scipy.special import betaln
from mjx.scipy.stats.family import Family

_family = Family("betabinom", ("n", "a", "b"), support=lambda n, a, b: (0, n), has_scale=False)
logpmf, pmf = _family.log_density(
    lambda k, n, a, b: (
        -mnp.log1p(n) - betaln(n - k + 1, k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
    ),
    discrete=True,
)
