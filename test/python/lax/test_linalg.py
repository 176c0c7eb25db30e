"""Factorizations: what the factors must do, in every dtype and under every transformation."""

import subprocess
import sys

import pytest
import scipy.linalg

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax
from numpy_checks import check_gradient, same

RNG = np.random.default_rng(5)
DTYPES = (np.float32, np.complex64, np.float64, np.complex128)


def matrices(dtype, *shape):
    x = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
    return (x if np.dtype(dtype).kind == "c" else x.real).astype(dtype)


def adjoint(x):
    return x.conj().swapaxes(-1, -2)


def arrays(values):
    return [np.asarray(v) for v in values]


def close(found, wanted, dtype):
    limit = 1e-4 if dtype in (np.float32, np.complex64) else 1e-11
    np.testing.assert_allclose(found, wanted, atol=limit * max(1, np.abs(wanted).max(initial=0)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(2, 5, 5), (7, 3), (3, 7), (1, 1), (2, 20, 12)])
def test_factors(dtype, shape):
    with mjx.enable_x64(True):
        x = matrices(dtype, *shape)
        u, s, vh = arrays(lax.linalg.svd(x, full_matrices=False))
        close((u * s[..., None, :]) @ vh, x, dtype)
        close(adjoint(u) @ u, np.broadcast_to(np.eye(u.shape[-1]), u.shape[:-2] + u.shape[-1:] * 2),
              dtype)  # fmt: skip
        for full in (True, False):
            q, r, p = arrays(lax.linalg.qr(x, pivoting=True, full_matrices=full))
            close(q @ r, np.take_along_axis(x, p[..., None, :], -1), dtype)
            close(np.tril(r, -1), np.zeros_like(r), dtype)
        factors, pivots, permutation = arrays(lax.linalg.lu(x))
        k = min(shape[-2:])
        lower = np.tril(factors[..., :k], -1) + np.eye(shape[-2], k)
        close(lower @ np.triu(factors[..., :k, :]),
              np.take_along_axis(x, permutation[..., None], -2), dtype)  # fmt: skip
        found = lax.linalg.lu_pivots_to_permutation(pivots, shape[-2])
        np.testing.assert_array_equal(found, permutation)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 6, 30])
def test_spectra(dtype, n):
    with mjx.enable_x64(True):
        x = matrices(dtype, 2, n, n)
        h = x + adjoint(x)
        v, w = arrays(lax.linalg.eigh(h))
        close((v * w[..., None, :]) @ adjoint(v), h, dtype)
        assert (np.diff(w) >= 0).all()
        same(lax.linalg.eigvalsh(h), w, 1e-4)
        w, left, right = arrays(lax.linalg.eig(x))
        close(x @ right, right * w[..., None, :], dtype)
        close(adjoint(left) @ x, w[..., None] * adjoint(left), dtype)
        t, z = arrays(lax.linalg.schur(x))
        close(z @ t @ adjoint(z), x, dtype)
        packed, taus = lax.linalg.hessenberg(x)
        if n > 1:
            q = np.zeros_like(x)
            q[:, 0, 0] = 1
            q[:, 1:, 1:] = lax.linalg.householder_product(packed[..., 1:, :-1], taus)
            close(q @ np.triu(packed, -1) @ adjoint(q), x, dtype)
            for lower in (True, False):
                _, d, e, _ = arrays(lax.linalg.tridiagonal(h, lower=lower))
                t = np.stack([np.diag(a) + np.diag(b, 1) + np.diag(b, -1) for a, b in zip(d, e)])
                close(np.linalg.eigvalsh(t), np.linalg.eigvalsh(h), dtype)


@pytest.mark.parametrize("n, others", [(3, 1), (8, 5), (11, 4)])
def test_triangular_systems(n, others):
    a = matrices(np.complex64, 2, n, n) + 5 * np.eye(n)
    b = matrices(np.complex64, 2, n, others)
    for case in range(32):
        left, lower, transposed, conjugated, unit = ((case >> i) & 1 for i in range(5))
        side = b if left else b.swapaxes(-1, -2)
        x = lax.linalg.triangular_solve(
            a.astype(np.complex64), side, left_side=left, lower=lower, transpose_a=transposed,
            conjugate_a=conjugated, unit_diagonal=unit,
        )  # fmt: skip
        t = np.tril(a, -unit) if lower else np.triu(a, unit)
        t = t + unit * np.eye(n)
        t = t.swapaxes(-1, -2) if transposed else t
        t = t.conj() if conjugated else t
        found = t @ x if left else np.asarray(x) @ t
        np.testing.assert_allclose(found, side, atol=2e-4 * max(1, np.abs(x).max()) * n)


def test_triangular_systems_of_one_side():
    a = np.array([[2.0, 0.0], [1.0, 4.0]], np.float32)
    b = np.array([2.0, 9.0], np.float32)
    same(lax.linalg.triangular_solve(a, b, left_side=True, lower=True), [1.0, 2.0])
    same(lax.linalg.triangular_solve(a, b, lower=True), np.linalg.solve(a.T, b))
    zero = lax.linalg.triangular_solve(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))
    assert np.isinf(np.asarray(zero)).all()


