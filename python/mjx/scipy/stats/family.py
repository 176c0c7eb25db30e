"""What the functions of a distribution have in common: location, scale, support and names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import mjx.numpy as mnp
from mjx.scipy.elementwise import elementwise

Formula = Callable[..., Any]
_INFINITY = float("inf")


def _named(name: str, module: str, doc: str, first: str, params: tuple[str, ...], defaults: dict):
    """Gives a function of values in order the names that users know its arguments by."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(n, kind) for n in (first, *params)]
    parameters += [inspect.Parameter(n, kind, default=d) for n, d in defaults.items()]
    signature = inspect.Signature(parameters)

    def decorate(function: Formula) -> Formula:
        function.__name__ = name
        compute = elementwise(function)

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{module}.{name}{signature}: {error}") from None
            bound.apply_defaults()
            return compute(*bound.args)

        call.__name__ = call.__qualname__ = name
        call.__doc__ = doc
        call.__signature__ = signature  # type: ignore[attr-defined]
        return call

    return decorate


class Family:
    """A distribution: its parameters, and where it lives.

    `support(*params)` gives the ends of the standardized distribution. Formulas take the
    standardized variable and the parameters; outside of the support they are not looked at.
    """

    def __init__(
        self,
        name: str,
        params: tuple[str, ...] = (),
        support: Callable[..., tuple[Any, Any]] = lambda *params: (-_INFINITY, _INFINITY),
        has_scale: bool = True,
        has_loc: bool = True,
    ):
        self.name, self.params, self.support = name, params, support
        self.defaults = ({"loc": 0} if has_loc else {}) | ({"scale": 1} if has_scale else {})

    def _split(self, values: tuple) -> tuple[tuple, Any, Any]:
        """Parameters, location and scale of what follows the variable."""
        params, rest = values[: len(self.params)], values[len(self.params) :]
        loc = rest[0] if "loc" in self.defaults else 0
        return params, loc, rest[1] if "scale" in self.defaults else 1

    def _function(self, name: str, doc: str, first: str) -> Callable[[Formula], Formula]:
        return _named(name, self.name, doc, first, self.params, self.defaults)

    def log_density(self, formula: Formula, discrete: bool = False) -> tuple[Formula, Formula]:
        """`logpdf` and `pdf` (or `logpmf` and `pmf`) of the logarithm of the standard density."""
        suffix, first = ("pmf", "k") if discrete else ("pdf", "x")

        def log_density(x: Any, *values: Any) -> Any:
            params, loc, scale = self._split(values)
            z = (x - loc) / scale if "scale" in self.defaults else x - loc
            low, high = self.support(*params)
            inside = (z >= low) & (z <= high)
            if discrete:
                inside = inside & (z == mnp.floor(z))
            within = formula(mnp.where(inside, z, self._inside(low, high)), *params)
            if "scale" in self.defaults:
                within = within - mnp.log(scale)
            value = mnp.where(inside, within, -_INFINITY)
            return mnp.where(mnp.isnan(z), z, value)

        def density(x: Any, *values: Any) -> Any:
            return mnp.exp(log_density(x, *values))

        what = "probability" if discrete else "density"
        log = self._function(f"log{suffix}", f"The logarithm of the {what}.", first)
        plain = self._function(suffix, f"The {what}.", first)
        return log(log_density), plain(density)

    def _inside(self, low: Any, high: Any) -> Any:
        """A point of the support, to compute with where the result is not wanted."""
        bounded = mnp.where(mnp.isinf(mnp.asarray(high, float)), low + 1, (low + high) / 2)
        return mnp.where(mnp.isinf(mnp.asarray(low, float)), 0, bounded)

    def probability(
        self, name: str, formula: Formula, below: float, above: float, first: str = "x"
    ) -> Formula:
        """`cdf` and its like; `below` and `above` are its values outside of the support."""

        def probability(x: Any, *values: Any) -> Any:
            params, loc, scale = self._split(values)
            z = (x - loc) / scale if "scale" in self.defaults else x - loc
            low, high = self.support(*params)
            inside = (z >= low) & (z <= high)
            value = formula(mnp.where(inside, z, self._inside(low, high)), *params)
            value = mnp.where(z < low, below, mnp.where(z > high, above, value))
            return mnp.where(mnp.isnan(z), z, value)

        return self._function(name, _DOCS[name], first)(probability)

    def cdf(self, formula: Formula, first: str = "x") -> Formula:
        """The distribution function."""
        return self.probability("cdf", formula, 0, 1, first)

    def logcdf(self, formula: Formula, first: str = "x") -> Formula:
        """The logarithm of the distribution function."""
        return self.probability("logcdf", formula, -_INFINITY, 0, first)

    def sf(self, formula: Formula, first: str = "x") -> Formula:
        """The survival function."""
        return self.probability("sf", formula, 1, 0, first)

    def logsf(self, formula: Formula, first: str = "x") -> Formula:
        """The logarithm of the survival function."""
        return self.probability("logsf", formula, 0, -_INFINITY, first)

    def quantile(self, name: str, formula: Formula) -> Formula:
        """`ppf` or `isf`; NaN outside of [0, 1]."""

        def quantile(q: Any, *values: Any) -> Any:
            params, loc, scale = self._split(values)
            value = formula(mnp.where((q >= 0) & (q <= 1), q, mnp.nan), *params)
            return value * scale + loc

        return self._function(name, _DOCS[name], "q")(quantile)


_DOCS = {
    "cdf": "The probability of at most x.",
    "logcdf": "The logarithm of the probability of at most x.",
    "sf": "The probability of more than x.",
    "logsf": "The logarithm of the probability of more than x.",
    "ppf": "The quantile: the inverse of `cdf`.",
    "isf": "The inverse of `sf`.",
}
