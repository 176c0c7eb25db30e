"""Comparing whole arrays, and applying functions along axes and to elements."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, axis_of, convert
from mjx.lax.shape import broadcast_to
from mjx.numpy import operands as ops
from mjx.numpy import reductions, ufuncs
from mjx.numpy.creation import array
from mjx.support.errors import explain
from mjx.transforms import vmap

__all__ = [
    "allclose",
    "apply_along_axis",
    "apply_over_axes",
    "array_equal",
    "array_equiv",
    "piecewise",
    "vectorize",
]


def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Value:
    """Whether all elements are close: see `isclose`."""
    return reductions.all(ufuncs.isclose(a, b, rtol, atol, equal_nan))


def _equal(who: str, a1: Any, a2: Any, equal_nan: bool) -> Value:
    a, b = ops.promoted(who, array(a1), array(a2))
    same = ufuncs.equal(a, b)
    if equal_nan:
        same = ufuncs.logical_or(same, ufuncs.logical_and(ufuncs.isnan(a), ufuncs.isnan(b)))
    return reductions.all(same)


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Value:
    """Whether two arrays have one shape and equal elements."""
    if np.shape(a1) != np.shape(a2):
        return lax.full((), False, bool)
    return _equal("array_equal", a1, a2, equal_nan)


def array_equiv(a1: Any, a2: Any) -> Value:
    """Whether two arrays have equal elements once they are broadcast."""
    try:
        lax.broadcast_shapes(np.shape(a1), np.shape(a2))
    except (TypeError, ValueError):
        return lax.full((), False, bool)
    return _equal("array_equiv", a1, a2, False)


def apply_along_axis(func1d: Callable, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Value:
    """`func1d` of each vector along an axis, whose results take the place of that axis."""
    arr = ops.value_of(arr, "apply_along_axis")
    axis = axis_of(axis, arr.ndim, "apply_along_axis")

    def mapped(v: Value) -> Any:
        return func1d(v, *args, **kwargs)

    for d in reversed(range(arr.ndim)):
        if d < axis:
            mapped = vmap(mapped, in_axes=0, out_axes=0)
        elif d > axis:
            mapped = vmap(mapped, in_axes=1, out_axes=-1)
    return mapped(arr)


def apply_over_axes(func: Callable, a: Any, axes: Any) -> Value:
    """`func(a, axis)` for one axis after the other; lost dimensions come back as 1."""
    a = ops.value_of(a, "apply_over_axes")
    for axis in axes if isinstance(axes, (list, tuple)) else (axes,):
        found = func(a, axis)
        if found.ndim == a.ndim - 1:
            found = lax.expand_dims(found, (axis_of(axis, a.ndim, "apply_over_axes"),))
        if found.ndim != a.ndim:
            raise ValueError(
                explain(
                    "apply_over_axes",
                    "a function that keeps the rank or reduces it by 1",
                    f"{a.ndim} and {found.ndim} dimensions",
                )
            )
        a = found
    return a


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Value:
    """For each element the function, or number, of the last condition that holds.

    One more function than conditions is for where none does, which otherwise is 0. All functions
    are applied to all elements.
    """
    x = ops.value_of(x, "piecewise")
    conditions = condlist if isinstance(condlist, (list, tuple)) else [condlist]
    if not isinstance(condlist, (list, tuple)) and np.ndim(condlist) > x.ndim:
        conditions = list(lax.unstack(ops.value_of(condlist, "piecewise"), 0))
    if conditions and isinstance(conditions[0], (bool, np.bool_)):
        conditions = [array(condlist)]
    count = len(conditions)
    if len(funclist) not in (count, count + 1):
        raise ValueError(
            explain("piecewise", f"{count} or {count + 1} functions", str(len(funclist)))
        )
    functions = list(funclist)
    otherwise = functions.pop() if len(functions) > count else 0

    def value(f: Any) -> Value:
        found = f(x, *args, **kw) if callable(f) else f
        return broadcast_to(convert(array(found), x.dtype), x.shape)

    out = value(otherwise)
    for condition, f in zip(conditions, functions):
        out = ufuncs.where(condition, value(f), out)
    return out


_CORE = r"\(\s*(?:\w+\s*(?:,\s*\w+\s*)*)?\)"
_SIGNATURE = re.compile(rf"^\s*{_CORE}\s*(,\s*{_CORE}\s*)*->\s*{_CORE}\s*(,\s*{_CORE}\s*)*$")


def _parse_signature(signature: str) -> list[list[tuple[str, ...]]]:
    """The names of the core dimensions of each input and output."""
    if not _SIGNATURE.match(signature):
        raise ValueError(
            explain("vectorize", "a signature such as '(m,k),(k,n)->(m,n)'", repr(signature))
        )
    return [
        [tuple(re.findall(r"\w+", core)) for core in re.findall(_CORE, side)]
        for side in signature.split("->")
    ]


def vectorize(
    pyfunc: Callable, *, excluded: Any = frozenset(), signature: str | None = None
) -> Callable:
    """A function of arrays out of one of elements, or of parts that a signature names.

    Leading dimensions are broadcast. Arguments in `excluded`, positions or names, are passed as
    they are.
    """
    excluded = set(excluded)
    cores = None if signature is None else _parse_signature(signature)

    @functools.wraps(pyfunc)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        places = [i for i in range(len(args)) if i not in excluded]
        names = [k for k in kwargs if k not in excluded]
        given = [args[i] for i in places] + [kwargs[k] for k in names]

        def core(*values: Any) -> Any:
            filled, named = list(args), dict(kwargs)
            for i, v in zip(places, values):
                filled[i] = v
            named.update(zip(names, values[len(places) :]))
            return pyfunc(*filled, **named)

        return _vectorized(core, [array(v) for v in given], cores, signature)

    return wrapped


def _vectorized(core: Callable, values: list[Value], cores: Any, signature: str | None) -> Any:
    inputs = [()] * len(values) if cores is None else cores[0]
    if len(inputs) != len(values):
        raise TypeError(
            explain("vectorize", f"{len(inputs)} arguments, as {signature!r} has", str(len(values)))
        )
    _check_core_sizes(inputs, values, signature)
    batches = [v.shape[: v.ndim - len(names)] for v, names in zip(values, inputs)]
    shape = lax.broadcast_shapes(*batches) if batches else ()
    core = functools.partial(_checked, core, cores, signature)
    operands = []
    mapped: list[list[int | None]] = [[] for _ in shape]
    for v, batch in zip(values, batches):
        lead = (1,) * (len(shape) - len(batch)) + batch
        still = [n != 1 or m == 1 for n, m in zip(lead, shape)]
        for axes, there in zip(mapped, still):
            axes.append(0 if there else None)
        v = lax.reshape(v, (*lead, *v.shape[len(batch) :]))
        operands.append(lax.squeeze(v, [d for d, there in enumerate(still) if not there]))
    for axes in reversed(mapped):
        core = vmap(core, in_axes=tuple(axes))
    return core(*operands)


def _check_core_sizes(inputs: Any, values: Sequence[Value], signature: str | None) -> None:
    sizes: dict[str, int] = {}
    for v, names in zip(values, inputs):
        if v.ndim < len(names):
            raise ValueError(
                explain(
                    "vectorize", f"at least {len(names)} dimensions for {signature!r}", str(v.aval)
                )
            )
        for name, n in zip(names, v.shape[v.ndim - len(names) :]):
            expected = int(name) if name.isdigit() else sizes.setdefault(name, n)
            if n != expected:
                raise ValueError(
                    explain("vectorize", f"{name} = {expected} in {signature!r}", str(n))
                )


def _checked(core: Callable, cores: Any, signature: str | None, *values: Any) -> Any:
    """The results, whose ranks must be those of the signature."""
    out = core(*values)
    if cores is None:
        return out
    outs = out if isinstance(out, (tuple, list)) else (out,)
    if [np.ndim(v) for v in outs] != [len(names) for names in cores[1]]:
        raise TypeError(
            explain(
                "vectorize",
                f"results of the ranks in {signature!r}",
                ", ".join(str(np.shape(v)) for v in outs),
            )
        )
    return out
