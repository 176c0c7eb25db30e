"""Pytrees: registration of node types, key paths, and the functions of `mjx.tree` by long names."""

from mjx.support.tree import *  # noqa: F403
from mjx.support.tree import __all__ as __all__
