"""The gamma distribution of shape `a`."""

import mjx.numpy as mnp
from mjx.scipy.special import gammainc, gammaincc, gammaln, xlogy
from mjx.scipy.stats.family import Family

_family = Family("gamma", ("a",), support=lambda a: (0, float("inf")))
logpdf, pdf = _family.log_density(lambda z, a: xlogy(a - 1, z) - z - gammaln(a))
cdf = _family.cdf(lambda z, a: gammainc(a, z))
logcdf = _family.logcdf(lambda z, a: mnp.log(gammainc(a, z)))
sf = _family.sf(lambda z, a: gammaincc(a, z))
logsf = _family.logsf(lambda z, a: mnp.log(gammaincc(a, z)))
