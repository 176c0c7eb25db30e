"""The streams, against recorded vectors: bit for bit, or to a few ulp where logarithms come in."""

import hashlib
import json
from pathlib import Path

import ml_dtypes
import pytest

import mjx
import numpy as np
from mjx import lax, random
from mjx.support.config import enable_x64

DATA = json.loads((Path(__file__).parents[1] / "data" / "prng_vectors.json").read_text())

ARRAYS = {
    "arange(12).reshape(4,3)": lambda: np.arange(12, dtype=np.int32).reshape(4, 3),
    "linspace(-2,2,12,f32).reshape(3,4)": lambda: np.linspace(-2, 2, 12, dtype=np.float32).reshape(
        3, 4
    ),
}


def argument(x):
    if isinstance(x, str):
        return ARRAYS[x]() if x in ARRAYS else x
    return tuple(x) if isinstance(x, list) and all(type(n) is int for n in x) else x


def draw(vector):
    name, seed = vector["fn"], vector["key"]
    args = {k: argument(v) for k, v in vector["args"].items()}
    if name == "PRNGKey":
        return random.PRNGKey(seed)
    key = random.PRNGKey(seed)
    if name == "fold_in(fold_in)":
        for n in args["data"]:
            key = random.fold_in(key, n)
        return key
    if name.startswith("vmap"):
        keys = random.split(key, 4)
        return mjx.vmap(lambda k: random.uniform(k, (2,)))(keys)
    for parameter in ("p", "alpha", "mean", "cov"):
        if isinstance(args.get(parameter), (list, tuple)):
            args[parameter] = np.asarray(args[parameter], np.float32)
    return getattr(random, name)(key, **args)


def expected(vector):
    out = vector["out"]
    dtype = np.dtype(getattr(ml_dtypes, out["dtype"], out["dtype"]))
    if "bits" in out and dtype.kind != "c":
        bits = np.asarray(out["bits"], f"uint{8 * dtype.itemsize}")
        return bits.view(dtype).reshape(out["shape"])
    if dtype.kind == "c":
        return (np.asarray(out["re"]) + 1j * np.asarray(out["im"])).astype(dtype)
    return np.asarray(out["v"], dtype).reshape(out["shape"])


def ids(vector):
    return f"{vector['fn']}-{vector['key']}-{list(vector['args'].values())}"


def known(vectors, level):
    return [v for v in vectors if v["level"] == level]


@pytest.mark.parametrize("vector", known(DATA["vectors"], 0), ids=ids)
def test_bits(vector):
    want, got = expected(vector), np.asarray(draw(vector))
    assert got.dtype == want.dtype and got.shape == want.shape
    assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize("vector", known(DATA["vectors"], 1), ids=ids)
def test_few_ulp(vector):
    want, got = expected(vector), np.asarray(draw(vector))
    assert got.dtype == want.dtype and got.shape == want.shape
    precise = np.float32 if want.dtype.itemsize <= 2 else want.dtype
    eps = ml_dtypes.finfo(want.dtype).eps if want.dtype.kind != "i" else 0
    np.testing.assert_allclose(
        got.astype(precise), want.astype(precise), rtol=16 * float(eps), atol=4 * float(eps)
    )


@pytest.mark.parametrize("vector", known(DATA["vectors"], 2), ids=ids)
def test_rejection(vector):
    want, got = expected(vector), np.asarray(draw(vector))
    assert got.dtype == want.dtype and got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("vector", DATA["x64_vectors"], ids=ids)
def test_x64(vector):
    with enable_x64(True):
        want, got = expected(vector), np.asarray(draw(vector))
        assert got.dtype == want.dtype
        if vector["level"]:
            np.testing.assert_allclose(got, want, rtol=1e-13)
        else:
            assert got.tobytes() == want.tobytes()


def test_known_answers():
    for answer in DATA["threefry2x32_known_answers"]:
        key, count, out = (
            [np.uint32(int(w, 16)) for w in answer[part]] for part in ("key", "count", "out")
        )
        got = lax.threefry2x32(*key, *count)
        assert [int(w) for w in got] == [int(w) for w in out]


STREAMS = {
    "bits uint32": lambda key, n: random.bits(key, (n,), "uint32"),
    "uniform float32": lambda key, n: random.uniform(key, (n,)),
    "randint [0,1000)": lambda key, n: random.randint(key, (n,), 0, 1000),
    "permutation 100000": lambda key, n: random.permutation(key, n),
}


@pytest.mark.parametrize("stream", DATA["stream_hashes"], ids=lambda s: s["fn"])
def test_long_streams(stream):
    drawn = STREAMS[stream["fn"]](random.PRNGKey(stream["key"]), stream["n"])
    found = hashlib.sha256(np.asarray(drawn).tobytes()).hexdigest()
    assert found == stream["sha256_le_bytes"]


def test_uniform_is_rounded_once():
    # f(x) * 4 - 1.3 in one rounding; the product and sum rounded by themselves differ in half.
    key = random.PRNGKey(5)
    u = np.asarray(random.uniform(key, (10000,))).astype(np.float64)
    low, high = np.float32(-1.3), np.float32(2.7)
    want = (u * np.float64(high - low) + np.float64(low)).astype(np.float32)
    got = np.asarray(random.uniform(key, (10000,), minval=-1.3, maxval=2.7))
    assert (got == np.maximum(want, low)).all()
