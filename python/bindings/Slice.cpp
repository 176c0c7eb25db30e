//===- Slice.cpp - Parts of a function under construction -----------------===//
#include "Context.h"
#include "Trace.h"

#include "mjx/IR/Mjx.h"
#include "mjx/Interfaces/Residuals.h"
#include "mjx/Transforms/Transforms.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

namespace nb = nanobind;
using namespace mlir;

//===----------------------------------------------------------------------===//
// What regions use
//===----------------------------------------------------------------------===//

/// Whether `inner` is `region` or within it. Regions that no op has yet end the
/// chain of parents, which Region::isAncestor does not expect.
static bool contains(Region *region, Region *inner) {
  while (inner && inner != region)
    inner = inner->getParentOp() ? inner->getParentOp()->getParentRegion() : nullptr;
  return inner != nullptr;
}

llvm::SetVector<Value> capturedValues(ArrayRef<Region *> regions) {
  llvm::SetVector<Value> captured;
  for (Region *region : regions)
    region->walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (!contains(region, operand.getParentRegion()))
          captured.insert(operand);
    });
  return captured;
}

static bool isConstant(Value value) {
  return isa_and_nonnull<mjx::ConstantOp>(value.getDefiningOp());
}

static void replaceIn(Region &region, Value from, Value to) {
  from.replaceUsesWithIf(
      to, [&](OpOperand &use) { return contains(&region, use.getOwner()->getParentRegion()); });
}

/// Puts a copy of the constant into the region, if that uses it.
static void cloneConstantInto(Region &region, Value constant) {
  OpBuilder builder(constant.getContext());
  builder.setInsertionPointToStart(&region.front());
  Operation *copy = builder.clone(*constant.getDefiningOp());
  replaceIn(region, constant, copy->getResult(0));
  if (copy->use_empty())
    copy->erase();
}

Values Trace::capture(const std::vector<RegionRef> &handles) {
  SmallVector<Region *> regions;
  for (const RegionRef &handle : handles) {
    if (!handle->region)
      throw std::runtime_error("capture: expected regions that no op has yet");
    regions.push_back(handle->region.get());
  }
  Values captured;
  for (Value value : capturedValues(regions)) {
    unsigned position = captured.size();
    if (!isConstant(value))
      captured.push_back(handle(value));
    for (Region *region : regions) {
      if (isConstant(value))
        cloneConstantInto(*region, value);
      else
        replaceIn(*region, value,
                  region->front().insertArgument(position, value.getType(), value.getLoc()));
    }
  }
  return captured;
}

//===----------------------------------------------------------------------===//
// Backward slices
//===----------------------------------------------------------------------===//

/// All that an op uses: its operands, and what its regions capture.
static SmallVector<Value> usedBy(Operation *op) {
  SmallVector<Value> used(op->getOperands());
  SmallVector<Region *> regions;
  for (Region &region : op->getRegions())
    regions.push_back(&region);
  if (!regions.empty() && !op->hasTrait<OpTrait::IsIsolatedFromAbove>())
    llvm::append_range(used, capturedValues(regions));
  return used;
}

Values Trace::sources(const ValueHandle &value) {
  Values found;
  llvm::DenseSet<Operation *> seen;
  llvm::DenseSet<Value> arguments;
  SmallVector<Value> queue{value.get()};
  while (!queue.empty()) {
    Value current = queue.pop_back_val();
    if (Operation *op = current.getDefiningOp()) {
      if (seen.insert(op).second)
        llvm::append_range(queue, usedBy(op));
    } else if (arguments.insert(current).second) {
      found.push_back(handle(current));
    }
  }
  return found;
}

namespace {
/// Clones the ops that some values depend on into another function.
class Extraction {
public:
  Extraction(func::FuncOp from, func::FuncOp to, DenseMap<Value, Value> bindings,
             llvm::DenseSet<Value> known)
      : from(&from.front()), to(&to.front()), bindings(std::move(bindings)),
        known(std::move(known)) {}

  /// The clone of `value` in the other function.
  Value visit(Value value);
  ArrayRef<Value> inputs() const { return taken.getArrayRef(); }

private:
  Value resolve(Value value) const;
  bool isInput(Value value) const;
  Value lookup(Value value) const { return mapping.lookupOrNull(resolve(value)); }
  void take(Value value);
  void cloneOp(Operation *op);

  Block *from;
  Block *to;
  DenseMap<Value, Value> bindings;
  llvm::DenseSet<Value> known;
  llvm::SetVector<Value> taken;
  IRMapping mapping;
};
} // namespace

Value Extraction::resolve(Value value) const {
  while (!known.contains(value)) {
    auto bound = bindings.find(value);
    if (bound == bindings.end())
      break;
    value = bound->second;
  }
  return value;
}

bool Extraction::isInput(Value value) const {
  return known.contains(value) || value.getParentBlock() == from;
}

void Extraction::take(Value value) {
  if (!isInput(value))
    throw nb::value_error("the value depends on the argument of a region that stands for many");
  taken.insert(value);
  mapping.map(value, to->addArgument(value.getType(), value.getLoc()));
}

void Extraction::cloneOp(Operation *op) {
  auto builder = OpBuilder::atBlockEnd(to);
  // Bound arguments stand for other values; tell the mapping.
  for (Value used : usedBy(op))
    if (!mapping.contains(used))
      mapping.map(used, lookup(used));
  builder.clone(*op, mapping);
}

