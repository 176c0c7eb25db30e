import pickle
from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mjx.tree
import mjx.tree_util
import numpy as np
from mjx.support import tree as tu
from mjx.support.tree import PyTreeDef, tree_flatten, tree_leaves, tree_map, tree_structure

Point = namedtuple("Point", ["x", "y"])


@tu.register_pytree_node_class
class Pair:
    def __init__(self, a, b, tag="t"):
        self.a, self.b, self.tag = a, b, tag

    def tree_flatten(self):
        return (self.a, self.b), self.tag

    @classmethod
    def tree_unflatten(cls, tag, children):
        return cls(*children, tag)


@tu.register_pytree_with_keys_class
class Keyed:
    def __init__(self, value):
        self.value = value

    def tree_flatten_with_keys(self):
        return ((tu.GetAttrKey("value"), self.value),), None

    @classmethod
    def tree_unflatten(cls, aux, children):
        return cls(*children)


@tu.register_dataclass
@dataclass
class Layer:
    w: object
    b: object
    size: int = field(default=3, metadata={"static": True})


@tu.register_static
@dataclass(frozen=True)
class Option:
    name: str


TREES = [
    1.0,
    None,
    (),
    [],
    {},
    (1, 2, 3),
    [1, (2, None), {"b": 3, "a": [4]}],
    Point(1, Point(2, 3)),
    OrderedDict([("b", 1), ("a", 2)]),
    deque([1, 2], maxlen=5),
    Option("x"),
    {1: "x", 0: ("y",)},
]


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_round_trip(tree):
    leaves, treedef = tree_flatten(tree)
    back = treedef.unflatten(leaves)
    assert back == tree
    assert type(back) is type(tree)
    assert treedef.num_leaves == len(leaves)
    assert tree_structure(back) == treedef
    assert hash(tree_structure(back)) == hash(treedef)


nested = st.recursive(
    st.integers() | st.none(),
    lambda t: (
        st.lists(t, max_size=3)
        | st.tuples(t, t)
        | st.dictionaries(st.text(max_size=2), t, max_size=3)
    ),
    max_leaves=20,
)


@given(nested)
def test_round_trip_of_any_tree(tree):
    leaves, treedef = tree_flatten(tree)
    assert treedef.unflatten(leaves) == tree
    assert [leaf for _, leaf in tu.tree_leaves_with_path(tree)] == leaves
    assert tree_leaves(tree, is_leaf=lambda x: False) == leaves
    assert treedef.flatten_up_to(tree) == leaves
    assert tu.flatten_prefix(0, tree) == [0] * len(leaves)
    assert tu.flatten_prefix(tree, treedef) == leaves


def test_defaultdict_keeps_its_factory():
    tree = defaultdict(list, {"b": 1, "a": 2})
    back = tree_map(lambda x: x + 1, tree)
    assert back == {"a": 3, "b": 2} and back.default_factory is list
    assert tree_leaves(tree) == [2, 1]


def test_dict_children_go_by_sorted_key():
    assert tree_leaves({"b": 1, "a": 2}) == [2, 1]
    assert tree_structure({"b": 1, "a": 2}) == tree_structure({"a": 1, "b": 2})
    assert tree_leaves(OrderedDict([("b", 1), ("a", 2)])) == [1, 2]


def test_aux_data_comes_back_exactly():
    # 1 == True == 1.0: equal structures must still rebuild what was taken apart.
    for key in (1, True, 1.0):
        (back,) = tree_map(lambda x: x, {key: 0})
        assert type(back) is type(key)


def test_unsortable_keys():
    with pytest.raises(ValueError, match=r"keys \['a', 1\].*OrderedDict"):
        tree_flatten({"a": 1, 1: 2})


def test_none_is_an_empty_node():
    assert tree_leaves([None, 1, None]) == [1]
    assert tree_leaves([None, 1], is_leaf=lambda x: x is None) == [None, 1]
    assert tree_structure(None).num_nodes == 1 and tree_structure(None).num_leaves == 0


def test_is_leaf_sees_the_root_and_stops():
    assert tree_leaves([1, [2]], is_leaf=lambda x: True) == [[1, [2]]]
    assert tree_leaves((1, [2, 3]), is_leaf=lambda x: isinstance(x, list)) == [1, [2, 3]]
    assert tree_map(len, {"a": [1, 2]}, is_leaf=lambda x: isinstance(x, list)) == {"a": 2}


