"""Functions of functions: `jit`, derivatives, `vmap`, and looking at what they do."""

from mjx.transforms.autodiff import grad, jvp, linearize, value_and_grad, vjp
from mjx.transforms.batching import vmap
from mjx.transforms.jacobian import hessian, jacfwd, jacobian, jacrev
from mjx.transforms.jit import Jitted, jit
from mjx.transforms.shapes import eval_shape, make_ir
from mjx.transforms.stages import Compiled, Lowered

__all__ = [
    "Compiled",
    "Jitted",
    "Lowered",
    "eval_shape",
    "grad",
    "hessian",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jit",
    "jvp",
    "linearize",
    "make_ir",
    "value_and_grad",
    "vjp",
    "vmap",
]
