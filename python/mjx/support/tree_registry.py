"""Which Python types are pytree nodes, and how each comes apart and together.

A node type is one `NodeKind`; `kinds` maps exact types to them. Named tuples share one kind whose
aux data is the class, so that defining one registers nothing.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from mjx.support.tree_keys import DictKey, FlattenedIndexKey, GetAttrKey, SequenceKey

T = TypeVar("T", bound=type)

Flattened = tuple[Sequence[Any], Any]


class NodeKind:
    """How nodes of one type come apart and together; compared by identity."""

    __slots__ = ("flatten", "keys", "type", "unflatten")

    def __init__(
        self,
        nodetype: type,
        flatten: Callable[[Any], Flattened],
        unflatten: Callable[[Any, Sequence[Any]], Any],
        keys: Callable[[Any], Sequence[Any]] | None = None,
    ):
        self.type = nodetype
        self.flatten = flatten
        self.unflatten = unflatten
        self.keys = keys or self._positions

    def _positions(self, node: Any) -> Sequence[Any]:
        return [FlattenedIndexKey(i) for i in range(len(self.flatten(node)[0]))]

    def __repr__(self) -> str:
        return f"NodeKind({self.type.__name__})"

    def __reduce__(self) -> Any:
        return kind_of_type, (self.type,)


def sorted_keys(node: dict) -> list:
    """The keys of a dict in the order its children are visited."""
    try:
        return sorted(node)
    except TypeError as error:
        raise ValueError(
            f"pytree: expected a dict whose keys can be sorted, but got keys {list(node)!r} "
            f"({error}); use keys of one type, or an OrderedDict, which keeps its own order"
        ) from None


def _sequence_keys(node: Sequence[Any]) -> list[SequenceKey]:
    return [SequenceKey(i) for i in range(len(node))]


def _flatten_dict(node: dict) -> Flattened:
    keys = sorted_keys(node)
    return [node[key] for key in keys], tuple(keys)


def _unflatten_dict(keys: tuple, children: Sequence[Any]) -> dict:
    return dict(zip(keys, children, strict=True))


def _sorted_dict_keys(node: dict) -> list[DictKey]:
    return [DictKey(key) for key in sorted_keys(node)]


def _flatten_defaultdict(node: defaultdict) -> Flattened:
    children, keys = _flatten_dict(node)
    return children, (node.default_factory, keys)


NONE = NodeKind(type(None), lambda node: ((), None), lambda aux, children: None, lambda node: ())
TUPLE = NodeKind(
    tuple, lambda node: (node, None), lambda aux, children: tuple(children), _sequence_keys
)
LIST = NodeKind(
    list, lambda node: (node, None), lambda aux, children: list(children), _sequence_keys
)
DICT = NodeKind(dict, _flatten_dict, _unflatten_dict, _sorted_dict_keys)

# Stands for all named tuple classes; being one itself, it leads back to their kind.
_AnyNamedTuple = namedtuple("_AnyNamedTuple", ())

NAMEDTUPLE = NodeKind(
    _AnyNamedTuple,
    lambda node: (node, type(node)),
    lambda cls, children: cls(*children),
    lambda node: [GetAttrKey(name) for name in type(node)._fields],
)
ORDERED_DICT = NodeKind(
    OrderedDict,
    lambda node: (list(node.values()), tuple(node)),
    lambda keys, children: OrderedDict(zip(keys, children, strict=True)),
    lambda node: [DictKey(key) for key in node],
)
DEFAULT_DICT = NodeKind(
    defaultdict,
    _flatten_defaultdict,
    lambda aux, children: defaultdict(aux[0], zip(aux[1], children, strict=True)),
    _sorted_dict_keys,
)
DEQUE = NodeKind(
    deque,
    lambda node: (list(node), node.maxlen),
    lambda maxlen, children: deque(children, maxlen),
    _sequence_keys,
)

kinds: dict[type, NodeKind] = {
    kind.type: kind for kind in (NONE, TUPLE, LIST, DICT, ORDERED_DICT, DEFAULT_DICT, DEQUE)
}

# Types met so far that are no nodes: one look-up here settles most children while flattening, and
# a sequence of leaves is taken whole.
leaf_types: set[type] = {bool, int, float, complex, str}


def kind_of_type(nodetype: type) -> NodeKind | None:
    """The kind of nodes of exactly this type; None for the type of a leaf."""
    kind = kinds.get(nodetype)
    if kind is None:
        if issubclass(nodetype, tuple) and hasattr(nodetype, "_fields"):
            return NAMEDTUPLE
        leaf_types.add(nodetype)
    return kind


def _register(kind: NodeKind) -> None:
    if not isinstance(kind.type, type):
        raise TypeError(f"register_pytree_node: expected a class, but got {kind.type!r}")
    if kind.type in kinds:
        raise ValueError(
            f"register_pytree_node: expected a type that is not registered yet, but "
            f"{kind.type.__qualname__!r} already is a pytree node; register each type once"
        )
    kinds[kind.type] = kind
    leaf_types.discard(kind.type)


def _checked(nodetype: type, flatten: Callable[[Any], Any]) -> Callable[[Any], Flattened]:
    """Guards a user's flatten function: its result must be a pair (children, aux data)."""

    def flatten_checked(node: Any) -> Flattened:
        result = flatten(node)
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise ValueError(
                f"pytree: the flatten function of {nodetype.__qualname__!r} must return a pair "
                f"(children, aux_data), but returned {result!r}"
            )
        children, aux = result
        try:
            return tuple(children), aux
        except TypeError:
            raise ValueError(
                f"pytree: the flatten function of {nodetype.__qualname__!r} must return its "
                f"children as an iterable, but returned {children!r}"
            ) from None

    return flatten_checked


