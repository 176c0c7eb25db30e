"""SciPy's functions on arrays of mjx, module by module; each is imported when first asked for."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def __getattr__(name: str) -> Any:
    if name in __dir__():
        return importlib.import_module(f"mjx.scipy.{name}")
    raise AttributeError(f"module 'mjx.scipy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [
        module.name for module in pkgutil.iter_modules(__path__) if module.name != "elementwise"
    ]
