//===- While.h - A loop that runs while a condition holds -------*- C++ -*-===//
#ifndef MJX_LIB_IR_CONTROLFLOW_WHILE_H
#define MJX_LIB_IR_CONTROLFLOW_WHILE_H

#include "Regions.h"

namespace mjx {

/// Linearizes a loop whose number of steps has a bound.
llvm::LogicalResult linearizeWhile(JvpContext &c, WhileOp op);

} // namespace mjx

#endif // MJX_LIB_IR_CONTROLFLOW_WHILE_H
