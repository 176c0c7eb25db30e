"""`mjx.debug`: looking into programs while they run.

>>> import mjx
>>> @mjx.jit
... def f(x):
...     mjx.debug.print("x = {x}", x=x)
...     return x + 1
>>> f(2.0)
x = 2.0
"""

from mjx.transforms.callbacks import breakpoint
from mjx.transforms.callbacks import debug_callback as callback
from mjx.transforms.callbacks import debug_print as print

__all__ = ["breakpoint", "callback", "print"]
