"""What lives, and how much memory it takes."""

import gc
import threading
import weakref

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np


def live():
    """The ids of live arrays."""
    return {id(x) for x in mjx.live_arrays()}


def test_arrays_are_listed_while_they_live():
    before = live()
    x, y = mnp.ones(3) + 1, mnp.arange(5)
    z = mjx.jit(lambda x: (x, x * 2))(x)
    made = [a for a in mjx.live_arrays() if id(a) not in before]
    assert {id(a) for a in (x, y, *z)} <= {id(a) for a in made}
    listed = [id(a) for a in made]
    assert listed.index(id(x)) < listed.index(id(z[0]))  # in the order they were made
    reference = weakref.ref(y)
    del made, y
    gc.collect()
    assert reference() is None  # the list keeps nothing alive
    assert id(x) in live()
    x.delete()
    assert id(x) not in live()


def test_donated_arrays_are_not_listed():
    x = mnp.ones(8) + 1
    y = mjx.jit(lambda x: x + 1, donate_argnums=0)(x)
    assert id(x) not in live() and id(y) in live()


def test_the_list_is_right_after_many_arrays_in_any_order():
    rng = np.random.default_rng(0)
    before = len(mjx.live_arrays())
    kept = [mnp.float32(i) for i in range(500)]
    order = rng.permutation(500)
    for i in order[:333]:
        kept[i] = None
    assert len(mjx.live_arrays()) - before == 500 - 333
    kept.clear()
    assert len(mjx.live_arrays()) == before


def test_threads_make_and_drop_arrays_at_once():
    before = len(mjx.live_arrays())
    errors = []

    def work():
        try:
            for _ in range(300):
                x = mnp.ones(2) + 1
                assert id(x) in live()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors
    gc.collect()
    assert len(mjx.live_arrays()) <= before + 5  # constants may have been made


def test_a_callback_of_a_dying_array_does_not_find_it():
    found = []
    x = mnp.ones(3)
    key = id(x)
    reference = weakref.ref(x, lambda _: found.append(key in live()))
    del x
    assert found == [False] and reference() is None


def test_platforms_are_checked():
    assert mjx.live_arrays("cpu") is not None
    with pytest.raises(ValueError, match="expected the platform 'cpu', but got 'tpu'"):
        mjx.live_arrays("tpu")


def test_bytes_are_counted():
    gc.collect()
    before = mjx.memory_stats()
    x = (mnp.ones((1000, 1000)) + 1).block_until_ready()
    during = mjx.memory_stats()
    used = during["bytes_in_use"] - before["bytes_in_use"]
    assert 4_000_000 <= used <= 1.3 * 4_000_000 + 4096
    assert during["peak_bytes_in_use"] >= during["bytes_in_use"]
    assert during["largest_alloc_size"] >= 4_000_000
    assert during["num_allocs"] > before["num_allocs"]
    assert during["bytes_limit"] > during["bytes_in_use"]
    del x
    gc.collect()
    after = mjx.memory_stats()
    assert after["bytes_in_use"] <= during["bytes_in_use"] - 4_000_000
    assert after["bytes_cached"] >= 4_000_000
    assert after["peak_bytes_in_use"] >= during["bytes_in_use"]
    assert mjx.devices()[0].memory_stats().keys() == after.keys()
