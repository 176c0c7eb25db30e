"""Activations and normalizations against SciPy and NumPy."""

import math

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import nn
from numpy_checks import check_gradient, same
from scipy import special

X = np.concatenate([np.linspace(-6, 6, 41), [0.0, -0.0, 30, -30, np.inf, -np.inf]])
RNG = np.random.default_rng(6)
Z = RNG.normal(size=(3, 4))
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def below(x):
    return np.expm1(np.minimum(x, 0))


REFERENCES = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": special.expit,
    "softplus": lambda x: np.logaddexp(x, 0),
    "sparse_plus": lambda x: np.where(x < -1, 0, np.where(x > 1, x, (x + 1) ** 2 / 4)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "log_sigmoid": lambda x: -np.logaddexp(-x, 0),
    "silu": lambda x: x * special.expit(x),
    "swish": lambda x: x * special.expit(x),
    "tanh": np.tanh,
    "soft_sign": lambda x: x / (1 + abs(x)),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "mish": lambda x: x * np.tanh(np.logaddexp(x, 0)),
    "elu": lambda x: np.where(x > 0, x, below(x)),
    "celu": lambda x: np.where(x > 0, x, below(x)),
    "selu": lambda x: SCALE * np.where(x > 0, x, ALPHA * below(x)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "identity": lambda x: x,
}


@pytest.mark.parametrize("name", REFERENCES)
def test_activations(name):
    with np.errstate(all="ignore"):
        wanted = REFERENCES[name](X.astype(np.float32).astype(np.float64))
    found = getattr(nn, name)(X.astype(np.float32))
    np.testing.assert_allclose(found, wanted, rtol=2e-6, atol=2e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", REFERENCES)
def test_dtypes_are_kept(name, dtype):
    x = mnp.asarray(X[:41], dtype)
    found = getattr(nn, name)(x)
    assert found.dtype == np.dtype(dtype)
    wanted = REFERENCES[name](np.asarray(x).astype(np.float64))
    np.testing.assert_allclose(np.asarray(found).astype(float), wanted, rtol=3e-2, atol=3e-2)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "softmax", "gelu", "silu", "logsumexp"])
def test_nan_stays(name):
    assert np.isnan(np.asarray(getattr(nn, name)(np.float32([np.nan])))).all()


@pytest.mark.parametrize("name", ["relu", "relu6", "softplus", "elu", "gelu", "softmax"])
def test_shapes(name):
    for shape in ((0, 3), (1,), (2, 1, 3)):
        assert getattr(nn, name)(np.zeros(shape, np.float32)).shape == shape


def test_integers():
    assert nn.relu(np.array([-1, 2])).dtype == np.int32
    assert nn.sigmoid(np.array([-1, 2])).dtype == np.float32


@pytest.mark.parametrize("approximate", [True, False])
def test_gelu(approximate):
    x = X[:41]
    inner = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    wanted = x * (1 + inner) / 2 if approximate else x * special.ndtr(x)
    same(nn.gelu(x, approximate), wanted, 1e-6)


def test_parameters():
    x = X[:41]
    same(nn.elu(x, 2.0), np.where(x > 0, x, 2 * below(x)))
    same(nn.celu(x, 2.0), np.where(x > 0, x, 2 * below(x / 2)))
    same(nn.leaky_relu(x, 0.3), np.where(x > 0, x, 0.3 * x))
    same(nn.squareplus(x, 1.0), (x + np.sqrt(x * x + 1)) / 2)
    positive = np.linspace(0.01, 5, 9)
    same(nn.log1mexp(positive), np.log1p(-np.exp(-positive)))


@pytest.mark.parametrize("axis", [-1, 0, None, (0, 1)])
def test_softmax(axis):
    same(nn.softmax(Z, axis), special.softmax(Z, axis))
    same(nn.log_softmax(Z, axis), special.log_softmax(Z, axis))
    for keepdims in (False, True):
        same(
            nn.logsumexp(Z, axis, keepdims=keepdims), special.logsumexp(Z, axis, keepdims=keepdims)
        )


def test_softmax_of_large_numbers():
    x = np.float32([1000, 1000, -1000])
    same(nn.softmax(x), np.array([0.5, 0.5, 0]))
    same(nn.log_softmax(x), special.log_softmax(x.astype(float)))
    same(nn.logsumexp(x), special.logsumexp(x.astype(float)))


