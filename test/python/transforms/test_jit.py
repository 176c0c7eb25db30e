"""`jit`: caching, static and donated arguments, stages, errors."""

import functools
import logging
from collections import namedtuple

import pytest

import mjx
import numpy as np
from mjx import lax
from mjx.core import Array, as_array_or_tracer
from mjx.core.execute import statistics
from mjx.errors import TracerBoolConversionError, UnexpectedTracerError


def f32(x):
    return as_array_or_tracer(np.asarray(x, np.float32))


def counted(fun):
    """`fun`, and a list that grows each time it is called."""
    calls = []

    @functools.wraps(fun)
    def wrapper(*args, **kwargs):
        calls.append(1)
        return fun(*args, **kwargs)

    return wrapper, calls


def test_runs_and_returns_trees():
    Pair = namedtuple("Pair", "a b")

    @mjx.jit
    def f(x, pair, *, scale):
        """Doc."""
        return {"s": lax.mul(x, scale), "p": Pair(pair.b, [pair.a, None])}

    out = f(f32([1, 2]), Pair(f32(3), f32(4)), scale=f32([2, 2]))
    assert f.__name__ == "f" and f.__doc__ == "Doc."
    assert out["s"].tolist() == [2, 4] and isinstance(out["p"], Pair)
    assert out["p"].a.item() == 4 and out["p"].b[1] is None


def test_traces_once_for_each_kind_of_argument():
    fun, calls = counted(lambda x: x)
    f = mjx.jit(fun)
    counts = []
    for x in (
        1.0,
        2.0,
        np.float32(1),
        f32(1),
        1,
        True,
        np.ones(2, np.float32),
        f32([0, 0]),
        np.zeros(2),
        np.ones(3, np.float32),
        {"a": 1.0, "b": 2.0},
        {"b": 1.0, "a": 2.0},
        (1.0,),
        [1.0],
    ):
        f(x)
        counts.append(len(calls))
    assert counts == [1, 1, 2, 2, 3, 4, 5, 5, 5, 6, 7, 7, 8, 9]
    assert f._cache_size() == 9
    f.clear_cache()
    assert f._cache_size() == 0


def test_the_same_function_shares_its_cache():
    fun, calls = counted(lambda x: x)
    mjx.jit(fun)(1.0)
    mjx.jit(fun)(2.0)
    assert len(calls) == 1


def test_functions_that_read_the_same_are_compiled_once():
    mjx.jit(lambda x: lax.sin(lax.cos(x)))(1.0)
    before = statistics["compiles"]
    for _ in range(3):
        mjx.jit(lambda x: lax.sin(lax.cos(x)))(1.0)
    assert statistics["compiles"] == before


def test_settings_are_part_of_the_key():
    f = mjx.jit(lambda x: x)
    f(1.0)
    with mjx.enable_x64(True):
        assert f(1.0).dtype == np.float64
    assert f(1.0).dtype == np.float32 and f._cache_size() == 2


def test_static_arguments():
    @functools.partial(mjx.jit, static_argnums=(0,))
    def power(n, x):
        assert isinstance(n, int)
        for _ in range(n):
            x = lax.mul(x, 2.0)
        return x

    assert float(power(3, 1.0)) == 8 and float(power(2, 1.0)) == 4 and power._cache_size() == 2

    @mjx.jit(static_argnames=("n", "double"))
    def named(x, n, *, double=False):
        return lax.mul(x, float(n) * (2 if double else 1))

    assert float(named(2.0, 3)) == float(named(2.0, n=3)) == 6
    assert float(named(2.0, n=3, double=True)) == 12


def test_static_arguments_must_hash():
    f = mjx.jit(lambda x: x, static_argnums=0)
    with pytest.raises(ValueError, match="Non-hashable static arguments.*list"):
        f([1])
    with pytest.raises(ValueError, match="Non-hashable"):
        f(f32(1))


def test_names_and_numbers_must_exist():
    with pytest.raises(ValueError, match="'z'"):
        mjx.jit(lambda x: x, static_argnames="z")
    with pytest.raises(ValueError, match="positional"):
        mjx.jit(lambda x: x, static_argnums=3)
    with pytest.raises(ValueError, match="'z'"):
        mjx.jit(lambda x: x, donate_argnames="z")
    with pytest.raises(TypeError, match="callable"):
        mjx.jit(3)


