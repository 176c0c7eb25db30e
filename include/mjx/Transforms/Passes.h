//===- Passes.h - Passes from mjx to mjx ------------------------*- C++ -*-===//
#ifndef MJX_TRANSFORMS_PASSES_H
#define MJX_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mjx {

#define GEN_PASS_DECL
#include "mjx/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mjx/Transforms/Passes.h.inc"

} // namespace mjx

#endif // MJX_TRANSFORMS_PASSES_H
