"""Donation as a contract: what is taken over, what is not and why, and who used what twice."""

import inspect
import warnings

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np


def line():
    return inspect.currentframe().f_back.f_lineno


def test_what_has_no_output_like_it_is_refused_at_compile_time():
    x, y = mnp.ones(4), mnp.ones((2, 3))
    f = mjx.jit(lambda x, state: (x[:2], state["y"] + 1), donate_argnums=(0, 1), donate="require")
    with pytest.raises(ValueError, match="argument x") as caught:
        f(x, {"y": y})
    assert "float32[4] of argument x (no output has its shape and dtype)" in str(caught.value)
    assert "state" not in str(caught.value)
    assert not x.is_deleted() and not y.is_deleted()


def test_what_is_taken_over_is_not_complained_of():
    x = mnp.arange(1000.0) + 0
    where = x.buffer.ptr
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = mjx.jit(lambda x: x * 2, donate_argnums=0, donate="require")(x)
    assert x.is_deleted() and y.buffer.ptr == where and y[3] == 6


def test_more_donated_arguments_than_outputs():
    f = mjx.jit(lambda x, y: x + y, donate_argnums=(0, 1))
    x, y = mnp.ones(5), mnp.ones(5)
    with pytest.warns(UserWarning) as caught:
        f(x, y)
    assert len(caught) == 1 and caught[0].filename == __file__
    message = str(caught[0].message)
    kept, taken = ("y", "x") if x.is_deleted() else ("x", "y")
    assert f"float32[5] of argument {kept} (the one output of its shape and dtype" in message
    assert f"takes over {taken})" in message
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it is said once
        f(mnp.ones(5), mnp.ones(5))


def test_an_array_that_numpy_reads_is_not_copied_if_that_is_forbidden():
    def double(x):
        return x * 2

    x = mnp.arange(100.0) + 0
    view = np.asarray(x)
    strict = mjx.jit(double, donate_argnums=0, donate="require")
    for _ in range(2):
        with pytest.raises(
            RuntimeError, match=r"argument x of type float32\[100\].*views of it are in use"
        ):
            strict(x)
    assert not x.is_deleted() and view[3] == 3
    del view
    for _ in range(2):
        x = strict(x)
    assert x[3] == 12
    view = np.asarray(x)
    assert mjx.jit(double, donate_argnums=0)(x)[3] == 24 and view[3] == 12


def test_memory_that_numpy_made_is_not_copied_if_that_is_forbidden():
    f = mjx.jit(lambda x: x + 1, donate_argnums=0, donate="require")
    x = mjx.device_put(np.arange(6.0))
    with pytest.raises(RuntimeError, match="memory that the host made; pass a copy"):
        f(x)
    y = x.copy()
    assert f(y).tolist() == [1, 2, 3, 4, 5, 6] and y.is_deleted() and not x.is_deleted()


def test_the_mode_must_be_known():
    with pytest.raises(ValueError, match="expected donate to be 'warn' or 'require', but got 'no'"):
        mjx.jit(lambda x: x, donate="no")


@pytest.mark.parametrize("known", [False, True])
def test_using_what_was_donated_names_both_lines(known):
    @mjx.jit(donate_argnums=0)
    def step(params):
        return {"w": params["w"] + 1}

    if known:
        step({"w": mnp.ones(3)})
    w = mnp.ones(3)
    given = step({"w": w}) and line()
    name = r"argument params\['w'\]"
    here = f"{__file__}:{given} in test_using_what_was_donated_names_both_lines"
    for use in (lambda: w + 1, lambda: np.asarray(w), lambda: step({"w": w}), lambda: float(w[0])):
        with pytest.raises(RuntimeError, match="has been deleted") as caught:
            use()
        message = str(caught.value)
        assert "donated to jit of step as argument params['w'], called at " + here in message
        assert f"at {__file__}:{use.__code__.co_firstlineno} in " in message
    with pytest.raises(RuntimeError, match=rf"jit of step: {name} of type float32\[3\] has been"):
        step({"w": w})


