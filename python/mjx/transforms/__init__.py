"""Functions of functions: `jit`, derivatives, `vmap`, and looking at what they do."""

from mjx.transforms.autodiff import grad, jvp, linearize, value_and_grad, vjp
from mjx.transforms.batching import pmap, vmap
from mjx.transforms.callbacks import check, pure_callback
from mjx.transforms.checkpoint import checkpoint, checkpoint_policies, remat
from mjx.transforms.closure import closure_convert
from mjx.transforms.custom import custom_gradient, custom_jvp, custom_vjp
from mjx.transforms.jacobian import hessian, jacfwd, jacobian, jacrev
from mjx.transforms.jit import Jitted, jit
from mjx.transforms.shapes import eval_shape, make_ir
from mjx.transforms.stages import Compiled, Lowered
from mjx.transforms.transpose import linear_transpose

__all__ = [
    "Compiled",
    "Jitted",
    "Lowered",
    "check",
    "checkpoint",
    "checkpoint_policies",
    "closure_convert",
    "custom_gradient",
    "custom_jvp",
    "custom_vjp",
    "eval_shape",
    "grad",
    "hessian",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jit",
    "jvp",
    "linear_transpose",
    "linearize",
    "make_ir",
    "pmap",
    "pure_callback",
    "remat",
    "value_and_grad",
    "vjp",
    "vmap",
]
