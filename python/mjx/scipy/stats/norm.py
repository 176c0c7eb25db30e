"""The normal distribution; `loc` is its mean and `scale` its standard deviation."""

import math

from mjx.scipy.special import log_ndtr, ndtr, ndtri
from mjx.scipy.stats.family import Family

_family = Family("norm")
logpdf, pdf = _family.log_density(lambda z: -(z * z) / 2 - 0.5 * math.log(2 * math.pi))
cdf = _family.cdf(ndtr)
logcdf = _family.logcdf(log_ndtr)
sf = _family.sf(lambda z: ndtr(-z))
logsf = _family.logsf(lambda z: log_ndtr(-z))
ppf = _family.quantile("ppf", ndtri)
isf = _family.quantile("isf", lambda q: -ndtri(q))
