"""NumPy's interface: `import mjx.numpy as mnp`.

Functions take arrays, NumPy arrays and numbers, promote and broadcast them as NumPy does, and
work the same inside `jit`, `grad` and `vmap`. Arrays do not change: see `x.at[...]`.
"""

from mjx.numpy import fft as fft
from mjx.numpy import linalg as linalg
from mjx.numpy import methods as _methods
from mjx.numpy.constants import *
from mjx.numpy.creation import *
from mjx.numpy.einsum import *
from mjx.numpy.files import *
from mjx.numpy.fitting import *
from mjx.numpy.functional import *
from mjx.numpy.grids import *
from mjx.numpy.histograms import *
from mjx.numpy.indexing import *
from mjx.numpy.integers import *
from mjx.numpy.more import *
from mjx.numpy.polynomial import *
from mjx.numpy.products import *
from mjx.numpy.reductions import *
from mjx.numpy.sets import *
from mjx.numpy.shape import *
from mjx.numpy.sorting import *
from mjx.numpy.statistics import *
from mjx.numpy.ufunc import *
from mjx.numpy.ufuncs import *
from mjx.support.dtypes import ScalarType as _ScalarType

_methods.install_all()
_ScalarType.construct = staticmethod(lambda value, dtype: array(value, dtype))  # noqa: F405