def test_arguments_must_be_arrays():
    with pytest.raises(TypeError, match=r"argument x\['a'\]\[1\] is 'text'"):
        mjx.jit(lambda x: x)({"a": [1.0, "text"]})


def test_results_must_be_arrays():
    with pytest.raises(TypeError, match=r"result\['y'\] is 'text'"):
        mjx.jit(lambda x: {"y": "text"})(1.0)


def test_methods_can_be_jitted():
    class Model:
        def __init__(self, scale):
            self.scale = scale

        @functools.partial(mjx.jit, static_argnums=0)
        def __call__(self, x):
            return lax.mul(x, self.scale)

    assert float(Model(2.0)(3.0)) == 6


def test_branches_on_values_are_refused():
    @mjx.jit
    def fail(x):
        if lax.lt(x, 3.0):
            return x
        return lax.neg(x)

    with pytest.raises(TracerBoolConversionError) as info:
        fail(2.0)
    text = str(info.value)
    assert "if lax.lt(x, 3.0)" in text and "lax.cond" in text and "static_argnums=(0,)" in text
    assert "argument x" in text


def test_leaks_are_caught():
    kept = []
    mjx.jit(lambda x: kept.append(x) or x)(1.0)
    with pytest.raises(UnexpectedTracerError, match="kept.append"):
        lax.sin(kept[0])
    with pytest.raises(UnexpectedTracerError):
        mjx.jit(lambda x: x)(kept[0])
    with pytest.raises(UnexpectedTracerError):
        mjx.jit(lambda x: lax.add(x, kept[0]))(1.0)
    with pytest.raises(UnexpectedTracerError):
        bool(kept[0])


def test_nested_jit_is_part_of_the_outer_program():
    inner = mjx.jit(lambda x: lax.sin(x))

    def branch(x):
        if lax.lt(x, 0.0):
            return x
        return lax.neg(x)

    f = mjx.jit(lambda x: lax.mul(inner(x), 2.0))
    np.testing.assert_allclose(f(1.0), 2 * np.sin(1.0), rtol=1e-6)
    assert inner._cache_size() == 0
    with pytest.raises(TracerBoolConversionError, match="jit traces"):
        mjx.grad(mjx.jit(branch))(1.0)


def test_exceptions_leave_nothing_behind():
    @mjx.jit
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        f(1.0)
    assert isinstance(lax.sin(1.0), Array)


def test_disable_jit_runs_concretely():
    seen = []
    f = mjx.jit(lambda x: seen.append(type(x)) or x)
    with mjx.disable_jit():
        f(f32(1))
    assert seen == [Array]


def test_donated_arguments_are_deleted():
    f = mjx.jit(lambda x: lax.add(x, f32(np.ones(1000))), donate_argnums=0)
    x = f32(np.zeros(1000))
    y = f(x)
    assert x.is_deleted() and not y.is_deleted() and float(np.asarray(y).sum()) == 1000
    with pytest.raises(RuntimeError, match=r"deleted"):
        lax.sin(x)
    with pytest.raises(RuntimeError):
        np.asarray(x)


def test_donation_by_name_and_in_trees():
    f = mjx.jit(
        lambda *, state: {k: lax.mul(v, 2.0) for k, v in state.items()}, donate_argnames="state"
    )
    state = {"a": f32(np.ones(4)), "b": f32(np.ones((2, 2)))}
    out = f(state=state)
    assert state["a"].is_deleted() and state["b"].is_deleted()
    assert out["b"].tolist() == [[2, 2], [2, 2]]


def test_useless_donation_warns():
    x = f32(np.ones(4))
    with pytest.warns(UserWarning, match=r"Some donated buffers were not usable: float32\[4\]"):
        mjx.jit(lambda x: lax.slice(x, (0,), (2,)), donate_argnums=0)(x)
    assert not x.is_deleted()


