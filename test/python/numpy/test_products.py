"""Products, einsum and linear algebra against NumPy."""

import ml_dtypes
import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from numpy_checks import check, check_gradient, same

RNG = np.random.default_rng(5)


def draw(*shape, dtype=np.float32):
    return np.asarray(RNG.normal(size=shape), dtype)


EQUATIONS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ij->j", (2, 3)),
    ("ij->ji", (2, 3)), ("...ij,...jk", (5, 2, 3), (3, 4)), ("i,j,k", (2,), (3,), (4,)),
    ("bij,bjk,kl->bil", (2, 3, 4), (2, 4, 5), (5, 6)), ("...i->...", (2, 3, 4)),
    ("ij,ij", (1, 3), (2, 3)), ("iij,jk->ik", (2, 2, 3), (3, 2)), ("", ()),
    ("...,...", (2, 1), (3,)), ("ba,ac", (2, 3), (3, 4)), ("i...,i...->...", (3, 2), (3, 4, 2)),
    ("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 5), (5, 2)), ("ijk,ilm,njm,nlk,abc->", (2, 3, 2),
     (2, 4, 3), (2, 3, 3), (2, 4, 2), (2, 2, 2)), ("bthd,bshd->bhts", (2, 3, 2, 4), (2, 5, 2, 4)),
    ("i,i->i", (3,), (3,)), ("iii->i", (2, 2, 2)), ("ij,k->ij", (2, 3), (4,)),
    ("ij,jk", (2, 0), (0, 3)),
]  # fmt: skip


@pytest.mark.parametrize("case", EQUATIONS, ids=lambda c: c[0])
def test_einsum(case):
    equation, *shapes = case
    arrays = [draw(*s) for s in shapes]
    wanted = np.einsum(equation, *[a.astype(np.float64) for a in arrays])
    same(mnp.einsum(equation, *arrays), wanted)
    same(mjx.jit(lambda *xs: mnp.einsum(equation, *xs))(*arrays), wanted)


def test_einsum_forms():
    x, y = draw(2, 3), draw(3, 4)
    same(mnp.einsum(x, [0, 1], y, [1, 2], [0, 2]), x @ y)
    same(mnp.einsum(x, [0, 1], y, [1, 2]), x @ y)
    same(mnp.einsum(" i j , j k -> i k ", x, y), x @ y)
    found = mnp.einsum(
        "ij,jk", x.astype(np.float16), y.astype(np.float16), preferred_element_type=np.float32
    )
    assert found.dtype == np.float32
    path = mnp.einsum_path("ij,jk,kl->il", draw(2, 3), draw(3, 4), draw(4, 5))[0]
    assert path[0] == "einsum_path" and len(path) == 3


@pytest.mark.parametrize("equation, shapes", [
    ("ij,jk", [(2, 3), (4, 5)]), ("ij", [(2,)]), ("ij->k", [(2, 3)]), ("ij->ii", [(2, 3)]),
    ("i,j", [(2,)]), ("i$", [(2,)]),
])  # fmt: skip
def test_einsum_errors(equation, shapes):
    with pytest.raises(ValueError, match="einsum"):
        mnp.einsum(equation, *[draw(*s) for s in shapes])


SHAPES = [
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((3,), (3, 2)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((2, 3), (3,)),
    ((4, 2, 3), (3,)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)),
    ((3,), (2, 3, 4)),
]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_matmul(shapes):
    x, y = (draw(*s) for s in shapes)
    check("matmul", x, y)
    check("dot", x, y)


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint32, bool, np.float16, ml_dtypes.bfloat16, np.complex64]
)
def test_matmul_dtypes(dtype):
    x = np.array([[1, 0, 2], [0, 1, 1]]).astype(dtype)
    found = check("matmul", x, x.T, tolerance=2e-2)
    assert found.dtype == np.dtype(dtype)


