"""Callbacks that wait, and processes that do not: nothing may hang.

Each script runs in a process of its own, which has a limited time.
"""

import os
import subprocess
import sys
import textwrap

PRELUDE = """
import threading, time
import numpy as np
import mjx, mjx.numpy as mnp
from mjx.experimental import io_callback

def like(x):
    return mjx.ShapeDtypeStruct(x.shape, x.dtype)

def through(x, callback):
    return mjx.pure_callback(callback, like(x), x)

slow = mjx.jit(lambda a: mjx.lax.fori_loop(0, 20, lambda i, c: mnp.tanh(c @ c), a))
big = mnp.eye(300) * 0.5
"""


def run(script, seconds=60, **environment):
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=seconds,
        env=os.environ | {"MJX_ENABLE_COMPILATION_CACHE": "0"} | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_callbacks_that_compute_while_work_is_queued():
    run("""
    # The pattern of jax-ml/jax#25861: a callback computes with arrays, among them ones that were
    # queued behind the program that calls it.
    later = []
    def callback(x):
        y = mnp.sin(mnp.asarray(x)).sum()
        while not later:
            time.sleep(0.001)
        return np.asarray(x * np.float32(y > -1e9) * np.float32(later[-1][0, 0] < 2))

    f = mjx.jit(lambda x: through(x, callback) + 1)
    results = []
    for i in range(20):
        slow(big)
        results.append(f(mnp.full((64, 64), float(i))))
        later.append(slow(big))
    for i, result in enumerate(results):
        np.testing.assert_array_equal(result, np.full((64, 64), i + 1))
    """)


def test_loops_with_large_arrays():
    run("""
    # The pattern of jax-ml/jax#24255.
    f = mjx.jit(lambda x: through(x, lambda a: a + 1) * 1.0)
    x = mnp.zeros((1000, 1000))
    for i in range(30):
        x = f(x)
    np.testing.assert_array_equal(x, np.full((1000, 1000), 30))

    def body(i, x):
        return through(x, lambda a: np.asarray(mnp.asarray(a) + 1))
    y = mjx.jit(lambda x: mjx.lax.fori_loop(0, 10, body, x))(mnp.zeros((500, 500)))
    np.testing.assert_array_equal(y, np.full((500, 500), 10))
    """)


def test_what_depends_on_a_callback_does_not_hold_up_what_it_waits_for():
    run("""
    go = threading.Event()
    independent = []
    def callback(x):
        go.wait()
        return x + np.asarray(independent[0])[0, 0]

    y = mjx.jit(lambda x: through(x, callback))(mnp.zeros(3))
    dependent = slow(mnp.eye(300) * y[0])   # queued before what the callback waits for
    tiny = mjx.jit(lambda v: v + 1)(y)
    independent.append(slow(big))
    go.set()
    np.testing.assert_array_equal(tiny, 1 + np.asarray(y))
    dependent.block_until_ready()
    """)


def test_callbacks_in_callbacks_and_threads():
    run("""
    def level(n):
        def callback(x):
            return x + 1 if n == 0 else np.asarray(level(n - 1)(mnp.asarray(x)))
        return mjx.jit(lambda x: through(x, callback))
    np.testing.assert_array_equal(level(4)(mnp.zeros(2)), [1, 1])

    def in_thread(x):
        found = []
        g = mjx.jit(lambda v: (io_callback(lambda a: None, None, v, ordered=True), v * 2)[1])
        thread = threading.Thread(target=lambda: found.append(np.asarray(g(x))))
        thread.start()
        thread.join()
        return found[0]
    f = mjx.jit(lambda x: (io_callback(lambda a: None, None, x, ordered=True),
                           through(x, in_thread))[1])
    for i in range(10):
        np.testing.assert_array_equal(f(mnp.full(2, i)), [2 * i, 2 * i])

    mjx.jit(lambda x: io_callback(lambda a: mjx.effects_barrier(), None, x))(1.0)
    mjx.effects_barrier()

    # Waits for a program that its own thread of Python started after it.
    seen = []
    def waits(x):
        while len(seen) < 1:
            time.sleep(0.001)
        seen[0].block_until_ready()
    first = mjx.jit(lambda x: (mjx.debug.callback(waits, x), x)[1])(1.0)
    seen.append(mjx.jit(lambda x: (mjx.debug.callback(lambda a: None, x), x)[1])(2.0))
    first.block_until_ready()
    """)


