"""The uniform distribution on [loc, loc + scale]."""

import mjx.numpy as mnp
from mjx.scipy.stats.family import Family

_family = Family("uniform", support=lambda: (0, 1))
logpdf, pdf = _family.log_density(mnp.zeros_like)
cdf = _family.cdf(lambda z: z)
ppf = _family.quantile("ppf", lambda q: q)