def test_products():
    x, y = draw(2, 3, 4), draw(4, 3, 2)
    check("tensordot", x, y, axes=([1, 2], [1, 0]))
    check("tensordot", x, y, 1)
    check("tensordot", x, y, 0)
    check("inner", x, y.T)
    check("outer", x, y)
    check("kron", x, y[0])
    check("kron", x[0], y)
    check("trace", x, 1, 1, 2)
    check("trace", np.arange(9, dtype=np.int8).reshape(3, 3))
    check("vdot", x, y)
    check("vdot", draw(3) + 1j * draw(3), draw(3) + 1j * draw(3), tolerance=1e-4)
    check("dot", 2, x)
    check("cross", draw(2, 3), draw(3))
    check("cross", draw(3, 2), draw(3, 2), axis=0)
    same(mnp.cross(np.float32([1, 2]), np.float32([3, 5])), np.array(-1.0))
    same(mnp.vecdot(x, x, axis=1), (x * x).sum(1))
    same(mnp.matvec(x, x[0, 0]), x @ x[0, 0])
    same(mnp.vecmat(x[0, :, 0], x[0]), x[0, :, 0] @ x[0])


@pytest.mark.parametrize("name, shapes, error", [
    ("matmul", [(2, 3), (2, 3)], TypeError), ("dot", [(2, 3), (2, 3)], TypeError),
    ("matmul", [(), (3,)], ValueError), ("tensordot", [(2, 3), (3, 3)], TypeError),
    ("vdot", [(2,), (3,)], TypeError), ("cross", [(4,), (4,)], ValueError),
    ("trace", [(3,)], ValueError),
    ("matmul", [(2, 2, 3), (3, 3, 2)], ValueError), ("inner", [(2,), (3,)], TypeError),
    ("linalg.inv", [(2, 3)], ValueError), ("linalg.solve", [(2, 2), (3,)], ValueError),
    ("linalg.outer", [(2, 2), (3,)], ValueError), ("linalg.cholesky", [(3,)], ValueError),
])  # fmt: skip
def test_errors_name_the_function(name, shapes, error):
    function = mnp
    for part in name.split("."):
        function = getattr(function, part)
    with pytest.raises(error, match=name.split(".")[-1]):
        function(*[draw(*s) for s in shapes])


A, B = draw(2, 5, 5), draw(2, 5, 3)
S = A @ A.transpose(0, 2, 1) + np.eye(5, dtype=np.float32)
C = (draw(4, 4) + 1j * draw(4, 4)).astype(np.complex64)


def test_systems():
    for a, b in ((A, B), (A[0], B[0]), (A[0], B[0, :, 0]), (C, C[:, :2])):
        check("linalg.solve", a, b, tolerance=1e-3)
    for a in (A, A[0], C, A[:0], np.float32([[2]])):
        check("linalg.inv", a, tolerance=1e-3)
        check("linalg.det", a, tolerance=1e-3)
        wanted = np.linalg.slogdet(a)
        same(tuple(mnp.linalg.slogdet(a)), tuple(wanted), 1e-3)
    assert not np.isfinite(np.asarray(mnp.linalg.inv(np.zeros((2, 2))))).any()
    assert float(mnp.linalg.det(np.ones((2, 2)))) == 0


def test_systems_need_pivots():
    a = np.float32([[0, 1, 0], [0, 0, 2], [3, 0, 0]])
    same(mnp.linalg.inv(a), np.linalg.inv(a))
    same(mnp.linalg.det(a), np.linalg.det(a.astype(float)))


def test_cholesky():
    check("linalg.cholesky", S, tolerance=1e-4)
    same(mnp.linalg.cholesky(S, upper=True), np.linalg.cholesky(S).transpose(0, 2, 1), 1e-4)
    h = C @ C.conj().T + np.eye(4, dtype=np.complex64)
    same(mnp.linalg.cholesky(h), np.linalg.cholesky(h.astype(complex)), 1e-4)
    assert np.isnan(np.asarray(mnp.linalg.cholesky(-S))).all()


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 1), (2, 4, 3)])
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_qr(shape, mode):
    x = draw(*shape)
    found = mnp.linalg.qr(x, mode)
    same(found.Q @ found.R, x, 1e-5)
    same(found.R, np.linalg.qr(x, mode)[1], 1e-4)
    same(
        found.Q.mT @ found.Q,
        np.broadcast_to(np.eye(found.Q.shape[-1]), (*shape[:-2], *[found.Q.shape[-1]] * 2)),
        1e-5,
    )


