"""Pytrees: nested containers of leaves, and the functions that work on all leaves at once.

`mjx.tree` and `mjx.tree_util` give these names to users.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from mjx.support.tree_keys import (
    DictKey,
    FlattenedIndexKey,
    GetAttrKey,
    KeyPath,
    SequenceKey,
    keystr,
)
from mjx.support.tree_prefix import flatten_prefix, tree_broadcast
from mjx.support.tree_registry import (
    TUPLE,
    kind_of_type,
    register_dataclass,
    register_pytree_node,
    register_pytree_node_class,
    register_pytree_with_keys,
    register_pytree_with_keys_class,
    register_static,
    static,
)
from mjx.support.treedef import (
    LEAF,
    IsLeaf,
    Mismatch,
    PyTreeDef,
    Spec,
    abbreviate,
    split,
    structure,
    walk,
    walk_until,
)

__all__ = [
    "DictKey",
    "FlattenedIndexKey",
    "GetAttrKey",
    "KeyPath",
    "Partial",
    "PyTreeDef",
    "SequenceKey",
    "all_leaves",
    "flatten_one_level",
    "flatten_one_level_with_keys",
    "flatten_prefix",
    "is_tree_node",
    "keystr",
    "register_dataclass",
    "register_pytree_node",
    "register_pytree_node_class",
    "register_pytree_with_keys",
    "register_pytree_with_keys_class",
    "register_static",
    "static",
    "tree_all",
    "tree_broadcast",
    "tree_flatten",
    "tree_flatten_with_path",
    "tree_leaves",
    "tree_leaves_with_path",
    "tree_map",
    "tree_map_with_path",
    "tree_reduce",
    "tree_reduce_associative",
    "tree_structure",
    "tree_transpose",
    "tree_unflatten",
    "treedef_children",
    "treedef_is_leaf",
    "treedef_tuple",
]

_MISSING: Any = object()


def tree_flatten(tree: Any, is_leaf: IsLeaf | None = None) -> tuple[list[Any], PyTreeDef]:
    """The leaves of `tree` in order, and its structure."""
    leaves: list[Any] = []
    spec = walk(tree, leaves) if is_leaf is None else walk_until(tree, leaves, is_leaf)
    return leaves, PyTreeDef(spec, len(leaves))


def tree_leaves(tree: Any, is_leaf: IsLeaf | None = None) -> list[Any]:
    """The leaves of `tree` in order."""
    return tree_flatten(tree, is_leaf)[0]


tree_structure = structure


def tree_unflatten(treedef: PyTreeDef, leaves: Iterable[Any]) -> Any:
    """The tree of the given structure and leaves."""
    return treedef.unflatten(leaves)


def tree_map(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: IsLeaf | None = None) -> Any:
    """Applies `f` to the leaves of `tree`, with the parts of `rest` found in the same places."""
    leaves, treedef = tree_flatten(tree, is_leaf)
    columns = [_align(treedef, other, i + 2, "tree.map") for i, other in enumerate(rest)]
    return treedef.unflatten(map(f, leaves, *columns))


def _align(treedef: PyTreeDef, tree: Any, position: int, who: str) -> list[Any]:
    subtrees: list[Any] = []
    try:
        split(treedef.spec, tree, subtrees)
    except Mismatch as mismatch:
        raise ValueError(
            f"{who}: tree {position} differs from the first {mismatch.text()}\n"
            f"  tree 1: {abbreviate(treedef)}\n"
            f"  tree {position}: {abbreviate(structure(tree))}"
        ) from None
    return subtrees


def tree_all(tree: Any, *, is_leaf: IsLeaf | None = None) -> bool:
    """Whether all leaves are true."""
    return all(tree_leaves(tree, is_leaf))


def tree_reduce(
    function: Callable[[Any, Any], Any],
    tree: Any,
    initializer: Any = _MISSING,
    is_leaf: IsLeaf | None = None,
) -> Any:
    """Folds the leaves from the left, starting from `initializer` or the first leaf."""
    start = () if initializer is _MISSING else (initializer,)
    return functools.reduce(function, tree_leaves(tree, is_leaf), *start)


def tree_reduce_associative(
    operation: Callable[[Any, Any], Any],
    tree: Any,
    *,
    identity: Any = _MISSING,
    is_leaf: IsLeaf | None = None,
) -> Any:
    """Folds the leaves in pairs, so that rounding errors and latency grow with the logarithm."""
    values = tree_leaves(tree, is_leaf)
    if not values:
        if identity is _MISSING:
            raise TypeError("tree.reduce_associative: expected a leaf, or `identity` to be given")
        return identity
    while len(values) > 1:
        pairs = [operation(a, b) for a, b in zip(values[::2], values[1::2], strict=False)]
        values = pairs + values[len(pairs) * 2 :]
    return values[0]


def tree_transpose(
    outer_treedef: PyTreeDef, inner_treedef: PyTreeDef | None, pytree_to_transpose: Any
) -> Any:
    """Turns an outer tree of inner trees into an inner tree of outer trees."""
    leaves, treedef = tree_flatten(pytree_to_transpose)
    if inner_treedef is None:
        subtrees = outer_treedef.flatten_up_to(pytree_to_transpose)
        if not subtrees:
            raise ValueError(
                "tree.transpose: expected inner_treedef, since the outer tree has no leaf to "
                "infer it from"
            )
        inner_treedef = structure(subtrees[0])
    expected = outer_treedef.compose(inner_treedef)
    if treedef.num_leaves != expected.num_leaves:
        raise TypeError(
            f"tree.transpose: expected the structure {abbreviate(expected)}, but got "
            f"{abbreviate(treedef)}"
        )
    width = inner_treedef.num_leaves
    columns = [outer_treedef.unflatten(leaves[i::width]) for i in range(width)]
    return inner_treedef.unflatten(columns)


def tree_flatten_with_path(
    tree: Any, is_leaf: Callable[..., bool] | None = None, is_leaf_takes_path: bool = False
) -> tuple[list[tuple[KeyPath, Any]], PyTreeDef]:
    """Pairs (path, leaf) in order, and the structure."""

    def stop(path: KeyPath, x: Any) -> bool:
        if is_leaf is None:
            return False
        return is_leaf(path, x) if is_leaf_takes_path else is_leaf(x)

    found: list[tuple[KeyPath, Any]] = []
    spec = _walk_with_path((), tree, found, stop)
    return found, PyTreeDef(spec, len(found))


def _walk_with_path(
    path: KeyPath,
    x: Any,
    found: list[tuple[KeyPath, Any]],
    stop: Callable[[KeyPath, Any], bool],
) -> Spec:
    kind = None if stop(path, x) else kind_of_type(type(x))
    if kind is None:
        found.append((path, x))
        return LEAF
    children, aux = kind.flatten(x)
    pairs = zip(kind.keys(x), children, strict=True)
    specs = [_walk_with_path((*path, key), child, found, stop) for key, child in pairs]
    return (kind, aux, tuple(specs))


def tree_leaves_with_path(
    tree: Any, is_leaf: Callable[..., bool] | None = None, is_leaf_takes_path: bool = False
) -> list[tuple[KeyPath, Any]]:
    """Pairs (path, leaf) in order."""
    return tree_flatten_with_path(tree, is_leaf, is_leaf_takes_path)[0]


def tree_map_with_path(
    f: Callable[..., Any],
    tree: Any,
    *rest: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> Any:
    """As `tree_map`, with the path of the leaf as first argument of `f`."""
    found, treedef = tree_flatten_with_path(tree, is_leaf, is_leaf_takes_path)
    columns = [_align(treedef, other, i + 2, "tree.map_with_path") for i, other in enumerate(rest)]
    paths = [path for path, _ in found]
    return treedef.unflatten(map(f, paths, [leaf for _, leaf in found], *columns))


def all_leaves(iterable: Iterable[Any], is_leaf: IsLeaf | None = None) -> bool:
    """Whether every element is a leaf."""
    if is_leaf is None:
        return all(kind_of_type(type(x)) is None for x in iterable)
    return all(is_leaf(x) or kind_of_type(type(x)) is None for x in iterable)


def is_tree_node(typ: type) -> bool:
    """Whether instances of `typ` are nodes rather than leaves."""
    return kind_of_type(typ) is not None


def flatten_one_level(tree: Any) -> tuple[Iterable[Any], Hashable]:
    """Children and aux data of the root."""
    kind = kind_of_type(type(tree))
    if kind is None:
        raise ValueError(f"flatten_one_level: expected a pytree node, but got {tree!r}, a leaf")
    return kind.flatten(tree)


def flatten_one_level_with_keys(tree: Any) -> tuple[Iterable[tuple[Any, Any]], Hashable]:
    """Pairs (key, child) and aux data of the root."""
    children, aux = flatten_one_level(tree)
    return list(zip(kind_of_type(type(tree)).keys(tree), children, strict=True)), aux


def treedef_children(treedef: PyTreeDef) -> list[PyTreeDef]:
    """The structures of the root's children."""
    return treedef.children()