def test_masks():
    held = Z > 0
    found = np.asarray(nn.softmax(Z, where=held))
    raised = np.where(held, np.exp(Z), 0)
    np.testing.assert_allclose(found, raised / raised.sum(-1, keepdims=True), rtol=1e-5)
    found = np.asarray(nn.log_softmax(Z, where=held))
    assert (np.isinf(found) == ~held).all()
    same(nn.logsumexp(Z, 1, where=held), np.log(raised.sum(1)))
    same(
        nn.standardize(Z, where=held),
        (Z - Z.mean(1, where=held, keepdims=True))
        / np.sqrt(Z.var(1, where=held, keepdims=True) + 1e-5),
    )


def test_logsumexp():
    weights = RNG.normal(size=(3, 4))
    same(nn.logsumexp(Z, 1, np.abs(weights)), special.logsumexp(Z, 1, np.abs(weights)))
    same(
        nn.logsumexp(Z, 1, weights, return_sign=True),
        special.logsumexp(Z, 1, weights, return_sign=True),
    )
    same(nn.logsumexp(np.float32([-np.inf, -np.inf])), np.array(-np.inf))
    same(nn.logsumexp(np.float32([np.inf, 1])), np.array(np.inf))
    same(nn.logsumexp(np.zeros(0, np.float32)), np.array(-np.inf))
    same(nn.logsumexp(np.array([1, 2])), special.logsumexp([1, 2]))
    z = (Z[0] + 1j * Z[1]).astype(np.complex64)
    same(nn.logsumexp(z), special.logsumexp(z.astype(complex)))
    same(nn.logmeanexp(Z, 1), np.log(np.exp(Z).mean(1)))


def test_standardize():
    same(
        nn.standardize(Z), (Z - Z.mean(1, keepdims=True)) / np.sqrt(Z.var(1, keepdims=True) + 1e-5)
    )
    same(nn.standardize(Z, 0, mean=1.0, variance=4.0, epsilon=0), (Z - 1) / 2)


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_one_hot(axis):
    x = np.array([[0, 2, 5], [-1, 1, 0]])
    wanted = np.moveaxis((x[..., None] == np.arange(3)).astype(float), -1, axis)
    same(nn.one_hot(x, 3, axis=axis), wanted)
    assert nn.one_hot(x, 3, dtype=np.int8).dtype == np.int8
    same(nn.one_hot(1, 3), np.array([0.0, 1, 0]))
    same(mjx.jit(lambda v: nn.one_hot(v, 3))(x), (x[..., None] == np.arange(3)).astype(float))


