"""Special functions, by SciPy's names: elementwise, differentiable, and NaN outside their domain."""

from mjx.nn.functions import log_softmax as _log_softmax
from mjx.nn.functions import logsumexp
from mjx.nn.functions import softmax as _softmax
from mjx.scipy.special.elementary import *
from mjx.scipy.special.gammas import *
from mjx.scipy.special.integrals import *
from mjx.scipy.special.normal import *


def softmax(x, /, *, axis=None):
    """exp(x), scaled so that it sums to 1 along `axis` (None: over all elements)."""
    return _softmax(x, axis=axis)


def log_softmax(x, /, *, axis=None):
    """The logarithm of `softmax`, accurate where that is tiny."""
    return _log_softmax(x, axis=axis)
