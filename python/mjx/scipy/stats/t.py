"""Student's distribution with `df` degrees of freedom."""

import math

import mjx.numpy as mnp
from mjx.scipy.special import gammaln
from mjx.scipy.stats.family import Family

_family = Family("t", ("df",))


def _log_density(z, df):
    normalizer = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * mnp.log(df * math.pi)
    return normalizer - (df + 1) / 2 * mnp.log1p(z * z / df)


logpdf, pdf = _family.log_density(_log_density)
