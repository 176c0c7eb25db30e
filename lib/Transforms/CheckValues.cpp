//===- CheckValues.cpp - Where does the NaN come from ---------------------===//
#include "mjx/IR/Mjx.h"
#include "mjx/Transforms/Passes.h"
#include "mjx/Transforms/Transforms.h"

using namespace mlir;

namespace mjx {

#define GEN_PASS_DEF_CHECKVALUES
#include "mjx/Transforms/Passes.h.inc"

static std::string placeOf(Location loc) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (auto place = loc->findInstanceOf<FileLineColLoc>())
    stream << "\n  at " << place.getFilename().getValue() << ":" << place.getLine();
  if (auto name = loc->findInstanceOf<NameLoc>())
    stream << " in " << name.getName().getValue();
  return text;
}

/// Whether all elements are what the checks want.
static Val allGood(Val x, bool nans, bool infs) {
  Emitter &emitter = *x.emitter;
  if (isa<ComplexType>(x.element())) {
    Val real(emitter, emitter.create<RealOp>(x.value)),
        imag(emitter, emitter.create<ImagOp>(x.value));
    Val both[] = {allGood(real, nans, infs), allGood(imag, nans, infs)};
    return {emitter, emitter.create<AndOp>(both[0].value, both[1].value)};
  }
  Val good;
  if (nans)
    good = compare(x, x, "eq");
  if (infs) {
    Val magnitude(emitter, emitter.create<AbsOp>(x.value));
    Val finite = compare(magnitude, std::numeric_limits<double>::infinity(), "ne");
    good = good ? Val(emitter, emitter.create<AndOp>(good.value, finite.value)) : finite;
  }
  if (x.rank() == 0)
    return good;
  return {emitter, emitter.create<ReduceOp>("and", good.value, iotaDims(x.rank()))};
}

static void checkResult(Operation *op, Value result, StringRef kind, bool nans, bool infs) {
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  Emitter emitter(builder, op->getLoc());
  Val good = allGood(Val(emitter, result), nans, infs);
  std::string message =
      ("invalid value (" + kind + ") encountered in " + op->getName().stripDialect()).str() +
      placeOf(op->getLoc());
  emitter.create<CheckOp>(good.value, message, ValueRange(), "FloatingPointError");
}

/// Constants are what the user wrote, and results of ops with regions have been
/// checked inside.
static bool isChecked(Operation *op) {
  bool isOurs = op->getDialect() && op->getName().getDialectNamespace() == "mjx";
  return isOurs && op->getNumRegions() == 0 && !op->hasTrait<OpTrait::ConstantLike>() &&
         !isa<CallOp>(op);
}

void checkValues(Operation *root, bool nans, bool infs) {
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if (isChecked(op))
      ops.push_back(op);
  });
  for (Operation *op : ops)
    for (Value result : op->getResults()) {
      if (!isa<RankedTensorType>(result.getType()) || !isDifferentiable(result.getType()))
        continue;
      if (infs)
        checkResult(op, result, "inf", false, true);
      if (nans)
        checkResult(op, result, "nan", true, false);
    }
}

namespace {
struct CheckValues : impl::CheckValuesBase<CheckValues> {
  using CheckValuesBase::CheckValuesBase;
  void runOnOperation() override { checkValues(getOperation(), nans, infs); }
};
} // namespace

} // namespace mjx
