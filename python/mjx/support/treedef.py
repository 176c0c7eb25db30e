"""`PyTreeDef`, and the walks that take trees apart, put them together and compare them.

Inside, a structure is nested tuples `(kind, aux, children)` with `...` for a leaf: built, hashed
and compared by the interpreter's own tuple code, since every jit call flattens its arguments and
looks the structure up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mjx.support.tree_keys import keystr
from mjx.support.tree_registry import (
    DEFAULT_DICT,
    DICT,
    LIST,
    NAMEDTUPLE,
    NONE,
    ORDERED_DICT,
    TUPLE,
    NodeKind,
    kind_of_type,
    kinds,
    leaf_types,
    sorted_keys,
)

LEAF = ...
NONE_SPEC = (NONE, None, ())

Spec = Any
IsLeaf = Callable[[Any], bool]


class PyTreeDef:
    """The structure of a pytree without its leaves."""

    __slots__ = ("_hash", "num_leaves", "spec")

    def __init__(self, spec: Spec, num_leaves: int):
        self.spec = spec
        self.num_leaves = num_leaves
        self._hash: int | None = None

    @property
    def num_nodes(self) -> int:
        """Number of nodes, leaves included."""
        return count_nodes(self.spec)

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """The tree of this structure with the given leaves."""
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"tree.unflatten: expected {self.num_leaves} leaves for {abbreviate(self)}, "
                f"but got {len(leaves)}"
            )
        return build(self.spec, iter(leaves))

    def flatten_up_to(self, tree: Any) -> list[Any]:
        """The subtrees of `tree` where this structure, a prefix of its own, has leaves."""
        subtrees: list[Any] = []
        try:
            split(self.spec, tree, subtrees)
        except Mismatch as mismatch:
            raise ValueError(
                f"flatten_up_to: {mismatch.text()}\n  expected a tree that starts with "
                f"{abbreviate(self)}\n  got {abbreviate(structure(tree))}"
            ) from None
        return subtrees

    def children(self) -> list[PyTreeDef]:
        """The structures of the root's children; none for a leaf."""
        return [] if self.spec is LEAF else [from_spec(child) for child in self.spec[2]]

    def compose(self, inner: PyTreeDef) -> PyTreeDef:
        """This structure with `inner` in the place of each leaf."""
        return PyTreeDef(substitute(self.spec, inner.spec), self.num_leaves * inner.num_leaves)

    def node_data(self) -> tuple[type, Any] | None:
        """Type and aux data of the root; None for a leaf."""
        if self.spec is LEAF:
            return None
        kind, aux, _ = self.spec
        return (aux, None) if kind is NAMEDTUPLE else (kind.type, aux)

    def __hash__(self) -> int:
        if self._hash is None:
            try:
                self._hash = hash(self.spec)
            except TypeError as error:
                raise TypeError(self._blame_aux(f"cannot be hashed ({error})")) from None
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, PyTreeDef):
            return NotImplemented
        try:
            return self.spec == other.spec
        except ValueError as error:
            raise ValueError(self._blame_aux(f"cannot be compared ({error})")) from None

    def _blame_aux(self, complaint: str) -> str:
        return (
            f"PyTreeDef: {abbreviate(self)} {complaint}; expected the aux data of every custom "
            f"node to have == and a hash (make lists tuples, and arrays children)"
        )

    def __repr__(self) -> str:
        return f"PyTreeDef({show(self.spec)})"

    def __reduce__(self) -> Any:
        return from_spec, (self.spec,)


def from_spec(spec: Spec) -> PyTreeDef:
    """The `PyTreeDef` of nested tuples."""
    return PyTreeDef(spec, count_leaves(spec))


def count_leaves(spec: Spec) -> int:
    """Number of leaves below `spec`."""
    return 1 if spec is LEAF else sum([count_leaves(child) for child in spec[2]])


def count_nodes(spec: Spec) -> int:
    """Number of nodes below `spec`, leaves and itself included."""
    return 1 if spec is LEAF else 1 + sum([count_nodes(child) for child in spec[2]])


def walk(x: Any, leaves: list[Any]) -> Spec:
    """Appends the leaves of `x` and returns its structure. The hot path of every call."""
    nodetype = type(x)
    if nodetype in leaf_types:
        leaves.append(x)
        return LEAF
    kind = kinds.get(nodetype) or kind_of_type(nodetype)
    if kind is None:
        leaves.append(x)
        return LEAF
    if kind is TUPLE or kind is LIST:
        children, aux = x, None
    elif kind is DICT:
        aux = tuple(sorted_keys(x))
        children = [x[key] for key in aux]
    else:
        children, aux = kind.flatten(x)
    for child in children:
        if type(child) not in leaf_types:
            break
    else:
        leaves += children
        return (kind, aux, (LEAF,) * len(children))
    return (kind, aux, tuple([walk(child, leaves) for child in children]))