def test_treedef_repr():
    assert repr(tree_structure({"a": 1, "b": (2, [3, None])})) == (
        "PyTreeDef({'a': *, 'b': (*, [*, None])})"
    )
    assert repr(tree_structure(1)) == "PyTreeDef(*)"
    assert repr(tree_structure((1,))) == "PyTreeDef((*,))"
    assert repr(tree_structure(())) == "PyTreeDef(())"
    assert repr(tree_structure(Point(1, 2))) == "PyTreeDef(CustomNode(namedtuple[Point], [*, *]))"
    assert repr(tree_structure(OrderedDict([("b", 1), ("a", 2)]))) == (
        "PyTreeDef(CustomNode(OrderedDict[('b', 'a')], [*, *]))"
    )
    assert repr(tree_structure(defaultdict(int, a=1))) == (
        "PyTreeDef(CustomNode(defaultdict[(<class 'int'>, ('a',))], [*]))"
    )
    assert repr(tree_structure(Pair(1, 2))) == "PyTreeDef(CustomNode(Pair[t], [*, *]))"


def test_treedef_equality_and_hash():
    assert tree_structure((1, 2)) == tree_structure(("x", None, 3)[::2])
    assert tree_structure((1, 2)) != tree_structure([1, 2])
    assert tree_structure(Point(1, 2)) != tree_structure((1, 2))
    assert tree_structure(Pair(1, 2, "t")) != tree_structure(Pair(1, 2, "u"))
    assert tree_structure(1) != "*"
    assert len({tree_structure(t) for t in ((1, 2), (3, 4), [1, 2])}) == 2


def test_treedef_with_unhashable_aux():
    treedef = tree_structure(Pair(1, 2, ["a list"]))
    assert treedef == tree_structure(Pair(3, 4, ["a list"]))
    with pytest.raises(TypeError, match="cannot be hashed.*aux data"):
        hash(treedef)


def test_treedef_with_array_as_aux():
    with pytest.raises(ValueError, match="cannot be compared.*aux data"):
        tree_structure(Pair(1, 2, np.ones(2))) == tree_structure(Pair(1, 2, np.ones(2)))  # noqa: B015


def test_treedef_children_and_counts():
    treedef = tree_structure([1, (2, 3), None])
    assert treedef.num_nodes == 6 and treedef.num_leaves == 3
    assert tu.treedef_children(treedef) == [tree_structure(t) for t in (1, (2, 3), None)]
    assert tree_structure(1).children() == []
    assert tu.treedef_is_leaf(tree_structure(1))
    assert not tu.treedef_is_leaf(tree_structure((1,)))
    assert not tu.treedef_is_leaf(tree_structure(None))
    assert treedef.node_data() == (list, None)
    assert tree_structure(Point(1, 2)).node_data() == (Point, None)
    assert tree_structure(1).node_data() is None
    assert tu.treedef_tuple([tree_structure(1), tree_structure([2])]) == tree_structure((1, [2]))


def test_compose():
    outer, inner = tree_structure([0, 0]), tree_structure({"a": 0, "b": 0})
    composed = outer.compose(inner)
    assert composed == tree_structure([{"a": 0, "b": 0}] * 2)
    assert composed.num_leaves == 4


def test_pickle():
    treedef = tree_structure({"a": (1, Pair(2, None)), "p": Point(1, 2)})
    assert pickle.loads(pickle.dumps(treedef)) == treedef


@pytest.mark.parametrize("count", [1, 3])
def test_unflatten_with_wrong_number_of_leaves(count):
    with pytest.raises(ValueError, match=rf"expected 2 leaves for .*, but got {count}"):
        tree_structure((1, 2)).unflatten(range(count))


def test_map_with_rest():
    got = tree_map(
        lambda a, b, c: a + b + c, {"x": 1, "y": [2]}, {"x": 1, "y": [2]}, dict(y=[3], x=4)
    )
    assert got == {"x": 6, "y": [7]}
    # the first tree may be a prefix of the others
    assert tree_map(lambda n, sub: sum(sub) * n, (1, 2), ([1, 2], [3, 4])) == (3, 14)


