"""The state of loops: its types are those that the body returns, weak ones giving way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mjx.core import ShapedArray
from mjx.lax.operands import Value, array_of, convert
from mjx.support.errors import explain
from mjx.support.promotion import promote
from mjx.support.tree import keystr, tree_flatten, tree_flatten_with_path

_ROUNDS = 8


def describe_tree(tree: Any) -> str:
    """What a value is, for a message."""
    leaves, treedef = tree_flatten(tree)
    if len(leaves) == 1 and leaves[0] is tree:
        aval = getattr(tree, "aval", None)
        return f"{tree!r} of type {type(tree).__name__}" if aval is None else str(aval)
    return f"a tree {treedef}"


class Carry:
    """The values that a loop starts with, and the avals that they have inside of it."""

    def __init__(self, who: str, what: str, init: Any):
        self.who, self.what = who, what
        leaves, self.tree = tree_flatten(init)
        self.values = [array_of(x, f"{who}: initial {what}") for x in leaves]
        self.avals = [v.aval for v in self.values]
        self.paths = [keystr(path) for path, _ in tree_flatten_with_path(init)[0]]
        self._outs: list[ShapedArray] = []

    def operands(self) -> list[Value]:
        """The initial values, of the types that they have in the loop."""
        return [convert(v, a.dtype, a.weak_type) for v, a in zip(self.values, self.avals)]

    def returned(self, result: Any) -> list[Value]:
        """The leaves of what the body returns, in the types of the carry where they give way."""
        leaves, tree = tree_flatten(result)
        if tree != self.tree:
            raise TypeError(
                explain(
                    self.who,
                    f"the body to return a {self.what} of the structure of the initial one, "
                    f"{self.tree}",
                    f"{tree}",
                )
            )
        values = [array_of(x, f"{self.who}: {self.what}") for x in leaves]
        self._outs = [v.aval for v in values]
        return [self._fitted(v, a) for v, a in zip(values, self.avals)]

    def _fitted(self, x: Value, aval: ShapedArray) -> Value:
        if x.aval.shape == aval.shape and x.aval.weak_type and x.aval.dtype != aval.dtype:
            if promote([(x.aval.dtype, True), (aval.dtype, aval.weak_type)])[0] == aval.dtype:
                return convert(x, aval.dtype, aval.weak_type)
        return x

    def settle(self, trace: Callable[[], Any]) -> Any:
        """What `trace` returns, once it was called with a carry of the types the body returns."""
        for _ in range(_ROUNDS):
            region = trace()
            avals = [self._next(*pair) for pair in zip(self.avals, self._outs, self.paths)]
            if avals == self.avals:
                return region
            self.avals = avals
        raise TypeError(
            explain(self.who, f"the types of the {self.what} to settle", "types that keep growing")
        )

    def _next(self, now: ShapedArray, out: ShapedArray, path: str) -> ShapedArray:
        """The aval of a part of the carry in the next round."""
        if now.type == out.type:
            return now if now.weak_type == out.weak_type else now.strip_weak_type()
        if now.shape == out.shape and (now.weak_type or out.weak_type):
            dtype, weak = promote([(now.dtype, now.weak_type), (out.dtype, out.weak_type)])
            if out.weak_type and dtype == now.dtype:
                return now
            if now.weak_type:
                return ShapedArray(now.shape, dtype, weak)
        fix = "convert the result in the body, or the initial value, with .astype(...)"
        raise TypeError(
            explain(
                self.who,
                f"the body to return a {self.what}{path} of the type it takes, {now}",
                f"{out}",
                fix if now.shape == out.shape else "",
            )
        )


def check_same(
    who: str,
    names: tuple[str, str],
    first: tuple[Any, list[ShapedArray]],
    second: tuple[Any, list[ShapedArray]],
) -> None:
    """Raises unless two branches return the same structure and types, up to weak ones."""
    if first[0] != second[0]:
        raise TypeError(
            explain(
                who,
                "branches that return trees of one structure",
                f"{first[0]} from {names[0]} and {second[0]} from {names[1]}",
            )
        )
    for i, (a, b) in enumerate(zip(first[1], second[1])):
        if a.type == b.type:
            continue
        if a.shape == b.shape and (a.weak_type or b.weak_type):
            continue
        raise TypeError(
            explain(
                who,
                "branches that return the same types",
                f"{a} from {names[0]} and {b} from {names[1]} as result {i}",
                "convert with .astype(...)" if a.shape == b.shape else "",
            )
        )
