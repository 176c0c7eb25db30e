#include "Lowering.h"
namespace mjx {
#define WEAK __attribute__((weak))
WEAK void attachCreationLowerings(mlir::MLIRContext &) {}
WEAK void attachShapeLowerings(mlir::MLIRContext &) {}
WEAK void attachIndexingLowerings(mlir::MLIRContext &) {}
WEAK void attachReductionLowerings(mlir::MLIRContext &) {}
WEAK void attachContractionLowerings(mlir::MLIRContext &) {}
WEAK void attachRandomLowerings(mlir::MLIRContext &) {}
WEAK void attachControlFlowLowerings(mlir::MLIRContext &) {}
}
