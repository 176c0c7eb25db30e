"""C functions in programs, compiled here, and functions of Python by way of ctypes."""

import ctypes
import subprocess

import pytest

import mjx
import mjx.numpy as mnp
import numpy as np

SOURCE = r"""
#include "mjx-c/Foreign.h"
#include <string.h>

static int64_t calls = 0;
int64_t count(void) { return calls; }

// results[0] = by * inputs[0]
int32_t scale(const mjx_call *call) {
  __atomic_fetch_add(&calls, 1, __ATOMIC_SEQ_CST);
  double by = 1;
  for (int64_t i = 0; i < call->num_parameters; ++i)
    if (strcmp(call->parameters[i].name, "by") == 0)
      by = call->parameters[i].kind == MJX_REAL ? call->parameters[i].real
                                                : (double)call->parameters[i].integer;
    else if (strcmp(call->parameters[i].text, "fail") == 0) {
      strcpy(call->error, "as told");
      return 7;
    }
  if (strcmp(call->inputs[0].dtype, "float32") != 0)
    return 1;
  for (int64_t i = 0; i < call->inputs[0].size; ++i)
    ((float *)call->results[0].data)[i] = (float)(by * ((const float *)call->inputs[0].data)[i]);
  return 0;
}

// The shape of inputs[0].
int32_t shape(const mjx_call *call) {
  for (int64_t i = 0; i < call->inputs[0].rank; ++i)
    ((int32_t *)call->results[0].data)[i] = (int32_t)call->inputs[0].shape[i];
  return 0;
}

void negate(void *const *results, const void *const *inputs) {
  *(float *)results[0] = -*(const float *)inputs[0];
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ffi")
    (folder / "functions.c").write_text(SOURCE)
    target = folder / "functions.so"
    command = ["cc", "-shared", "-fPIC", "-I", mjx.ffi.include_dir(), "-o", target]
    subprocess.run([*command, folder / "functions.c"], check=True)
    found = ctypes.CDLL(str(target))
    found.count.restype = ctypes.c_int64
    mjx.ffi.register_ffi_target("scale", mjx.ffi.pycapsule(found.scale))
    mjx.ffi.register_ffi_target("shape", found.shape)
    mjx.ffi.register_ffi_target("negate", mjx.ffi.pycapsule(found.negate), api_version=0)
    return found


def like(x):
    return mjx.ShapeDtypeStruct(x.shape, x.dtype)


def scale(x, **parameters):
    return mjx.ffi.ffi_call("scale", like(x), vmap_method="broadcast_all")(x, **parameters)


@pytest.mark.parametrize("jit", [False, True])
def test_parameters_and_results(library, jit):
    x = mnp.arange(6.0).reshape(2, 3)
    for by in (2, 0.5, -1e-30, True):

        def f(x, by=by):
            return scale(x, by=by)

        found = (mjx.jit(f) if jit else f)(x)
        np.testing.assert_array_equal(found, np.asarray(x) * np.float32(by))


def test_shapes_and_empty_arrays(library):
    call = mjx.ffi.ffi_call("shape", mjx.ShapeDtypeStruct((3,), np.int32))
    np.testing.assert_array_equal(call(mnp.zeros((4, 0, 2))), [4, 0, 2])
    assert scale(mnp.zeros((0, 2))).shape == (0, 2)


def test_pointers_only(library):
    x = mnp.float32(3)
    call = mjx.ffi.ffi_call("negate", like(x))
    assert call(x) == -3
    assert mjx.jit(call)(x) == -3


def test_functions_of_python_by_ctypes():
    @ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_void_p))
    def double(results, inputs):
        out = ctypes.cast(results[0], ctypes.POINTER(ctypes.c_float))
        out[0] = 2 * ctypes.cast(inputs[0], ctypes.POINTER(ctypes.c_float))[0]

    mjx.ffi.register_ffi_target("double", double, api_version=0)
    x = mnp.float32(3)
    assert mjx.jit(mjx.ffi.ffi_call("double", like(x)))(x) == 6


def test_in_loops_and_batches(library):
    x = mnp.ones(3)
    loop = mjx.jit(lambda x: mjx.lax.fori_loop(0, 5, lambda i, c: scale(c, by=2), x))
    np.testing.assert_array_equal(loop(x), [32] * 3)
    batch = mnp.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(mjx.vmap(lambda x: scale(x, by=3))(batch), 3 * batch)

    def sequential(x):
        return mjx.ffi.ffi_call("scale", like(x), vmap_method="sequential")(x, by=3)

    np.testing.assert_array_equal(mjx.jit(mjx.vmap(sequential))(batch), 3 * batch)
    with pytest.raises(ValueError, match="vmap_method"):
        mjx.vmap(mjx.ffi.ffi_call("negate", mjx.ShapeDtypeStruct((), np.float32)))(x)


def test_errors_of_the_function(library):
    x = mnp.ones(3)
    for f in (scale, mjx.jit(scale, static_argnames="how")):
        with pytest.raises(RuntimeError, match="code 7: as told"):
            f(x, how="fail").block_until_ready()
    with pytest.raises(RuntimeError, match="code 1"):
        mjx.jit(scale)(mnp.arange(3)).block_until_ready()


def test_effects(library):
    x = mnp.ones(3)

    def f(x, effects):
        call = mjx.ffi.ffi_call("scale", like(x), has_side_effect=effects)
        call(x)
        call(x)
        return x

    for effects, calls in ((False, 0), (True, 2)):
        g = mjx.jit(f, static_argnums=1)
        before = library.count()
        g(x, effects)
        mjx.effects_barrier()
        assert library.count() - before == calls


def test_no_derivative(library):
    with pytest.raises(ValueError, match=r"test_ffi.py.*custom_jvp"):
        mjx.grad(lambda x: scale(x, by=2).sum())(mnp.ones(3))


def test_misuse(library):
    x = mnp.ones(3)
    with pytest.raises(ValueError, match="registered"):
        mjx.ffi.ffi_call("no such", like(x))(x)
    with pytest.raises(ValueError, match="new name"):
        mjx.ffi.register_ffi_target("scale", library.shape)
    mjx.ffi.register_ffi_target("scale", library.scale)  # the same again
    with pytest.raises(ValueError, match="platform"):
        mjx.ffi.register_ffi_target("other", library.scale, platform="CUDA")
    with pytest.raises(TypeError, match="array"):
        scale(x, by=np.ones(2))
    with pytest.raises(TypeError, match="text"):
        scale(x, name="a\nb")
    with pytest.raises(ValueError, match="layouts"):
        mjx.ffi.ffi_call("scale", like(x), input_layouts=[None])
