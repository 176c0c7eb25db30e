//===- Interfaces.cpp - What an op can be asked ---------------------------===//
#include "mjx/IR/Mjx.h"

using namespace mlir;

#include "mjx/Interfaces/Interfaces.cpp.inc"
