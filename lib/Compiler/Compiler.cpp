//===- Compiler.cpp - A module to an executable image ---------------------===//
#include "mjx/Compiler/Compiler.h"

#include "Diagnostics.h"
#include "Signature.h"

#include "mjx/Conversion/MjxToLinalg.h"
#include "mjx/Target/CPU.h"
#include "mjx/Target/Passes.h"
#include "mjx/Target/RuntimeCall.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <chrono>

using namespace mlir;
using namespace mjx;

namespace {

struct Stage {
  std::string name;
  std::unique_ptr<PassManager> passes;
};

/// The pass managers of a context, kept because setting up their patterns costs
/// more than running them on a small program.
struct Pipelines {
  explicit Pipelines(MLIRContext *context) {
    // The only stage that checks its results: what the later ones get from it
    // decides whether they can fail.
    add(context, "linalg", buildMjxToLinalgPipeline, /*verify=*/true);
    for (const cpu::Stage &stage : cpu::stages())
      add(context, stage.name, stage.build, /*verify=*/false);
  }

  static Pipelines &of(MLIRContext *context) {
    auto *dialect = context->getOrLoadDialect<rt::MjxRtDialect>();
    std::shared_ptr<void> &state = dialect->compilerState();
    if (!state)
      state = std::make_shared<Pipelines>(context);
    return *static_cast<Pipelines *>(state.get());
  }

  SmallVector<Stage> stages;

private:
  void add(MLIRContext *context, StringRef name, function_ref<void(OpPassManager &)> build,
           bool verify) {
    auto passes = std::make_unique<PassManager>(context, ModuleOp::getOperationName());
    build(*passes);
    passes->enableVerifier(verify);
    stages.push_back({name.str(), std::move(passes)});
  }
};

bool holdsMjxOps(ModuleOp module) {
  return module
      .walk([](Operation *op) {
        return op->getName().getDialectNamespace() == "mjx" ? WalkResult::interrupt()
                                                            : WalkResult::advance();
      })
      .wasInterrupted();
}

/// One compilation, advanced stage by stage on a copy of the module.
class Compilation {
public:
  Compilation(ModuleOp source, const CompileOptions &options)
      : module(source.clone()), options(options), collected(source.getContext()) {}

  llvm::Expected<runtime::ExecutableImage> run() {
    runtime::ExecutableImage image;
    if (llvm::Error error = describe(image))
      return std::move(error);
    if (llvm::Error error = lowerTo("llvm"))
      return std::move(error);
    readLayout(image);
    llvm::Expected<std::string> object = generate(cpu::Emission::Object);
    if (!object)
      return object.takeError();
    image.object = std::move(*object);
    image.compileTimes = std::move(times);
    image.estimatedFlops = flops;
    return image;
  }

  llvm::Expected<std::string> print(StringRef stage) {
    if (stage == "mjx")
      return printed();
    if (llvm::Error error = lowerTo(stage == "linalg" ? "linalg" : "llvm"))
      return std::move(error);
    if (stage == "linalg" || stage == "llvm")
      return printed();
    if (stage == "asm")
      return generate(cpu::Emission::Assembly);
    llvm::LLVMContext context;
    llvm::Expected<std::unique_ptr<llvm::Module>> result = optimized(context);
    if (!result)
      return result.takeError();
    std::string text;
    llvm::raw_string_ostream stream(text);
    (*result)->print(stream, nullptr);
    return text;
  }

private:
  template <typename Action> auto timed(StringRef name, Action action) {
    auto start = std::chrono::steady_clock::now();
    auto result = action();
    std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    times[name.str()] += spent.count();
    return result;
  }

  llvm::Error fail(llvm::Twine doing) {
    return llvm::createStringError("[compile] " + doing + " failed: " + collected.text());
  }

  llvm::Error describe(runtime::ExecutableImage &image) {
    auto program = dyn_cast_or_null<FunctionOpInterface>(cpu::programOf(module.get()));
    if (!program)
      return llvm::createStringError(
          "[compile] expected a module with one function that has a body, or "
          "one marked `mjx.program`");
    image.name = program.getName().str();
    image.target = "cpu";
    image.entry = cpu::entryName.str();
    describeEffects(module.get(), image);
    return describeSignature(program, image);
  }

