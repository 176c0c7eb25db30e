"""`mjx.config`: settings by name. The module is the object, so that importing it changes nothing
for `mjx.config.update(...)`."""

import sys

from mjx.support.config import config

sys.modules[__name__] = config  # type: ignore[assignment]
