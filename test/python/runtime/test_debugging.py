"""`mjx.debug`, `mjx.debug_nans` and `mjx.check`."""

import sys

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.errors import MjxRuntimeError
from mjx.transforms import callbacks

# debug.print


def printed(capfd, f, *args):
    f(*args)
    mjx.effects_barrier()
    return capfd.readouterr().out


@pytest.mark.parametrize("jit", [False, True])
def test_print(capfd, jit):
    def f(x):
        mjx.debug.print("x = {x:.1f}, twice {}, first {y[0]}", x * 2, x=x, y=mnp.arange(2))
        return x

    assert printed(capfd, mjx.jit(f) if jit else f, 1.5) == "x = 1.5, twice 3.0, first 0\n"


def test_prints_are_in_order_and_before_the_error(capfd):
    @mjx.jit
    def f(x):
        mjx.debug.print("before {}", x)
        mjx.check(x < 0, "bad")
        mjx.debug.print("after {}", x)
        return x

    with pytest.raises(MjxRuntimeError, match="bad"):
        f(1.0).block_until_ready()
    assert capfd.readouterr().out == "before 1.0\n"


def test_print_for_each_example(capfd):
    f = mjx.vmap(lambda x: mjx.debug.print("{}", x))
    assert printed(capfd, f, mnp.arange(3)) == "0\n1\n2\n"
    assert printed(capfd, mjx.jit(f), mnp.arange(3)) == "0\n1\n2\n"


def test_formats_are_checked_at_the_call():
    with pytest.raises(ValueError, match="f-string"):
        mjx.debug.print("nothing", 1.0)
    with pytest.raises(ValueError, match="name"):
        mjx.debug.print("{}", 1.0, name=2)
    with pytest.raises(KeyError):
        mjx.debug.print("{x}")
    with pytest.raises(TypeError):
        mjx.debug.print(3.0)


# debug.breakpoint


def test_breakpoint_does_nothing_without_a_terminal(monkeypatch):
    monkeypatch.setattr(callbacks, "_stop", lambda *_: pytest.fail("stopped"))

    @mjx.jit
    def f(x):
        mjx.debug.breakpoint()
        return x

    assert f(1.0) == 1
    mjx.effects_barrier()


def test_breakpoint_shows_the_callers_arrays(monkeypatch):
    seen = []
    monkeypatch.setattr(callbacks, "_is_interactive", lambda: True)
    monkeypatch.setattr(callbacks, "_stop", lambda where, values: seen.append((where, values)))

    @mjx.jit
    def f(x):
        y = x * 2
        mjx.debug.breakpoint()
        mjx.debug.breakpoint(z=y)
        return y

    f(1.0)
    mjx.effects_barrier()
    assert [dict(values) for _, values in seen] == [{"x": 1, "y": 2}, {"z": 2}]
    assert "test_debugging.py" in seen[0][0]


def test_breakpoint_prompt(monkeypatch, capsys):
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("p x + 1\nc\n"))
    callbacks._stop("here", {"x": np.float32(2)})
    assert "3.0" in capsys.readouterr().out


# check


@pytest.mark.parametrize("jit", [False, True])
def test_check(jit):
    def f(x, n):
        mjx.check(x > 0, "expected x > 0, but got {x} ({n})", x=x, n=n)
        return mnp.log(x)

    f = mjx.jit(f) if jit else f
    assert f(mnp.ones(2), 3).shape == (2,)
    with pytest.raises(MjxRuntimeError, match=r"got \[.*\] \(3\)\n.*mjx.check\(x > 0") as caught:
        f(mnp.array([1.0, -1.0]), 3).block_until_ready()
    assert "test_debugging.py" in str(caught.value)


