"""Buffers and launches as the extension offers them."""

import gc
import signal
import subprocess
import sys
import textwrap
import threading
import weakref

import ml_dtypes
import pytest

import numpy as np
from mjx import _mjx

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128"
).split()


def buffer(values, element_type="float32", copy=True):
    return _mjx.Buffer.from_numpy(np.asarray(values, element_type), element_type, copy)


def compile_add(shape="4xf32", **options):
    text = f"""
    func.func @add(%x: tensor<{shape}>, %y: tensor<{shape}>) -> tensor<{shape}> {{
      %sum = mjx.add %x, %y : tensor<{shape}>
      return %sum : tensor<{shape}>
    }}"""
    return _mjx.Module.parse(text).compile(**options)


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("name", DTYPES)
def test_every_type_makes_the_round_trip(name, copy):
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(name)
    for given in (array, array.T, array[:, ::2], array[:0], array[1, 2]):
        made = _mjx.Buffer.from_numpy(given, name, copy)
        assert (made.shape, made.element_type) == (given.shape, name)
        assert made.nbytes == given.nbytes
        result = made.numpy()
        assert result.dtype == array.dtype and result.shape == given.shape
        assert np.array_equal(result, given)


def test_bfloat16_travels_as_bits():
    array = np.arange(4).astype(ml_dtypes.bfloat16)
    made = _mjx.Buffer.from_numpy(array, "bfloat16", True)
    assert np.array_equal(made.numpy().view(ml_dtypes.bfloat16), array)


def test_a_copy_is_independent_and_a_view_is_not():
    array = np.ones(4, np.float32)
    copied, shared = buffer(array), buffer(array, copy=False)
    array[0] = 5
    assert copied.numpy()[0] == 1
    assert shared.numpy()[0] == 5 and shared.ptr == array.ctypes.data


def test_a_shared_array_lives_as_long_as_its_buffer():
    class Owner(np.ndarray):
        pass

    array = np.ones(4, np.float32).view(Owner)
    alive = weakref.ref(array)
    shared = _mjx.Buffer.from_numpy(array, "float32", False)
    del array
    gc.collect()
    assert alive() is not None
    del shared
    gc.collect()
    assert alive() is None


def test_results_are_read_only_views_that_outlive_the_buffer():
    made = buffer([1, 2, 3])
    view = made.numpy()
    assert view.ctypes.data == made.ptr
    with pytest.raises(ValueError):
        view[0] = 1
    made.delete()
    del made
    assert view.tolist() == [1, 2, 3]


def test_a_deleted_buffer_says_so():
    made = buffer([[1, 2]])
    made.delete()
    assert made.is_deleted()
    for use in (made.numpy, made.wait, lambda: made.ptr):
        with pytest.raises(RuntimeError, match=r"float32\[1,2\] has been deleted"):
            use()


def test_misfits_are_refused():
    with pytest.raises(ValueError, match="8 bytes .float64., but got an array of 4-byte"):
        _mjx.Buffer.from_numpy(np.ones(2, np.float32), "float64", True)
    with pytest.raises(ValueError, match="unknown element type 'float7'"):
        _mjx.Buffer.from_numpy(np.ones(2, np.float32), "float7", True)
    with pytest.raises(TypeError):
        _mjx.Buffer.from_numpy("text", "float32", True)


def test_a_launch_checks_its_inputs():
    add = compile_add()
    x = buffer([1, 2, 3, 4])
    assert add([x, x])[0].numpy().tolist() == [2, 4, 6, 8]
    assert add.input_types == [("float32", (4,))] * 2 and add.output_types == [("float32", (4,))]
    with pytest.raises(RuntimeError, match="expected 2 inputs, but got 1"):
        add([x])
    with pytest.raises(RuntimeError, match=r"input 1 .* be float32\[4\].* is float32\[3\]"):
        add([x, buffer([1, 2, 3])])
    with pytest.raises(TypeError, match="expected a Buffer as input 0, but got numpy.ndarray"):
        add([np.ones(4), x])


