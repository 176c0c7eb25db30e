//===- mjx-opt.cpp - Runs passes on a file --------------------------------===//
#include "mjx/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mjx::registerPasses();
  mlir::DialectRegistry registry;
  mjx::registerDialects(registry);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "mjx: runs passes on a file\n", registry));
}
