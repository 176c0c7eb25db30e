"""Functions on pytrees: nested containers (dicts, lists, tuples, your own classes) of leaves."""

from mjx.support.tree import static
from mjx.support.tree import tree_all as all
from mjx.support.tree import tree_broadcast as broadcast
from mjx.support.tree import tree_flatten as flatten
from mjx.support.tree import tree_flatten_with_path as flatten_with_path
from mjx.support.tree import tree_leaves as leaves
from mjx.support.tree import tree_leaves_with_path as leaves_with_path
from mjx.support.tree import tree_map as map
from mjx.support.tree import tree_map_with_path as map_with_path
from mjx.support.tree import tree_reduce as reduce
from mjx.support.tree import tree_reduce_associative as reduce_associative
from mjx.support.tree import tree_structure as structure
from mjx.support.tree import tree_transpose as transpose
from mjx.support.tree import tree_unflatten as unflatten

__all__ = [
    "all",
    "broadcast",
    "flatten",
    "flatten_with_path",
    "leaves",
    "leaves_with_path",
    "map",
    "map_with_path",
    "reduce",
    "reduce_associative",
    "static",
    "structure",
    "transpose",
    "unflatten",
]
