"""The Laplace distribution, exponential on both sides of `loc`."""

import math

import mjx.numpy as mnp
from mjx.scipy.stats.family import Family

_family = Family("laplace")
logpdf, pdf = _family.log_density(lambda z: -mnp.abs(z) - math.log(2))


def _cdf(z):
    tail = 0.5 * mnp.exp(-mnp.abs(z))
    return mnp.where(z <= 0, tail, 1 - tail)


cdf = _family.cdf(_cdf)
