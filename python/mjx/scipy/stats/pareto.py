"""The Pareto distribution with exponent `b`, from `loc + scale` on."""

import mjx.numpy as mnp
from mjx.nn.functions import log1mexp
from mjx.scipy.stats.family import Family

_family = Family("pareto", ("b",), support=lambda b: (1, float("inf")))
logpdf, pdf = _family.log_density(lambda z, b: mnp.log(b) - (b + 1) * mnp.log(z))
cdf = _family.cdf(lambda z, b: -mnp.expm1(-b * mnp.log(z)))
logcdf = _family.logcdf(lambda z, b: log1mexp(b * mnp.log(z)))
sf = _family.sf(lambda z, b: mnp.exp(-b * mnp.log(z)))
logsf = _family.logsf(lambda z, b: -b * mnp.log(z))
ppf = _family.quantile("ppf", lambda q, b: mnp.exp(-mnp.log1p(-q) / b))
