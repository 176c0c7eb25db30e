//===- MjxOps.td - What the Python builders are made from -*- tablegen -*-===//
#ifndef MJX_PYTHON_OPS
#define MJX_PYTHON_OPS

include "mjx/IR/MjxOps.td"

#endif // MJX_PYTHON_OPS
