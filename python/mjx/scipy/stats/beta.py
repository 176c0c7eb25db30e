"""The beta distribution on [0, 1]."""

import mjx.numpy as mnp
from mjx.scipy.special import betainc, betaln, xlog1py, xlogy
from mjx.scipy.stats.family import Family

_family = Family("beta", ("a", "b"), support=lambda a, b: (0, 1))
logpdf, pdf = _family.log_density(
    lambda z, a, b: xlogy(a - 1, z) + xlog1py(b - 1, -z) - betaln(a, b)
)
cdf = _family.cdf(lambda z, a, b: betainc(a, b, z))
logcdf = _family.logcdf(lambda z, a, b: mnp.log(betainc(a, b, z)))
sf = _family.sf(lambda z, a, b: betainc(b, a, 1 - z))
logsf = _family.logsf(lambda z, a, b: mnp.log(betainc(b, a, 1 - z)))
