"""Taylor-mode automatic differentiation, for derivatives of high order."""

from mjx.transforms.taylor import jet

__all__ = ["jet"]
