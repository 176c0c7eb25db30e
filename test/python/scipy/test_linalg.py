"""mjx.scipy.linalg against SciPy."""

import pytest
import scipy.linalg

import mjx
import mjx.numpy as mnp
import mjx.scipy.linalg as mlinalg
import numpy as np
from numpy_checks import check_gradient, same

RNG = np.random.default_rng(17)
A = (RNG.normal(size=(4, 4)) + 3 * np.eye(4)).astype(np.float32)
Z = (A + 1j * RNG.normal(size=(4, 4))).astype(np.complex64)
SPD = (Z @ Z.conj().T).astype(np.complex64)
TALL = RNG.normal(size=(5, 3)).astype(np.float32)
B = RNG.normal(size=(4, 2)).astype(np.float32)


def agree(name, *args, tolerance=2e-4, **options):
    wide = [x.astype(np.complex128 if x.dtype.kind == "c" else float)
            if isinstance(x, np.ndarray) and x.dtype.kind in "fc" else x for x in args]  # fmt: skip
    wanted = getattr(scipy.linalg, name)(*wide, **options)
    same(getattr(mlinalg, name)(*args, **options), wanted, tolerance)


def test_factors():
    for lower in (False, True):
        agree("cholesky", SPD, lower=lower)
        factor = mlinalg.cho_factor(SPD, lower)
        same(mlinalg.cho_solve(factor, B.astype(np.complex64)), np.linalg.solve(SPD, B), 1e-3)
    for a in (A, Z, TALL, TALL.T):
        agree("lu", a)
        agree("lu", a, permute_l=True)
    for a in (A, Z):
        factors = mlinalg.lu_factor(a)
        same(factors, scipy.linalg.lu_factor(a), 1e-4)
        for trans in (0, 1, 2):
            wanted = scipy.linalg.lu_solve(scipy.linalg.lu_factor(a), B, trans)
            same(mlinalg.lu_solve(factors, B.astype(a.dtype), trans), wanted, 1e-3)
    for mode in ("full", "economic", "r"):
        for pivoting in (False, True):
            agree("qr", TALL, mode=mode, pivoting=pivoting)
    (packed, taus), r = mlinalg.qr(TALL, mode="raw")
    (wanted, scales), upper = scipy.linalg.qr(TALL.astype(float), mode="raw")
    same((packed, taus, r), (wanted, scales, upper), 1e-4)


@pytest.mark.parametrize(
    "mode, c", [("right", np.eye(5)), ("left", np.eye(3)), ("right", np.ones(5))]
)
def test_qr_multiply(mode, c):
    for conjugate in (False, True):
        agree("qr_multiply", TALL, c.astype(np.float32), mode, conjugate=conjugate)
        agree("qr_multiply", (TALL + 1j * TALL[::-1]).astype(np.complex64),
              c.astype(np.complex64), mode, conjugate=conjugate, pivoting=True)  # fmt: skip


def test_systems():
    agree("solve", A, B)
    same(mlinalg.solve(np.tril(SPD), B.astype(np.complex64), lower=True, assume_a="pos"),
         np.linalg.solve(SPD, B), 1e-3)  # fmt: skip
    for trans in (0, 1, 2, "N", "T", "C"):
        for lower in (False, True):
            agree("solve_triangular", Z, B[:, 0].astype(np.complex64), trans, lower)
    agree("solve_triangular", A, B, unit_diagonal=True, tolerance=1e-3)
    agree("inv", A)
    agree("det", A)


def test_spectra():
    agree("svd", TALL, compute_uv=False)
    agree("eigh", SPD, eigvals_only=True)
    h = (A + A.T).astype(np.float32)
    for kind in (1, 2, 3):
        b = SPD.real.astype(np.float32)
        w, v = (np.asarray(x) for x in mlinalg.eigh(h, b, type=kind))
        same(mlinalg.eigh(h, b, type=kind, eigvals_only=True), w, 1e-3)
        left = {1: h @ v, 2: h @ b @ v, 3: b @ h @ v}[kind]
        np.testing.assert_allclose(left, (b @ v if kind == 1 else v) * w, atol=2e-2)
    d, e = RNG.normal(size=5).astype(np.float32), RNG.normal(size=4).astype(np.float32)
    agree("eigh_tridiagonal", d, e, eigvals_only=True)
    agree("eigh_tridiagonal", d, e, eigvals_only=True, select="i", select_range=(1, 3))
    for output in ("real", "complex"):
        t, z = (np.asarray(x) for x in mlinalg.schur(A, output))
        np.testing.assert_allclose(z @ t @ z.conj().T, A, atol=1e-4)
    q_of = mlinalg.hessenberg(A, calc_q=True)
    np.testing.assert_allclose(q_of[1] @ q_of[0] @ q_of[1].T, A, atol=1e-4)
    agree("hessenberg", A)


