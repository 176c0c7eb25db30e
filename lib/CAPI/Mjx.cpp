//===- Mjx.cpp - The mjx dialect and passes, for C ------------------------===//
#include "mjx-c/Mjx.h"

#include "mjx/IR/Mjx.h"
#include "mjx/Registration.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Mjx, mjx, mjx::MjxDialect)

void mjxRegisterDialects(MlirDialectRegistry registry) { mjx::registerDialects(*unwrap(registry)); }

void mjxRegisterPasses(void) { mjx::registerPasses(); }
