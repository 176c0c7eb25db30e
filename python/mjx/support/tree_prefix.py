"""Prefix trees: one value that stands for a whole subtree, as in `in_axes` and `out_axes`."""

from __future__ import annotations

from typing import Any

from mjx.support.tree_registry import kind_of_type
from mjx.support.treedef import (
    LEAF,
    IsLeaf,
    Mismatch,
    PyTreeDef,
    Spec,
    abbreviate,
    count_leaves,
    describe,
    describe_value,
    structure,
)


def _is_none(x: Any) -> bool:
    return x is None


def flatten_prefix(
    prefix: Any,
    full: Any,
    *,
    name: str = "prefix",
    of: str = "the arguments",
    none_is_leaf: bool = False,
    is_leaf: IsLeaf | None = None,
) -> list[Any]:
    """One leaf of `prefix` for each leaf of `full`, a tree or a `PyTreeDef`.

    With `none_is_leaf`, None stands for itself, as in `in_axes=(0, None)`. `name` and `of` say in
    errors what the prefix is, and of what it should be one.
    """
    treedef = full if isinstance(full, PyTreeDef) else structure(full)
    if is_leaf is None and none_is_leaf:
        is_leaf = _is_none
    values: list[Any] = []
    try:
        _spread(prefix, treedef.spec, values, is_leaf)
    except Mismatch as mismatch:
        raise ValueError(
            f"{name}: {mismatch.text()}; expected a prefix of the tree of {of}\n"
            f"  {name}: {abbreviate(structure(prefix, is_leaf))}\n"
            f"  {of}: {abbreviate(treedef)}"
        ) from None
    return values


def _spread(prefix: Any, spec: Spec, values: list[Any], is_leaf: IsLeaf | None) -> None:
    kind = None if is_leaf is not None and is_leaf(prefix) else kind_of_type(type(prefix))
    if kind is None:
        values.extend([prefix] * count_leaves(spec))
        return
    if spec is LEAF or spec[0] is not kind:
        expected = "a leaf" if spec is LEAF else describe(spec[0], spec[1], len(spec[2]))
        raise Mismatch(expected, describe_value(prefix))
    _, aux, specs = spec
    children, found_aux = kind.flatten(prefix)
    if found_aux != aux or len(children) != len(specs):
        raise Mismatch(describe(kind, aux, len(specs)), describe(kind, found_aux, len(children)))
    for i, child in enumerate(children):
        try:
            _spread(child, specs[i], values, is_leaf)
        except Mismatch as mismatch:
            mismatch.path.append(kind.keys(prefix)[i])
            raise


def tree_broadcast(prefix_tree: Any, full_tree: Any, is_leaf: IsLeaf | None = None) -> Any:
    """The tree shaped like `full_tree` whose leaves are those of the prefix above them."""
    treedef = structure(full_tree)
    values = flatten_prefix(
        prefix_tree, treedef, name="tree.broadcast", of="the full tree", is_leaf=is_leaf
    )
    return treedef.unflatten(values)
