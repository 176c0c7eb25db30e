"""SciPy's linear algebra: factors, systems, functions of matrices, and matrices of a given form.

`overwrite_a` and `check_finite` are accepted and without effect: arrays do not change, and what
cannot be computed is NaN.
"""

from mjx.scipy.linalg.factors import *
from mjx.scipy.linalg.forms import *
from mjx.scipy.linalg.functions import *
