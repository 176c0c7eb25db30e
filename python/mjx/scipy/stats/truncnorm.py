"""The normal distribution confined to [a, b], in units of `scale` from `loc`."""

import math

import mjx.numpy as mnp
from mjx.nn.functions import log1mexp
from mjx.scipy.special import log_ndtr
from mjx.scipy.stats.family import Family

_family = Family("truncnorm", ("a", "b"), support=lambda a, b: (a, b))


def _log_mass(a, b):
    """The logarithm of the probability of [a, b], by the tail that both ends are in."""
    right = a > 0
    low, high = mnp.where(right, -b, a), mnp.where(right, -a, b)
    top, bottom = log_ndtr(high), log_ndtr(low)
    same = low == high
    return mnp.where(same, -mnp.inf, top + log1mexp(mnp.where(same, 1.0, top - bottom)))


def _log_density(z, a, b):
    return -(z * z) / 2 - 0.5 * math.log(2 * math.pi) - _log_mass(a, b)


def _log_below(z, a, b):
    return _log_mass(a, z) - _log_mass(a, b)


def _log_above(z, a, b):
    return _log_mass(z, b) - _log_mass(a, b)


logpdf, pdf = _family.log_density(_log_density)
logcdf = _family.logcdf(_log_below)
logsf = _family.logsf(_log_above)
cdf = _family.cdf(lambda z, a, b: mnp.exp(_log_below(z, a, b)))
sf = _family.sf(lambda z, a, b: mnp.exp(_log_above(z, a, b)))