def walk_until(x: Any, leaves: list[Any], is_leaf: IsLeaf) -> Spec:
    """As `walk`, but stops where `is_leaf` says so."""
    kind = None if is_leaf(x) else kind_of_type(type(x))
    if kind is None:
        leaves.append(x)
        return LEAF
    children, aux = kind.flatten(x)
    return (kind, aux, tuple([walk_until(child, leaves, is_leaf) for child in children]))


def structure(tree: Any, is_leaf: IsLeaf | None = None) -> PyTreeDef:
    """The structure of `tree`."""
    leaves: list[Any] = []
    spec = walk(tree, leaves) if is_leaf is None else walk_until(tree, leaves, is_leaf)
    return PyTreeDef(spec, len(leaves))


def build(spec: Spec, leaves: Iterator[Any]) -> Any:
    """The tree of structure `spec`, taking leaves in order."""
    if spec is LEAF:
        return next(leaves)
    kind, aux, specs = spec
    children = [next(leaves) if child is LEAF else build(child, leaves) for child in specs]
    if kind is LIST:
        return children
    if kind is DICT:
        return dict(zip(aux, children, strict=True))
    return kind.unflatten(aux, tuple(children))


def substitute(spec: Spec, inner: Spec) -> Spec:
    """`spec` with its leaves replaced by `inner`."""
    if spec is LEAF:
        return inner
    kind, aux, children = spec
    return (kind, aux, tuple([substitute(child, inner) for child in children]))


class Mismatch(Exception):
    """Two structures differ; carries where, and is turned into a ValueError by whoever knows
    what the two trees are to the user."""

    def __init__(self, expected: str, found: str):
        super().__init__(expected, found)
        self.expected = expected
        self.found = found
        self.path: list[Any] = []

    def text(self) -> str:
        """Where and how the two differ."""
        where = keystr(reversed(self.path))
        place = f"at {where}" if where else "at the root"
        return f"{place}: expected {self.expected}, but got {self.found}"


def split(spec: Spec, tree: Any, subtrees: list[Any]) -> None:
    """Appends the subtrees of `tree` at the leaves of `spec`; raises `Mismatch`."""
    if spec is LEAF:
        subtrees.append(tree)
        return
    kind, aux, specs = spec
    children, found_aux = _open(kind, tree, aux, len(specs))
    if found_aux != aux or len(children) != len(specs):
        raise Mismatch(describe(kind, aux, len(specs)), describe(kind, found_aux, len(children)))
    for i, child in enumerate(children):
        try:
            split(specs[i], child, subtrees)
        except Mismatch as mismatch:
            mismatch.path.append(kind.keys(tree)[i])
            raise


def _open(kind: NodeKind, tree: Any, aux: Any, arity: int) -> tuple[Any, Any]:
    """Children and aux data of `tree`, which must be a node of the given kind."""
    if kind_of_type(type(tree)) is not kind:
        raise Mismatch(describe(kind, aux, arity), describe_value(tree))
    return kind.flatten(tree)


def describe_value(tree: Any) -> str:
    """A few words on the root of `tree`."""
    kind = kind_of_type(type(tree))
    if kind is None:
        return f"a leaf of type {type(tree).__name__}"
    children, aux = kind.flatten(tree)
    return describe(kind, aux, len(children))


def describe(kind: NodeKind, aux: Any, arity: int) -> str:
    """A few words on a node."""
    if kind is NONE:
        return "None"
    if kind in (DICT, ORDERED_DICT):
        return f"{_article(kind.type.__name__)} with keys {list(aux)!r}"
    if kind is DEFAULT_DICT:
        return f"a defaultdict of {aux[0]!r} with keys {list(aux[1])!r}"
    if kind in (TUPLE, LIST):
        return f"a {kind.type.__name__} of length {arity}"
    if kind is NAMEDTUPLE:
        return f"a named tuple {aux.__name__}"
    children = "child" if arity == 1 else "children"
    return f"a node {kind.type.__name__} with aux data {aux!r} and {arity} {children}"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "AEIOU" else f"a {noun}"


def show(spec: Spec) -> str:
    """`spec` as `PyTreeDef` prints it."""
    if spec is LEAF:
        return "*"
    kind, aux, children = spec
    shown = [show(child) for child in children]
    if kind is NONE:
        return "None"
    if kind is TUPLE:
        return f"({shown[0]},)" if len(shown) == 1 else f"({', '.join(shown)})"
    if kind is LIST:
        return f"[{', '.join(shown)}]"
    if kind is DICT:
        return (
            "{" + ", ".join(f"{key!r}: {text}" for key, text in zip(aux, shown, strict=True)) + "}"
        )
    name = f"namedtuple[{aux.__name__}]" if kind is NAMEDTUPLE else f"{kind.type.__name__}[{aux}]"
    return f"CustomNode({name}, [{', '.join(shown)}])"


def abbreviate(treedef: PyTreeDef, limit: int = 400) -> str:
    """The printed structure, cut to a length fit for an error message."""
    text = repr(treedef)
    return text if len(text) <= limit else f"{text[:limit]}... ({treedef.num_leaves} leaves)"
