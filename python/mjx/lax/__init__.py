"""One function per op, strict about types and shapes: data positional, metadata by keyword.

Nothing is promoted or broadcast but Python numbers and scalars; `mjx.numpy` is built on top.
"""

from mjx.lax import linalg as linalg
from mjx.lax.associative_scan import *
from mjx.lax.contraction import *
from mjx.lax.control_flow import *
from mjx.lax.conversion import *
from mjx.lax.convolution import *
from mjx.lax.creation import *
from mjx.lax.fft import *
from mjx.lax.index_get import *
from mjx.lax.index_update import *
from mjx.lax.indexing import *
from mjx.lax.parallel import *
from mjx.lax.pointwise import *
from mjx.lax.ragged import *
from mjx.lax.random import *
from mjx.lax.reduction import *
from mjx.lax.shape import *
from mjx.lax.special import *
from mjx.lax.transform import *
from mjx.lax.trigonometric import *
from mjx.lax.windows import *
