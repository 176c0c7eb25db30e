"""The error classes of mjx; `docs/errors.md` has for each a program that raises it and its fix."""

from mjx.support.errors import (
    ConcretizationTypeError,
    MjxIndexError,
    MjxRuntimeError,
    MjxTypeError,
    NonConcreteBooleanIndexError,
    OutOfMemoryError,
    TracerArrayConversionError,
    TracerBoolConversionError,
    TracerIntegerConversionError,
    TypePromotionError,
    UnexpectedTracerError,
)

# The names under which ported programs catch them.
JAXTypeError = MjxTypeError
JAXIndexError = MjxIndexError
JaxRuntimeError = MjxRuntimeError

__all__ = [
    "ConcretizationTypeError",
    "JAXIndexError",
    "JAXTypeError",
    "JaxRuntimeError",
    "MjxIndexError",
    "MjxRuntimeError",
    "MjxTypeError",
    "NonConcreteBooleanIndexError",
    "OutOfMemoryError",
    "TracerArrayConversionError",
    "TracerBoolConversionError",
    "TracerIntegerConversionError",
    "TypePromotionError",
    "UnexpectedTracerError",
]
