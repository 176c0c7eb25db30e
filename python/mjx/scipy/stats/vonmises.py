"""The von Mises distribution of angles, with concentration `kappa`."""

import math

import mjx.numpy as mnp
from mjx.scipy.special import i0e
from mjx.scipy.stats.family import Family

_family = Family("vonmises", ("kappa",), has_loc=False, has_scale=False)
logpdf, pdf = _family.log_density(
    lambda z, kappa: kappa * (mnp.cos(z) - 1) - math.log(2 * math.pi) - mnp.log(i0e(kappa))
)
