"""Integrals of sampled functions."""

from mjx.numpy import trapezoid

__all__ = ["trapezoid"]
