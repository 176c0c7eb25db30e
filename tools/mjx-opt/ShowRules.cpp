//===- ShowRules.cpp - Which rules every op has ---------------------------===//
#include "ShowRules.h"

#include "mjx/IR/Mjx.h"

#include "llvm/Support/Format.h"

using namespace mlir;

namespace mjx {

static constexpr StringRef missing = "MISSING";

/// `rule` if the op has it, `disclaimed` if it says that it needs none.
static StringRef describe(bool hasRule, StringRef rule, bool isDisclaimed, StringRef disclaimed) {
  if (hasRule)
    return rule;
  return isDisclaimed ? disclaimed : missing;
}

static SmallVector<StringRef> rulesOf(RegisteredOperationName name) {
  bool decomposes = name.hasInterface<DecomposeOpInterface>();
  StringRef derivative = describe(name.hasInterface<JvpOpInterface>(), "jvp",
                                  name.hasTrait<NotDifferentiable>(), "constant");
  StringRef transpose = describe(name.hasInterface<LinearOpInterface>(), "transpose",
                                 name.hasTrait<NeverLinear>(), "never-linear");
  StringRef batch = describe(name.hasInterface<BatchOpInterface>(), "batch",
                             name.hasTrait<NeverBatched>(), "never-batched");
  StringRef lowering =
      describe(decomposes || name.hasInterface<LinalgLoweringOpInterface>(),
               decomposes ? "decomposed" : "linalg", name.hasTrait<NeverLowered>(), "resolved");
  return {derivative, transpose, batch, lowering};
}

bool showRules(const DialectRegistry &registry, llvm::raw_ostream &os) {
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<MjxDialect>();
  bool isComplete = true;
  for (RegisteredOperationName name :
       context.getRegisteredOperationsByDialect(MjxDialect::getDialectNamespace())) {
    os << llvm::left_justify(name.getStringRef(), 26);
    for (StringRef rule : rulesOf(name)) {
      os << " " << llvm::left_justify(rule, 14);
      isComplete &= rule != missing;
    }
    os << "\n";
  }
  return isComplete;
}

} // namespace mjx
