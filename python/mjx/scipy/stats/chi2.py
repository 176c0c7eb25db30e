"""The chi-squared distribution with `df` degrees of freedom."""

import math

import mjx.numpy as mnp
from mjx.scipy.special import gammainc, gammaincc, gammaln, xlogy
from mjx.scipy.stats.family import Family

_family = Family("chi2", ("df",), support=lambda df: (0, float("inf")))
logpdf, pdf = _family.log_density(
    lambda z, df: xlogy(df / 2 - 1, z) - z / 2 - gammaln(df / 2) - df / 2 * math.log(2)
)
cdf = _family.cdf(lambda z, df: gammainc(df / 2, z / 2))
logcdf = _family.logcdf(lambda z, df: mnp.log(gammainc(df / 2, z / 2)))
sf = _family.sf(lambda z, df: gammaincc(df / 2, z / 2))
logsf = _family.logsf(lambda z, df: mnp.log(gammaincc(df / 2, z / 2)))
