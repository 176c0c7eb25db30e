"""The Cauchy distribution wound around the circle, on [0, 2 pi]."""

import math

import mjx.numpy as mnp
from mjx.scipy.stats.family import Family

_family = Family(
    "wrapcauchy", ("c",), support=lambda c: (0, 2 * math.pi), has_loc=False, has_scale=False
)
logpdf, pdf = _family.log_density(
    lambda z, c: (
        mnp.log(1 - c * c) - math.log(2 * math.pi) - mnp.log(1 + c * c - 2 * c * mnp.cos(z))
    )
)
