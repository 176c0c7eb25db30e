"""Caches have bounds, and compiling again and again takes no more and more memory."""

import gc
import resource
import subprocess
import sys
import textwrap

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx import _mjx, lax
from mjx.core import execute
from mjx.lax import eager
from mjx.support.config import eager_cache_size
from mjx.transforms import versions


def test_dispatchers_remember_so_many_calls_only():
    f = mjx.jit(lambda x, n: x, static_argnums=1)
    x = mnp.ones(3)
    f(x, -1)
    entry = next(iter(f._cache.values()))
    for i in range(_mjx.MAX_CALLS + 10):
        f._remember((x, i), {}, entry.executable, entry.spec, entry.avals)
        assert _mjx.count_calls(f) <= _mjx.MAX_CALLS
    assert 0 < _mjx.count_calls(f) < _mjx.MAX_CALLS  # it began anew
    assert f(x, -1).tolist() == [1, 1, 1]


def test_versions_are_dropped_the_oldest_first(monkeypatch):
    monkeypatch.setattr(versions.Versions, "LIMIT", 3)
    f = mjx.jit(lambda x, n: x, static_argnums=1)
    for i in range(5):
        f(1.0, i)
    assert f._cache_size() == 3 and f.stats()["traces"] == 5
    kept = [static.value for *_, (_, static) in f._cache]
    assert kept == [2, 3, 4]
    f(1.0, 4)
    assert f.stats()["traces"] == 5
    f._forget()
    f(1.0, 0)
    assert f.stats()["traces"] == 6
    assert "version 6 of 6" in f.explain(1.0, 0)


def test_programs_are_dropped_those_first_that_were_not_used(monkeypatch):
    mjx.clear_caches()
    monkeypatch.setattr(execute, "MODULE_CACHE_SIZE", 3)
    make = [lambda x, i=i: lax.mul(x, float(i) + 0.5) for i in range(5)]
    x = mnp.ones(3)
    for fun in make:
        mjx.jit(fun)(x)
        mjx.jit(make[0])(x)  # of the same cache: compiles nothing
        assert len(execute._modules) <= 3
    gc.collect()
    assert len(execute._modules) == 3


def test_fused_programs_are_dropped(monkeypatch):
    monkeypatch.setattr(eager, "_CACHE_SIZE", 4)
    eager._programs.clear()
    for n in range(1, 8):
        assert mnp.hypot(mnp.ones(n), 0.0).tolist() == [1] * n
        assert len(eager._programs) <= 4


def test_single_ops_are_dropped():
    before = dict(execute._ops)
    execute._ops.clear()
    try:
        with eager_cache_size(3):
            for n in range(1, 8):
                assert lax.rev(lax.iota("float32", n), (0,)).tolist() == list(range(n))[::-1]
                assert len(execute._ops) <= 3
    finally:
        execute._ops.update(before)


def test_recompiling_does_not_fill_the_memory():
    script = """
    import gc, mjx, numpy as np, mjx.numpy as mnp
    from mjx.core.execute import statistics

    def resident():
        gc.collect()
        return int(open("/proc/self/statm").read().split()[1]) * 4096

    x = mnp.ones(64)
    constants = np.random.default_rng(0).normal(size=(400, 64)).astype(np.float32)

    def compile_one(i):
        c = constants[i]
        f = mjx.jit(lambda x: mnp.sin(x * c) + float(i))
        f(x)

    mjx.config.update("enable_compilation_cache", False)
    for i in range(100):
        compile_one(i)
    mjx.clear_caches()
    before, compiles = resident(), statistics["compiles"]
    for i in range(100, 400):
        compile_one(i)
        if i % 50 == 0:
            mjx.clear_caches()
    mjx.clear_caches()
    assert statistics["compiles"] - compiles == 300
    print((resident() - before) // 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    # Locations and constants stay in the context of MLIR: 1 to 4 KiB a program.
    assert int(done.stdout) < 8 * 1024, f"{done.stdout} KiB"


def test_calling_does_not_fill_the_memory():
    f = mjx.jit(lambda x: x + 1, donate_argnums=0)
    x = mnp.ones(3) + 1

    def call(count):
        nonlocal x
        for _ in range(count):
            x = f(x)
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = call(2000)
    assert call(20000) - before < 2048
    assert np.isfinite(x).all()
