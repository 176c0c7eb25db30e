"""Builders of the ops of the `mjx` dialect, generated from their records."""

from ._mjx_ops_gen import *  # noqa: F403
from ._mjx_ops_gen import _Dialect  # noqa: F401