def test_donation_reuses_the_memory_unless_it_is_seen():
    add = compile_add(donated=[0])
    assert add.aliases == [0]
    x, y = buffer([1, 2, 3, 4]), buffer([1, 1, 1, 1])
    address = x.ptr
    total = add([x, y], [0])[0]
    assert total.ptr == address and total.numpy().tolist() == [2, 3, 4, 5]
    with pytest.raises(RuntimeError, match="donated to"):
        x.numpy()
    seen = total.numpy()
    again = add([total, y], [0])[0]
    assert again.numpy().tolist() == [3, 4, 5, 6] and seen.tolist() == [2, 3, 4, 5]
    kept = add([again, y])[0]
    assert kept.numpy().tolist() == [4, 5, 6, 7] and again.numpy().tolist() == [3, 4, 5, 6]
    with pytest.raises(RuntimeError, match="also passed as input 1"):
        add([kept, kept], [0])


def test_large_programs_run_in_order_behind_the_caller():
    add = compile_add("1000x1000xf32")
    total = one = buffer(np.ones((1000, 1000)))
    for _ in range(100):
        (total,) = add([total, one])
    total.wait()
    assert total.is_ready() and (total.numpy() == 101).all()


def test_threads_launch_at_once():
    add, one = compile_add(), buffer([1, 1, 1, 1])
    results = {}

    def run(start):
        total = buffer([start] * 4)
        for _ in range(300):
            (total,) = add([total, one])
        results[start] = total.numpy().tolist()

    threads = [threading.Thread(target=run, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {start: [start + 300.0] * 4 for start in range(4)}


SINE = """
func.func @sine(%x: tensor<8000000xf32>) -> tensor<8000000xf32> {
  %y = mjx.sin %x : tensor<8000000xf32>
  return %y : tensor<8000000xf32>
}"""


class Alarm(Exception):
    pass


def test_waiting_hears_signals():
    def ring(*_):
        raise Alarm

    sine = _mjx.Module.parse(SINE).compile(donated=[0])
    total = buffer(np.ones(8000000))
    before = signal.signal(signal.SIGALRM, ring)
    try:
        with pytest.raises(Alarm):
            for _ in range(30):
                (total,) = sine([total], [0])
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            total.wait()
        assert not total.is_ready()
    finally:
        signal.signal(signal.SIGALRM, before)
    total.wait()
    assert np.isfinite(total.numpy()).all()


def test_the_number_of_threads():
    before = _mjx.num_threads()
    _mjx.set_num_threads(1)
    assert _mjx.num_threads() == 1
    _mjx.set_num_threads(before)
    with pytest.raises(ValueError, match="at least 1"):
        _mjx.set_num_threads(0)


def run_program(source):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


SETUP = """
    import os, sys
    import numpy as np
    from mjx import _mjx
    text = "func.func @f(%x: tensor<999999xf32>) -> tensor<999999xf32> {" \\
        "%y = mjx.sin %x : tensor<999999xf32> return %y : tensor<999999xf32> }"
    sin = _mjx.Module.parse(text).compile()
    x = _mjx.Buffer.from_numpy(np.ones(999999, np.float32), "float32", False)
"""


def test_a_forked_child_gets_an_error_instead_of_a_hang():
    done = run_program(
        SETUP
        + """
    sin([x])[0].wait()
    child = os.fork()
    if child == 0:
        try:
            sin([x])
        except RuntimeError as error:
            os._exit(0 if "forked" in str(error) else 1)
        os._exit(2)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    )
    assert done.returncode == 0, done.stderr


def test_the_process_ends_cleanly_with_work_in_flight():
    done = run_program(SETUP + "    for _ in range(20): x = sin([x])[0]\n    print('leaving')\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "leaving\n", "")
