"""The geometric distribution: trials up to the first success."""

import mjx.numpy as mnp
from mjx.scipy.special import xlog1py
from mjx.scipy.stats.family import Family

_family = Family("geom", ("p",), support=lambda p: (1, float("inf")), has_scale=False)
logpmf, pmf = _family.log_density(lambda k, p: xlog1py(k - 1, -p) + mnp.log(p), discrete=True)