def test_glu():
    first, second = Z[:, :2], Z[:, 2:]
    same(nn.glu(Z), first * special.expit(second))
    with pytest.raises(ValueError, match="glu"):
        nn.glu(Z, 0)


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("heads", [1, 2, 4])
def test_attention(heads, is_causal):
    q, k, v = (RNG.normal(size=(2, 5, n, 3)) for n in (4, heads, heads))
    many_k, many_v = (np.repeat(x, 4 // heads, 2) for x in (k, v))
    logits = np.einsum("btnh,bsnh->bnts", q, many_k) / math.sqrt(3)
    if is_causal:
        logits = np.where(np.tri(5, dtype=bool), logits, -np.inf)
    wanted = np.einsum("bnts,bsnh->btnh", special.softmax(logits, -1), many_v)
    same(nn.dot_product_attention(q, k, v, is_causal=is_causal), wanted)
    with pytest.raises(ValueError, match="dot_product_attention"):
        nn.dot_product_attention(q[:, :, :3], k[:, :, :1].repeat(2, 2), v)


GRADIENTS = {
    **{name: getattr(nn, name) for name in REFERENCES},
    "gelu": nn.gelu,
    "exact gelu": lambda x: nn.gelu(x, False),
    "softmax": nn.softmax,
    "log_softmax": nn.log_softmax,
    "logsumexp": lambda x: nn.logsumexp(x, 1),
    "standardize": nn.standardize,
    "glu": nn.glu,
    "masked": lambda x: nn.softmax(x, where=np.array([True, False, True, True])),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    check_gradient(GRADIENTS[name], Z * 1.5 + 0.01, order=2, tolerance=1e-4)


def test_gradients_at_special_points():
    assert float(mjx.grad(nn.relu)(0.0)) == 0
    for name in ("softplus", "elu", "selu", "sigmoid", "silu", "mish", "log_sigmoid"):
        for x in (-100.0, 100.0):
            assert np.isfinite(float(mjx.grad(getattr(nn, name))(x))), name
    held = np.array([True, False])
    found = mjx.grad(lambda x: nn.softmax(x, where=held)[0])(np.float32([1, np.inf]))
    assert np.isfinite(np.asarray(found)).all()
    slope = mjx.grad(lambda x: nn.logsumexp(x))(np.float32([-np.inf, 0]))
    same(slope, np.array([0.0, 1.0]))


@pytest.mark.parametrize("name", ["relu", "sigmoid", "softmax", "elu", "glu", "logsumexp"])
def test_errors_name_the_function(name):
    with pytest.raises(TypeError, match=name):
        getattr(nn, name)([1.0, 2.0])
    with pytest.raises(ValueError, match="softmax.*axis"):
        nn.softmax(Z, axis=3)
    with pytest.raises(TypeError, match="one_hot"):
        mjx.jit(nn.one_hot)(1, 3)


class TestDerivativesAtTheEdges:
    """What JAX defines them to be."""

    EDGES = np.array([0.0, -0.0, 1e-30, -1e-30, 100, -100, np.inf, -np.inf, np.nan], np.float32)

    def slopes(self, f):
        return np.asarray(mjx.vmap(mjx.grad(f))(self.EDGES))

    def test_relu(self):
        np.testing.assert_array_equal(self.slopes(nn.relu), [0, 0, 1, 0, 1, 0, 1, 0, 0])
        values = np.asarray(nn.relu(self.EDGES))
        np.testing.assert_array_equal(values, np.maximum(self.EDGES, 0))

    def test_softplus(self):
        found = self.slopes(nn.softplus)
        np.testing.assert_allclose(found[:-1], [0.5, 0.5, 0.5, 0.5, 1, 0, 1, 0], atol=1e-6)
        assert np.isnan(found[-1])
        found = self.slopes(nn.log_sigmoid)
        np.testing.assert_allclose(found[:-1], [0.5, 0.5, 0.5, 0.5, 0, 1, 0, 1], atol=1e-6)

    def test_silu_and_gelu(self):
        for f in (nn.silu, nn.gelu, lambda x: nn.gelu(x, approximate=False)):
            np.testing.assert_allclose(self.slopes(f)[:6], [0.5, 0.5, 0.5, 0.5, 1, 0], atol=1e-6)

    def test_elu_and_its_like(self):
        for f in (nn.elu, nn.celu):
            np.testing.assert_allclose(self.slopes(f)[:8], [1, 1, 1, 1, 1, 0, 1, 0], atol=1e-6)
        np.testing.assert_array_equal(self.slopes(nn.leaky_relu)[:2], [1, 1])

    def test_softmax(self):
        for x in ([1e30, 0, -1e30], [-np.inf, 0, -np.inf], [0, 0, -np.inf]):
            x = np.array(x, np.float32)
            y = np.asarray(nn.softmax(x))
            expected = np.diag(y) - np.outer(y, y)
            np.testing.assert_allclose(mjx.jacrev(nn.softmax)(x), expected, atol=1e-6)
            np.testing.assert_allclose(mjx.jacfwd(nn.softmax)(x), expected, atol=1e-6)
            np.testing.assert_allclose(mjx.grad(nn.logsumexp)(x), y, atol=1e-6)

    def test_softmax_to_second_order(self):
        x = np.array([0.5, -1.0, 2.0], np.float32)
        mask = np.array([True, False, True])
        f = lambda x: nn.softmax(x, where=mask)[0]  # noqa: E731
        p = 1 / (1 + np.exp(1.5))
        slope = p * (1 - p)
        np.testing.assert_allclose(mjx.grad(f)(x), [slope, 0, -slope], atol=1e-6)
        curve = slope * (1 - 2 * p)
        expected = curve * np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]])
        np.testing.assert_allclose(mjx.hessian(f)(x), expected, atol=1e-6)

    def test_softmax_stores_its_result_alone(self):
        _, pull = mjx.vjp(nn.softmax, np.zeros((4, 8), np.float32))
        assert pull(np.ones((4, 8), np.float32))[0].shape == (4, 8)
        text = mjx.make_ir(lambda x, ct: mjx.vjp(nn.softmax, x)[1](ct))(
            np.zeros((4, 8), np.float32), np.zeros((4, 8), np.float32)
        )
        assert text.count("mjx.exp ") == 1 and "custom" not in text