@pytest.mark.parametrize(
    "first, second, where",
    [
        (
            (1, 2),
            (1, 2, 3),
            "at the root: expected a tuple of length 2, but got a tuple of length 3",
        ),
        ({"a": [1]}, {"a": (1,)}, r"at \['a'\]: expected a list of length 1, but got a tuple"),
        (
            {"a": 1},
            {"b": 1},
            r"expected a dict with keys \['a'\], but got a dict with keys \['b'\]",
        ),
        ([None], [1], r"at \[0\]: expected None, but got a leaf of type int"),
        (Point(1, [2]), Point(1, 2), r"at .y: expected a list of length 1, but got a leaf"),
        (Point(1, 2), (1, 2), "expected a named tuple Point, but got a tuple of length 2"),
        (Pair(1, 2), Pair(1, 2, "u"), "aux data 't' and 2 children, but got .*aux data 'u'"),
    ],
    ids=lambda x: "" if isinstance(x, str) else repr(x)[:20],
)
def test_map_of_trees_that_differ(first, second, where):
    with pytest.raises(ValueError, match=where):
        tree_map(lambda a, b: a, first, second)


def test_map_names_the_tree_at_fault():
    with pytest.raises(ValueError, match=r"tree 3 differs(.|\n)*tree 1: PyTreeDef(.|\n)*tree 3:"):
        tree_map(lambda *a: a, (1, 2), (1, 2), [1, 2])


def test_long_structures_are_cut_in_errors():
    with pytest.raises(ValueError) as info:
        tree_map(lambda a, b: a, list(range(10000)), [1])
    assert len(str(info.value)) < 2000 and "(10000 leaves)" in str(info.value)


def test_reductions():
    tree = {"a": [1, 2], "b": (3,)}
    assert tu.tree_reduce(lambda a, b: a + b, tree) == 6
    assert tu.tree_reduce(lambda a, b: a + b, tree, 10) == 16
    assert tu.tree_reduce(lambda a, b: a + b, (), None) is None
    assert tu.tree_all({"a": True, "b": [1]}) and not tu.tree_all([True, 0])
    assert tu.tree_all([])


def test_reduce_associative_keeps_order_and_is_balanced():
    tree = list("abcde")
    assert tu.tree_reduce_associative(lambda a, b: a + b, tree) == "abcde"
    depth = tu.tree_reduce_associative(lambda a, b: max(a, b) + 1, [0] * 64)
    assert depth == 6
    assert tu.tree_reduce_associative(lambda a, b: a + b, [], identity=7) == 7
    with pytest.raises(TypeError, match="identity"):
        tu.tree_reduce_associative(lambda a, b: a + b, [])


def test_transpose():
    tree = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    want = {"a": [1, 3], "b": [2, 4]}
    outer, inner = tree_structure([0, 0]), tree_structure({"a": 0, "b": 0})
    assert tu.tree_transpose(outer, inner, tree) == want
    assert tu.tree_transpose(outer, None, tree) == want
    with pytest.raises(TypeError, match="tree.transpose: expected the structure"):
        tu.tree_transpose(outer, tree_structure(0), tree)
    with pytest.raises(ValueError, match="inner_treedef"):
        tu.tree_transpose(tree_structure([]), None, [])


def paths(tree):
    return [tu.keystr(path) for path, _ in tu.tree_leaves_with_path(tree)]


def test_paths():
    assert paths({"a": [1, (2,)]}) == ["['a'][0]", "['a'][1][0]"]
    assert paths(Point(1, deque([2]))) == [".x", ".y[0]"]
    assert paths(Pair(1, 2)) == ["[<flat index 0>]", "[<flat index 1>]"]
    assert paths(Keyed([1])) == [".value[0]"]
    assert paths(Layer(1, {"k": 2})) == [".w", ".b['k']"]
    assert paths(OrderedDict(z=1, a=2)) == ["['z']", "['a']"]
    assert paths(defaultdict(int, z=1, a=2)) == ["['a']", "['z']"]
    assert paths(1) == [""]


def test_keystr_simple():
    ((path, _),) = tu.tree_leaves_with_path({"a": Point([1], None)})
    assert path == (tu.DictKey("a"), tu.GetAttrKey("x"), tu.SequenceKey(0))
    assert tu.keystr(path, simple=True, separator="/") == "a/x/0"
    assert len({tu.DictKey("a"), tu.DictKey("a"), tu.GetAttrKey("a")}) == 2


