"""Functions of matrices, and equations between them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mjx import lax
from mjx.lax.eager import fused
from mjx.lax.operands import Value, convert
from mjx.numpy import creation as creations
from mjx.numpy import linalg as npl
from mjx.numpy import operands as ops
from mjx.numpy import reductions, ufuncs
from mjx.numpy.linalg_factors import adjoint, matrices, square_matrix
from mjx.scipy.linalg.factors import schur, solve_triangular
from mjx.support.dtypes import DTYPES, finfo, is_kind, real_dtype
from mjx.support.errors import explain
from mjx.transforms import jvp, vmap

__all__ = [
    "expm",
    "expm_frechet",
    "funm",
    "polar",
    "rsf2csf",
    "solve_sylvester",
    "sqrtm",
]


def _over_batch(fun: Callable[..., Any], *values: Value) -> Any:
    """`fun` of matrices, on stacks of them."""
    for _ in range(values[0].ndim - 2):
        fun = vmap(fun)
    return fun(*values)


# The exponential: a quotient of polynomials where the norm is small, squared back from there.


# Degree, and the norm up to which it is exact in the precision (Higham, 2005).
_DEGREES = {"float32": (7, 3.925724783138660), "float64": (13, 5.371920351148152)}


def _coefficients(degree: int) -> list[float]:
    """Of the numerator of the Padé approximant, the last of them 1."""
    f = math.factorial
    found = [f(2 * degree - k) * f(degree) / (f(2 * degree) * f(k) * f(degree - k))
             for k in range(degree + 1)]  # fmt: skip
    return [c / found[-1] for c in found]


def _quotient(a: Value, degree: int, triangular: bool) -> Value:
    one = convert(1, a.dtype) * creations.eye(a.shape[-1], dtype=a.dtype)
    square, power, even, odd = a @ a, one, 0, 0
    for k, c in enumerate(_coefficients(degree)):
        if k % 2 == 0:
            power = one if k == 0 else power @ square
            even = even + power * convert(c, a.dtype)
        else:
            odd = odd + power * convert(c, a.dtype)
    odd = a @ odd
    if triangular:
        return solve_triangular(even - odd, even + odd)
    return npl.solve(even - odd, even + odd)


def _expm_one(a: Value, triangular: bool, most: int) -> Value:
    degree, bound = _DEGREES[real_dtype(a.dtype).name]
    size = lax.stop_gradient(npl.norm(a, 1))
    # Infinities and NaN are not squared away.
    count = ufuncs.ceil(ufuncs.log2(ufuncs.maximum(size / bound, 1)))
    steps = convert(ufuncs.where(ufuncs.isfinite(count), count, 0), DTYPES["int32"])
    scale = convert(ufuncs.exp2(-convert(ufuncs.minimum(steps, most), size.dtype)), a.dtype)
    found = _quotient(a * scale, degree, triangular)

    def square(i: Value, x: Value) -> Value:
        return lax.cond(i < steps, lambda x: x @ x, lambda x: x, x)

    found = lax.fori_loop(0, most, square, found)
    return ufuncs.where(steps > most, convert(math.nan, found.dtype), found)


@fused
def _expm(a: Value, *, triangular: bool, most: int) -> Value:
    return _over_batch(lambda x: _expm_one(x, triangular, most), a)


def expm(A: Any, *, upper_triangular: bool = False, max_squarings: int = 16) -> Value:
    """The exponential of square matrices; NaN where more than `max_squarings` were needed.

    >>> mjx.scipy.linalg.expm(mjx.numpy.array([[0., 1.], [0., 0.]]))
    Array([[1., 1.],
           [0., 1.]], dtype=float32)
    """
    a = square_matrix("linalg.expm", A)
    if not a.size:
        return a
    return _expm(a, triangular=bool(upper_triangular), most=int(max_squarings))


def expm_frechet(A: Any, E: Any, *, method: str | None = None, compute_expm: bool = True) -> Any:
    """The exponential of `A` and its derivative along `E`; the latter alone unless `compute_expm`.

    `method` is without effect: the derivative is that of the function.
    """
    a, e = matrices("linalg.expm_frechet", A, E)
    square_matrix("linalg.expm_frechet", a)
    if a.shape != e.shape:
        raise ValueError(
            explain("linalg.expm_frechet", "matrices of one shape", f"{a.shape} and {e.shape}")
        )
    found, derivative = jvp(expm, (a,), (e,))
    return (found, derivative) if compute_expm else derivative


# By the Schur form.


def _complex(x: Value) -> Value:
    return x if is_kind(x.dtype, complex) else lax.complex(x, lax.full_like(x, 0))


def rsf2csf(T: Any, Z: Any, check_finite: bool = True) -> tuple[Value, Value]:
    """The complex Schur form of a matrix, from its real one.

    >>> t, z = mjx.numpy.array([[0., 1.], [-1., 0.]]), mjx.numpy.eye(2)
    >>> mjx.numpy.diag(mjx.scipy.linalg.rsf2csf(t, z)[0]).round(3)
    Array([0.+1.j, 0.-1.j], dtype=complex64)
    """
    t, z = matrices("linalg.rsf2csf", T, Z)
    if t.ndim != 2 or t.shape[0] != t.shape[1] or z.shape != t.shape:
        raise ValueError(
            explain("linalg.rsf2csf", "two square matrices", f"shapes {t.shape} and {z.shape}")
        )
    return tuple(_complex_form(_complex(t), _complex(z)))


@fused
def _complex_form(t: Value, z: Value) -> list[Value]:
    """Each block of two rows is turned such that its lower element vanishes."""
    for m in range(t.shape[0] - 1, 0, -1):
        corner = t[m - 1 : m + 1, m - 1 : m + 1]
        half = (corner[0, 0] - corner[1, 1]) / 2
        root = ufuncs.sqrt(half * half + corner[0, 1] * corner[1, 0])
        # The eigenvalue less the last element: one column of the rotation.
        first, second = half + root, corner[1, 0]
        size = ufuncs.sqrt(ufuncs.abs(first) ** 2 + ufuncs.abs(second) ** 2)
        apart = ufuncs.abs(second) > 0
        safe = convert(ufuncs.where(apart, size, 1), t.dtype)
        c = ufuncs.where(apart, first / safe, 1)
        s = ufuncs.where(apart, second / safe, 0)
        turn = lax.reshape(_stacked([ufuncs.conj(c), ufuncs.conj(s), -s, c]), (2, 2))
        t = t.at[m - 1 : m + 1].set(turn @ t[m - 1 : m + 1])
        t = t.at[:, m - 1 : m + 1].set(t[:, m - 1 : m + 1] @ adjoint(turn))
        z = z.at[:, m - 1 : m + 1].set(z[:, m - 1 : m + 1] @ adjoint(turn))
        t = t.at[m, m - 1].set(0)
    return [t, z]


def _stacked(values: list[Value]) -> Value:
    """Scalars as a vector."""
    return lax.concatenate([lax.reshape(v, (1,)) for v in values], 0)


@fused
def _triangular_root(t: Value) -> Value:
    """Row by row from below: r[i, i] r[i, j] + r[i, j] r[j, j] + what is between = t[i, j]."""
    n = t.shape[0]
    roots = ufuncs.sqrt(creations.diagonal(t))
    columns = lax.iota(DTYPES["int32"], n)

    def row(k: Value, r: Value) -> Value:
        i = n - 1 - k
        own = lax.dynamic_index_in_dim(roots, i, 0, False)
        given = lax.dynamic_index_in_dim(t, i, 0, False)

        def column(j: Value, x: Value) -> Value:
            between = ufuncs.where((columns > i) & (columns < j), x, 0)
            rest = lax.dynamic_index_in_dim(
                given, j, 0, False
            ) - between @ lax.dynamic_index_in_dim(r, j, 1, False)
            sizes = own + lax.dynamic_index_in_dim(roots, j, 0, False)
            value = ufuncs.where(rest == 0, 0, rest / ufuncs.where(sizes == 0, 1, sizes))
            value = ufuncs.where((sizes == 0) & (rest != 0), math.nan, value)
            return ufuncs.where(columns == j, ufuncs.where(j > i, value, x), x)

        start = ufuncs.where(columns == i, own, 0)
        found = lax.fori_loop(0, n, column, start)
        return lax.dynamic_update_index_in_dim(r, found, i, 0)

    return lax.fori_loop(0, n, row, lax.full_like(t, 0))


def sqrtm(A: Any, blocksize: int = 1) -> Value:
    """The principal square root of a square matrix; complex.

    `blocksize` is without effect. NaN where there is no root.

    >>> mjx.scipy.linalg.sqrtm(mjx.numpy.array([[4., 0.], [0., 9.]])).real
    Array([[2., 0.],
           [0., 3.]], dtype=float32)
    """
    a = square_matrix("linalg.sqrtm", A)
    if a.ndim != 2:
        raise ValueError(explain("linalg.sqrtm", "one matrix", f"shape {a.shape}"))
    t, z = schur(a, output="complex")
    return z @ _triangular_root(t) @ adjoint(z)


@fused
def _parlett(t: Value, f: Value) -> Value:
    """The upper triangle of a function of `t`, from its diagonal, one diagonal after the other."""
    n = t.shape[0]
    rows = lax.broadcasted_iota(DTYPES["int32"], (n, n), 0)
    columns = lax.broadcasted_iota(DTYPES["int32"], (n, n), 1)
    values = creations.diagonal(t)
    apart = lax.expand_dims(values, (0,)) - lax.expand_dims(values, (1,))
    safe = ufuncs.where(apart == 0, convert(finfo(t.dtype).eps, t.dtype), apart)

    def diagonal(p: Value, f: Value) -> Value:
        # f t = t f, of which the parts of lower diagonals are known.
        own = creations.diagonal(f)
        ends = t * (lax.expand_dims(own, (0,)) - lax.expand_dims(own, (1,)))
        strict = ufuncs.where(columns > rows, t, 0)
        inner = ufuncs.where(columns > rows, f, 0)
        between = strict @ inner - inner @ strict
        return ufuncs.where(columns - rows == p, (ends + between) / safe, f)

    return lax.fori_loop(1, n, diagonal, f)


def funm(A: Any, func: Callable[[Value], Value], disp: bool = True) -> Any:
    """A function of a square matrix, from what `func` makes of its eigenvalues.

    By the Schur form: inexact where eigenvalues are close to each other. Unless `disp`, returns an
    estimate of the relative error, too.
    """
    a = square_matrix("linalg.funm", A)
    if a.ndim != 2:
        raise ValueError(explain("linalg.funm", "one matrix", f"shape {a.shape}"))
    t, z = schur(a, output="complex")
    values = creations.diagonal(t)
    f = _parlett(t, creations.diag(_complex(ops.value_of(func(values), "funm")).astype(t.dtype)))
    found = z @ f @ adjoint(z)
    if disp:
        return found
    eps = float(finfo(a.dtype).eps)
    distances = ufuncs.abs(lax.expand_dims(values, (0,)) - lax.expand_dims(values, (1,)))
    off = ufuncs.where(creations.eye(a.shape[0], dtype=bool), math.inf, distances)
    least = reductions.min(off, initial=1.0)
    error = ufuncs.minimum(1, eps / ufuncs.maximum(least, eps) * npl.norm(creations.triu(t, 1), 1))
    return found, ufuncs.where(reductions.all(ufuncs.isfinite(found)), error, math.inf)


@fused
def _sylvester(r: Value, s: Value, f: Value) -> Value:
    """The y with r y + y s = f, for upper triangular r and s: column by column."""
    n = s.shape[0]
    unit = creations.eye(r.shape[0], dtype=r.dtype)
    columns = lax.iota(DTYPES["int32"], n)

    def column(j: Value, y: Value) -> Value:
        mix = lax.dynamic_index_in_dim(s, j, 1, False)
        known = ufuncs.where(columns < j, mix, 0)
        side = lax.dynamic_index_in_dim(f, j, 1, False) - y @ known
        own = lax.dynamic_index_in_dim(mix, j, 0, False)
        found = solve_triangular(r + own * unit, side)
        return lax.dynamic_update_index_in_dim(y, found, j, 1)

    return lax.fori_loop(0, n, column, lax.full_like(f, 0))


def solve_sylvester(A: Any, B: Any, C: Any, *, method: str = "schur", tol: float = 1e-8) -> Value:
    """The `x` with `A @ x + x @ B == C`.

    `method` 'schur' uses the Schur forms of both, 'eigen' their eigenvectors, which has derivatives;
    `tol` is without effect.

    >>> a = mjx.numpy.array([[2.]])
    >>> mjx.scipy.linalg.solve_sylvester(a, a, mjx.numpy.array([[8.]]))
    Array([[2.]], dtype=float32)
    """
    who = "linalg.solve_sylvester"
    a, b, c = matrices(who, A, B, C)
    fits = a.ndim == b.ndim == c.ndim == 2 and c.shape == (a.shape[0], b.shape[0])
    if not fits or a.shape[0] != a.shape[1] or b.shape[0] != b.shape[1]:
        raise ValueError(
            explain(
                who,
                "square A and B, and C with the rows of A and the columns of B",
                f"shapes {a.shape}, {b.shape} and {c.shape}",
            )  # fmt: skip
        )
    if method not in ("schur", "eigen"):
        raise ValueError(explain(who, "method 'schur' or 'eigen'", repr(method)))
    complex_c = _complex(c)
    if method == "schur":
        (r, u), (s, v) = schur(a, output="complex"), schur(b, output="complex")
        found = u @ _sylvester(r, s, adjoint(u) @ complex_c @ v) @ adjoint(v)
    else:
        (w, u), (m, v) = npl.eig(a), npl.eig(b)
        inner = npl.solve(u, complex_c @ v)
        sums = lax.expand_dims(w, (1,)) + lax.expand_dims(m, (0,))
        found = u @ npl.solve(v.T, (inner / sums).T).T
    return found if is_kind(c.dtype, complex) else ufuncs.real(found)


def polar(
    a: Any,
    side: str = "right",
    *,
    method: str = "qdwh",
    eps: float | None = None,
    max_iterations: int | None = None,
) -> tuple[Value, Value]:
    """`(u, p)` with `u @ p == a` (`side` 'right') or `p @ u == a` ('left').

    `u` has orthonormal columns or rows and `p` is positive semidefinite. `method` is 'qdwh', an
    iteration to within `eps`, or 'svd'.

    >>> mjx.scipy.linalg.polar(mjx.numpy.array([[0., 2.], [1., 0.]]), method="svd")[0]
    Array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    (a,) = matrices("linalg.polar", a)
    if side not in ("left", "right") or method not in ("qdwh", "svd") or a.ndim != 2:
        raise ValueError(
            explain(
                "linalg.polar",
                "a matrix, side 'left' or 'right', method 'qdwh' or 'svd'",
                f"shape {a.shape}, {side!r} and {method!r}",
            )  # fmt: skip
        )
    if method == "svd":
        u, s, vh = npl.svd(a, full_matrices=False)
        s = convert(s, u.dtype)
        rotation = u @ vh
        part = adjoint(vh) @ (s[:, None] * vh) if side == "right" else (u * s) @ adjoint(u)
        return rotation, part
    if a.shape[0] < a.shape[1] if side == "right" else a.shape[0] > a.shape[1]:
        raise ValueError(
            explain(
                "linalg.polar",
                "no more columns than rows on the right, or rows than columns "
                "on the left, for method 'qdwh'",
                f"shape {a.shape}",
            )  # fmt: skip
        )
    options = {"eps": eps, "max_iterations": max_iterations}
    if side == "right":
        u, p, *_ = lax.linalg.qdwh(a, **options)
        return u, p
    u, p, *_ = lax.linalg.qdwh(adjoint(a), **options)
    return adjoint(u), p
