"""Elementwise functions of users, with the ways NumPy has to apply them along an axis."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from mjx import lax
from mjx.lax.operands import Value, axis_of, convert
from mjx.numpy import integers, reductions, ufuncs
from mjx.numpy import operands as ops
from mjx.numpy.functional import vectorize
from mjx.numpy.shape import broadcast_to, expand_dims, moveaxis
from mjx.support.errors import explain
from mjx.transforms import eval_shape

__all__ = ["frompyfunc", "ufunc"]


class ufunc:  # noqa: N801
    """A function of scalars that is applied to each element of arrays.

    `reduce`, `accumulate`, `reduceat`, `at` and `outer` are for functions of two numbers; they
    apply it in order, so it need not be associative.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        /,
        nin: int,
        nout: int,
        *,
        name: str | None = None,
        nargs: int | None = None,
        identity: Any = None,
        call: Callable[..., Any] | None = None,
        reduce: Callable[..., Any] | None = None,
        accumulate: Callable[..., Any] | None = None,
        at: Callable[..., Any] | None = None,
        reduceat: Callable[..., Any] | None = None,
    ):
        """`call` applies `func` to arrays; the others stand in for the methods of their names."""
        self.nin, self.nout = operator.index(nin), operator.index(nout)
        self.nargs = self.nin + self.nout if nargs is None else operator.index(nargs)
        self.identity = identity
        self.__name__ = name or getattr(func, "__name__", "ufunc")
        self._apply = vectorize(func) if call is None else call
        given = {"reduce": reduce, "accumulate": accumulate, "at": at, "reduceat": reduceat}
        for method, function in given.items():
            if function is not None:
                setattr(self, method, function)

    def __repr__(self) -> str:
        return f"<ufunc {self.__name__!r}>"

    def __call__(self, *args: Any, out: None = None, where: None = None) -> Any:
        """The function of each element of the operands, which are broadcast."""
        if out is not None or where is not None:
            raise ValueError(explain(self.__name__, "neither out= nor where=", "one of them"))
        if len(args) != self.nin:
            raise TypeError(explain(self.__name__, f"{self.nin} operands", str(len(args))))
        found = self._apply(*args)
        count = len(found) if isinstance(found, tuple) else 1
        if count != self.nout:
            raise TypeError(explain(self.__name__, f"{self.nout} results", str(count)))
        return found

    def _operand(self, who: str, a: Any, dtype: Any, out: None) -> Value:
        if (self.nin, self.nout) != (2, 1):
            raise ValueError(
                explain(f"{self.__name__}.{who}", "a function of two numbers to one", repr(self))
            )
        if out is not None:
            raise ValueError(explain(f"{self.__name__}.{who}", "no out=", repr(out)))
        a = ops.to_dtype(ops.value_of(a, who), dtype, who)
        # What a predicate starts from is a truth value, as what it gives.
        return ops.boolean(a, who) if eval_shape(self._apply, a, a).dtype == bool else a

    def _fold(self, x: Value, y: Value) -> Value:
        """One application, in the type of what is already there."""
        return convert(self._apply(x, y), x.dtype)

    def reduce(
        self,
        a: Any,
        axis: int | None = 0,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
    ) -> Value:
        """The function of all elements along an axis (of all, in order, for None), one by one."""
        a = self._operand("reduce", a, dtype, out)
        rank, whole = a.ndim, axis is None
        where = None if where is None else ops.boolean(where, "reduce")
        if where is not None:
            a, where = ops.broadcasted("reduce", a, where)
        if whole:
            a = lax.reshape(a, (a.size,))
            where = None if where is None else lax.reshape(where, (a.size,))
        axis = 0 if whole else axis_of(axis, rank, "reduce")
        found = self._reduced(a, where, axis, self.identity if initial is None else initial)
        if not keepdims:
            return found
        return lax.reshape(found, (1,) * rank) if whole else expand_dims(found, axis)

    def _reduced(self, a: Value, where: Value | None, axis: int, initial: Any) -> Value:
        rows = moveaxis(a, axis, 0)
        if initial is None and (where is not None or not rows.shape[0]):
            raise ValueError(
                explain(
                    f"{self.__name__}.reduce",
                    "an initial value, since the function has no identity",
                    "no elements" if where is None else "where=",
                )
            )
        if initial is None:
            start, rows = rows[0], rows[1:]
        else:
            start = lax.full(rows.shape[1:], convert(initial, a.dtype))
        if where is None:
            return lax.scan(lambda y, row: (self._fold(y, row), None), start, rows)[0]

        def step(y: Value, pair: Any) -> tuple[Value, None]:
            return ufuncs.where(pair[1], self._fold(y, pair[0]), y), None

        return lax.scan(step, start, (rows, moveaxis(where, axis, 0)))[0]

    def accumulate(self, a: Any, axis: int = 0, dtype: Any = None, out: None = None) -> Value:
        """The results of `reduce` of the first, the first two, ... elements along an axis."""
        a = self._operand("accumulate", a, dtype, out)
        axis = axis_of(axis, a.ndim, "accumulate")
        if not a.shape[axis]:
            return a
        rows = moveaxis(a, axis, 0)

        def step(y: Value, row: Value) -> tuple[Value, Value]:
            y = self._fold(y, row)
            return y, y

        rest = lax.scan(step, rows[0], rows[1:])[1]
        return moveaxis(lax.concatenate([rows[:1], rest], 0), 0, axis)

    def reduceat(
        self, a: Any, indices: Any, axis: int = 0, dtype: Any = None, out: None = None
    ) -> Value:
        """For each index i that of `reduce` of the elements from it to the next index.

        Where the next index is not greater, it is the element at i.
        """
        a = self._operand("reduceat", a, dtype, out)
        axis = axis_of(axis, a.ndim, "reduceat")
        starts = ops.value_of(indices, "reduceat")
        if starts.ndim != 1:
            raise ValueError(explain("reduceat", "a vector of indices", str(starts.aval)))
        rows = moveaxis(a, axis, 0)
        end = lax.full((1,), rows.shape[0], starts.dtype)
        ends = lax.concatenate([starts[1:], end], 0) if starts.shape[0] else starts
        column = (starts.shape[0], *([1] * (rows.ndim - 1)))

        def step(y: Value, place: Any) -> tuple[Value, None]:
            i, row = place
            inside = lax.reshape((i > starts) & (i < ends), column)
            return ufuncs.where(inside, self._fold(y, row), y), None

        places = lax.iota(starts.dtype, rows.shape[0])
        found = lax.scan(step, rows[starts], (places, rows))[0]
        return moveaxis(found, 0, axis)

    def at(self, a: Any, indices: Any, b: Any = None, /, *, inplace: bool = True) -> Value:
        """`a` with the function applied to the elements at some indices, again where they repeat.

        Arrays do not change, so `inplace` must be False. For functions of one number `b` is left
        out.
        """
        who = f"{self.__name__}.at"
        if inplace:
            raise NotImplementedError(
                explain(who, "inplace=False, since arrays do not change", "True")
            )
        if self.nin - (b is not None) != 1 or self.nout != 1:
            raise ValueError(explain(who, "b for a function of two numbers only", repr(self)))
        a = ops.value_of(a, who)
        places = lax.reshape(lax.iota("int32", a.size), a.shape)[indices]
        chosen = lax.reshape(places, (places.size,))
        operands = () if b is None else (lax.reshape(broadcast_to(b, places.shape), chosen.shape),)

        def step(y: Value, row: Any) -> tuple[Value, None]:
            i, *others = row
            return y.at[i].set(convert(self._apply(y[i], *others), y.dtype)), None

        flat = lax.reshape(a, (a.size,))
        return lax.reshape(lax.scan(step, flat, (chosen, *operands))[0], a.shape)

    def outer(self, A: Any, B: Any, /) -> Value:
        """The function of each element of `A` with each of `B`; shapes are joined."""
        A, B = ops.value_of(A, "outer"), ops.value_of(B, "outer")
        return self(lax.reshape(A, (*A.shape, *([1] * B.ndim))), B)