def test_one_matrix_for_a_batch_of_sides_is_solved_at_once():
    def solve(a, b):
        return lax.linalg.triangular_solve(a, b, left_side=True, lower=True)

    a, b = (
        matrices(np.float32, 3, 3) + 4 * np.eye(3, dtype=np.float32),
        matrices(np.float32, 5, 3, 2),
    )
    batched = mjx.vmap(solve, in_axes=(None, 0))
    same(batched(a, b), np.stack([np.linalg.solve(np.tril(a), x) for x in b]), 1e-5)
    text = mjx.jit(batched).lower(a, b).as_text("mjx")
    assert "tensor<3x10xf32>" in text


@pytest.mark.parametrize("dtype", DTYPES)
def test_tridiagonal_systems(dtype):
    with mjx.enable_x64(True):
        n = 6
        dl, du, d = matrices(dtype, n), matrices(dtype, n), matrices(dtype, n) + 4
        a = np.diag(d) + np.diag(dl[1:], -1) + np.diag(du[:-1], 1)
        b = matrices(dtype, n, 2)
        close(a @ np.asarray(lax.linalg.tridiagonal_solve(dl, d.astype(dtype), du, b)), b, dtype)
        singular = lax.linalg.tridiagonal_solve(dl * 0, d * 0, du * 0, b)
        assert np.isnan(np.asarray(singular)).all()


def test_products_of_reflectors():
    for dtype in (np.float32, np.complex64):
        x, c = matrices(dtype, 5, 3), matrices(dtype, 5, 5)
        packed, taus = mjx.lax.linalg.geqrf(x)
        q = np.asarray(lax.linalg.qr(x)[0])
        close(lax.linalg.householder_product(packed, taus), q[:, :3], dtype)
        for transpose in (False, True):
            by = adjoint(q) if transpose else q
            close(lax.linalg.ormqr(packed, taus, c, transpose=transpose), by @ c, dtype)
            close(lax.linalg.ormqr(packed, taus, c, left=False, transpose=transpose), c @ by, dtype)


def test_composites():
    r, w = (
        np.triu(matrices(np.float32, 4, 4)) + 3 * np.eye(4, dtype=np.float32),
        matrices(np.float32, 4),
    )
    found = np.asarray(lax.linalg.cholesky_update(r, w))
    close(found.T @ found, r.T @ r + np.outer(w, w), np.float32)
    a, c = matrices(np.float32, 3, 2), np.eye(3, dtype=np.float32)
    same(lax.linalg.symmetric_product(a, c, alpha=2.0, beta=3.0), 2 * a @ a.T + 3 * c)
    x = matrices(np.float32, 6, 4)
    u, h, count, done = lax.linalg.qdwh(x)
    assert bool(done) and int(count) <= 8
    wanted, part = scipy.linalg.polar(x)
    close(u, wanted, np.float32)
    close(h, part, np.float32)


def test_complex_gradients():
    """Functions of complex factors that do not depend on phases, of a real parameter."""
    base, direction = matrices(np.complex128, 3, 3) + 2 * np.eye(3), matrices(np.complex128, 3, 3)

    def moved(t):
        return base + t * direction

    def of_svd(t):
        u, s, vh = lax.linalg.svd(moved(t), full_matrices=False)
        return mnp.abs((u * mnp.sin(s)) @ vh) ** 2

    def of_eigh(t):
        v, w = lax.linalg.eigh(moved(t))
        return mnp.abs((v * mnp.sin(w)) @ v.conj().T) ** 2

    def of_qr(t):
        q, r = lax.linalg.qr(moved(t), full_matrices=False)
        return mnp.abs(q + r) ** 2

    def of_cholesky(t):
        return mnp.abs(lax.linalg.cholesky(moved(t) @ moved(t).conj().T)) ** 2

    def of_eig(t):
        w, left, right = lax.linalg.eig(moved(t))
        return mnp.abs(w) ** 2, mnp.abs(left) ** 2, mnp.abs(right) ** 2

    for function in (of_svd, of_eigh, of_qr, of_cholesky, of_eig):
        check_gradient(function, np.array(0.3))


def test_fft_lengths_are_checked():
    x = np.ones((3, 4), np.complex64)
    with pytest.raises(ValueError, match="fft_lengths"):
        lax.fft(x, "fft", (5,))
    with pytest.raises(ValueError, match="fft_type"):
        lax.fft(x, "dct", (4,))
    with pytest.raises(TypeError, match="float32 or float64"):
        lax.fft(x, lax.FftType.RFFT, (4,))


MISSING = """
import mjx, numpy as np
small = mjx.numpy.linalg.cholesky(np.eye(4, dtype=np.float32))
assert float(small[0, 0]) == 1
try:
    mjx._mjx.set_lapack_path("/nowhere/liblapack.so")
    np.asarray(mjx.numpy.linalg.cholesky(np.eye(40, dtype=np.float32)))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_missing_library_is_named():
    """In a process that finds none: small matrices need none, others say what to install."""
    environment = {"MJX_LAPACK": "/nowhere/either.so", "MJX_ENABLE_COMPILATION_CACHE": "0",
                   "LD_LIBRARY_PATH": ""}  # fmt: skip
    import os

    found = subprocess.run(
        [sys.executable, "-c", MISSING], env={**os.environ, **environment}, capture_output=True,
        text=True, check=True,
    ).stdout  # fmt: skip
    # A library of the system's is as good.
    assert not found or ("pip install scipy-openblas32" in found and "MJX_LAPACK" in found)
