/*===- Mjx.h - The mjx dialect and passes, for C ------------------*- C -*-===*/
#ifndef MJX_C_MJX_H
#define MJX_C_MJX_H

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Handle of the dialect, as MLIR's C API has one for each of its own. */
MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(Mjx, mjx);

/** Adds the mjx dialect, and every dialect its programs are lowered through. */
MLIR_CAPI_EXPORTED void mjxRegisterDialects(MlirDialectRegistry registry);

/** Makes the passes and pipelines of mjx known by name, and those of MLIR that
 *  are of use between them. May be called any number of times. */
MLIR_CAPI_EXPORTED void mjxRegisterPasses(void);

#ifdef __cplusplus
}
#endif

#endif /* MJX_C_MJX_H */