def frompyfunc(func: Callable[..., Any], /, nin: int, nout: int, *, identity: Any = None) -> ufunc:
    """A function of `nin` scalars to `nout` as a `ufunc`, whose `identity` starts reductions.

    >>> f = mjx.numpy.frompyfunc(lambda x, y: x * y + 1, 2, 1)
    >>> f.accumulate(mjx.numpy.arange(4))
    Array([ 0,  1,  3, 10], dtype=int32)
    """
    return ufunc(func, nin, nout, identity=identity)


# The functions of `mjx.numpy` with these methods, some of which have faster ways than one by one.


def _at_once(whole: Callable[..., Any], typed: bool = False) -> Callable[..., Any]:
    """`reduce` by a function of all elements, which takes `dtype` itself if `typed`."""

    def reduce(
        a: Any,
        axis: int | None = 0,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
    ) -> Value:
        options = {"dtype": dtype} if typed else {}
        if not typed:
            a = ops.to_dtype(ops.value_of(a, "reduce"), dtype, "reduce")
        options |= {} if initial is None else {"initial": initial}
        options |= {} if where is None else {"where": where}
        return whole(a, axis, out=out, keepdims=keepdims, **options)

    return reduce


def _so_far(cumulative: Callable[..., Any]) -> Callable[..., Any]:
    """`accumulate` by one of the cumulative ops."""

    def accumulate(a: Any, axis: int = 0, dtype: Any = None, out: None = None) -> Value:
        if out is not None:
            raise ValueError(explain("accumulate", "no out=", repr(out)))
        a = ops.to_dtype(ops.value_of(a, "accumulate"), dtype, "accumulate")
        return cumulative(a, axis_of(axis, a.ndim, "accumulate"))

    return accumulate


