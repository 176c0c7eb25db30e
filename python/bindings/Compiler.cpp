//===- Compiler.cpp - Modules and what becomes of them, for Python --------===//
#include "Bindings.h"
#include "Context.h"
#include "DiskCache.h"
#include "Fingerprint.h"
#include "Runtime.h"
#include "Structure.h"
#include "Trace.h"

#include "mjx/Compiler/Compiler.h"
#include "mjx/IR/Mjx.h"
#include "mjx/Registration.h"
#include "mjx/Transforms/Cost.h"
#include "mjx/Transforms/Transforms.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string textOf(ModuleOp module, bool debugInfo) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  if (debugInfo)
    flags.enableDebugInfo(true, /*prettyForm=*/false);
  module.print(stream, flags);
  return text;
}

static ModuleRef parseModule(const std::string &text) {
  ContextLock lock;
  DiagnosticText diagnostics;
  ParserConfig config(&context());
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, config, "<text>");
  if (!module)
    diagnostics.raise("the text is not a module");
  return std::make_shared<ModuleHandle>(std::move(module));
}

static nb::bytes fingerprintOf(ModuleHandle &module) {
  ContextLock lock;
  std::string digest = structureDigest(*module.op);
  return nb::bytes(digest.data(), digest.size());
}

static nb::list typesOf(TypeRange types) {
  nb::list list;
  for (Type type : types)
    list.append(typeToPython(type));
  return list;
}

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

static void runPipeline(ModuleHandle &module, const std::string &pipeline) {
  ContextLock lock;
  mjx::registerPasses();
  DiagnosticText diagnostics;
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  PassManager manager(&context(), ModuleOp::getOperationName());
  if (failed(parsePassPipeline(pipeline, manager, stream)))
    throw nb::value_error(("pipeline '" + pipeline + "': " + problem).c_str());
  if (failed(manager.run(*module.op)))
    diagnostics.raise("the pipeline failed");
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

/// Without the GIL, so that other threads go on.
static mjx::runtime::ExecutableImage compileImage(ModuleOp module, ArrayRef<int64_t> donated) {
  ContextLock lock;
  mjx::CompileOptions options;
  options.donated.assign(donated.begin(), donated.end());
  llvm::Expected<mjx::runtime::ExecutableImage> image = mjx::compile(module, options);
  if (!image)
    throw std::runtime_error(llvm::toString(image.takeError()));
  return std::move(*image);
}

static std::string portableDigest(ModuleHandle &module) {
  ContextLock lock;
  return textDigest(*module.op);
}

static std::shared_ptr<mjx::runtime::Executable>
compileModule(ModuleHandle &module, const std::vector<int64_t> &donated, bool useDisk) {
  nb::gil_scoped_release released;
  std::string key = useDisk ? portableDigest(module) : "";
  bool compiled = false;
  auto compile = [&] {
    compiled = true;
    return compileImage(*module.op, donated);
  };
  auto image = imageThroughDisk(key, donated, compile);
  if (compiled)
    return loadExecutable(std::move(image));
  try {
    return loadExecutable(std::move(image));
  } catch (const std::runtime_error &) { // whoever wrote it, it is of no use here
    return loadExecutable(compile());
  }
}

//===----------------------------------------------------------------------===//
// Module
//===----------------------------------------------------------------------===//

static ModuleRef cloneModule(ModuleHandle &module) {
  ContextLock lock;
  return std::make_shared<ModuleHandle>(OwningOpRef<ModuleOp>(module.op->clone()));
}

static std::string stageText(ModuleHandle &module, const std::string &stage) {
  ContextLock lock;
  llvm::Expected<std::string> text = mjx::printStage(*module.op, stage);
  if (!text)
    throw nb::value_error(llvm::toString(text.takeError()).c_str());
  return std::move(*text);
}

/// What the program costs once it is simplified, as Python calls it.
static nb::dict costOfProgram(ModuleHandle &module) {
  ContextLock lock;
  OwningOpRef<ModuleOp> copy(module.op->clone());
  DiagnosticText diagnostics;
  if (failed(mjx::resolveTransforms(*copy)))
    diagnostics.raise("the transforms could not be resolved");
  mjx::simplify(*copy);
  mjx::Cost cost = mjx::costOfBody(*copy->getOps<func::FuncOp>().begin());
  nb::dict result;
  result["ops"] = cost.ops;
  result["flops"] = cost.flops;
  result["bytes read"] = cost.bytesRead;
  result["bytes written"] = cost.bytesWritten;
  result["peak bytes"] = cost.peakBytes;
  return result;
}

static bool isProcessLocal(ModuleHandle &module) {
  ContextLock lock;
  return module.op->walk([](mjx::HostCallbackOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

static bool hasEffects(ModuleHandle &module) {
  ContextLock lock;
  Block &body = module.function().getBody().front();
  return llvm::any_of(body.without_terminator(),
                      [](Operation &op) { return !isMemoryEffectFree(&op); });
}

static void checkValues(ModuleHandle &module, bool nans, bool infs) {
  ContextLock lock;
  mjx::checkValues(*module.op, nans, infs);
}

static nb::list inputTypes(ModuleHandle &module) {
  ContextLock lock;
  return typesOf(module.function().getArgumentTypes());
}

static nb::list outputTypes(ModuleHandle &module) {
  ContextLock lock;
  return typesOf(module.function().getResultTypes());
}

static std::string moduleText(ModuleHandle &module, bool debugInfo) {
  ContextLock lock;
  return textOf(*module.op, debugInfo);
}

void bindCompiler(nb::module_ &m) {
  nb::class_<ModuleHandle>(m, "Module", "A program.")
      .def_static("parse", &parseModule, "text"_a)
      .def("text", &moduleText, "debug_info"_a = false)
      .def("run", &runPipeline, "pipeline"_a, "Runs a textual pass pipeline.")
      .def("fingerprint", &fingerprintOf, "Equal for programs of equal content, in this process.")
      .def("clone", &cloneModule)
      .def("is_process_local", &isProcessLocal, "Whether it calls functions of this process.")
      .def("has_effects", &hasEffects, "Whether it does more than compute its outputs.")
      .def("check_values", &checkValues, "nans"_a, "infs"_a,
           "Lets the program stop at the op that yields NaN or infinity.")
      .def("cost", &costOfProgram, "Operations and bytes, as the simplified program shows them.")
      .def_prop_ro("input_types", &inputTypes)
      .def_prop_ro("output_types", &outputTypes)
      .def("structure", &structureOf, "The program as lists, tuples and numbers.")
      .def("stage_text", &stageText, "stage"_a, "The program at a stage of compilation.")
      .def("compile", &compileModule, "donated"_a = std::vector<int64_t>(), "use_disk"_a = false,
           "The executable, if wanted by way of the cache on disk.");
}