def test_map_with_path():
    got = tu.tree_map_with_path(lambda p, x, y: (tu.keystr(p), x + y), {"a": [1]}, {"a": [2]})
    assert got == {"a": [("['a'][0]", 3)]}

    def stop(path, x):
        return len(path) == 1

    got = tu.tree_leaves_with_path({"a": [1]}, stop, is_leaf_takes_path=True)
    assert got == [((tu.DictKey("a"),), [1])]
    with pytest.raises(ValueError, match="tree.map_with_path: tree 2 differs"):
        tu.tree_map_with_path(lambda p, x, y: x, [1], (1,))


def test_prefix():
    full = ({"a": 1, "b": [2, 3]}, 4)
    assert tu.flatten_prefix(0, full) == [0, 0, 0, 0]
    assert tu.flatten_prefix((0, 1), full) == [0, 0, 0, 1]
    assert tu.flatten_prefix(({"a": 5, "b": 6}, 7), tree_structure(full)) == [5, 6, 6, 7]
    assert tu.flatten_prefix((0, None), full, none_is_leaf=True) == [0, 0, 0, None]
    assert tu.flatten_prefix(None, (1, None), none_is_leaf=True) == [None]
    got = tu.tree_broadcast((0, {"k": 1}), ([1, 2], {"k": (3, 4)}))
    assert got == ([0, 0], {"k": (1, 1)})


def test_prefix_errors_name_argument_path_and_structures():
    with pytest.raises(ValueError) as info:
        tu.flatten_prefix(
            (0, {"x": (1, 2)}), (1, {"x": [1, 2]}), name="vmap in_axes", of="the arguments of f"
        )
    text = str(info.value)
    assert text.startswith(
        "vmap in_axes: at [1]['x']: expected a list of length 2, but got a tuple"
    )
    assert "vmap in_axes: PyTreeDef((*, {'x': (*, *)}))" in text
    assert "the arguments of f: PyTreeDef((*, {'x': [*, *]}))" in text
    with pytest.raises(
        ValueError, match="at the root: expected a leaf, but got a tuple of length 1"
    ):
        tu.flatten_prefix((0,), 1)
    with pytest.raises(
        ValueError, match=r"expected a tuple of length 2, but got a tuple of length 3"
    ):
        tu.flatten_prefix((0, 0, 0), (1, 2))
    with pytest.raises(ValueError, match="but got None"):
        tu.flatten_prefix((0, None), (1, 2))


def test_flatten_up_to():
    treedef = tree_structure((0, {"a": 0}))
    assert treedef.flatten_up_to(([1, 2], {"a": None})) == [[1, 2], None]
    with pytest.raises(ValueError, match=r"flatten_up_to: at \[1\]: expected a dict with keys"):
        treedef.flatten_up_to((0, [0]))


def test_custom_nodes():
    pair = tree_map(lambda x: x * 2, Pair(1, [2, 3], "tag"))
    assert (pair.a, pair.b, pair.tag) == (2, [4, 6], "tag")
    assert tree_map(lambda x: x + 1, Keyed(1)).value == 2
    layer = tree_map(lambda x: -x, Layer(1, 2, size=7))
    assert layer == Layer(-1, -2, 7)
    assert tree_structure(Layer(1, 2, 7)) != tree_structure(Layer(1, 2, 8))
    assert tree_leaves(Option("a")) == [] and tree_structure(Option("a")) != tree_structure(
        Option("b")
    )


def test_register_function_forms():
    class Box:
        def __init__(self, value):
            self.value = value

    tu.register_pytree_node(Box, lambda b: ([b.value], None), lambda aux, c: Box(c[0]))
    assert tree_leaves(Box(1)) == [1]

    class Named:
        def __init__(self, value):
            self.value = value

    tu.register_pytree_node(
        Named,
        lambda n: (iter([n.value]), None),
        lambda aux, c: Named(*c),
        lambda n: ([(tu.DictKey("v"), n.value)], None),
    )
    assert paths(Named([1])) == ["['v'][0]"]
    assert tree_leaves(Named(1)) == [1]