def _scattered(method: str) -> Callable[..., Any]:
    """`at` by one of the updates of `x.at[...]`."""

    def at(a: Any, indices: Any, b: Any, /, *, inplace: bool = True) -> Value:
        if inplace:
            raise NotImplementedError(
                explain(f"{method}.at", "inplace=False, since arrays do not change", "True")
            )
        return getattr(ops.value_of(a, f"{method}.at").at[indices], method)(b)

    return at


_SHORTCUTS: dict[str, dict[str, Any]] = {
    "add": {
        "identity": 0,
        "reduce": _at_once(reductions.sum, True),
        "accumulate": _so_far(lax.cumsum),
        "at": _scattered("add"),
    },
    "multiply": {
        "identity": 1,
        "reduce": _at_once(reductions.prod, True),
        "accumulate": _so_far(lax.cumprod),
        "at": _scattered("multiply"),
    },
    "maximum": {
        "reduce": _at_once(reductions.max),
        "accumulate": _so_far(lax.cummax),
        "at": _scattered("max"),
    },
    "minimum": {
        "reduce": _at_once(reductions.min),
        "accumulate": _so_far(lax.cummin),
        "at": _scattered("min"),
    },
    "subtract": {"at": _scattered("subtract")},
    "divide": {"at": _scattered("divide")},
    "power": {"at": _scattered("power")},
    "logical_and": {"identity": True},
    "logical_or": {"identity": False},
    "logical_xor": {"identity": False},
    "bitwise_and": {"identity": -1},
    "bitwise_or": {"identity": 0},
    "bitwise_xor": {"identity": 0},
    "floor_divide": {},
    "remainder": {},
    "arctan2": {},
    "hypot": {"identity": 0},
    "logaddexp": {"identity": -np.inf},
    "logaddexp2": {"identity": -np.inf},
    "greater": {},
    "less": {},
    "equal": {},
    "not_equal": {},
    "gcd": {"identity": 0},
    "lcm": {},
}


def _give_methods(name: str, shortcuts: dict[str, Any]) -> None:
    function = getattr(integers if name in ("gcd", "lcm") else ufuncs, name)
    methods = ufunc(function, 2, 1, name=name, call=function, **shortcuts)
    for attribute in ("nin", "nout", "nargs", "identity"):
        setattr(function, attribute, getattr(methods, attribute))
    for method in ("reduce", "accumulate", "reduceat", "at", "outer"):
        setattr(function, method, getattr(methods, method))


for _name, _shortcuts in _SHORTCUTS.items():
    _give_methods(_name, _shortcuts)
