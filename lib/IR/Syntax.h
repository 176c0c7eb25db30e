//===- Syntax.h - Directives of assembly formats ----------------*- C++ -*-===//
#ifndef MJX_LIB_IR_SYNTAX_H
#define MJX_LIB_IR_SYNTAX_H

#include "mlir/IR/OpImplementation.h"

namespace mjx {

/// The directive custom<Keyword>: a string attribute as a bare word.
inline mlir::ParseResult parseKeyword(mlir::OpAsmParser &parser, mlir::StringAttr &keyword) {
  llvm::StringRef word;
  if (parser.parseKeyword(&word))
    return mlir::failure();
  keyword = parser.getBuilder().getStringAttr(word);
  return mlir::success();
}

inline void printKeyword(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::StringAttr keyword) {
  printer << keyword.getValue();
}

} // namespace mjx

#endif // MJX_LIB_IR_SYNTAX_H
