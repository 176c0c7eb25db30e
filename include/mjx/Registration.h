//===- Registration.h - All dialects and passes of mjx ----------*- C++ -*-===//
#ifndef MJX_REGISTRATION_H
#define MJX_REGISTRATION_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mjx {

/// Every dialect a program passes through, with the models that lower,
/// bufferize and translate it.
void registerDialects(mlir::DialectRegistry &registry);

/// Every pass and pipeline of ours, and MLIR's that help to look between them.
/// Only the first call has an effect.
void registerPasses();

} // namespace mjx

#endif // MJX_REGISTRATION_H
