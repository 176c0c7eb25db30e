"""Roots of polynomials and polynomials through points."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.core import Tracer
from mjx.lax.operands import Value, axes_of, convert
from mjx.numpy import linalg, ufuncs
from mjx.numpy import operands as ops
from mjx.numpy.creation import eye
from mjx.numpy.polynomial import vander
from mjx.numpy.products import outer
from mjx.support.dtypes import complex_dtype, finfo
from mjx.support.errors import ConcretizationTypeError, explain

__all__ = ["polyfit", "roots", "trim_zeros"]


def trim_zeros(filt: Any, trim: str = "fb", axis: int | Sequence[int] | None = None) -> Value:
    """`filt` without the zeros at the front ('f') and back ('b') of the axes, all by default.

    The shape depends on the values: within `jit` they are not known.
    """
    filt = ops.value_of(filt, "trim_zeros")
    if isinstance(filt, Tracer):
        raise ConcretizationTypeError(
            filt, "trim_zeros needs concrete values, since they decide the shape of the result"
        )
    if trim.lower() not in ("f", "b", "fb", "bf"):
        raise ValueError(explain("trim_zeros", "trim of 'f', 'b' or both", repr(trim)))
    axes = range(filt.ndim) if axis is None else axes_of(axis, filt.ndim, "trim_zeros")
    places = np.argwhere(np.asarray(filt))
    return filt[
        tuple(_span(places, d, n, trim.lower(), d in axes) for d, n in enumerate(filt.shape))
    ]


def _span(places: np.ndarray, d: int, size: int, trim: str, wanted: bool) -> slice:
    """From the first to the last place along dimension `d`; nothing if there is none."""
    if not wanted:
        return slice(None)
    if not len(places):
        return slice(0, 0)
    first, last = places[:, d].min(), places[:, d].max()
    return slice(int(first) if "f" in trim else 0, int(last) + 1 if "b" in trim else size)


def roots(p: Any, *, strip_zeros: bool = True) -> Value:
    """The zeros of a polynomial with coefficients `p`, from the highest power to the constant.

    They are complex, and the eigenvalues of the companion matrix. Leading zeros of `p` are removed,
    for which its values must be known: with `strip_zeros=False` they need not, as in `jit`, and if
    `p[0]` is 0 then the result is NaN.

    >>> sorted(mjx.numpy.roots(mjx.numpy.array([1., -3., 2.])).real.tolist())
    [1.0, 2.0]
    """
    (p,) = ops.promoted("roots", p, inexact=True)
    p = lax.reshape(p, (1,)) if not p.ndim else p
    if p.ndim != 1:
        raise ValueError(explain("roots", "a vector of coefficients", str(p.aval)))
    if not strip_zeros:
        return _eigenvalues(p)
    p = trim_zeros(p, "f")
    kept = trim_zeros(p, "b")
    zeros = p.shape[0] - kept.shape[0]
    found = _eigenvalues(kept)
    return lax.concatenate([found, lax.full((zeros,), 0, found.dtype)], 0)


def _eigenvalues(p: Value) -> Value:
    """Those of the companion matrix of a polynomial."""
    n, dtype = p.shape[0] - 1, complex_dtype(p.dtype)
    if n < 1:
        return lax.full((0,), 0, dtype)
    first = lax.reshape(-p[1:] / p[0], (1, n))
    companion = lax.concatenate([first, eye(n - 1, n, dtype=p.dtype)], 0)
    # The iteration for eigenvalues needs finite numbers.
    fine = ufuncs.isfinite(first).all()
    found = linalg.eigvals(ufuncs.where(fine, companion, lax.full_like(companion, 0)))
    return ufuncs.where(fine, found, convert(complex("nan+nanj"), dtype))


def polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: Any = None,
    cov: bool | str = False,
) -> Any:
    """The polynomial of degree `deg` that is closest to the points (x, y) in squares.

    `y` may have columns, each of which gets a polynomial. `w` weighs the distances before they are
    squared. With `full` also the sums of squares, the rank and the singular values of the scaled
    Vandermonde matrix, and `rcond`, below which (relatively) those count as zero; with `cov` the
    covariance of the coefficients, for the noise that the distances suggest, or 1 for 'unscaled'.
    """
    x, y = ops.promoted("polyfit", x, y, inexact=True)
    deg = operator.index(deg)
    _check_points(x, y, deg)
    matrix, target = vander(x, deg + 1), y
    if w is not None:
        w = _weights(w, x)
        matrix, target = matrix * w[:, None], target * (w if y.ndim == 1 else w[:, None])
    rcond = x.shape[0] * float(finfo(x.dtype).eps) if rcond is None else rcond
    scale = ufuncs.sqrt((matrix * matrix).sum(0))
    matrix = matrix / scale
    found, residuals, rank, values = linalg.lstsq(matrix, target, rcond)
    found = (found.T / scale).T
    if full:
        return found, residuals, rank, values, rcond
    return (found, _covariance(matrix, scale, residuals, y, cov)) if cov else found


def _check_points(x: Value, y: Value, deg: int) -> None:
    if deg < 0:
        raise ValueError(explain("polyfit", "deg of 0 or more", str(deg)))
    if x.ndim != 1 or not x.shape[0] or y.ndim not in (1, 2) or y.shape[0] != x.shape[0]:
        raise TypeError(
            explain(
                "polyfit",
                "a vector x, not empty, and y of the same length with columns or without",
                f"{x.aval} and {y.aval}",
            )
        )


def _weights(w: Any, x: Value) -> Value:
    (w,) = ops.promoted("polyfit", w, inexact=True)
    if w.shape != x.shape:
        raise TypeError(explain("polyfit", f"weights w of shape {x.shape}", str(w.aval)))
    return convert(w, x.dtype)


def _covariance(matrix: Value, scale: Value, residuals: Value, y: Value, cov: Any) -> Value:
    base = linalg.inv(matrix.T @ matrix) / outer(scale, scale)
    columns = base if y.ndim == 1 else base[:, :, None]
    if cov == "unscaled":
        return columns
    free = matrix.shape[0] - matrix.shape[1]
    if free <= 0:
        raise ValueError(
            explain(
                "polyfit",
                f"more than {matrix.shape[1]} points to estimate the covariance from",
                str(matrix.shape[0]),
            )
        )
    return columns * (residuals / free)
