"""Imports in `python/mjx` point down the list of layers; imports inside functions count too."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "python" / "mjx"

# What each may import: itself and everything before it.
LAYERS = [
    {"support"},
    {"ir", "_mjx", "mlir"},
    {"runtime"},
    {"core"},
    {"lax"},
    {"transforms"},
    {"numpy"},
]
LIBRARIES = len(LAYERS)  # any other package: random, nn, scipy, ...
TOP = LIBRARIES + 1  # __init__.py, the façade modules beside it, and programs that look at all
PROGRAMS = {"tools"}


def layer(module: str, root: Path = ROOT) -> int:
    """The layer of a module given by its dotted name."""
    parts = module.split(".")
    if len(parts) == 1 or parts[1] in PROGRAMS:
        return TOP
    for number, names in enumerate(LAYERS):
        if parts[1] in names:
            return number
    return LIBRARIES if (root / parts[1]).is_dir() else TOP


def module_name(path: Path, root: Path = ROOT) -> str:
    """The dotted name of a source file."""
    parts = [root.name, *path.relative_to(root).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def exists(module: str, root: Path = ROOT) -> bool:
    """Whether a dotted name is a module rather than a name in one."""
    base = root.joinpath(*module.split(".")[1:])
    if base.is_dir() or base.with_suffix(".py").exists():
        return True
    return any(module == f"{root.name}.{name}" for names in LAYERS for name in names)


def is_type_checking(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in ast.unparse(test)


def statements(tree: ast.AST):
    """All nodes, but for blocks that only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and is_type_checking(node.test):
            for other in node.orelse:
                yield other
                yield from statements(other)
            continue
        yield node
        yield from statements(node)


def imports(path: Path, root: Path = ROOT) -> list[str]:
    """The modules of the package that a file imports, anywhere in it."""
    package = module_name(path, root).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    found = []
    for node in statements(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            names = [f"{base}.{alias.name}" for alias in node.names]
            found += [name if exists(name, root) else base for name in names]
    return [name for name in found if name.split(".")[0] == root.name]


def upward(path: Path, root: Path = ROOT) -> list[str]:
    """The imports of a file that lead to a layer above its own."""
    own = layer(module_name(path, root), root)
    return [name for name in imports(path, root) if layer(name, root) > own]


SOURCES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    assert not upward(path), f"{path} imports {upward(path)} from a layer above its own"


def test_support_needs_only_numpy():
    allowed = {*sys.stdlib_module_names, "mjx", "numpy", "ml_dtypes"}
    for path in (ROOT / "support").glob("*.py"):
        for node in statements(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module.split(".")[0] in allowed, path


@pytest.fixture
def package(tmp_path):
    """A package of the same shape, to see that the test would notice."""
    root = tmp_path / "mjx"
    for folder in ("support", "core", "lax", "numpy", "nn"):
        (root / folder).mkdir(parents=True)
        (root / folder / "__init__.py").write_text("")
    (root / "__init__.py").write_text("from mjx.numpy import sin\nfrom . import nn, tree")
    (root / "tree.py").write_text("from mjx.support import tree")
    (root / "support" / "tree.py").write_text("import numpy\nfrom mjx.support import other")
    return root


@pytest.mark.parametrize(
    "file, source, found",
    [
        ("core/trace.py", "from mjx.support import tree", []),
        ("core/trace.py", "from mjx._mjx import Trace", []),
        ("core/trace.py", "from . import bind\nfrom .bind import x", []),
        ("core/trace.py", "import mjx.numpy as mnp", ["mjx.numpy"]),
        ("core/trace.py", "def f():\n  from mjx import lax", ["mjx.lax"]),
        ("core/trace.py", "class A:\n  def f(self):\n    from .. import lax", ["mjx.lax"]),
        ("core/trace.py", "from mjx import tree", ["mjx.tree"]),
        ("core/trace.py", "import mjx", ["mjx"]),
        ("core/trace.py", "from mjx import jit", ["mjx"]),
        ("core/trace.py", "if TYPE_CHECKING:\n  from mjx.lax import add", []),
        ("core/__init__.py", "from ..numpy.ufuncs import sin", ["mjx.numpy.ufuncs"]),
        ("numpy/linalg.py", "from mjx.nn import relu", ["mjx.nn"]),
        ("nn/layers.py", "from mjx import numpy as mnp\nimport numpy", []),
        ("facade.py", "import mjx\nfrom mjx.nn import relu", []),
    ],
)
def test_upward_imports_are_noticed(package, file, source, found):
    path = package / file
    path.write_text(source)
    assert upward(path, package) == found


def test_a_layered_package_passes(package):
    assert [found for path in package.rglob("*.py") for found in upward(path, package)] == []