def treedef_is_leaf(treedef: PyTreeDef) -> bool:
    """Whether the structure is a single leaf."""
    return treedef.spec is LEAF


def treedef_tuple(treedefs: Iterable[PyTreeDef]) -> PyTreeDef:
    """The structure of a tuple of trees of the given structures."""
    treedefs = list(treedefs)
    spec = (TUPLE, None, tuple([t.spec for t in treedefs]))
    return PyTreeDef(spec, sum([t.num_leaves for t in treedefs]))


class _Opaque:
    """Hides that a function is a `functools.partial`, whose arguments would be merged."""

    def __init__(self, wrapped: Callable[..., Any]):
        self.wrapped = wrapped

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.wrapped(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Opaque) and self.wrapped == other.wrapped

    def __hash__(self) -> int:
        return hash(self.wrapped)

    def __repr__(self) -> str:
        return repr(self.wrapped)


class Partial(functools.partial):
    """`functools.partial` that is a pytree node: its arguments are children, the function aux.

    The arguments of a partial it is applied to stay with the function.
    """

    def __new__(cls, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Partial:
        if isinstance(func, functools.partial):
            func = _Opaque(func)
        return super().__new__(cls, func, *args, **kwargs)


register_pytree_with_keys(
    Partial,
    lambda p: (((GetAttrKey("args"), p.args), (GetAttrKey("keywords"), p.keywords)), p.func),
    lambda func, children: Partial(func, *children[0], **children[1]),
)
