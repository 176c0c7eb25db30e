"""The exponential distribution of mean `scale`, from `loc` on."""

import mjx.numpy as mnp
from mjx.nn.functions import log1mexp
from mjx.scipy.stats.family import Family

_family = Family("expon", support=lambda: (0, float("inf")))
logpdf, pdf = _family.log_density(lambda z: -z)
cdf = _family.cdf(lambda z: -mnp.expm1(-z))
logcdf = _family.logcdf(log1mexp)
sf = _family.sf(lambda z: mnp.exp(-z))
logsf = _family.logsf(lambda z: -z)
ppf = _family.quantile("ppf", lambda q: -mnp.log1p(-q))
