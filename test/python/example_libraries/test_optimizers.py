"""Optimizers against their formulas in NumPy, on trees, in jit; schedules and clipping."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.example_libraries import optimizers

RATE = 0.1


@pytest.fixture(autouse=True)
def _wide():
    with mjx.enable_x64(True):
        yield


def reference(name, x, grads):
    """The parameter after each of some gradients."""
    v, m, x = np.zeros_like(x), np.zeros_like(x), x.copy()
    rows, columns = np.zeros((x.shape[0], 1)), np.zeros((1, x.shape[1]))
    for i, g in enumerate(grads):
        if name == "sgd":
            x = x - RATE * g
        elif name in ("momentum", "nesterov"):
            v = 0.8 * v + g
            x = x - RATE * (v if name == "momentum" else 0.8 * v + g)
        elif name == "adagrad":
            v = v + g**2
            m = 0.9 * m + 0.1 * g / np.sqrt(v)
            x = x - RATE * m
        elif name == "rmsprop":
            v = 0.9 * v + 0.1 * g**2
            x = x - RATE * g / np.sqrt(v + 1e-8)
        elif name == "rmsprop_momentum":
            v = 0.9 * v + 0.1 * g**2
            m = 0.9 * m + RATE * g / np.sqrt(v + 1e-8)
            x = x - m
        elif name == "adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            root = np.sqrt(v / (1 - 0.999 ** (i + 1)))
            x = x - RATE * m / (1 - 0.9 ** (i + 1)) / (root + 1e-8)
        elif name == "adamax":
            m, v = 0.9 * m + 0.1 * g, np.maximum(0.999 * v, abs(g))
            x = x - RATE / (1 - 0.9 ** (i + 1)) * m / (v + 1e-8)
        elif name == "sm3":
            v = np.minimum(rows, columns) + g**2
            rows, columns = v.max(1, keepdims=True), v.max(0, keepdims=True)
            m = 0.9 * m + 0.1 * g / np.sqrt(v)
            x = x - RATE * m
    return x


NAMES = [
    "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "rmsprop_momentum", "adam", "adamax",
    "sm3",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_steps(name):
    rng = np.random.default_rng(0)
    x, grads = rng.normal(size=(3, 4)), rng.normal(size=(5, 3, 4))
    mass = (0.8,) if name in ("momentum", "nesterov") else ()
    init, update, get = getattr(optimizers, name)(RATE, *mass)
    tree = {"a": x, "b": [2 * x, np.float64(1.0)]}
    state, update = init(tree), mjx.jit(update)
    for i, g in enumerate(grads):
        state = update(i, {"a": g, "b": [g[::-1], g[0, 0]]}, state)
    found = get(state)
    np.testing.assert_allclose(found["a"], reference(name, x, grads), rtol=1e-10)
    np.testing.assert_allclose(found["b"][0], reference(name, 2 * x, grads[:, ::-1]), rtol=1e-10)
    single = reference(name, np.ones((1, 1)), grads[:, :1, :1])
    np.testing.assert_allclose(found["b"][1], single[0, 0], rtol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_types_are_kept_and_zero_gradients_harmless(name):
    mass = {"mass": 0.8} if name in ("momentum", "nesterov") else {}
    opt = getattr(optimizers, name)(step_size=lambda i: 0.1 / (1 + i), **mass)
    state = opt.init_fn([mnp.ones(3, "float32")])
    for i in range(2):
        state = opt.update_fn(i, [mnp.zeros(3, "float32")], state)
    (found,) = opt.params_fn(state)
    assert found.dtype == "float32" and found.tolist() == [1, 1, 1]


def test_states_are_trees_and_can_be_unpacked():
    opt = optimizers.adam(0.1)
    state = opt.init_fn({"w": mnp.ones(2)})
    assert [x.shape for x in mjx.tree.leaves(state)] == [(2,)] * 3
    unpacked = optimizers.unpack_optimizer_state(state)
    assert unpacked["w"].subtree[0].tolist() == [1, 1]
    again = optimizers.pack_optimizer_state(unpacked)
    assert mjx.tree.structure(again) == mjx.tree.structure(state)
    with pytest.raises(TypeError, match="JoinPoints"):
        optimizers.pack_optimizer_state({"w": 1.0})
    with pytest.raises(TypeError, match="gradients of the structure"):
        opt.update_fn(0, [1.0], state)
    with pytest.raises(TypeError):
        optimizers.adam(0.1, nonsense=1)
    grow = optimizers.optimizer(lambda: (lambda x: x, lambda i, g, x: (x, x), lambda x: x))()
    with pytest.raises(TypeError, match="keep the structure"):
        grow.update_fn(0, 1.0, grow.init_fn(1.0))


@pytest.mark.parametrize(
    "schedule, formula",
    [
        (optimizers.constant(0.5), lambda i: 0.5),
        (optimizers.exponential_decay(0.5, 10, 0.9), lambda i: 0.5 * 0.9 ** (i / 10)),
        (optimizers.inverse_time_decay(0.5, 3, 2.0), lambda i: 0.5 / (1 + 2 * i / 3)),
        (optimizers.inverse_time_decay(0.5, 3, 2.0, True), lambda i: 0.5 / (1 + 2 * (i // 3))),
        (
            optimizers.polynomial_decay(0.5, 8, 0.1, power=2),
            lambda i: 0.1 + 0.4 * (1 - min(i, 8) / 8) ** 2,
        ),
        (
            optimizers.piecewise_constant([3, 7], [1.0, 0.5, 0.25]),
            lambda i: 1.0 if i <= 3 else 0.5 if i <= 7 else 0.25,
        ),
    ],
)
def test_schedules(schedule, formula):
    for i in (0, 1, 3, 4, 7, 8, 12):
        for step in (i, mnp.asarray(i)):
            assert float(schedule(step)) == pytest.approx(formula(i), rel=1e-6)
    assert float(mjx.jit(schedule)(4)) == pytest.approx(formula(4), rel=1e-6)


def test_wrong_schedules():
    assert optimizers.make_schedule(0.5)(3) == 0.5
    with pytest.raises(TypeError, match="a function of the step"):
        optimizers.make_schedule(mnp.ones(2))
    with pytest.raises(ValueError, match="one longer"):
        optimizers.piecewise_constant([1, 2], [1.0, 2.0])


def test_norms_and_clipping():
    tree = {"a": mnp.array([3.0]), "b": mnp.array([[4j]])}
    assert optimizers.l2_norm(tree) == 5
    clipped = optimizers.clip_grads(tree, 1)
    assert optimizers.l2_norm(clipped) == pytest.approx(1)
    assert clipped["a"].tolist() == [pytest.approx(0.6)]
    same = optimizers.clip_grads(tree, 6.0)
    assert same["a"].tolist() == [3] and same["b"].tolist() == [[4j]]
    assert optimizers.clip_grads([mnp.zeros(2, "float32")], 1.0)[0].tolist() == [0, 0]