def test_type_seen_as_leaf_can_still_be_registered():
    class Late:
        pass

    late = Late()
    assert tree_leaves((late,)) == [late]
    tu.register_pytree_node(Late, lambda x: ((1, 2), None), lambda aux, c: late)
    assert tree_leaves((late,)) == [1, 2]


@pytest.mark.parametrize("cls", [Pair, dict, type(None)])
def test_double_registration(cls):
    with pytest.raises(ValueError, match=f"{cls.__name__!r} already is a pytree node"):
        tu.register_pytree_node(cls, None, None)


def test_bad_registrations():
    with pytest.raises(TypeError, match="expected a class"):
        tu.register_pytree_node(3, None, None)
    with pytest.raises(TypeError, match="method 'tree_flatten'"):
        tu.register_pytree_node_class(type("Bare", (), {}))


@pytest.mark.parametrize("result", [None, (1, 2, 3), (5, None)])
def test_bad_flatten_functions(result):
    bad = type("Bad", (), {})
    tu.register_pytree_node(bad, lambda x: result, lambda aux, c: bad())
    with pytest.raises(ValueError, match="the flatten function of 'Bad'"):
        tree_flatten(bad())


def test_register_dataclass_with_lists():
    @partial(tu.register_dataclass, data_fields=["a"], meta_fields=["m"])
    @dataclass
    class Listed:
        a: int
        m: str
        derived: int = field(init=False, default=0)

    assert tree_leaves(Listed(1, "x")) == [1]

    @dataclass
    class Fresh:
        a: int
        b: int

    with pytest.raises(ValueError, match=r"not listed: \['b'\]"):
        tu.register_dataclass(Fresh, ["a"], [])
    with pytest.raises(ValueError, match=r"no such field: \['c'\]"):
        tu.register_dataclass(Fresh, ["a", "b"], ["c"])
    with pytest.raises(ValueError, match="listed once"):
        tu.register_dataclass(Fresh, ["a", "b"], ["b"])
    with pytest.raises(TypeError, match="both"):
        tu.register_dataclass(Fresh, ["a", "b"])
    with pytest.raises(TypeError, match="expected a dataclass"):
        tu.register_dataclass(type("Plain", (), {}))


def test_static_marks_a_field():
    @tu.register_dataclass
    @dataclass
    class Marked:
        x: float
        n: int = mjx.tree.static(default=2)

    assert tree_leaves(Marked(1.0)) == [1.0]
    assert tree_map(lambda x: x + 1, Marked(1.0, n=5)) == Marked(2.0, 5)


def test_partial():
    p = tu.Partial(lambda *a, **k: (a, k), 1, k=2)
    assert tree_leaves(p) == [1, 2]
    assert tree_map(lambda x: x * 10, p)(3) == ((10, 3), {"k": 20})
    inner = partial(lambda *a: a, 1)
    q = tu.Partial(inner, 2)
    assert tree_leaves(q) == [2] and q() == (1, 2)
    assert tree_structure(q) == tree_structure(tu.Partial(inner, 3))


def test_queries():
    assert tu.all_leaves([1, "x"]) and not tu.all_leaves([1, None])
    assert tu.all_leaves([1, None], is_leaf=lambda x: x is None)
    assert tu.is_tree_node(dict) and tu.is_tree_node(Point) and not tu.is_tree_node(float)
    assert tu.flatten_one_level({"a": [1]}) == ([[1]], ("a",))
    assert tu.flatten_one_level_with_keys([5]) == ([(tu.SequenceKey(0), 5)], None)
    with pytest.raises(ValueError, match="expected a pytree node"):
        tu.flatten_one_level(1)


def test_leaves_of_any_kind():
    array = np.ones(2)
    assert tree_flatten(array)[0][0] is array
    assert tree_leaves([b"x", {1, 2}, range(3), object]) == [b"x", {1, 2}, range(3), object]


def test_subclasses_of_containers_are_leaves():
    class MyDict(dict):
        pass

    assert tree_leaves([MyDict(a=1)]) == [MyDict(a=1)]


def test_facades():
    for name in mjx.tree.__all__:
        short = getattr(mjx.tree, name)
        assert short is getattr(mjx.tree_util, name if name == "static" else f"tree_{name}")
    assert mjx.tree_util.PyTreeDef is PyTreeDef
    assert mjx.tree.map(lambda x: x + 1, [1]) == [2]
