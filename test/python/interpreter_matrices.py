"""Factorizations for the interpreter: references of single matrices, over batches of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.linalg

import numpy as np
import op_samples_linalg as linalg


def _over_batches(function: Callable[..., Any], ranks: tuple[int, ...]) -> Callable[..., Any]:
    """A function of an op and operands of some ranks, of operands with more dimensions too."""

    def apply(op: Any, *xs: np.ndarray) -> Any:
        if xs[0].ndim == ranks[0]:
            return function(op, *xs)
        rows = [apply(op, *parts) for parts in zip(*xs)]
        if isinstance(rows[0], tuple):
            return tuple(np.stack(column) for column in zip(*rows))
        return np.stack(rows)

    return apply


def _fft(op: Any, x: np.ndarray) -> np.ndarray:
    axes = tuple(range(-len(op["lengths"]), 0))
    function = {"fft": np.fft.fftn, "ifft": np.fft.ifftn, "rfft": np.fft.rfftn,
                "irfft": np.fft.irfftn}[op["kind"]]  # fmt: skip
    return function(x, s=op["lengths"], axes=axes)


def _svd(op: Any, x: np.ndarray) -> Any:
    if not op["compute_uv"]:
        return np.linalg.svd(x, compute_uv=False)
    u, s, vh = np.linalg.svd(x, op["full_matrices"])
    return s, u, vh


def _eigh(op: Any, x: np.ndarray) -> Any:
    uplo = "L" if op["lower"] else "U"
    if not op["compute_vectors"]:
        return np.linalg.eigvalsh(x, UPLO=uplo)
    return tuple(np.linalg.eigh(x, UPLO=uplo))


def _schur(op: Any, x: np.ndarray) -> Any:
    t, z = scipy.linalg.schur(x, output="complex" if np.iscomplexobj(x) else "real")
    return (t, z) if op["compute_vectors"] else t


def _lapack(real: str, complex_: str) -> Callable[..., Any]:
    def call(x: np.ndarray, **options: Any) -> tuple[np.ndarray, ...]:
        routine = getattr(scipy.linalg.lapack, complex_ if np.iscomplexobj(x) else real)
        return tuple(routine(x, **options)[:-1])

    return call


_hessenberg, _tridiagonal = _lapack("dgehrd", "zgehrd"), _lapack("dsytrd", "zhetrd")


def _geqrf(op: Any, x: np.ndarray) -> tuple[np.ndarray, ...]:
    packed, _, *places = scipy.linalg.qr(x, mode="raw", pivoting=op["pivoting"])
    return (*packed, *(p.astype(np.int32) for p in places))


def _qr(op: Any, x: np.ndarray) -> tuple[np.ndarray, ...]:
    return linalg.qr(x, full=op["full_matrices"], pivoting=op["pivoting"])


def _triangular_solve(op: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    names = ("transpose_a", "left_side", "lower", "unit_diagonal")
    return linalg.triangular_solve(a, b, **{name: op[name] for name in names})


def _ormqr(op: Any, packed: np.ndarray, taus: np.ndarray, c: np.ndarray) -> np.ndarray:
    return linalg.ormqr(packed, taus, c, left=op["left"], adjoint=op["adjoint"])


def _eig(op: Any, x: np.ndarray) -> tuple[np.ndarray, ...]:
    return linalg.eig(x, left=op["left"], right=op["right"])


#: Functions of an op and its operands, as in `interpreter.ADAPTED`. Vectors are LAPACK's.
MATRIX_OPS: dict[str, Callable[..., Any]] = {
    "fft": _fft,
    "cholesky": lambda op, x: linalg.cholesky(x),
    "triangular_solve": _over_batches(_triangular_solve, (2, 2)),
    "tridiagonal_solve": _over_batches(lambda op, *xs: linalg.tridiagonal_solve(*xs), (1, 1, 1, 2)),
    "lu": lambda op, x: linalg.lu(x),
    "lu_pivots_to_permutation": lambda op, p: linalg.permutation(p, op["size"]),
    "qr": _over_batches(_qr, (2,)),
    "geqrf": _over_batches(_geqrf, (2,)),
    "householder_product": _over_batches(
        lambda op, a, t: linalg.product(a, t)[:, : a.shape[1]], (2, 1)
    ),
    "ormqr": _over_batches(_ormqr, (2, 1, 2)),
    "svd": _svd,
    "eigh": _eigh,
    "eig": _over_batches(_eig, (2,)),
    "schur": _over_batches(_schur, (2,)),
    "hessenberg": _over_batches(lambda op, x: _hessenberg(x), (2,)),
    "tridiagonal": _over_batches(lambda op, x: _tridiagonal(x, lower=op["lower"]), (2,)),
}
