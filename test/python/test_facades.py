"""Small public modules: flatten_util, ops, image, test_util."""

import pytest
import scipy.ndimage

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import flatten_util, image, ops, test_util


def test_ravel_pytree_and_back():
    tree = {"a": 1.0, "b": mnp.ones((2, 2), "float16"), "c": mnp.arange(3)}
    vector, unravel = flatten_util.ravel_pytree(tree)
    assert vector.tolist() == [1, 1, 1, 1, 1, 0, 1, 2]
    back = unravel(vector * 2)
    assert back["b"].dtype == "float16" and back["c"].tolist() == [0, 2, 4]
    gradient = mjx.grad(lambda v: unravel(v)["b"].sum().astype("float32"))(vector)
    assert gradient.tolist() == [0, 1, 1, 1, 1, 0, 0, 0]
    with pytest.raises(ValueError, match="expected a vector of 8"):
        unravel(vector[:3])
    assert flatten_util.ravel_pytree(())[0].shape == (0,)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
def test_segments(name):
    data = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    ids = np.array([0, 2, 2, 5, -1, 0])
    found = getattr(ops, f"segment_{name}")(data, ids, 4)
    empty = {"sum": 0, "prod": 1, "max": -np.inf, "min": np.inf}[name]
    wanted = np.full((4, 2), empty, np.float32)
    for i in range(4):
        if (ids == i).any():
            wanted[i] = getattr(np, name)(data[ids == i], axis=0)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_segments_of_integers_and_booleans():
    ids = mnp.array([0, 0, 2])
    assert ops.segment_max(mnp.array([1, 5, 2]), ids).tolist() == [5, np.iinfo(np.int32).min, 2]
    assert ops.segment_sum(mnp.array([1, 5, 2]), ids).tolist() == [6, 0, 2]
    with pytest.raises(ValueError, match="leading shape"):
        ops.segment_sum(mnp.ones(2), ids)
    with pytest.raises(mjx.errors.ConcretizationTypeError):
        mjx.jit(ops.segment_sum)(mnp.ones(3), ids)
    assert mjx.jit(lambda d: ops.segment_sum(d, ids, 3))(mnp.ones(3)).tolist() == [2, 0, 1]


def test_enlarging_by_linear_interpolation():
    x = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    found = image.resize(x, (10, 9), "linear")
    at = [(np.arange(n) + 0.5) * s / n - 0.5 for n, s in ((10, 5), (9, 6))]
    grid = np.stack(np.meshgrid(*at, indexing="ij"))
    wanted = scipy.ndimage.map_coordinates(x, grid, order=1, mode="nearest")
    np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("method", ["linear", "cubic", "bicubic-pytorch", "lanczos3", "lanczos5"])
def test_resampling_keeps_constants_and_the_mean(method):
    ones = image.resize(np.ones((5, 7), np.float32), (3, 11), method)
    np.testing.assert_allclose(ones, np.ones((3, 11)), atol=1e-5)
    ramp = image.resize(np.arange(64.0), (16,), method)
    np.testing.assert_allclose(np.diff(np.asarray(ramp))[5:-5], 4, atol=0.05)


def test_nearest_elements():
    assert image.resize(np.arange(4), (8,), "nearest").tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert image.resize(np.arange(8), (4,), image.ResizeMethod.NEAREST).tolist() == [1, 3, 5, 7]


def test_moved_images_are_differentiable():
    x = mnp.arange(12.0).reshape(3, 4)

    def moved(shift):
        return image.scale_and_translate(x, (3, 4), (1,), mnp.ones(1), shift, "linear")

    np.testing.assert_allclose(moved(mnp.array([1.0]))[:, 1:], x[:, :-1], atol=1e-6)
    test_util.check_grads(moved, (mnp.array([0.3]),), 1)
    with pytest.raises(ValueError, match="among 'nearest'"):
        image.resize(x, (2, 2), "best")


def test_wrong_derivatives_are_found():
    test_util.check_grads(lambda x, y: mnp.sin(x * y).sum(), (mnp.arange(3.0), 2.0), 2)
    with pytest.raises(AssertionError):
        test_util.check_grads(lambda x: mjx.lax.stop_gradient(x) * x, (2.0,), 1)
    with pytest.raises(TypeError, match="floating"):
        test_util.check_grads(lambda x: x, (1,), 1)


# Where arrays lie, other libraries, names.


