"""MLIR's own Python bindings with the `mjx` dialect: walk, build and rewrite IR.

    from mjx.mlir import ir
    from mjx.mlir.dialects import func, mjx

They are built from the source package of the installed LLVM, and are absent where
that could not be had; nothing else in mjx needs them.
"""

from pathlib import Path

if not (Path(__file__).absolute().parent / "_mlir_libs").is_dir():
    raise ImportError(
        "mjx.mlir: expected the MLIR Python bindings beside this file, but this build of mjx has "
        "none. In a checkout, run `./dev setup` (it fetches their source from the Debian mirror "
        "apt is configured with) and `./dev build`; with pip, install mjx again after that."
    )
