"""Samples of Fourier transforms and of factorizations, against NumPy and SciPy.

Vectors of values are determined up to a sign or phase. Those of the small real matrices here come
out with the signs of every LAPACK; others are tested in lax/test_linalg.py by what they must do.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import scipy.linalg

import numpy as np
from op_sampling import Sample, draw, rng_of

DOUBLE, SINGLE = ("float64", "complex128"), ("float32", "complex64")


def each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of matrices applied to each of a batch; results are stacked."""

    @functools.wraps(function)
    def apply(x: np.ndarray, *others: np.ndarray) -> Any:
        if x.ndim == 2 or not x.size:
            return function(x, *others) if x.ndim == 2 else x
        found = [apply(*parts) for parts in zip(x, *others)]
        if isinstance(found[0], tuple):
            return tuple(np.stack(parts) for parts in zip(*found))
        return np.stack(found)

    return apply


def adjoint(x: np.ndarray) -> np.ndarray:
    return x.conj().swapaxes(-1, -2)


def hermitian(x: np.ndarray, lower: bool) -> np.ndarray:
    part = np.tril(x, -1) if lower else np.triu(x, 1)
    return part + adjoint(part) + np.diag(np.diag(x).real)


@each
def cholesky(x: np.ndarray) -> np.ndarray:
    return np.linalg.cholesky(hermitian(x, True))


def triangular_solve(a, b, *, transpose_a, left_side, lower, unit_diagonal):
    beside = int(unit_diagonal)
    a = np.tril(a, -beside) if lower else np.triu(a, beside)
    a = a + beside * np.eye(a.shape[-1])
    a = {"no": a, "transpose": a.swapaxes(-1, -2), "adjoint": adjoint(a)}[transpose_a]
    if left_side:
        return np.linalg.solve(a, b)
    return np.linalg.solve(a.swapaxes(-1, -2), b.swapaxes(-1, -2)).swapaxes(-1, -2)


def permutation(pivots: np.ndarray, size: int) -> np.ndarray:
    if pivots.ndim > 1:
        return np.stack([permutation(p, size) for p in pivots])
    found = np.arange(size, dtype=np.int32)
    for i, p in enumerate(pivots):
        found[[i, p]] = found[[p, i]]
    return found


@each
def lu(x: np.ndarray) -> tuple[np.ndarray, ...]:
    factors, pivots = scipy.linalg.lu_factor(x)
    return factors, pivots.astype(np.int32), permutation(pivots, x.shape[0])


def qr(x: np.ndarray, *, full: bool, pivoting: bool) -> tuple[np.ndarray, ...]:
    mode = "full" if full else "economic"
    q, r, *p = scipy.linalg.qr(x, mode=mode, pivoting=pivoting)
    return (q, np.triu(r), *(n.astype(np.int32) for n in p))


def product(packed: np.ndarray, taus: np.ndarray) -> np.ndarray:
    """The square matrix that is the product of reflectors."""
    m = packed.shape[0]
    q = np.eye(m, dtype=packed.dtype)
    for i, tau in enumerate(taus):
        v = np.concatenate([np.zeros(i), [1], packed[i + 1 :, i]])
        q = q @ (np.eye(m) - tau * np.outer(v, v.conj()))
    return q


def ormqr(packed, taus, c, *, left: bool, adjoint: bool):
    q = product(packed, taus)
    q = q.conj().T if adjoint else q
    return q @ c if left else c @ q


def eig(x: np.ndarray, *, left: bool, right: bool) -> tuple[np.ndarray, ...]:
    found = scipy.linalg.eig(x, left=left, right=right)
    found = found if isinstance(found, tuple) else (found,)
    return tuple(v.astype(complex) for v in found)


def tridiagonal_solve(dl, d, du, b):
    a = np.diag(d) + np.diag(dl[1:], -1) + np.diag(du[:-1], 1)
    return np.linalg.solve(a, b)


def matrix(element: str, shape: tuple[int, ...], key: str = "") -> np.ndarray:
    """Far from singular if square, with distinct values."""
    x = draw(rng_of("matrix", element, key, str(shape)), element, shape, -1, 1)
    least = min(shape[-2:])
    x[..., range(least), range(least)] += np.arange(2, least + 2)
    return x