def test_check_in_loops_batches_and_derivatives():
    def f(x):
        mjx.check(x < 3, "too large: {x}", x=x)
        return x * x

    def loop(n):
        return mjx.lax.fori_loop(0, n, lambda i, c: c + f(i), 0)

    assert mjx.jit(loop)(3) == 5
    with pytest.raises(MjxRuntimeError, match="too large: 3"):
        mjx.jit(loop)(5).block_until_ready()
    for g in (mjx.vmap(f), mjx.jit(mjx.vmap(f)), mjx.jit(mjx.vmap(mjx.grad(f)))):
        g(mnp.arange(3.0)).block_until_ready()
        with pytest.raises(MjxRuntimeError, match="too large: 4"):
            g(mnp.array([0.0, 4.0, 5.0])).block_until_ready()


def test_check_without_outputs_tells_the_barrier():
    mjx.jit(lambda x: mjx.check(x > 0, "no"))(-1.0)
    with pytest.raises(MjxRuntimeError, match="no"):
        mjx.effects_barrier()


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        ("float32", "0.1"),
        ("float16", "0.1"),
        ("bfloat16", "0.1"),
        ("int8", "-3"),
        ("uint32", "4294967295"),
        ("bool", "True"),
        ("complex64", r"\(1.0-2.0j\)"),
    ],
)
def test_values_in_messages(dtype, text):
    values = {"int8": -3, "uint32": 2**32 - 1, "bool": True, "complex64": 1 - 2j}
    x = mnp.asarray(np.asarray(values.get(dtype, 0.1)).astype(mnp.dtype(dtype)))
    with pytest.raises(MjxRuntimeError, match=f"^got {text}"):
        mjx.jit(lambda x: (mjx.check(False, "got {x}", x=x), x)[1])(x).block_until_ready()


def test_check_wants_booleans_and_known_names():
    with pytest.raises(TypeError, match="boolean"):
        mjx.check(1.0)
    with pytest.raises(ValueError, match="'y'"):
        mjx.check(True, "{y}", x=1)


# debug_nans


def log_of_difference(x):
    y = mnp.log(x - 4)  # here
    return mnp.sum(y * 2)


@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit, mjx.value_and_grad])
def test_the_op_that_yields_nan_is_named(wrap):
    with mjx.debug_nans(True), pytest.raises(FloatingPointError) as caught:
        wrap(log_of_difference)(mnp.ones(3))
    line = log_of_difference.__code__.co_firstlineno + 1
    assert f"test_debugging.py:{line}" in str(caught.value)
    assert "log" in str(caught.value)


@pytest.mark.parametrize("wrap", [lambda f: f, mjx.jit])
def test_nan_in_the_backward_pass(wrap):
    def f(x):
        return mnp.sqrt(x) * mnp.where(x > 0, 1.0, 0.0)

    line = f"test_debugging.py:{f.__code__.co_firstlineno + 1}"
    with mjx.debug_nans(True), pytest.raises(FloatingPointError, match=line):
        wrap(mjx.grad(f))(0.0)


def test_nan_in_a_loop():
    def f(xs):
        return mjx.lax.scan(lambda c, x: (c + mnp.log(x), c), 0.0, xs)[0]

    with mjx.debug_nans(True):
        assert mjx.jit(f)(mnp.ones(3)) == 0
        with pytest.raises(FloatingPointError, match="log"):
            mjx.jit(f)(mnp.array([1.0, -1.0]))


def test_infinity():
    with mjx.debug_infs(True), pytest.raises(FloatingPointError, match=r"inf.*div"):
        mjx.jit(lambda x: (1 / x) + 1)(0.0)


def test_what_does_not_reach_the_result_is_no_error():
    f = mjx.jit(lambda x: mnp.where(x > 0, mnp.log(x), 0.0))
    with mjx.debug_nans(True):
        np.testing.assert_array_equal(f(mnp.array([-1.0, 1.0])), [0, 0])


def test_donated_arguments_are_checked_too():
    f = mjx.jit(lambda x: mnp.log(x), donate_argnums=0)
    with mjx.debug_nans(True), pytest.raises(FloatingPointError, match="log"):
        f(-mnp.ones(3))
