//===- mjx-opt.cpp - Runs passes on a file --------------------------------===//
#include "ShowRules.h"

#include "mjx/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

/// `--mjx-pipeline=cpu`, all of a call's stages, is the pipeline registered as
/// `mjx-cpu-pipeline`: one word per target instead of an option of its own.
static std::vector<std::string> expandPipelines(int argc, char **argv) {
  constexpr llvm::StringLiteral prefix = "--mjx-pipeline=";
  std::vector<std::string> arguments(argv, argv + argc);
  for (std::string &argument : arguments)
    if (llvm::StringRef target = argument; target.consume_front(prefix))
      argument = ("--mjx-" + target + "-pipeline").str();
  return arguments;
}

int main(int argc, char **argv) {
  mjx::registerPasses();
  mlir::DialectRegistry registry;
  mjx::registerDialects(registry);
  if (argc == 2 && llvm::StringRef(argv[1]) == "--show-rules")
    return mjx::showRules(registry, llvm::outs()) ? 0 : 1;

  std::vector<std::string> arguments = expandPipelines(argc, argv);
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, pointers.data(), "mjx: runs passes on a file\n", registry));
}
