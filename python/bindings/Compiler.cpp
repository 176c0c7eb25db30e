//===- Compiler.cpp - Modules and what becomes of them, for Python --------===//
#include "Bindings.h"
#include "Context.h"
#include "Runtime.h"
#include "Trace.h"

#include "mjx/Compiler/Compiler.h"
#include "mjx/Registration.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/SHA256.h"

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
  std::string text = textOf(*module.op, false);
  auto digest = llvm::SHA256::hash(
      llvm::ArrayRef(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
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

static std::shared_ptr<mjx::runtime::Executable>
compileModule(ModuleHandle &module, const std::vector<int64_t> &donated) {
  nb::gil_scoped_release released;
  return loadExecutable(compileImage(*module.op, donated));
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
      .def("fingerprint", &fingerprintOf, "SHA-256 of the text without locations.")
      .def("clone", &cloneModule)
      .def_prop_ro("input_types", &inputTypes)
      .def_prop_ro("output_types", &outputTypes)
      .def("stage_text", &stageText, "stage"_a, "The program at a stage of compilation.")
      .def("compile", &compileModule, "donated"_a = std::vector<int64_t>());
}
