"""The Cauchy distribution."""

import math

import mjx.numpy as mnp
from mjx.scipy.stats.family import Family

_family = Family("cauchy")
logpdf, pdf = _family.log_density(lambda z: -math.log(math.pi) - mnp.log1p(z * z))


def _below(z):
    # By the angle from the nearer end: accurate in the tail.
    return mnp.arctan2(mnp.ones_like(z), -z) / math.pi


cdf = _family.cdf(_below)
logcdf = _family.logcdf(lambda z: mnp.log(_below(z)))
sf = _family.sf(lambda z: _below(-z))
logsf = _family.logsf(lambda z: mnp.log(_below(-z)))


def _quantile(q):
    # The cotangent of the smaller of both angles, which is exact at the ends.
    size = 1 / mnp.tan(math.pi * mnp.minimum(q, 1 - q))
    return mnp.where(q < 0.5, -size, size)


ppf = _family.quantile("ppf", _quantile)
isf = _family.quantile("isf", lambda q: -_quantile(q))