Value Extraction::visit(Value root) {
  SmallVector<Value> stack{root};
  while (!stack.empty()) {
    Value value = resolve(stack.back());
    Operation *op = known.contains(value) ? nullptr : value.getDefiningOp();
    if (mapping.contains(value)) {
      stack.pop_back();
      continue;
    }
    if (!op) {
      take(value);
      stack.pop_back();
      continue;
    }
    size_t before = stack.size();
    for (Value used : usedBy(op))
      if (!lookup(used))
        stack.push_back(used);
    if (stack.size() != before)
      continue;
    cloneOp(op);
    stack.pop_back();
  }
  return lookup(root);
}

std::pair<ModuleRef, Values>
Trace::extract(const Values &results, const Values &known,
               const std::vector<std::pair<ValueHandle, ValueHandle>> &bindings) {
  top();
  DenseMap<Value, Value> bound;
  for (const auto &[argument, value] : bindings)
    bound[argument.get()] = value.get();
  llvm::DenseSet<Value> have;
  for (const ValueHandle &value : known)
    have.insert(value.get());
  auto [made, target] = makeModule(function.getLoc());
  Extraction extraction(function, target, std::move(bound), std::move(have));
  SmallVector<Value> returned;
  for (const ValueHandle &result : results)
    returned.push_back(extraction.visit(result.get()));
  finishFunction(target, returned);
  return {std::make_shared<ModuleHandle>(std::move(made)), handles(extraction.inputs())};
}

//===----------------------------------------------------------------------===//
// Linear maps on their own
//===----------------------------------------------------------------------===//

/// What to store so that all that `map` captures can be computed again.
static SmallVector<Value> residualsOf(mjx::LinearMapOp map) {
  llvm::SetVector<Value> captured = capturedValues({&map.getBody()});
  auto isFree = [](Value value) { return isa<BlockArgument>(value) || isConstant(value); };
  llvm::SetVector<Value> stored = mjx::selectResiduals(captured.getArrayRef(), {isFree});
  SmallVector<Value> residuals, todo(captured.getArrayRef());
  llvm::DenseSet<Value> seen;
  for (size_t i = 0; i < todo.size(); ++i) {
    Value value = todo[i];
    if (!seen.insert(value).second || isConstant(value))
      continue;
    if (stored.contains(value) || isFree(value))
      residuals.push_back(value);
    else
      llvm::append_range(todo, value.getDefiningOp()->getOperands());
  }
  return residuals;
}

/// A module from residuals and tangents (or cotangents) to what OpT, `apply` or
/// `apply_transpose`, makes of those.
template <class OpT>
static ModuleRef makeApplication(mjx::LinearMapOp map, ArrayRef<Value> residuals, TypeRange inputs,
                                 TypeRange outputs) {
  auto [module, function] = makeModule(map.getLoc());
  Block &block = function.front();
  IRMapping mapping;
  for (Value residual : residuals)
    mapping.map(residual, block.addArgument(residual.getType(), residual.getLoc()));
  auto builder = OpBuilder::atBlockEnd(&block);
  llvm::SetVector<Value> captured = capturedValues({&map.getBody()});
  mjx::cloneComputation(*map->getBlock(), captured.getArrayRef(), builder, mapping);
  Operation *copy = builder.clone(*map, mapping);
  SmallVector<Value> operands{copy->getResult(0)};
  for (Type type : inputs)
    operands.push_back(block.addArgument(type, map.getLoc()));
  OperationState state(map.getLoc(), OpT::getOperationName());
  state.addOperands(operands);
  state.addTypes(outputs);
  DiagnosticText diagnostics;
  auto results = mjx::resolveTransform(builder.create(state));
  if (failed(results))
    diagnostics.raise("the linear map could not be applied");
  finishFunction(function, *results);
  return std::make_shared<ModuleHandle>(std::move(module));
}

std::tuple<Values, ModuleRef, ModuleRef> Trace::splitLinear(const ValueHandle &handle) {
  auto map = handle.get().getDefiningOp<mjx::LinearMapOp>();
  if (!map)
    throw nb::value_error("split_linear: expected a resolved linear map");
  SmallVector<Value> residuals = residualsOf(map);
  FunctionType type = cast<mjx::LinearType>(map.getOut().getType()).getMap();
  return {
      handles(residuals),
      makeApplication<mjx::ApplyOp>(map, residuals, type.getInputs(), type.getResults()),
      makeApplication<mjx::ApplyTransposeOp>(map, residuals, type.getResults(), type.getInputs())};
}

//===----------------------------------------------------------------------===//
// Other functions
//===----------------------------------------------------------------------===//

Values Trace::inlineModule(ModuleHandle &module, const Values &operands) {
  func::FuncOp callee = module.function();
  SmallVector<Value> values = unwrap(operands);
  if (TypeRange(callee.getArgumentTypes()) != TypeRange(ValueRange(values)))
    throw nb::value_error("inline: expected operands of the types that the function takes");
  IRMapping mapping;
  mapping.map(callee.getArguments(), ValueRange(values));
  auto builder = OpBuilder::atBlockEnd(top().block);
  for (Operation &op : callee.front().without_terminator())
    builder.clone(op, mapping);
  Values results;
  for (Value result : callee.front().getTerminator()->getOperands())
    results.push_back(handle(mapping.lookup(result)));
  return results;
}