def test_stages():
    def f(x, y):
        return {"z": lax.sin(lax.add(x, y))}

    lowered = mjx.jit(f).lower(f32([1, 2, 3]), mjx.ShapeDtypeStruct((3,), np.float32))
    assert "mjx.sin" in lowered.as_text() and "linalg" in lowered.as_text("linalg")
    assert "llvm." in lowered.as_text("llvm") and "define" in lowered.as_text("llvm-ir")
    assert lowered.out_info == {"z": mjx.ShapeDtypeStruct((3,), np.float32)}
    assert str(lowered.in_avals) == "((ShapedArray(float32[3]), ShapedArray(float32[3])), {})"
    compiled = lowered.compile()
    out = compiled(f32([1, 2, 3]), f32([0, 0, 0]))
    np.testing.assert_allclose(out["z"], np.sin([1, 2, 3]), rtol=1e-6)
    assert "ret" in compiled.as_text()
    assert compiled.cost_analysis()["bytes accessed"] == 60
    assert compiled.memory_analysis().output_size_in_bytes == 12
    with pytest.raises(TypeError, match=r"float32\[3\].*float32\[2\]"):
        compiled(f32([1, 2]), f32([1, 2]))
    with pytest.raises(TypeError, match="structure"):
        compiled(f32([1, 2, 3]))
    with pytest.raises(ValueError, match="stage"):
        lowered.as_text("nonsense")


def test_shapes_without_running():
    out = mjx.eval_shape(lambda x: {"y": lax.sin(x)}, mjx.ShapeDtypeStruct((3, 3), "bfloat16"))
    assert out == {"y": mjx.ShapeDtypeStruct((3, 3), "bfloat16")}

    def inside(x):
        assert mjx.eval_shape(lambda y: lax.add(x, y), x).shape == (2,)
        return lax.sin(x)

    np.testing.assert_allclose(mjx.jit(inside)(f32([1, 2])), np.sin([1, 2]), rtol=1e-6)


def test_locations_are_kept():
    text = mjx.jit(lambda x: lax.sin(x)).lower(1.0).as_text(debug_info=True)
    assert "test_jit.py" in text


def test_compilation_is_logged(caplog):
    with mjx.log_compiles(True), caplog.at_level(logging.WARNING):
        mjx.jit(lambda x: lax.tan(lax.sin(lax.cos(x))))(1.0)
    assert "Finished tracing" in caplog.text and "Finished compilation" in caplog.text


def test_time_is_accounted_for():
    f = mjx.jit(lambda x: lax.tanh(lax.exp(lax.cos(x))))
    f(1.0)
    f(2.0)
    stats = f.stats()
    assert stats["traces"] == 1 and stats["tracing_seconds"] > 0
    assert stats["compiles"] <= 1


def test_results_that_are_arguments_or_constants():
    x = f32([1, 2])
    a, b, c, d = mjx.jit(lambda x: (x, x, 3.0, np.arange(3)))(x)
    assert a.tolist() == b.tolist() == [1, 2] and c.weak_type and d.tolist() == [0, 1, 2]
    assert mjx.jit(lambda: None)() is None


def test_big_constants_are_not_copied_into_the_program():
    table = f32(np.arange(5000.0))
    f = mjx.jit(lambda x: lax.mul(x, table))
    assert len(f.lower(table).as_text()) < 2000
    np.testing.assert_allclose(f(table), np.arange(5000.0) ** 2)


def test_leaks_are_found_at_once_on_request():
    kept = []
    with mjx.checking_leaks():
        np.testing.assert_allclose(mjx.jit(lambda x: lax.sin(x))(1.0), np.sin(1.0), rtol=1e-6)
        with pytest.raises(UnexpectedTracerError, match="keep"):

            @mjx.jit
            def keep(x):
                kept.append(lax.cos(x))
                return x

            keep(1.0)


def test_tracing_again_is_explained(caplog):
    f = mjx.jit(lambda params, n: params["w"], static_argnums=1)
    f({"w": 1.0}, 1)
    with mjx.explain_cache_misses(True), caplog.at_level(logging.WARNING):
        f({"w": f32([1.0])}, 2)
    assert "argument params['w'] is float32[1], and was ~float32[]" in caplog.text
    assert "static argument 1 is 2, and was 1" in caplog.text
