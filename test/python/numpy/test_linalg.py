"""Linear algebra against NumPy: values in every dtype, batches, edges, and derivatives."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(11)
A = RNG.normal(size=(2, 4, 4)) + 3 * np.eye(4)
Z = A + 1j * RNG.normal(size=(2, 4, 4))
SPD = Z @ Z.conj().swapaxes(-1, -2)
TALL = RNG.normal(size=(5, 3))
DTYPES = (np.float32, np.complex64, np.float64, np.complex128)


def given(dtype, real, other):
    return (other if np.dtype(dtype).kind == "c" else real).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_values(dtype):
    with mjx.enable_x64(np.dtype(dtype).itemsize >= 8 and dtype != np.complex64):
        a = given(dtype, A, Z)
        spd = given(dtype, SPD.real, SPD)
        tall = given(dtype, TALL, TALL + 1j * TALL[::-1])
        limit = 2e-4 if dtype in (np.float32, np.complex64) else 1e-9
        for name, operands in {
            "solve": (a, a[..., :2]), "inv": (a,), "det": (a,), "slogdet": (a,), "svdvals": (a,),
            "cholesky": (spd,), "eigvalsh": (spd,), "pinv": (tall,), "matrix_rank": (a,),
            "cond": (a,), "norm": (a[0], "nuc"), "qr": (a,), "lstsq": (tall, tall[:, :2]),
        }.items():  # fmt: skip
            found = getattr(mnp.linalg, name)(*operands)
            wide = [x.astype(np.complex128 if x.dtype.kind == "c" else float)
                    if isinstance(x, np.ndarray) else x for x in operands]  # fmt: skip
            wanted = getattr(np.linalg, name)(*wide)
            same(found, tuple(wanted) if isinstance(wanted, tuple) else wanted, limit)


def test_results_have_names():
    a = mnp.array(A, np.float32)
    assert mnp.linalg.svd(a)._fields == ("U", "S", "Vh")
    assert mnp.linalg.eigh(a)._fields == mnp.linalg.eig(a)._fields
    assert mnp.linalg.qr(a)._fields == ("Q", "R")
    assert mnp.linalg.slogdet(a)._fields == ("sign", "logabsdet")


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 33])
def test_systems_of_every_size(n):
    a = (RNG.normal(size=(n, n)) + n * np.eye(n)).astype(np.float32)
    check("linalg.solve", a, a[0])
    check("linalg.inv", a)
    check("linalg.det", a / n, tolerance=1e-4)


def test_systems_broadcast():
    a, b = A.astype(np.float32), RNG.normal(size=(3, 1, 4, 2)).astype(np.float32)
    check("linalg.solve", a, b)
    check("linalg.solve", a[0], b)
    check("linalg.solve", a[:1], b[:, 0])
    same(mnp.linalg.solve(a, b[0, 0, :, 0]), np.linalg.solve(a, b[0, 0, :, :1])[..., 0])


def test_nothing_and_singular_ones():
    assert mnp.linalg.solve(np.ones((0, 3, 3)), np.ones((0, 3, 1))).shape == (0, 3, 1)
    assert mnp.linalg.inv(np.ones((2, 0, 0))).shape == (2, 0, 0)
    same(mnp.linalg.det(np.ones((2, 0, 0))), np.ones(2))
    same(mnp.linalg.det(np.ones((4, 4), np.float32)), 0.0)
    same(mnp.linalg.slogdet(np.zeros((4, 4), np.float32)), (0.0, -np.inf))
    for name in ("svd", "qr", "pinv", "eigvalsh"):
        shape = (2, 0, 0) if name == "eigvalsh" else (2, 0, 3)
        found = getattr(mnp.linalg, name)(np.ones(shape, np.float32))
        wanted = getattr(np.linalg, name)(np.ones(shape))
        same(found, tuple(wanted) if isinstance(wanted, tuple) else wanted)


def test_what_is_not_computable_is_nan():
    bad = np.array([[1.0, 2.0], [2.0, 1.0]], np.float32)
    good = np.eye(2, dtype=np.float32)
    found = np.asarray(mnp.linalg.cholesky(np.stack([bad, good])))
    assert np.isnan(found[0]).all() and (found[1] == good).all()
    big = np.eye(12, dtype=np.float32)
    big[5, 5] = -1
    assert np.isnan(np.asarray(mnp.linalg.cholesky(big))).all()
    for value in (np.nan, np.inf):
        x = np.full((3, 3), value, np.float32)
        for name in ("svd", "eigh", "eig"):
            assert all(np.isnan(np.asarray(v)).all() for v in getattr(mnp.linalg, name)(x))
    assert np.isinf(np.asarray(mnp.linalg.cond(np.zeros((2, 2)), 1)))


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_norms_of_matrices(ord):
    x = A.astype(np.float32)
    for axis in ((1, 2), (2, 0)):
        for keepdims in (False, True):
            check("linalg.norm", x, ord, axis, keepdims, tolerance=1e-5)
    check("linalg.norm", x[0], ord)
    if ord is not None:
        check("linalg.matrix_norm", x, ord=ord)
        check("linalg.cond", x, ord, tolerance=1e-4)


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, -1, np.inf, -np.inf])
def test_norms_of_vectors(ord):
    check("linalg.norm", TALL.astype(np.float32), ord, 0)
    check("linalg.vector_norm", TALL.astype(np.float32), ord=2 if ord is None else ord)


def test_the_hermitian_ways():
    h = (A + A.swapaxes(-1, -2)).astype(np.float32)
    h[0] -= 9 * np.eye(4)
    u, s, vh = (np.asarray(x) for x in mnp.linalg.svd(h, hermitian=True))
    np.testing.assert_allclose((u * s[:, None]) @ vh, h, atol=1e-5)
    same(mnp.linalg.svd(h, compute_uv=False, hermitian=True), np.linalg.svd(h)[1])
    same(mnp.linalg.pinv(h, hermitian=True), np.linalg.pinv(h), 1e-4)
    check("linalg.matrix_rank", np.diag([1.0, -2.0, 0.0]).astype(np.float32), hermitian=True)
    for uplo in "LU":
        check("linalg.eigvalsh", h, uplo)
        half = np.tril(h) if uplo == "L" else np.triu(h)
        same(mnp.linalg.eigvalsh(half, uplo, symmetrize_input=False), np.linalg.eigvalsh(h))


def test_modes():
    x = TALL.astype(np.float32)
    for mode in ("reduced", "complete", "r", "raw"):
        wanted = np.linalg.qr(TALL, mode)
        same(mnp.linalg.qr(x, mode), tuple(wanted) if isinstance(wanted, tuple) else wanted, 1e-5)
    u, s, vh = mnp.linalg.svd(x, subset_by_index=(0, 2), full_matrices=False)
    assert (u.shape, s.shape, vh.shape) == ((5, 2), (2,), (2, 3))
    assert mnp.linalg.lstsq(x, x[:, 0], numpy_resid=True)[1].shape == (1,)
    check("linalg.matrix_power", A.astype(np.float32) / 4, -2, tolerance=1e-4)
    check("linalg.tensorsolve", A[0].reshape(2, 2, 4).astype(np.float32), np.ones((2, 2)))
    check("linalg.tensorinv", A[0].reshape(4, 2, 2).astype(np.float32), 1)


def test_least_squares():
    for a, b in ((TALL, TALL[:, 0]), (TALL.T, TALL.T[:, :2]), (np.ones((4, 2)), np.arange(4.0))):
        found = mnp.linalg.lstsq(a.astype(np.float32), b.astype(np.float32))
        x, _, rank, s = np.linalg.lstsq(a, b, rcond=None)
        same((found[0], found[2], found[3]), (x, rank, s), 1e-4)


def test_misuse_is_explained():
    with pytest.raises(ValueError, match="square"):
        mnp.linalg.inv(TALL)
    with pytest.raises(ValueError, match="rows"):
        mnp.linalg.solve(A, np.ones(3))
    with pytest.raises(TypeError, match="float32, float64, complex64, complex128"):
        mnp.linalg.svd(np.ones((2, 2), np.float16))
    with pytest.raises(ValueError, match="UPLO"):
        mnp.linalg.eigh(A, "X")
    with pytest.raises(ValueError, match="mode"):
        mnp.linalg.qr(A, "full")


# Derivatives. Of vectors, in functions that do not depend on their signs.


def of_eigh(x):
    w, v = mnp.linalg.eigh(x)
    return (v * mnp.sin(w)) @ v.T


def of_svd(x):
    u, s, vh = mnp.linalg.svd(x, full_matrices=False)
    return (u * mnp.cos(s)) @ vh


def of_qr(x):
    q, r = mnp.linalg.qr(x)
    return q @ mnp.tanh(r)


@pytest.mark.parametrize(
    "function, x",
    [
        (lambda a: mnp.linalg.solve(a, a[:2].T), A[0]),
        (lambda a: mnp.linalg.solve(a, a[0]), A[0][:3, :3]),
        (mnp.linalg.inv, A[0]),
        (mnp.linalg.det, A[0]),
        (mnp.linalg.det, A[0][:3, :3]),
        (lambda a: mnp.linalg.slogdet(a).logabsdet, A[0]),
        (lambda a: mnp.linalg.cholesky(a @ a.T), A[0]),
        (of_eigh, A[0]),
        (of_svd, TALL),
        (of_svd, TALL.T),
        (of_qr, TALL),
        (of_qr, TALL.T),
        (mnp.linalg.pinv, TALL),
        (lambda a: mnp.linalg.lstsq(a, a[:, 0] ** 2)[0], TALL),
        (lambda a: mnp.linalg.norm(a, "nuc"), TALL),
        (lambda a: mnp.abs(mnp.linalg.eigvals(a)), A[0]),
    ],
)
def test_gradients(function, x):
    check_gradient(function, x, order=2)


def test_determinants_of_singular_matrices_have_gradients():
    for n in (2, 3, 4, 5):
        a = RNG.normal(size=(n, n))
        a[-1] = a[:-1].sum(0)
        if n == 4:
            a = np.diag([1.0, 2.0, 3.0, 0.0])
        u, s, vh = np.linalg.svd(a)
        minors = np.array([np.prod(np.delete(s, i)) for i in range(n)])
        wanted = np.linalg.det(u) * np.linalg.det(vh) * (u * minors) @ vh
        with mjx.enable_x64(True):
            same(mjx.grad(mnp.linalg.det)(a), wanted, 1e-7)
    assert (np.asarray(mjx.grad(mnp.linalg.det)(np.zeros((5, 5)))) == 0).all()


def test_equal_values_have_derivatives():
    one = np.eye(3, dtype=np.float32)
    same(mjx.grad(lambda x: mnp.sum(mnp.linalg.eigvalsh(x)))(one), one)
    same(mjx.grad(lambda x: mnp.sum(mnp.linalg.svdvals(x)))(one), one)
    for name in ("eigh", "svd"):
        found = mjx.jvp(getattr(mnp.linalg, name), (one,), (one + 1,))[1]
        assert all(np.isfinite(np.asarray(v)).all() for v in found)

    # The projector on the space of two equal values, which others move.
    def projector(x):
        v = mnp.linalg.eigh(x).eigenvectors[:, :2]
        return v @ v.T

    x = np.diag([1.0, 1.0, 3.0])
    direction = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 2.0], [1.0, 2.0, 0.0]])
    with mjx.enable_x64(True):
        same(mjx.jvp(projector, (x,), (direction,))[1], direction / -2, 1e-9)