@pytest.mark.parametrize("order", [None, 1, 2, -1, 0, np.inf, -np.inf, 3])
def test_vector_norms(order):
    check("linalg.norm", B[0, :, 0], order)
    check("linalg.norm", B, order, axis=1, keepdims=True)
    same(
        mnp.linalg.vector_norm(B, axis=1, ord=2 if order is None else order),
        np.linalg.norm(B, order, axis=1),
    )


@pytest.mark.parametrize("order", [None, "fro", 1, -1, np.inf, -np.inf])
def test_matrix_norms(order):
    check("linalg.norm", B, order, axis=(0, 2))
    check("linalg.norm", B[0], order, keepdims=True)
    same(mnp.linalg.matrix_norm(B, ord=order or "fro"), np.linalg.norm(B, order, axis=(1, 2)))


def test_norm_of_all():
    check("linalg.norm", B)
    check("linalg.norm", C)
    with pytest.raises(ValueError, match="linalg.norm"):
        mnp.linalg.norm(B, 1)
    with pytest.raises(ValueError, match="linalg.norm"):
        mnp.linalg.norm(B[0], "nuclear")


@pytest.mark.parametrize("power", [-2, 0, 1, 5])
def test_matrix_power(power):
    check("linalg.matrix_power", A, power, tolerance=1e-3)


def test_other_products():
    arrays = [A[0], B[0], B[1].T, A[1, 0]]
    same(mnp.linalg.multi_dot(arrays), np.linalg.multi_dot(arrays), 1e-4)
    same(mnp.linalg.diagonal(A), np.diagonal(A, 0, -2, -1))
    same(mnp.linalg.trace(A), np.trace(A, 0, -2, -1), 1e-4)
    same(mnp.linalg.outer(A[0, 0], A[0, 1]), np.outer(A[0, 0], A[0, 1]))
    same(mnp.linalg.cross(B[0], B[1]), np.cross(B[0], B[1]))
    same(mnp.linalg.matrix_transpose(A), A.transpose(0, 2, 1))


def test_tensor_systems():
    a, b = draw(2, 3, 6), draw(2, 3)
    same(mnp.linalg.tensorsolve(a, b), np.linalg.tensorsolve(a, b), 1e-3)
    same(mnp.linalg.tensorinv(a, 2), np.linalg.tensorinv(a, 2), 1e-3)


GRADIENTS = {
    "matmul": (mnp.matmul, (2, 3), (3, 2)), "batched": (mnp.matmul, (2, 2, 3), (3, 2)),
    "einsum": (lambda x, y: mnp.einsum("bij,jk->bk", x, y), (2, 2, 3), (3, 2)),
    "diagonal": (lambda x: mnp.einsum("ii->i", x), (3, 3)), "outer": (mnp.outer, (2,), (3,)),
    "three": (lambda x, y, z: mnp.einsum("i,j,k->ijk", x, y, z), (2,), (3,), (2,)),
    "kron": (mnp.kron, (2, 2), (2, 3)), "cross": (mnp.cross, (2, 3), (2, 3)),
    "norm": (lambda x: mnp.linalg.norm(x, axis=1), (2, 3)), "inv": (mnp.linalg.inv, (3, 3)),
    "solve": (mnp.linalg.solve, (3, 3), (3, 2)), "det": (mnp.linalg.det, (3, 3)),
    "slogdet": (lambda x: mnp.linalg.slogdet(x)[1], (3, 3)),
    "cholesky": (lambda x: mnp.linalg.cholesky(x @ x.mT + mnp.eye(3)), (3, 3)),
    "qr": (lambda x: list(mnp.linalg.qr(x)), (3, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    fun, *shapes = GRADIENTS[name]
    rng = np.random.default_rng(7)
    args = [rng.normal(size=s) + (2 * np.eye(3) if s == (3, 3) else 0) for s in shapes]
    check_gradient(lambda *xs: fun(*[mnp.asarray(x) for x in xs]), *args, tolerance=1e-4)