def register_pytree_node(
    nodetype: type,
    flatten_func: Callable[[Any], tuple[Iterable[Any], Hashable]],
    unflatten_func: Callable[[Any, Any], Any],
    flatten_with_keys_func: Callable[[Any], tuple[Iterable[Any], Hashable]] | None = None,
) -> None:
    """Makes `nodetype` a pytree node.

    `flatten_func(node)` returns the children and hashable aux data, `unflatten_func(aux, children)`
    builds a node from them. `flatten_with_keys_func` returns pairs (key, child) for children.
    """
    keys = None
    if flatten_with_keys_func is not None:
        with_keys = _checked(nodetype, flatten_with_keys_func)

        def keys(node: Any) -> list[Any]:
            return [key for key, _ in with_keys(node)[0]]

    _register(NodeKind(nodetype, _checked(nodetype, flatten_func), unflatten_func, keys))


def register_pytree_with_keys(
    nodetype: type,
    flatten_with_keys: Callable[[Any], tuple[Iterable[Any], Hashable]],
    unflatten_func: Callable[[Any, Any], Any],
    flatten_func: Callable[[Any], tuple[Iterable[Any], Hashable]] | None = None,
) -> None:
    """As `register_pytree_node`, for a flatten function whose children are (key, child) pairs."""

    def without_keys(node: Any) -> tuple[list[Any], Any]:
        children, aux = flatten_with_keys(node)
        return [child for _, child in children], aux

    register_pytree_node(nodetype, flatten_func or without_keys, unflatten_func, flatten_with_keys)


def register_pytree_node_class(cls: T) -> T:
    """Class decorator: registers by the methods `tree_flatten` and (class) `tree_unflatten`."""
    register_pytree_node(cls, _method(cls, "tree_flatten"), _method(cls, "tree_unflatten"))
    return cls


def register_pytree_with_keys_class(cls: T) -> T:
    """Class decorator: registers by `tree_flatten_with_keys` and (class) `tree_unflatten`."""
    register_pytree_with_keys(
        cls,
        _method(cls, "tree_flatten_with_keys"),
        _method(cls, "tree_unflatten"),
        getattr(cls, "tree_flatten", None),
    )
    return cls


def _method(cls: type, name: str) -> Callable[..., Any]:
    method = getattr(cls, name, None)
    if method is None:
        raise TypeError(f"pytree: expected class {cls.__qualname__!r} to have a method {name!r}")
    return method


def register_static(cls: T) -> T:
    """Makes instances of `cls` nodes without leaves: hashable data that is compared, not traced."""
    _register(NodeKind(cls, lambda node: ((), node), lambda node, children: node))
    return cls


def static(**options: Any) -> Any:
    """A dataclass field that `register_dataclass` takes for meta data."""
    metadata = {**(options.pop("metadata", None) or {}), "static": True}
    return dataclasses.field(metadata=metadata, **options)


def register_dataclass(
    nodetype: T,
    data_fields: Sequence[str] | None = None,
    meta_fields: Sequence[str] | None = None,
    drop_fields: Sequence[str] = (),
) -> T:
    """Makes a dataclass (or a class built by keywords) a node with its data fields as children.

    Without field lists, fields marked `metadata={'static': True}` are meta data, the rest data.
    """
    data, meta = _dataclass_fields(nodetype, data_fields, meta_fields, tuple(drop_fields))
    keys = [GetAttrKey(name) for name in data]

    def flatten(node: Any) -> Flattened:
        children = [getattr(node, name) for name in data]
        return children, tuple([getattr(node, name) for name in meta])

    def unflatten(aux: tuple, children: Sequence[Any]) -> Any:
        return nodetype(
            **dict(zip(data, children, strict=True)), **dict(zip(meta, aux, strict=True))
        )

    _register(NodeKind(nodetype, flatten, unflatten, lambda node: keys))
    return nodetype


def _dataclass_fields(
    nodetype: type,
    data: Sequence[str] | None,
    meta: Sequence[str] | None,
    drop: tuple[str, ...],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    who = f"register_dataclass({getattr(nodetype, '__qualname__', nodetype)})"
    if (data is None) != (meta is None):
        raise TypeError(f"{who}: expected both of data_fields and meta_fields or neither")
    is_dataclass = dataclasses.is_dataclass(nodetype)
    fields = [f for f in dataclasses.fields(nodetype) if f.init] if is_dataclass else []
    if data is None or meta is None:
        if not is_dataclass:
            raise TypeError(f"{who}: expected a dataclass, or data_fields and meta_fields")
        fields = [f for f in fields if f.name not in drop]
        static_names = tuple(f.name for f in fields if f.metadata.get("static", False))
        return tuple(f.name for f in fields if f.name not in static_names), static_names
    data, meta = tuple(data), tuple(meta)
    listed = data + meta + drop
    if len(set(listed)) != len(listed):
        raise ValueError(f"{who}: expected each field to be listed once, but got {listed}")
    if is_dataclass and set(listed) != {f.name for f in fields}:
        missing = sorted({f.name for f in fields} - set(listed))
        unknown = sorted(set(listed) - {f.name for f in fields})
        raise ValueError(
            f"{who}: expected data_fields, meta_fields and drop_fields to cover the fields of "
            f"__init__; not listed: {missing}, no such field: {unknown}"
        )
    return data, meta
