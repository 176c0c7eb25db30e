//===- CPU.h - From linalg on tensors to host machine code ------*- C++ -*-===//
#ifndef MJX_TARGET_CPU_H
#define MJX_TARGET_CPU_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace mjx::cpu {

/// Name of the C function an object file of ours exports.
inline constexpr llvm::StringLiteral entryName = "mjx_entry";

/// Attributes a program carries between passes.
inline constexpr llvm::StringLiteral programAttr = "mjx.program";
inline constexpr llvm::StringLiteral donatedAttr = "mjx.donated";
inline constexpr llvm::StringLiteral aliasesAttr = "mjx.aliases";
inline constexpr llvm::StringLiteral inputCountAttr = "mjx.inputs";
inline constexpr llvm::StringLiteral outputBytesAttr = "mjx.output_bytes";
inline constexpr llvm::StringLiteral scratchBytesAttr = "mjx.scratch_bytes";
/// A function that runs a range of the iterations of a parallel loop.
inline constexpr llvm::StringLiteral lanesBodyAttr = "mjx.lanes_body";
/// Some loop was left to LLVM to vectorize.
inline constexpr llvm::StringLiteral scalarLoopsAttr = "mjx.scalar_loops";

/// The function a module is about: the one marked `mjx.program`, else the only
/// function with a body; null if there is no such one.
mlir::Operation *programOf(mlir::ModuleOp module);

/// A named part of the way from linalg on tensors to the LLVM dialect.
struct Stage {
  llvm::StringLiteral name;
  void (*build)(mlir::OpPassManager &pm);
};
/// In order; the last is "llvm".
llvm::ArrayRef<Stage> stages();

/// All stages.
void buildPipeline(mlir::OpPassManager &pm);

/// What the host executes.
struct HostTarget {
  std::string triple, cpu, features;
  int64_t vectorBytes = 16;
  bool x86 = false;
};
const HostTarget &hostTarget();

/// The host's target machine, one for the process; callers serialize its use.
llvm::Expected<llvm::TargetMachine *> targetMachine();

/// LLVM dialect to LLVM IR for the host, not yet optimized.
llvm::Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module,
                                                        llvm::LLVMContext &context);

/// Runs the passes this module's code profits from, and no others.
llvm::Error optimize(llvm::Module &module);

enum class Emission { Object, Assembly };
llvm::Expected<std::string> emit(llvm::Module &module, Emission kind);

} // namespace mjx::cpu

#endif // MJX_TARGET_CPU_H
