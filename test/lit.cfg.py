"""Tests that run mjx-opt (or a Python file) and check its output with FileCheck."""

import os

import lit.formats

config.name = "mjx"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["python", "Inputs"]
config.test_source_root = os.path.dirname(__file__)

# LLVM's tools first: FileCheck carries a version suffix anywhere else.
path = [config.mjx_tools, config.llvm_tools, config.environment.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["PYTHONPATH"] = config.mjx_packages
config.substitutions.append(("%python", config.python))
