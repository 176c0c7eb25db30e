import inspect
import pickle
import re
from pathlib import Path

import pytest

import mjx.errors
from mjx.support import errors
from mjx.support.errors import TracedValue, explain
from mjx.support.source import Location

X = TracedValue("float32[3]", "jit", "f", ("x",), (0,))
CLASSES = [
    errors.ConcretizationTypeError,
    errors.TracerBoolConversionError,
    errors.TracerIntegerConversionError,
    errors.TracerArrayConversionError,
    errors.UnexpectedTracerError,
    errors.NonConcreteBooleanIndexError,
]


def bases(cls):
    return [base.__name__ for base in cls.__mro__[1:-2]]


def test_hierarchy():
    concrete = ["MjxTypeError", "MjxErrorMixin", "TypeError", "Exception"]
    assert bases(errors.ConcretizationTypeError) == concrete
    assert bases(errors.TracerBoolConversionError) == ["ConcretizationTypeError", *concrete]
    assert bases(errors.TracerIntegerConversionError) == concrete
    assert bases(errors.TracerArrayConversionError) == concrete
    assert bases(errors.UnexpectedTracerError) == concrete
    assert bases(errors.NonConcreteBooleanIndexError) == [
        "MjxIndexError",
        "MjxErrorMixin",
        "IndexError",
        "LookupError",
        "Exception",
    ]
    assert bases(errors.TypePromotionError) == ["ValueError", "Exception"]
    assert bases(errors.MjxRuntimeError) == ["RuntimeError", "Exception"]


def test_names_for_ported_programs():
    assert mjx.errors.JAXTypeError is errors.MjxTypeError
    assert mjx.errors.JAXIndexError is errors.MjxIndexError
    assert mjx.errors.JaxRuntimeError is errors.MjxRuntimeError


@pytest.mark.parametrize("cls", CLASSES)
def test_messages_name_line_argument_and_class(cls):
    error = cls(X)
    text = str(error)
    assert "expected" in text and "but got a traced float32[3]" in text
    assert f"at {__file__}:" in text and "error = cls(X)" in text
    assert "depends on argument x of f, which jit traces" in text
    assert "fix: " in text
    assert f"docs/errors.md#{cls.__name__.lower()}" in text


@pytest.mark.parametrize("cls", CLASSES)
def test_pickle_keeps_message(cls):
    original = cls(X)
    again = pickle.loads(pickle.dumps(original))
    assert type(again) is cls and str(again) == str(original)


def at_code(tmp_path, code):
    path = tmp_path / "program.py"
    path.write_text(code + "\n")
    return Location(str(path), 1, "f")


@pytest.mark.parametrize(
    "code, who, fix",
    [
        ("if x < 3:", "Python `if`", "mjx.lax.cond"),
        ("return a if x else b", "Python `if`", "mnp.where"),
        ("elif x:", "Python `if`", "mjx.lax.cond"),
        ("while x > 0:", "Python `while`", "mjx.lax.while_loop"),
        ("assert x > 0", "Python `assert`", "outside"),
        ("y = x and z", "Python `and/or/not`", "mnp.logical_and"),
        ("return min(x, 3)", "Python `min/max`", "mnp.minimum"),
        ("all(x)", "Python `any/all`", "mnp.all"),
        ("bool(x)", "bool()", "mjx.lax.cond"),
    ],
)
def test_bool_fix_follows_the_code(tmp_path, code, who, fix):
    text = str(errors.TracerBoolConversionError(X, location=at_code(tmp_path, code)))
    assert text.startswith(f"{who}: expected a concrete truth value")
    assert fix in text and code in text and "jit(f, static_argnums=(0,))" in text


@pytest.mark.parametrize(
    "code, who, fix",
    [
        ("for i in range(n):", "range()", "mjx.lax.fori_loop"),
        ("return table[i]", "a Python index", "mnp.asarray"),
        ("operator.index(n)", "converting to a Python integer", "mjx.lax"),
    ],
)
def test_integer_fix_follows_the_code(tmp_path, code, who, fix):
    text = str(errors.TracerIntegerConversionError(X, location=at_code(tmp_path, code)))
    assert text.startswith(f"{who}: expected a Python integer") and fix in text


def test_array_fix_names_the_function(tmp_path):
    text = str(
        errors.TracerArrayConversionError(X, location=at_code(tmp_path, "np.linalg.norm(x)"))
    )
    assert "use mnp.linalg.norm in the place of NumPy's" in text
    assert "mjx.numpy" in str(errors.TracerArrayConversionError(X))


def test_static_fix_only_where_there_is_one(tmp_path):
    place = at_code(tmp_path, "if x:")
    for traced in (TracedValue("f32[]", "vmap", "f", ("x",)), TracedValue("f32[]", "scan")):
        text = str(errors.TracerBoolConversionError(traced, location=place))
        assert "static_argnums" not in text
    assert "jit(f, static_argnums=(1, 2))" in str(
        errors.ConcretizationTypeError(TracedValue("i32[]", "jit", "f", ("n", "m"), (1, 2)))
    )
    assert "depends on arguments n, m of f" in str(
        errors.ConcretizationTypeError(TracedValue("i32[]", "jit", "f", ("n", "m"), (1, 2)))
    )


def test_origin_without_argument():
    text = str(errors.ConcretizationTypeError(TracedValue("i32[]", "scan", "step")))
    assert "the value was computed while scan was tracing step" in text


def test_creation_line_is_shown(tmp_path):
    created = at_code(tmp_path, "leak = x * 2")
    text = str(errors.UnexpectedTracerError(TracedValue("f32[]", function="f", created=created)))
    assert "it was computed at" in text and "leak = x * 2" in text


def test_context_replaces_who_complains():
    text = str(errors.ConcretizationTypeError(X, "arange: stop"))
    assert text.startswith("arange: stop: expected a concrete value")
    assert str(errors.TracerBoolConversionError(X, "lax.cond")).startswith("lax.cond: expected")


def test_what_constructors_take():
    class Tracer:
        def traced_value(self):
            return X

    class Other:
        aval = "int32[2]"

    assert "argument x of f" in str(errors.ConcretizationTypeError(Tracer()))
    assert "a traced int32[2]" in str(errors.ConcretizationTypeError(Other()))
    assert "a traced int8[]" in str(errors.ConcretizationTypeError("int8[]"))
    assert str(errors.UnexpectedTracerError("as told")).startswith("as told\n")


def test_explain():
    place = Location("nowhere.py", 3, "g")
    assert explain("add", "equal shapes", "(2,) and (3,)", "reshape", location=place) == (
        "add: expected equal shapes, but got (2,) and (3,)\n  at nowhere.py:3 in g\n  fix: reshape"
    )
    text = explain("add", "this", "that", notes=("one", "", "two"))
    assert "test_explain" in text and text.endswith("\n  one\n  two")


def test_every_class_is_documented():
    page = Path(__file__).parents[3] / "docs" / "errors.md"
    headings = re.findall(r"^## (\w+)", page.read_text(), re.MULTILINE)
    public = {
        cls.__name__
        for cls in vars(mjx.errors).values()
        if inspect.isclass(cls) and issubclass(cls, Exception)
    }
    assert public <= set(headings)
    assert mjx.errors.ConcretizationTypeError.__doc__