@pytest.mark.parametrize(
    "a", [A / 4, A * 3, Z, np.zeros((2, 2), np.float32), -40 * np.eye(2, dtype=np.float32)]
)
def test_exponentials(a):
    agree("expm", a, tolerance=2e-3)


def test_exponentials_of_many():
    same(mlinalg.expm(np.stack([A, A / 9])), scipy.linalg.expm(np.stack([A, A / 9])), 1e-3)
    upper = np.triu(A)
    same(mlinalg.expm(upper, upper_triangular=True), scipy.linalg.expm(upper), 1e-3)
    assert np.isnan(np.asarray(mlinalg.expm(A * 1e6, max_squarings=3))).all()
    agree("expm_frechet", A, A.T.copy(), tolerance=2e-3)
    check_gradient(mlinalg.expm, A[:2, :2])


def test_functions():
    agree("sqrtm", (A @ A).astype(np.float32), tolerance=1e-3)
    agree("sqrtm", Z, tolerance=1e-3)
    found = np.asarray(mlinalg.funm(A, mnp.exp))
    np.testing.assert_allclose(found, scipy.linalg.expm(A), rtol=5e-3, atol=0.2)
    t, z = scipy.linalg.schur(np.array([[1.0, 2, 0], [-3, 1, 1], [0, 1, 2]]))
    found = [np.asarray(x) for x in mlinalg.rsf2csf(t.astype(np.float32), z.astype(np.float32))]
    np.testing.assert_allclose(found[1] @ found[0] @ found[1].conj().T, z @ t @ z.T, atol=1e-5)
    np.testing.assert_allclose(np.tril(found[0], -1), 0, atol=1e-6)
    for method in ("schur", "eigen"):
        c = A[:, :3].copy()
        wanted = scipy.linalg.solve_sylvester(A, A[:3, :3], c)
        same(mlinalg.solve_sylvester(A, A[:3, :3], c, method=method), wanted, 1e-3)
    for side in ("right", "left"):
        for method in ("qdwh", "svd"):
            x = TALL if side == "right" else TALL.T
            same(mlinalg.polar(x, side, method=method), scipy.linalg.polar(x, side), 1e-4)


@pytest.mark.parametrize(
    "name, args",
    [
        ("toeplitz", (np.arange(3.0), np.arange(4.0))), ("toeplitz", (np.arange(3) + 1j,)),
        ("hankel", (np.arange(3.0),)), ("hankel", (np.arange(3), np.arange(4))),
        ("circulant", (np.arange(4.0),)), ("companion", (np.array([2.0, 3, 4, 5]),)),
        ("convolution_matrix", (np.arange(3.0), 5)),
        ("convolution_matrix", (np.arange(3.0), 5, "same")),
        ("convolution_matrix", (np.arange(4.0), 5, "valid")), ("dft", (4,)), ("dft", (3, "sqrtn")),
        ("fiedler", (np.array([1.0, 4, 9]),)), ("hadamard", (8,)), ("helmert", (4,)),
        ("helmert", (3, True)), ("hilbert", (3,)), ("invhilbert", (4,)), ("pascal", (4,)),
        ("pascal", (4, "lower")), ("invpascal", (4,)), ("invpascal", (4, "upper")),
        ("leslie", (np.array([0.1, 2, 1]), np.array([0.2, 0.8]))),
        *(("fiedler_companion", (np.arange(1.0, n + 1),)) for n in (1, 2, 3, 4, 5, 6, 7)),
    ],
)  # fmt: skip
def test_forms(name, args):
    agree(name, *args, tolerance=1e-5)


def test_blocks():
    same(mlinalg.block_diag(A, 2.0, B), scipy.linalg.block_diag(A, 2.0, B))
    assert mlinalg.block_diag().shape == (1, 0)
    same(mjx.grad(lambda x: mlinalg.block_diag(x, x).sum())(B), np.full_like(B, 2))


def test_misuse_is_explained():
    with pytest.raises(ValueError, match="power of two"):
        mlinalg.hadamard(6)
    with pytest.raises(ValueError, match="trans"):
        mlinalg.solve_triangular(A, B, 3)
    with pytest.raises(ValueError, match="mode"):
        mlinalg.qr(A, mode="reduced")
    with pytest.raises(ValueError, match="assume_a"):
        mlinalg.solve(A, B, assume_a="banded")
