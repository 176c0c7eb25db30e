//===- Diagnostics.cpp - Diagnostics as text ------------------------------===//
#include "Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace mjx {

static void append(std::string &lines, const Diagnostic &diagnostic, StringRef indent) {
  llvm::raw_string_ostream stream(lines);
  if (!lines.empty())
    stream << '\n';
  stream << indent << diagnostic.str();
  if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    stream << " (" << place.getFilename().getValue() << ':' << place.getLine() << ')';
}

CollectedDiagnostics::CollectedDiagnostics(MLIRContext *context)
    : context(context), printedOps(context->shouldPrintOpOnDiagnostic()),
      handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return success();
        append(lines, diagnostic, "");
        for (Diagnostic &note : diagnostic.getNotes())
          append(lines, note, "  ");
        return success();
      }) {
  // A note with the op in full would be the whole program.
  context->printOpOnDiagnostic(false);
}

CollectedDiagnostics::~CollectedDiagnostics() { context->printOpOnDiagnostic(printedOps); }

} // namespace mjx
