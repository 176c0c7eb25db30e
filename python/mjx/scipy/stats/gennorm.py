"""The generalized normal distribution exp(-|x| ** beta); its functions take `beta` as `p`."""

import math

import mjx.numpy as mnp
from mjx.scipy.special import gammainc, gammaln
from mjx.scipy.stats.family import Family

_family = Family("gennorm", ("p",), has_loc=False, has_scale=False)
logpdf, pdf = _family.log_density(
    lambda z, p: mnp.log(p) - math.log(2) - gammaln(1 / p) - mnp.abs(z) ** p
)
cdf = _family.cdf(lambda z, p: 0.5 * (1 + mnp.sign(z) * gammainc(1 / p, mnp.abs(z) ** p)))
