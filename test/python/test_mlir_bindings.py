"""`mjx.mlir`: MLIR's own Python bindings with the mjx dialect in them."""

import importlib.util
from pathlib import Path

import pytest

import mjx
import numpy as np
from mjx import _mjx

PACKAGE = Path(mjx.__file__).absolute().parent / "mlir"
BUILT = (PACKAGE / "_mlir_libs").is_dir()


def test_absent_bindings_say_how_to_get_them(tmp_path):
    """The package without built files beside it, as in a build that had no source for them."""
    front = tmp_path / "__init__.py"
    front.write_text((PACKAGE / "__init__.py").read_text())
    spec = importlib.util.spec_from_file_location("mlir_without_bindings", front)
    with pytest.raises(ImportError, match="./dev setup"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if BUILT:
    from mjx.mlir import ir
    from mjx.mlir.dialects import func
    from mjx.mlir.dialects import mjx as ops
    from mjx.mlir.passmanager import PassManager

    @pytest.fixture
    def module():
        """`main(a) = sin(a) * a` on f32[4], made by the generated builders."""
        with ir.Context(), ir.Location.unknown():
            built = ir.Module.create()
            tensor = ir.RankedTensorType.get([4], ir.F32Type.get())
            with ir.InsertionPoint(built.body):

                @func.FuncOp.from_py_func(tensor)
                def main(a):
                    return ops.mul(ops.sin(a), a)

            yield built

    def test_builders_infer_types(module):
        assert module.operation.verify()
        text = str(module)
        assert "mjx.sin %arg0" in text
        assert "-> tensor<4xf32>" in text

    def test_walk_finds_ops(module):
        names = []
        module.operation.walk(lambda op: names.append(op.operation.name) or ir.WalkResult.ADVANCE)
        assert names == ["mjx.sin", "mjx.mul", "func.return", "func.func", "builtin.module"]

    def test_passes_run_by_name(module):
        PassManager.parse("builtin.module(mjx-to-linalg)").run(module.operation)
        text = str(module)
        assert "math.sin" in text
        assert "mjx." not in text

    def test_operands_are_verified(module):
        text = str(module).replace("(%arg0: tensor<4xf32>)", "(%arg0: tensor<5xf32>)")
        with module.context, pytest.raises(ir.MLIRError, match="tensor<5xf32>"):
            ir.Module.parse(text)

    def test_text_runs_in_the_compiler(module):
        """Both extensions live in one process; IR goes between them as text."""
        x = np.linspace(-2, 2, 4, dtype=np.float32)
        executable = _mjx.Module.parse(str(module)).compile()
        (result,) = executable([_mjx.Buffer.from_numpy(x, "float32", True)])
        x64 = x.astype(np.float64)
        np.testing.assert_allclose(result.numpy(), np.sin(x64) * x64, rtol=1e-6)

    def test_one_llvm_in_the_process(module):
        """Two copies would keep two tables of types, and disagree about every op."""
        maps = Path("/proc/self/maps").read_text().splitlines()
        files = {Path(line.split(maxsplit=5)[5]).name for line in maps if line.count("/") > 0}
        assert sum(name.startswith("libmjx.so") for name in files) == 1
        assert sum(name.startswith("libMLIR.so") for name in files) <= 1
        assert sum(name.startswith("libLLVM.so") for name in files) <= 1
