"""`mjx.experimental.checkify`: errors as values."""

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.errors import JaxRuntimeError
from mjx.experimental import checkify

WAYS = {
    "eager": checkify.checkify,
    "jit outside": lambda f, **k: mjx.jit(checkify.checkify(f, **k)),
    "jit inside": lambda f, **k: checkify.checkify(mjx.jit(f), **k),
}


def log(x):
    checkify.check(x > 0, "expected x > 0, but got {} and {y}", x, y=x * 2)
    return mnp.log(x)


@pytest.mark.parametrize("way", WAYS)
def test_errors_of_checks(way):
    checked = WAYS[way](log)
    err, out = checked(2.0)
    assert err.get() is None
    err.throw()
    np.testing.assert_allclose(out, np.log(2), rtol=1e-6)
    err, out = checked(-1.0)
    assert err.get() == "expected x > 0, but got -1.0 and -2.0"
    assert np.isnan(out)
    with pytest.raises(JaxRuntimeError, match="expected x > 0"):
        err.throw()
    assert checked(2.0)[0].get() is None


def test_the_first_failure_counts():
    def step(total, x):
        checkify.check(x < 2, "x is {}", x)
        return total + x, None

    err, out = mjx.jit(checkify.checkify(lambda xs: mjx.lax.scan(step, 0.0, xs)[0]))(
        mnp.arange(5.0)
    )
    assert err.get() == "x is 2.0"
    assert out == 10  # the function goes on

    def loop(n):
        def body(i):
            checkify.check(i != 3, "i is {}", i)
            return i + 1

        return mjx.lax.while_loop(lambda i: i < n, body, 0)

    checked = mjx.jit(checkify.checkify(loop))
    assert [checked(n)[0].get() for n in (3, 5)] == [None, "i is 3"]


def test_only_the_branch_that_runs_is_checked():
    def f(x):
        return mjx.lax.cond(x > 0, log, lambda v: v, x)

    assert checkify.checkify(f)(-1.0)[0].get() is None
    err, _ = checkify.checkify(lambda x: mjx.lax.cond(x < 0, log, lambda v: v, x))(-1.0)
    assert "got -1.0" in err.get()


def test_checks_under_grad_and_vmap():
    err, slope = mjx.jit(checkify.checkify(mjx.grad(log)))(-2.0)
    assert "got -2.0" in err.get()
    assert slope == -0.5
    xs = mnp.array([1.0, -3.0, -4.0])
    err, _ = checkify.checkify(mjx.vmap(log))(xs)
    assert "got -3.0" in err.get()
    err, _ = mjx.vmap(checkify.checkify(log))(xs)
    assert "got -3.0" in err.get()


CASES = {
    "nan": (lambda x: mnp.log(x), (-1.0,), "log yields nan"),
    "div": (lambda x: x / 0, (1.0,), "divisor"),
    "int div": (lambda x: mjx.lax.div(x, x - 2), (2,), "divisor"),
    "slice": (lambda x, i: x[i], (np.ones(3), 5), "dimension 0 of 3 elements, but got 5"),
    "gather": (lambda x, i: x[:, i], (np.ones((2, 3)), np.array([0, 7])), "dimension 1 of 3"),
    "scatter": (lambda x, i: x.at[i].set(2.0), (np.ones(3), np.array([1, 3])), "dimension 0 of 3"),
    "update": (
        lambda x, i: mjx.lax.dynamic_update_slice(x, mnp.zeros(2), (i,)),
        (np.ones(3), 2),
        "dimension 0 of 3",
    ),
}


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_automatic_checks(case, jit):
    f, args, message = CASES[case]
    checked = checkify.checkify(f, errors=checkify.all_checks)
    err, _ = (mjx.jit(checked) if jit else checked)(*args)
    assert message in err.get()
    assert "test_checkify.py" in err.get()
    assert checkify.checkify(f)(*args)[0].get() is None  # user checks only


def test_good_values_pass_automatic_checks():
    def f(x, i):
        return (x[i] + x[-1]) / x.at[i].add(1.0), mnp.log(x)[i]

    err, _ = checkify.checkify(f, errors=checkify.all_checks)(mnp.ones(3), 2)
    assert err.get() is None


def test_sets_of_checks():
    assert checkify.float_checks == checkify.nan_checks | checkify.div_checks
    assert checkify.all_checks == checkify.automatic_checks | checkify.user_checks
    with pytest.raises(ValueError, match="errors"):
        checkify.checkify(log, errors={"overflow"})
    err, _ = checkify.checkify(lambda x: log(x) / 0, errors=checkify.div_checks)(-1.0)
    assert "divisor" in err.get()


def test_check_without_checkify_raises():
    for f in (log, mjx.jit(log)):
        with pytest.raises(JaxRuntimeError, match="got -1.0 and -2.0"):
            f(-1.0).block_until_ready()
    checkify.debug_check(False, "not checked")


def test_check_error():
    @mjx.jit
    def f(x):
        err, out = checkify.checkify(log)(x)
        checkify.check_error(err)
        return out

    np.testing.assert_allclose(f(2.0), np.log(2), rtol=1e-6)
    with pytest.raises(JaxRuntimeError, match="got -1.0"):
        f(-1.0).block_until_ready()
    with pytest.raises(JaxRuntimeError, match="got -1.0"):
        checkify.check_error(checkify.checkify(log)(-1.0)[0])


def test_trees_and_static_arguments():
    err, out = checkify.checkify(lambda t, *, how: {how: t["a"] + 1})({"a": 1.0}, how="b")
    assert err.get() is None
    assert float(out["b"]) == 2