  /// Marks the program; lowering keeps attributes of functions.
  llvm::Error markDonated() {
    auto program = dyn_cast_or_null<FunctionOpInterface>(cpu::programOf(module.get()));
    if (!program)
      return fail("finding the program");
    for (int64_t index : options.donated) {
      if (index < 0 || index >= int64_t(program.getNumArguments()))
        return llvm::createStringError("[compile] expected donated inputs below " +
                                       llvm::Twine(program.getNumArguments()) + ", but got " +
                                       llvm::Twine(index));
      program.setArgAttr(index, cpu::donatedAttr, UnitAttr::get(module->getContext()));
    }
    return llvm::Error::success();
  }

  llvm::Error lowerTo(StringRef last) {
    bool needsLowering = holdsMjxOps(module.get());
    for (Stage &stage : Pipelines::of(module->getContext()).stages) {
      bool isFirst = stage.name == "linalg";
      // Malformed IR would end the process in the conversion to LLVM.
      if (stage.name == "llvm" && failed(verify(module.get())))
        return fail("checking the loops");
      if (!isFirst || needsLowering)
        if (failed(timed(stage.name, [&] { return stage.passes->run(module.get()); })))
          return fail("lowering to " + stage.name);
      if (isFirst) {
        flops = estimateFlops(module.get());
        if (llvm::Error error = markDonated())
          return error;
      }
      if (stage.name == last)
        break;
    }
    return llvm::Error::success();
  }

  void readLayout(runtime::ExecutableImage &image) {
    Operation *program = cpu::programOf(module.get());
    for (Operation &op : *module->getBody())
      if (op.hasAttr(cpu::aliasesAttr))
        program = &op;
    if (auto aliases = program->getAttrOfType<DenseI64ArrayAttr>(cpu::aliasesAttr))
      image.aliases.assign(aliases.asArrayRef().begin(), aliases.asArrayRef().end());
    if (auto bytes = program->getAttrOfType<IntegerAttr>(cpu::scratchBytesAttr))
      image.scratchBytes = bytes.getInt();
  }

  llvm::Expected<std::unique_ptr<llvm::Module>> optimized(llvm::LLVMContext &context) {
    auto result = timed("translate", [&] { return cpu::translate(module.get(), context); });
    if (!result)
      return llvm::joinErrors(result.takeError(), explain());
    if (llvm::Error error = timed("optimize", [&] { return cpu::optimize(**result); }))
      return std::move(error);
    return result;
  }

  llvm::Error explain() {
    std::string text = collected.text();
    return text.empty() ? llvm::Error::success() : llvm::createStringError(text);
  }

  llvm::Expected<std::string> generate(cpu::Emission kind) {
    llvm::LLVMContext context;
    auto result = optimized(context);
    if (!result)
      return result.takeError();
    return timed("emit", [&] { return cpu::emit(**result, kind); });
  }

  std::string printed() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->print(stream, OpPrintingFlags().useLocalScope());
    return text + "\n";
  }

  OwningOpRef<ModuleOp> module;
  const CompileOptions &options;
  CollectedDiagnostics collected;
  std::map<std::string, double> times;
  double flops = 0;
};

constexpr llvm::StringLiteral names[] = {"mjx", "linalg", "llvm", "llvm-ir", "asm"};

} // namespace

ArrayRef<llvm::StringLiteral> mjx::stageNames() { return names; }

void mjx::registerCompilerDialects(DialectRegistry &registry) {
  registerTargetDialects(registry);
  registerLinalgLowerings(registry);
}

llvm::Expected<runtime::ExecutableImage> mjx::compile(ModuleOp module,
                                                      const CompileOptions &options) {
  return Compilation(module, options).run();
}

llvm::Expected<std::string> mjx::printStage(ModuleOp module, StringRef stage,
                                            const CompileOptions &options) {
  if (!llvm::is_contained(names, stage))
    return llvm::createStringError(
        "[stage] expected one of mjx, linalg, llvm, llvm-ir or asm, but got `" + stage + "`");
  return Compilation(module, options).print(stage);
}
