"""The stages of compilation of a jitted function, as its `lower` and their `compile` give them."""

from mjx.transforms.jit import Jitted as Wrapped
from mjx.transforms.stages import ArgInfo, Compiled, Lowered

__all__ = ["ArgInfo", "Compiled", "Lowered", "Wrapped"]
