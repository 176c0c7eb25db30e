"""Programs for many devices and processes, on one: shardings, parts, meshes, guards."""

import copy

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import lax, sharding
from mjx.experimental import mesh_utils, multihost_utils
from mjx.sharding import AxisType, Mesh, NamedSharding, PartitionSpec, SingleDeviceSharding

MESH = mjx.make_mesh((1, 1), ("rows", "columns"))
PLACE = mjx.NamedSharding(MESH, mjx.P("rows"))
X = np.arange(6.0, dtype=np.float32).reshape(2, 3)


def test_where_arrays_are():
    x = mnp.asarray(X)
    assert x.sharding == SingleDeviceSharding(mjx.devices()[0]) and x.is_fully_replicated
    (shard,) = x.addressable_shards
    assert isinstance(shard, mjx.Shard) and shard.device == mjx.devices()[0]
    assert (shard.data == x).all() and shard.replica_id == 0
    assert X[shard.index].shape == shard.global_shape == (2, 3)
    assert [s.data is x for s in x.global_shards] == [True]
    assert x.addressable_data(0) is x and x.on_device_size_in_bytes() == 24
    with pytest.raises(IndexError):
        x.addressable_data(1)
    assert (x.to_device(PLACE) == x).all()
    with pytest.raises(ValueError, match="no stream"):
        x.to_device(PLACE, stream=1)
    assert x.unsafe_buffer_pointer() == np.asarray(x).ctypes.data


def test_making_arrays_of_parts():
    made = mjx.make_array_from_callback((2, 3), PLACE, lambda index: X[index])
    assert (made == X).all() and made.dtype == np.float32
    made = mjx.make_array_from_callback((2, 3), PLACE, lambda index: X[index], dtype="int32")
    assert made.dtype == np.int32
    assert (mjx.make_array_from_single_device_arrays((2, 3), PLACE, [mnp.asarray(X)]) == X).all()
    assert (mjx.make_array_from_process_local_data(PLACE, {"a": X})["a"] == X).all()
    assert mjx.make_array_from_process_local_data(PLACE, X, (2, 3)).shape == (2, 3)
    with pytest.raises(ValueError, match="one device"):
        mjx.make_array_from_single_device_arrays((4, 3), PLACE, [X, X])
    with pytest.raises(ValueError, match=r"shape \(4, 3\)"):
        mjx.make_array_from_callback((4, 3), PLACE, lambda index: X)
    assert (mjx.reshard({"a": X}, PLACE)["a"] == X).all()


def test_putting_and_copying():
    x = mnp.asarray(X)
    assert mjx.device_put(x) is x and mjx.device_put(x, may_alias=True) is x
    copied = mjx.device_put([x], may_alias=False)[0]
    assert copied.unsafe_buffer_pointer() != x.unsafe_buffer_pointer() and (copied == x).all()
    assert (mjx.jit(lambda x: mjx.device_put(x, may_alias=False))(x) == x).all()
    with pytest.raises(ValueError, match="both"):
        mjx.device_put(x, donate=True, may_alias=True)
    assert mjx.copy_to_host_async({"a": x})["a"] is x
    assert copy.copy(x).tolist() == X.tolist()


def test_shard_map():
    def center(x, shift):
        assert lax.axis_size("rows") == 1
        return x - lax.pmean(x, ("rows", "columns")) + shift + lax.axis_index("columns"), shift

    f = mjx.shard_map(
        center,
        mesh=MESH,
        in_specs=(mjx.P("rows", "columns"), mjx.P()),
        out_specs=(mjx.P("rows"), mjx.P()),
    )
    found, shift = mjx.jit(f)(X, 2.0)
    assert found.shape == (2, 3) and (found == 2).all() and shift == 2
    with mjx.set_mesh(MESH):
        double = mjx.shard_map(out_specs=mjx.P())(lambda x: lax.psum(2 * x, "rows"))
        np.testing.assert_array_equal(mjx.grad(lambda x: double(x).sum())(X), np.full((2, 3), 2))
    with pytest.raises(ValueError, match="a mesh of one device"):
        mjx.shard_map(center, out_specs=mjx.P())
    with pytest.raises(ValueError, match="axes of Mesh"):
        mjx.shard_map(center, mesh=MESH, in_specs=mjx.P("depth"), out_specs=mjx.P())
    with pytest.raises(TypeError, match="PartitionSpec"):
        mjx.shard_map(center, mesh=MESH, in_specs=3, out_specs=mjx.P())


