//===- Emit.cpp - LLVM dialect to machine code ----------------------------===//
#include "mjx/Target/CPU.h"

#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace mjx;

namespace {

// Programs arrive vectorized, so most need only what tidies up after lowering;
// the standard pipelines take several times as long on them.
constexpr llvm::StringLiteral tidyPasses = "function(sroa,early-cse,loop(loop-rotate),"
                                           "instcombine<max-iterations=1;no-verify-fixpoint>,"
                                           "loop-mssa(licm),early-cse<memssa>,simplifycfg)";

// Where a loop was left scalar, LLVM's vectorizer has a try.
constexpr llvm::StringLiteral vectorizePasses =
    "function(sroa,early-cse,loop(loop-rotate),loop-mssa(licm),"
    "instcombine<max-iterations=1;no-verify-fixpoint>,"
    "loop-vectorize<interleave-forced-only;no-vectorize-forced-only>,"
    "instcombine<max-iterations=1;no-verify-fixpoint>,"
    "loop-mssa(licm),early-cse<memssa>,simplifycfg)";

/// Collects what LLVM has to say instead of printing it or ending the process.
struct Collector : llvm::DiagnosticHandler {
  explicit Collector(std::string &text) : text(text) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() != llvm::DS_Error)
      return true;
    llvm::raw_string_ostream stream(text);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    info.print(printer);
    stream << '\n';
    return true;
  }
  std::string &text;
};

void setFunctionAttributes(llvm::Module &module) {
  const cpu::HostTarget &host = cpu::hostTarget();
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", host.cpu);
    function.addFnAttr("target-features", host.features);
    if (host.vectorBytes == 64)
      function.addFnAttr("prefer-vector-width", "512");
    function.setDoesNotThrow();
  }
}

bool wantsVectorizer(const llvm::Module &module) {
  return module.getModuleFlag(cpu::scalarLoopsAttr) != nullptr;
}

} // namespace

llvm::Expected<std::unique_ptr<llvm::Module>> cpu::translate(mlir::ModuleOp module,
                                                             llvm::LLVMContext &context) {
  llvm::Expected<llvm::TargetMachine *> machine = targetMachine();
  if (!machine)
    return machine.takeError();
  std::unique_ptr<llvm::Module> result =
      mlir::translateModuleToLLVMIR(module, context, "mjx", /*disableVerification=*/true);
  if (!result)
    return llvm::createStringError("[compile] the program could not be written as LLVM IR");
  result->setDataLayout((*machine)->createDataLayout());
  result->setTargetTriple((*machine)->getTargetTriple());
  mlir::Operation *program = programOf(module);
  if (program && program->hasAttr(scalarLoopsAttr))
    result->addModuleFlag(llvm::Module::Warning, scalarLoopsAttr, 1);
  setFunctionAttributes(*result);
  // Malformed IR would end the process inside the code generator.
  std::string complaint;
  llvm::raw_string_ostream stream(complaint);
  if (llvm::verifyModule(*result, &stream))
    return llvm::createStringError("[compile] malformed LLVM IR: " + complaint);
  return result;
}

llvm::Error cpu::optimize(llvm::Module &module) {
  llvm::Expected<llvm::TargetMachine *> machine = targetMachine();
  if (!machine)
    return machine.takeError();
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  llvm::PassBuilder builder(*machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  if (llvm::Error error =
          builder.parsePassPipeline(passes, wantsVectorizer(module) ? vectorizePasses : tidyPasses))
    return error;
  passes.run(module, modules);
  return llvm::Error::success();
}

llvm::Expected<std::string> cpu::emit(llvm::Module &module, Emission kind) {
  llvm::Expected<llvm::TargetMachine *> machine = targetMachine();
  if (!machine)
    return machine.takeError();
  std::string complaint;
  module.getContext().setDiagnosticHandler(std::make_unique<Collector>(complaint));
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  auto fileType = kind == Emission::Object ? llvm::CodeGenFileType::ObjectFile
                                           : llvm::CodeGenFileType::AssemblyFile;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, fileType,
                                      /*DisableVerify=*/true))
    return llvm::createStringError("[compile] this target cannot write that kind of file");
  passes.run(module);
  if (!complaint.empty())
    return llvm::createStringError("[compile] code generation: " + complaint);
  return std::string(bytes.data(), bytes.size());
}
