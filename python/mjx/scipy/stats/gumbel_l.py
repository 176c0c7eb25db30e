"""The Gumbel distribution of minima."""

import mjx.numpy as mnp
from mjx.nn.functions import log1mexp
from mjx.scipy.stats.family import Family

_family = Family("gumbel_l")
logpdf, pdf = _family.log_density(lambda z: z - mnp.exp(z))
cdf = _family.cdf(lambda z: -mnp.expm1(-mnp.exp(z)))
logcdf = _family.logcdf(lambda z: log1mexp(mnp.exp(z)))
sf = _family.sf(lambda z: mnp.exp(-mnp.exp(z)))
logsf = _family.logsf(lambda z: -mnp.exp(z))
ppf = _family.quantile("ppf", lambda q: mnp.log(-mnp.log1p(-q)))
