"""Layers: the shapes they announce, what they compute, networks that learn."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, nn, random
from mjx.example_libraries import optimizers, stax

KEY = random.key(0)
IMAGE = (3, 9, 8, 4)

LAYERS = {
    "dense": stax.Dense(5),
    "relu": stax.Relu,
    "logsoftmax": stax.LogSoftmax,
    "conv": stax.Conv(6, (3, 2)),
    "conv-same": stax.Conv(6, (3, 2), strides=(2, 2), padding="SAME"),
    "conv-nchw": stax.GeneralConv(("NCHW", "OIHW", "NCHW"), 6, (3, 2)),
    "transpose": stax.ConvTranspose(6, (3, 3), strides=(2, 2), padding="SAME"),
    "max": stax.MaxPool((2, 2), strides=(2, 2)),
    "avg-same": stax.AvgPool((3, 3), padding="SAME"),
    "sum-nchw": stax.SumPool((2, 2), spec="NCHW"),
    "norm": stax.BatchNorm(),
    "norm-plain": stax.BatchNorm(axis=0, center=False, scale=False),
    "flatten": stax.Flatten,
    "fans": stax.serial(
        stax.FanOut(2), stax.parallel(stax.Dense(3), stax.Identity), stax.FanInConcat()
    ),
    "residual": stax.serial(
        stax.FanOut(2), stax.parallel(stax.Dense(4), stax.Identity), stax.FanInSum
    ),
    "shaped": stax.shape_dependent(lambda shape: stax.Dense(shape[-1] * 2)),
    "dropout": stax.Dropout(0.5, mode="test"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_shapes(name):
    init, apply = LAYERS[name]
    shape, params = init(KEY, IMAGE)
    x = random.normal(KEY, IMAGE)
    assert apply(params, x).shape == shape
    assert mjx.jit(apply)(params, x, rng=KEY).shape == shape
    if name != "norm-plain":
        assert init(KEY, (-1, *IMAGE[1:]))[0] == ((-1, *shape[1:]))


def test_dense_and_convolution():
    x = random.normal(KEY, IMAGE)
    (W, b), (init, apply) = stax.Dense(5)[0](KEY, (4,))[1], stax.Dense(5)
    assert W.shape == (4, 5) and b.shape == (5,)
    np.testing.assert_allclose(apply((W, b), x), np.asarray(x) @ W + b, rtol=1e-5, atol=1e-6)
    init, apply = stax.Conv(6, (3, 2), padding="SAME", W_init=nn.initializers.ones)
    _, (W, b) = init(KEY, IMAGE)
    wanted = lax.conv_general_dilated(
        x, W, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    assert (W == 1).all() and b.shape == (6,)
    np.testing.assert_allclose(apply((W, b), x), wanted + b, rtol=1e-6)
    assert stax.GeneralConv(("NCHW", "OIHW", "NCHW"), 6, (3, 2))[0](KEY, IMAGE)[1][1].shape == (
        6,
        1,
        1,
    )


def test_pooling():
    x = mnp.arange(16.0).reshape(1, 4, 4, 1)

    def pooled(make, *options):
        return make((2, 2), (2, 2), *options)[1]((), x)[0, :, :, 0].tolist()

    assert pooled(stax.MaxPool) == [[5, 7], [13, 15]]
    assert pooled(stax.SumPool) == [[10, 18], [42, 50]]
    assert pooled(stax.AvgPool) == [[2.5, 4.5], [10.5, 12.5]]
    corners = stax.AvgPool((3, 3), (3, 3), "SAME")[1]((), mnp.ones((1, 4, 4, 1)))
    assert (corners == 1).all()


def test_batch_norm():
    init, apply = stax.BatchNorm(axis=(0, 1), gamma_init=lambda key, shape: mnp.full(shape, 2.0))
    x = random.normal(KEY, (5, 6, 3)) * 4 + 1
    shape, params = init(KEY, x.shape)
    y = np.asarray(apply(params, x))
    np.testing.assert_allclose(y.mean((0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1)), 2, rtol=1e-4)


def test_dropout():
    init, apply = stax.serial(stax.Identity, stax.Dropout(0.75))
    _, params = init(KEY, (100, 100))
    x = mnp.ones((100, 100))
    y = np.asarray(apply(params, x, rng=KEY))
    assert set(np.unique(y)) == {0, np.float32(1 / 0.75)} and y.mean() == pytest.approx(1, abs=0.03)
    assert (apply(params, x, rng=KEY) == y).all()
    assert not (apply(params, x, rng=random.key(1)) == y).all()
    with pytest.raises(ValueError, match="a random key"):
        apply(params, x)
    with pytest.raises(ValueError, match="mode"):
        stax.Dropout(0.5, mode="other")
    with pytest.raises(TypeError):
        apply(params, x, nonsense=1)


def test_a_network_learns():
    init, apply = stax.serial(stax.Dense(16), stax.Tanh, stax.Dense(1))
    shape, params = init(KEY, (-1, 2))
    assert shape == (-1, 1)
    x = random.uniform(KEY, (64, 2), minval=-1)
    y = x[:, :1] * x[:, 1:]

    def loss(params):
        return mnp.mean((apply(params, x) - y) ** 2)

    start, update, get = optimizers.adam(0.02)
    step = mjx.jit(lambda i, state: update(i, mjx.grad(loss)(get(state)), state))
    state, first = start(params), loss(params)
    for i in range(150):
        state = step(i, state)
    assert loss(get(state)) < first / 20
