"""Words of programs, and what is said of types."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fuzz.program import Type

Variable = tuple[str, Type]
Shape = tuple[int, ...]

FLOATS = ("float64", "float32")
INTEGERS = ("int32", "uint8", "int64")
MOST_ELEMENTS = 64

UNARY = (
    "mnp.sin({0})", "mnp.cos({0})", "mnp.tanh({0})", "lax.logistic({0})", "-{0}", "0.7 * {0}",
    "mnp.exp(-({0} * {0}))", "mnp.log1p({0} * {0})", "mnp.sqrt(1.1 + {0} * {0})", "mnp.arctan({0})",
    "lax.bessel_i0e({0})", "lax.rsqrt(1.3 + {0} * {0})", "lax.erf({0})", "lax.erfc({0})", "mnp.expm1(mnp.tanh({0}))",
    "mnp.arcsinh({0})", "mnp.arccosh(1.5 + {0} * {0})", "mnp.arctanh(0.9 * mnp.tanh({0}))",
    "mnp.arcsin(0.9 * mnp.sin({0}))", "mnp.arccos(0.9 * mnp.sin({0}))", "mnp.cbrt(2.2 + mnp.sin({0}))",
    "mnp.tan(mnp.tanh({0}))", "mnp.sinh(mnp.tanh({0}))", "mnp.cosh(mnp.tanh({0}))",
    "mnp.exp2(mnp.tanh({0}))", "lax.integer_pow(mnp.tanh({0}), 3)", "mnp.abs({0} - 0.317)",
    "mnp.log(1.2 + {0} * {0})", "lax.lgamma(3.1 + mnp.tanh({0}))", "lax.digamma(3.1 + mnp.tanh({0}))",
    "lax.erf_inv(0.8 * mnp.tanh({0}))", "mnp.floor(2.3 * {0})", "mnp.maximum({0}, 0.211)",
    "mnp.clip({0}, -0.713, 0.611)",
)  # fmt: skip
BINARY = (
    "{0} + {1}", "{0} - {1}", "mnp.tanh({0} * {1})", "{0} * mnp.cos({1})",
    "{0} / (2.1 + mnp.tanh({1}))", "mnp.maximum({0}, {1})", "mnp.minimum({0}, {1})",
    "mnp.arctan2({0}, 2.2 + {1} * {1})", "(1.6 + mnp.tanh({0})) ** mnp.tanh({1})",
    "mnp.where({0} < 0.137, {1}, {0})", "mnp.logaddexp({0}, {1})",
    "mnp.fmod(mnp.tanh({0}), 2.3 + {1} * {1})",
)  # fmt: skip
COMPLEX = (
    "mnp.exp(1j * {0}.real) * {0}", "mnp.conj({0})", "{0} * (0.3 + 0.8j)", "mnp.sin(mnp.conj({0}) * 0.4)",
    "0.5 * {0} * {0}", "mnp.cos({0} * 0.3)", "{0} / (2.5 + 0.1j)",
)  # fmt: skip
INTEGER = ("{0} + {1}", "{0} * {1}", "{0} & {1}", "{0} | {1}", "{0} ^ {1}", "{0} - {1}",
           "mnp.maximum({0}, {1})", "mnp.minimum({0}, {1})")  # fmt: skip
INTEGER_UNARY = ("{0} // 3", "{0} % 5", "{0} << 1", "{0} >> 1", "~{0}", "mnp.clip({0}, 1, 4)",
                 "lax.population_count({0})")  # fmt: skip
REDUCTIONS = ("mnp.sum", "mnp.mean", "mnp.max", "mnp.min", "mnp.prod", "mnp.var",
              "lax_logsumexp", "mnp.std")  # fmt: skip
CUMULATIVE = ("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp")


@dataclass(frozen=True)
class Context:
    """What may be used here."""

    depth: int = 0
    transforms: int = 0
    reverse: bool = False
    forward: bool = False
    #: Names and sizes of the axes of vmaps around.
    axes: tuple[tuple[str, int], ...] = ()


def spread(*shapes: Shape) -> Shape | None:
    """The shape that shapes broadcast to, if they do."""
    rank = max(map(len, shapes), default=0)
    out = []
    for column in zip(*[(1,) * (rank - len(s)) + s for s in shapes]):
        extents = {n for n in column if n != 1}
        if len(extents) > 1:
            return None
        out.append(extents.pop() if extents else 1)
    return tuple(out) if math.prod(out) <= MOST_ELEMENTS else None
