"""The logistic distribution."""

import mjx.numpy as mnp
from mjx.scipy.special import expit, logit
from mjx.scipy.stats.family import Family

_family = Family("logistic")
logpdf, pdf = _family.log_density(lambda z: -mnp.abs(z) - 2 * mnp.log1p(mnp.exp(-mnp.abs(z))))
cdf = _family.cdf(expit)
sf = _family.sf(lambda z: expit(-z))
ppf = _family.quantile("ppf", logit)
isf = _family.quantile("isf", lambda q: -logit(q))