def _transforms() -> list[Sample]:
    samples = []
    functions = {"fft": np.fft.fftn, "ifft": np.fft.ifftn, "rfft": np.fft.rfftn}
    for kind in ("fft", "ifft", "rfft", "irfft"):
        for shape, lengths in (
            ((8,), (8,)), ((3, 5), (5,)), ((3, 4, 6), (4, 6)), ((2, 3, 5), (2, 3, 5)), ((1,), (1,)),
            ((2,), (2,)), ((0, 4), (4,)), ((2, 70), (70,)), ((3, 67), (67,)), ((100, 3), (100, 3)),
        ):  # fmt: skip
            for element in ("64", "128") if shape[-1] < 9 else ("128",):
                real = {"64": "float32", "128": "float64"}[element]
                given = real if kind == "rfft" else f"complex{element}"
                held = (*shape[:-1], shape[-1] // 2 + 1) if kind == "irfft" else shape
                x = draw(rng_of(kind, given, str(shape)), given, held, -1, 1)
                axes = tuple(range(-len(lengths), 0))
                if kind == "irfft":
                    reference = functools.partial(np.fft.irfftn, s=lengths, axes=axes)
                else:
                    reference = functools.partial(functions[kind], axes=axes)
                attributes = {"kind": kind, "lengths": list(lengths)}
                samples.append(Sample("fft", (x,), reference, attributes, ulp=4096, adjoint=1e-9))
    return samples


def _solvers() -> list[Sample]:
    samples = []

    def add(op: str, operands: tuple, reference: Callable, **attributes: Any) -> None:
        samples.append(Sample(op, operands, reference, attributes, ulp=1 << 14, adjoint=1e-9))

    for element in (*DOUBLE, *SINGLE):
        for shape in ((3, 3), (1, 1), (2, 2, 2), (0, 3, 3), (9, 9)):
            x = matrix(element, shape, "cholesky")
            if x.size and shape != (1, 1):
                x = (x @ adjoint(x)).astype(element)
            add("cholesky", (x,), cholesky)
        for shape in ((3, 3), (4, 2), (2, 4), (1, 1), (2, 3, 3), (10, 9)):
            add("lu", (matrix(element, shape)[..., ::-1, :].copy(),), lu)
        diagonals = [draw(rng_of("tri", element, str(i)), element, (4,), 0.1, 1) for i in range(3)]
        diagonals[1] = (diagonals[1] + 3).astype(element)
        for columns in (1, 3):
            b = draw(rng_of("tri", element), element, (4, columns), -1, 1)
            add("tridiagonal_solve", (*diagonals, b), tridiagonal_solve)
    for i, (n, k) in enumerate(((3, 2), (1, 1), (9, 2), (2, 9))):
        for form in ("no", "transpose", "adjoint"):
            for left in (True, False):
                element = (*DOUBLE, *SINGLE)[(i + left + (form == "no")) % 4]
                attributes = {"transpose_a": form, "left_side": left,
                              "lower": i % 2 == left, "unit_diagonal": form == "transpose"}  # fmt: skip
                a = matrix(element, (n, n), "a")
                b = draw(rng_of("b", element, form), element, (n, k) if left else (k, n), -1, 1)
                reference = functools.partial(triangular_solve, **attributes)
                add("triangular_solve", (a, b), reference, **attributes)
    for pivots, size in (([2, 2, 2], 3), ([1], 4), ([[1, 1], [0, 1]], 2)):
        operand = np.array(pivots, np.int32)
        reference = functools.partial(permutation, size=size)
        add("lu_pivots_to_permutation", (operand,), reference, size=size)
    return samples


def _reflectors() -> list[Sample]:
    samples = []

    def add(op: str, operands: tuple, reference: Callable, **attributes: Any) -> None:
        samples.append(Sample(op, operands, reference, attributes, ulp=1 << 14, adjoint=1e-9))

    for element in (*DOUBLE, *SINGLE):
        for shape in ((3, 3), (4, 2), (2, 4), (9, 8)):
            for pivoting in (False, True) if shape != (9, 8) else (True,):
                for full in (
                    (False, True) if shape[0] <= shape[1] or element in SINGLE else (False,)
                ):
                    reference = functools.partial(qr, full=full, pivoting=pivoting)
                    add("qr", (matrix(element, shape, "qr"),), reference,
                        full_matrices=full, pivoting=pivoting)  # fmt: skip
        packed, taus = scipy.linalg.qr(matrix(element, (4, 2)), mode="raw")[0]
        c = draw(rng_of("ormqr", element), element, (4, 4), -1, 1)
        for left in (False, True):
            for back in (False, True):
                reference = functools.partial(ormqr, left=left, adjoint=back)
                operands = (packed.astype(element), taus.astype(element), c)
                samples.append(Sample("ormqr", operands, reference,
                                      {"left": left, "adjoint": back}, ulp=1 << 14,
                                      constants=(0, 1), adjoint=1e-9))  # fmt: skip
    # These have no derivatives, and so no samples in double precision.
    for element in SINGLE:
        for shape in ((3, 3), (4, 2), (2, 4)):
            x = matrix(element, shape, "geqrf")
            add("geqrf", (x,), lambda x: scipy.linalg.qr(x, mode="raw")[0], pivoting=False)
        packed, taus = scipy.linalg.qr(matrix(element, (4, 2)), mode="raw")[0]
        operands = (packed.astype(element), taus.astype(element))
        add("householder_product", operands, lambda a, t: product(a, t)[:, : a.shape[1]])
        routine = {"float32": "dgehrd", "complex64": "zgehrd"}[element]
        add("hessenberg", (matrix(element, (4, 4)),),
            lambda x, r=routine: getattr(scipy.linalg.lapack, r)(x)[:2])  # fmt: skip
        x = matrix(element, (4, 4))
        x = (x + adjoint(x)).astype(element)
        routine = {"float32": "dsytrd", "complex64": "zhetrd"}[element]
        for lower in (True, False):
            add("tridiagonal", (x,), functools.partial(tridiagonal, routine=routine, lower=lower),
                lower=lower)  # fmt: skip
    return samples


def tridiagonal(x: np.ndarray, *, routine: str, lower: bool) -> tuple[np.ndarray, ...]:
    *found, _ = getattr(scipy.linalg.lapack, routine)(x, lower=lower)
    return tuple(found)


def _spectra() -> list[Sample]:
    samples = []

    def add(op: str, x: np.ndarray, reference: Callable, **attributes: Any) -> None:
        samples.append(Sample(op, (x,), reference, attributes, ulp=1 << 14, adjoint=1e-9))

    def values(x: np.ndarray) -> np.ndarray:
        return np.linalg.svd(x, compute_uv=False)

    def vectors(x: np.ndarray, full: bool) -> tuple[np.ndarray, ...]:
        u, s, vh = np.linalg.svd(x, full)
        return s, u, vh

    for element in (*DOUBLE, *SINGLE):
        for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 3)):
            x = matrix(element, shape, "svd")
            add("svd", x, values, full_matrices=False, compute_uv=False)
            if element == "float64":
                reference = functools.partial(vectors, full=False)
                add("svd", x, reference, full_matrices=False, compute_uv=True)
        for lower in (True, False):
            x = matrix(element, (3, 3), "eigh")
            uplo = "L" if lower else "U"
            reference = functools.partial(np.linalg.eigvalsh, UPLO=uplo)
            add("eigh", x, reference, lower=lower, compute_vectors=False)
            if element == "float64":
                reference = functools.partial(np.linalg.eigh, UPLO=uplo)
                add("eigh", x, lambda x, f=reference: tuple(f(x)), lower=lower,
                    compute_vectors=True)  # fmt: skip
    # Programs of their derivatives are large: no more than it takes to see all of the rule.
    for element, left, right in (
        ("float64", False, False),
        ("float64", True, True),
        ("complex128", False, True),
    ):
        x = matrix(element, (3, 3), "eig")
        if element == "float64":
            x[0, 1], x[1, 0] = 2.0, -2.0  # a pair of complex eigenvalues
        add("eig", x, functools.partial(eig, left=left, right=right), left=left, right=right)
    for element, output in (("float32", "real"), ("complex64", "complex")):
        for wants in (True, False):
            x = np.triu(matrix(element, (3, 3), "eig"))  # of which nothing has to be turned

            def schur(x: np.ndarray, output=output, wants=wants) -> Any:
                t, z = scipy.linalg.schur(x, output=output)
                return (t, z) if wants else t

            add("schur", x, schur, compute_vectors=wants)
    return samples


def matrix_ops() -> list[Sample]:
    return [*_transforms(), *_solvers(), *_reflectors(), *_spectra()]