def test_meshes():
    assert mjx.make_mesh((1,), ("i",), (AxisType.Auto,)).axis_types == (AxisType.Auto,)
    devices = mesh_utils.create_device_mesh((1, 1))
    assert Mesh(devices, ("i", "j")).shape == {"i": 1, "j": 1}
    assert NamedSharding is mjx.NamedSharding and PartitionSpec is mjx.P
    assert mjx.P("i", unreduced={"j"}).unreduced == {"j"} and mjx.P("i") == ("i",)
    assert sharding.get_abstract_mesh().empty
    with MESH:
        found = sharding.get_abstract_mesh()
        assert found == sharding.AbstractMesh((1, 1), ("rows", "columns")) and found.size == 1
    with pytest.raises(ValueError, match="a name for each"):
        sharding.AbstractMesh((1,), ())
    with pytest.raises(ValueError, match="a shape of 1 devices"):
        mesh_utils.create_device_mesh((2,))


def test_processes():
    assert (mjx.host_count(), mjx.host_id(), mjx.host_ids()) == (1, 0, [0])
    assert mjx.process_indices() == [0] and mjx.local_devices(0, "cpu") == mjx.devices()
    with pytest.raises(ValueError, match="there is one"):
        mjx.local_devices(process_index=1)
    with pytest.raises(RuntimeError):
        mjx.local_devices(backend="tpu")
    multihost_utils.sync_global_devices("here")
    multihost_utils.assert_equal({"a": X}, "differs")
    assert multihost_utils.reached_preemption_sync_point(3) is False
    (sent,) = multihost_utils.broadcast_one_to_all([mnp.asarray(X)])
    assert isinstance(sent, np.ndarray) and (sent == X).all()
    assert multihost_utils.process_allgather(mnp.asarray(X)).shape == (1, 2, 3)
    assert multihost_utils.process_allgather(mnp.asarray(X), tiled=True).shape == (2, 3)
    assert multihost_utils.process_allgather(1.0, tiled=True).shape == (1,)
    with pytest.raises(ValueError, match="the source"):
        multihost_utils.broadcast_one_to_all(X, is_source=False)


def test_distributed():
    distributed = mjx.distributed
    assert not distributed.is_initialized()
    with pytest.raises(ValueError, match="one process"):
        distributed.initialize("localhost:1234", num_processes=2, process_id=0)
    with pytest.raises(ValueError, match="device 0"):
        distributed.initialize(local_device_ids=[0, 1])
    distributed.initialize("localhost:1234", num_processes=1, process_id=0, local_device_ids=[0])
    assert distributed.is_initialized()
    with pytest.raises(RuntimeError, match="once"):
        distributed.initialize()
    distributed.shutdown()
    assert not distributed.is_initialized()


@pytest.mark.parametrize("kind", ["", "_host_to_device", "_device_to_host", "_device_to_device"])
def test_transfer_guards(kind):
    guard = getattr(mjx, f"transfer_guard{kind}")
    with guard("disallow"):
        assert guard.value == "disallow" and mnp.asarray(X).sum() == 15
    assert guard.value is None
    with pytest.raises(ValueError, match="log_explicit"):
        guard("sometimes")


def test_flags_of_jax(monkeypatch):
    config = mjx.config
    assert config.x64_enabled is False and config.jax_dynamic_shapes is False
    with mjx.enable_x64(True):
        assert config.x64_enabled is True
    assert config.jax_default_prng_impl == "threefry2x32" and config.jax_threefry_partitionable
    config.update("jax_platforms", "cpu")
    config.update("jax_platforms", None)
    for name, value in [
        ("jax_dynamic_shapes", True),
        ("jax_threefry_partitionable", False),
        ("jax_platform_name", "tpu"),
        ("jax_default_prng_impl", "rbg"),
    ]:
        with pytest.raises(ValueError, match="expected"):
            config.update(name, value)
    monkeypatch.setattr(
        "sys.argv", ["program", "--steps=3", "--jax_debug_nans", "--mjx_log_compiles=false", "x"]
    )
    try:
        config.parse_flags_with_absl()
        assert config.debug_nans is True and config.log_compiles is False
    finally:
        config.update("debug_nans", False)
    monkeypatch.setattr("sys.argv", ["program", "--jax_nonsense=1"])
    with pytest.raises(AttributeError, match="no flag"):
        config.parse_flags_with_absl()