def test_donating_one_array_twice_names_both_arguments():
    f = mjx.jit(lambda x, y: (x + 1, y + 1), donate_argnums=(0, 1))
    x = mnp.ones(3)
    for _ in range(2):
        with pytest.raises(RuntimeError) as caught:
            f(x, x)
        assert "argument x of type float32[3] is donated, but the same array is donated again" in (
            str(caught.value)
        )
        assert "as argument y" in str(caught.value) and f"{__file__}:" in str(caught.value)
        f(mnp.ones(3), mnp.ones(3))  # from now on without Python
    assert not x.is_deleted()
    assert [r.tolist() for r in f(mnp.copy(x), x.copy())] == [[2.0] * 3] * 2
    assert not x.is_deleted()
    with pytest.raises(RuntimeError, match="is also passed as argument y"):
        mjx.jit(lambda x, y: x + y, donate_argnums=0)(x, x)


def test_the_memory_report():
    def f(state, x, y):
        return {"a": state["a"] + 1, "n": x.sum()}

    f = mjx.jit(f, donate_argnums=(0, 2))
    lowered = f.lower({"a": mnp.ones(100)}, mnp.ones(7), mnp.ones((3, 3)))
    report = lowered.memory_report().splitlines()
    assert report[0] == "memory of jit of f"
    assert "arguments: 3, of 464 bytes" in report[1]
    assert "outputs: 2, of 404 bytes, of which 400 bytes in memory of arguments" in report[2]
    assert "temporaries: " in report[3]
    assert report[4:] == [
        "  state['a'], float32[100], 400 bytes: taken over by result['a']",
        "  y, float32[3,3], 36 bytes: not taken over: no output has its shape and dtype",
    ]
    assert "no argument is donated" in mjx.jit(lambda x: x).lower(1.0).memory_report()


def test_a_compiled_program_names_its_arguments():
    compiled = mjx.jit(lambda x: x + 1, donate_argnums=0).lower(mnp.ones(3)).compile()
    x = mnp.ones(3)
    compiled(x)
    with pytest.raises(RuntimeError, match="argument x of type .* deleted .*called at"):
        compiled(x)


@pytest.mark.parametrize(
    "body, copied",
    [
        (lambda x, y: (x.at[3, 3].set(1.0), y), "x"),
        (lambda x, y: (x * 2 + 1, mnp.exp(y)), ""),
        (lambda x, y: (y, x), ""),
        (lambda x, y: (x @ x, y + 1), "x"),
        (lambda x, y: (x + 1, y.T), "y"),
        (lambda x, y: (mnp.sort(x, axis=0), mnp.cumsum(y, axis=1)), "xy"),
        (lambda x, y: mjx.lax.fori_loop(0, 3, lambda _, c: (c[0] + c[1], c[1] * 2), (x, y)), ""),
    ],
    ids=["read-after-update", "pointwise", "swap", "matmul", "transpose", "both", "loop"],
)
def test_what_must_be_copied_is_refused(body, copied):
    def f(x, y):
        first, second = body(x, y)
        return (first, second, x[::-1].sum()) if copied == "x" else (first, second)

    x, y = mnp.ones((40, 40)) + 0, mnp.arange(1600.0).reshape(40, 40) + 0
    wanted = [np.asarray(r).copy() for r in mjx.jit(f)(x, y)]
    report = mjx.jit(f, donate_argnums=(0, 1)).lower(x, y).memory_report()
    marked = {line.split(",")[0].strip() for line in report.splitlines() if "after a copy" in line}
    assert marked == set(copied), report
    strict = mjx.jit(f, donate_argnums=(0, 1), donate="require")
    if copied:
        with pytest.raises(
            ValueError, match=r"the program copies float32\[40,40\] of argument"
        ) as e:
            strict(x, y)
        assert all(f"of argument {name}" in str(e.value) for name in copied)
    else:
        for result, value in zip(strict(x, y), wanted):
            np.testing.assert_allclose(result, value, rtol=1e-6)
    assert x.is_deleted() == y.is_deleted() == (not copied)


def test_the_lines_of_one_function_and_of_helpers_are_told_apart():
    f = mjx.jit(lambda x: x + 1, donate_argnums=0)

    def helper(x):
        return f(x)

    x, y, z = (mnp.ones(3) + i for i in range(3))
    for value in (x, y, z):
        f(mnp.ones(3) + 1)
        helper(value) if value is z else f(value)
    first = inspect.currentframe().f_lineno - 1
    w = mnp.ones(3) + 1
    f(w)
    for value, place in (
        (x, first),
        (y, first),
        (z, helper.__code__.co_firstlineno + 1),
        (w, first + 3),
    ):
        with pytest.raises(RuntimeError, match=rf"called at {__file__}:{place} in "):
            np.asarray(value)