def test_meshes_of_one_device():
    from mjx.sharding import Mesh, NamedSharding, PartitionSpec, get_mesh, make_mesh

    mesh = Mesh(np.array(mjx.devices()), ("x",))
    assert mesh == make_mesh((1,), ("x",)) and mesh.shape == {"x": 1}
    sharding = NamedSharding(mesh, PartitionSpec("x", None))
    assert sharding.shard_shape((4, 2)) == (4, 2)
    assert mjx.device_put(mnp.ones((4, 2)), sharding).shape == (4, 2)
    with mesh:
        assert get_mesh() is mesh
    assert get_mesh() is None
    with pytest.raises(ValueError, match="expected axes of"):
        NamedSharding(mesh, PartitionSpec("y"))
    with pytest.raises(ValueError, match="at most 1 devices"):
        make_mesh((2,), ("x",))


def test_arrays_of_other_libraries_share_memory():
    from mjx import dlpack

    host = np.arange(6, dtype=np.float32).reshape(2, 3)
    shared = dlpack.from_dlpack(host)
    assert shared.tolist() == host.tolist()
    assert shared.buffer.ptr == host.ctypes.data
    assert dlpack.from_dlpack(host, copy=True).buffer.ptr != host.ctypes.data
    np.testing.assert_array_equal(np.from_dlpack(mnp.ones(3)), np.ones(3))
    with pytest.raises(TypeError, match="__dlpack__"):
        dlpack.from_dlpack([1, 2])
    with pytest.raises(ValueError, match="copy=False"):
        dlpack.from_dlpack(host.T, copy=False)


def test_listeners_hear_events():
    from mjx import monitoring

    heard = []
    listener = lambda *args, **kwargs: heard.append((args, kwargs))  # noqa: E731
    monitoring.register_event_duration_secs_listener(listener)
    monitoring.record_event_duration_secs("load", 0.5, model="a")
    monitoring.unregister_event_duration_listener(listener)
    monitoring.record_event_duration_secs("load", 0.5)
    assert heard == [(("load", 0.5), {"model": "a"})]


def test_scopes_name_ops():
    @mjx.jit
    def f(x):
        with mjx.named_scope("outer"), mjx.named_scope("inner"):
            y = mnp.sin(x)
        return mnp.cos(y)

    text = f.lower(1.0).as_text(debug_info=True)
    assert "outer/inner/" in text
    assert f(1.0) == pytest.approx(np.cos(np.sin(1.0)))
    assert "g" in mjx.jit(mjx.named_call(lambda x: mnp.sin(x), name="g/h")).lower(1.0).as_text(
        debug_info=True
    )


def test_values_while_tracing():
    @mjx.jit
    def f(x):
        with mjx.ensure_compile_time_eval():
            size = int(mnp.sum(mnp.arange(4)))
        return mnp.zeros(size) + x

    assert f(1.0).shape == (6,)


def test_byteswap_and_namespace():
    for dtype in ("int16", "float32", "uint8", "complex64"):
        x = np.array([[1, 2, 300]]).astype(dtype)
        found = mnp.asarray(x).byteswap()
        assert np.asarray(found).tobytes() == x.byteswap().tobytes() and found.shape == x.shape
        assert (mjx.jit(lambda x: x.byteswap().byteswap())(x) == x).all()
    assert mnp.ones(2).__array_namespace__() is mnp
    assert mnp.ones(2).__array_namespace__(api_version="2022.12") is mnp
    with pytest.raises(ValueError, match="2024.12"):
        mnp.ones(2).__array_namespace__(api_version="1999.01")


def test_names_of_lax_and_stages():
    assert mjx.lax.shape_as_value((2, 3)).tolist() == [2, 3]
    assert mjx.lax.pcast(3.0, "i", to="varying") == 3
    with pytest.raises(ValueError, match="varying"):
        mjx.lax.pcast(3.0, "i", to="other")
    swish = mjx.lax.composite(lambda x, scale: x * scale, "my.scaled", version=1)
    assert mjx.grad(swish)(3.0, 2.0) == 2
    jitted = mjx.jit(swish)
    lowered = jitted.lower(3.0, 2.0)
    assert isinstance(jitted, mjx.stages.Wrapped) and isinstance(lowered, mjx.stages.Lowered)
    assert isinstance(lowered.compile(), mjx.stages.Compiled)
    assert isinstance(lowered.args_info[0][0], mjx.stages.ArgInfo)
    for transform in (mjx.grad, mjx.value_and_grad):
        transform(swish, reduce_axes=())(1.0, 2.0)
        with pytest.raises(NotImplementedError, match="psum"):
            transform(swish, reduce_axes=("i",))