def test_many_programs_in_flight():
    run("""
    f = mjx.jit(lambda x: through(x, lambda a: (time.sleep(0.0005), a + 1)[1]))
    plus = mjx.jit(lambda x: x + 1)
    x = mnp.zeros(3)
    for i in range(300):
        x = plus(f(x))
    np.testing.assert_array_equal(x, [600] * 3)
    xs = [plus(f(mnp.full(3, i))) for i in range(200)]
    np.testing.assert_array_equal(xs, np.repeat(np.arange(2, 202)[:, None], 3, axis=1))
    """)


def test_donated_inputs_are_not_changed_under_a_reader():
    run("""
    def callback(x):
        time.sleep(0.02)
        return x
    reads = mjx.jit(lambda x: through(x * 1, callback) + x)
    overwrites = mjx.jit(lambda x: x + 1, donate_argnums=0)
    for i in range(10):
        x = mnp.full(50_000, i)
        y = reads(x)
        z = overwrites(x)
        np.testing.assert_array_equal(y, np.full(50_000, 2 * i))
        np.testing.assert_array_equal(z, np.full(50_000, i + 1))

    # The other way round: the program that calls back takes over memory being read.
    donating = mjx.jit(lambda x: (mjx.debug.callback(lambda a: None, x[0]), x + 1)[1],
                       donate_argnums=0)
    for i in range(10):
        x = mnp.full((300, 300), 0.001)
        y = slow(x)
        z = donating(x)
        expected = slow(mnp.full((300, 300), 0.001))
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_allclose(z, np.full((300, 300), 1.001))
    """)


def test_order_across_programs():
    run("""
    seen = []
    def note(name):
        return lambda x: (time.sleep(0.002 * (name == "slow")), seen.append((name, int(x))))[1]
    for ordered in (True, False):
        fs = {name: mjx.jit(lambda x, name=name: io_callback(note(name), None, x, ordered=ordered))
              for name in ("slow", "fast")}
        seen.clear()
        for i in range(10):
            fs["slow"](i)
            fs["fast"](i)
        mjx.effects_barrier()
        assert seen == [(name, i) for i in range(10) for name in ("slow", "fast")], seen
    """)


def test_a_process_that_ends_waits_for_its_effects():
    out = run("""
    f = mjx.jit(lambda x: (mjx.debug.callback(lambda a: (time.sleep(0.05), print(int(a))), x), x)[1])
    for i in range(4):
        f(i)
    slow(big)
    """)
    assert out.split() == ["0", "1", "2", "3"]


def test_errors_that_nobody_read_are_shown_at_the_end():
    script = "mjx.jit(lambda x: io_callback(lambda a: 1 / 0, None, x))(1.0)"
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "ZeroDivisionError" in done.stderr


def test_ctrl_c_during_a_wait():
    run("""
    import os, signal
    # A process that a shell started in the background ignores the signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    f = mjx.jit(lambda x: through(x, lambda a: (time.sleep(3), a)[1]))
    f.lower(mnp.ones(3)).compile()
    y = f(mnp.ones(3))
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    start = time.perf_counter()
    try:
        y.block_until_ready()
        raise SystemExit("expected KeyboardInterrupt")
    except KeyboardInterrupt:
        assert time.perf_counter() - start < 2
    os._exit(0)
    """)


def test_only_programs_without_callbacks_are_kept_on_disk(tmp_path):
    script = """
    f = mjx.jit(lambda x: through(x, lambda a: a + 1))
    assert f(mnp.float32(1)) == 2
    g = mjx.jit(lambda x: (mjx.check(x > 0, "negative"), x + 1)[1])
    assert g(mnp.float32(1)) == 2
    try:
        g(mnp.float32(-1)).block_until_ready()
    except mjx.errors.MjxRuntimeError:
        print(mjx.compile_statistics["compiles"], mjx._mjx.disk_cache_statistics()["misses"])
    """
    settings = {
        "MJX_ENABLE_COMPILATION_CACHE": "1",
        "MJX_COMPILATION_CACHE_DIR": str(tmp_path),
    }
    compiles, misses = map(int, run(script, **settings).split())
    assert misses == len(list(tmp_path.iterdir())) == compiles - 1
    assert run(script, **settings) == "1 0\n"
