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

/// The directive custom<OperandsComma>: operands, each with a comma after it.
inline mlir::ParseResult
parseOperandsComma(mlir::OpAsmParser &parser,
                   llvm::SmallVectorImpl<mlir::OpAsmParser::UnresolvedOperand> &operands) {
  mlir::OpAsmParser::UnresolvedOperand operand;
  for (mlir::OptionalParseResult parsed = parser.parseOptionalOperand(operand); parsed.has_value();
       parsed = parser.parseOptionalOperand(operand)) {
    if (mlir::failed(*parsed) || mlir::failed(parser.parseComma()))
      return mlir::failure();
    operands.push_back(operand);
  }
  return mlir::success();
}

inline void printOperandsComma(mlir::OpAsmPrinter &printer, mlir::Operation *,
                               mlir::OperandRange operands) {
  llvm::interleave(
      operands, [&](mlir::Value operand) { printer << operand << ","; }, [&] { printer << " "; });
}

} // namespace mjx

#endif // MJX_LIB_IR_SYNTAX_H
