"""`mjx.ffi`: C functions in programs.

A function with the interface of `mjx-c/Foreign.h` is registered under a name and called by it:

>>> library = ctypes.CDLL("libscale.so")
>>> mjx.ffi.register_ffi_target("scale", mjx.ffi.pycapsule(library.scale))
>>> scale = mjx.ffi.ffi_call("scale", mjx.ShapeDtypeStruct((4,), mnp.float32))
>>> mjx.jit(lambda x: scale(x, by=2.0))(mnp.ones(4))
"""

from mjx.transforms.foreign import ffi_call, include_dir, pycapsule, register_ffi_target

__all__ = ["ffi_call", "include_dir", "pycapsule", "register_ffi_target"]
