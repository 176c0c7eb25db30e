"""Comparing functions of mjx with those of NumPy, and gradients with differences."""

import ml_dtypes

import mjx
import mjx.numpy as mnp
import numpy as np
from mjx.core import Array

TOLERANCE = {
    "float16": 4e-3,
    "bfloat16": 3e-2,
    "float32": 2e-5,
    "float64": 1e-10,
    "complex64": 4e-5,
    "complex128": 1e-10,
}


def exact(x):
    """Floats of few bits as float64, in which the reference is computed."""
    if isinstance(x, (list, tuple)):
        return type(x)([exact(v) for v in x])
    if isinstance(x, np.ndarray):
        if x.dtype == ml_dtypes.bfloat16 or x.dtype.kind == "f":
            return x.astype(np.float64)
        if x.dtype.kind == "c":
            return x.astype(np.complex128)
    return x


def same(found, wanted, tolerance=None):
    """Asserts equal trees of arrays: shapes, and values within what the dtype can tell."""
    if isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for f, w in zip(found, wanted):
            same(f, w, tolerance)
        return
    wanted = np.asarray(wanted)
    assert isinstance(found, Array), type(found)
    assert found.shape == wanted.shape, f"shape {found.shape}, not {wanted.shape}"
    values = np.asarray(found)
    kind = "f" if values.dtype == ml_dtypes.bfloat16 else values.dtype.kind
    if kind in "fc":
        values = values.astype(np.complex128 if kind == "c" else np.float64)
        limit = TOLERANCE[found.dtype.name] if tolerance is None else tolerance
        scale = max(1.0, np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0))
        np.testing.assert_allclose(values, wanted, rtol=limit, atol=limit * scale)
    else:
        assert wanted.dtype.kind in "biu" or np.all(wanted == np.round(wanted))
        np.testing.assert_array_equal(values, wanted)


def attribute(module, name):
    """What a dotted name means in a module."""
    for part in name.split("."):
        module = getattr(module, part)
    return module


def check(name, *args, tolerance=None, reference=None, **options):
    """Asserts that a function of mjx.numpy does as NumPy's."""
    with np.errstate(all="ignore"):
        wanted = (reference or attribute(np, name))(*exact(args), **options)
    found = attribute(mnp, name)(*args, **options)
    same(found, wanted, tolerance)
    return found


def check_gradient(fun, *args, order=1, eps=1e-5, tolerance=1e-5):
    """Compares derivatives in both modes, under jit and vmap, with differences in float64."""
    with mjx.enable_x64(True):
        args = [np.asarray(a, np.float64) for a in args]
        rng = np.random.default_rng(0)
        directions = tuple([rng.normal(size=a.shape) for a in args])
        numbers = tuple(range(len(args)))

        @mjx.jit
        def total(*xs):
            parts = mjx.tree.leaves(fun(*xs))
            return sum(mnp.sum(mnp.sin(p * 1.3 + 0.2)) for p in parts)

        gradient = mjx.grad(total, argnums=numbers)
        _, forward = mjx.jit(lambda *xs: mjx.jvp(total, xs, directions))(*args)
        reverse = mjx.jit(gradient)(*args)
        slope = _difference(total, args, directions, eps)
        _agree("jvp", float(forward), slope, tolerance)
        _agree("grad", _inner(reverse, directions), slope, tolerance)
        rows = mjx.jit(mjx.vmap(gradient))(*[np.stack([a, a + 0.1]) for a in args])
        for many, one in zip(rows, reverse):
            np.testing.assert_allclose(np.asarray(many)[0], one, rtol=1e-8, atol=1e-8)
        if order == 2:

            @mjx.jit
            def product(*xs):
                return sum(mnp.sum(g * d) for g, d in zip(gradient(*xs), directions))

            second = mjx.jit(mjx.grad(product, argnums=numbers))(*args)
            bend = _difference(product, args, directions, eps)
            _agree("second", _inner(second, directions), bend, tolerance)


def _difference(fun, args, directions, eps):
    ahead, behind = (
        float(fun(*[a + t * d for a, d in zip(args, directions)])) for t in (eps, -eps)
    )
    return (ahead - behind) / (2 * eps)


def _inner(xs, ys):
    return sum(float(np.sum(np.asarray(x) * y)) for x, y in zip(xs, ys))


def _agree(what, found, wanted, tolerance):
    assert abs(found - wanted) < tolerance * max(1.0, abs(wanted)), f"{what} {found}, not {wanted}"
