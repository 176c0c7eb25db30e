"""Derivatives of the user's own, under the name that JAX has for them."""

from mjx.transforms.closure import closure_convert
from mjx.transforms.custom import custom_gradient, custom_jvp, custom_vjp
from mjx.transforms.symbolic import (
    CustomVJPPrimal,
    SymbolicZero,
    custom_vjp_primal_tree_values,
    zero_from_primal,
)
from mjx.transforms.transpose import linear_call

__all__ = [
    "CustomVJPPrimal",
    "SymbolicZero",
    "closure_convert",
    "custom_gradient",
    "custom_jvp",
    "custom_vjp",
    "custom_vjp_primal_tree_values",
    "linear_call",
    "zero_from_primal",
]
