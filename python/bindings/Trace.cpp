//===- Trace.cpp - A function under construction --------------------------===//
#include "Trace.h"

#include "Context.h"

#include "mjx/IR/Mjx.h"
#include "mjx/Transforms/Transforms.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <stdexcept>

namespace nb = nanobind;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Handles
//===----------------------------------------------------------------------===//

Value ValueHandle::get() const {
  if (!scope || !scope->alive)
    throw std::runtime_error("expected a value of a program under construction, but its program "
                             "or region has ended");
  return value;
}

RegionHandle::~RegionHandle() {
  ContextLock lock;
  if (trace)
    trace->release(this);
  region.reset();
}

std::unique_ptr<Region> RegionHandle::take() {
  if (!region)
    throw std::runtime_error("expected a region that no op has yet, but this one has been used "
                             "or its program has ended");
  if (trace)
    trace->release(this);
  trace = nullptr;
  return std::move(region);
}

ModuleHandle::~ModuleHandle() {
  ContextLock lock;
  op = nullptr;
}

func::FuncOp ModuleHandle::function() {
  auto functions = op->getOps<func::FuncOp>();
  if (functions.empty())
    throw nb::value_error("expected a module with a function, but this one has none");
  return *functions.begin();
}

//===----------------------------------------------------------------------===//
// Construction and end
//===----------------------------------------------------------------------===//

std::pair<OwningOpRef<ModuleOp>, func::FuncOp> makeModule(Location loc) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  auto builder = OpBuilder::atBlockEnd(module->getBody());
  auto type = builder.getFunctionType({}, {});
  auto function = func::FuncOp::create(builder, loc, "main", type);
  function.addEntryBlock();
  return {std::move(module), function};
}

static void eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void finishFunction(func::FuncOp function, ValueRange results) {
  Block &block = function.front();
  auto builder = OpBuilder::atBlockEnd(&block);
  func::ReturnOp::create(builder, function.getLoc(), results);
  function.setType(builder.getFunctionType(block.getArgumentTypes(), results.getTypes()));
  eraseDeadOps(block);
}

Trace::Trace(const std::string &name) {
  MLIRContext *ctx = &context();
  Location loc = NameLoc::get(StringAttr::get(ctx, name));
  std::tie(module, function) = makeModule(loc);
  Block *block = &function.front();
  frames.push_back({nullptr, block, std::make_shared<Scope>()});
  scopes[block] = frames.back().scope;
}

Trace::~Trace() {
  ContextLock lock;
  kill();
  module = nullptr;
}

/// Ends all handles, and the regions that use values of the module.
void Trace::kill() {
  for (auto &entry : scopes)
    entry.second->alive = false;
  for (RegionHandle *handle : detached) {
    handle->trace = nullptr;
    handle->region.reset();
  }
  detached.clear();
  frames.clear();
  scopes.clear();
}

ModuleRef Trace::finish(const Values &results) {
  if (top().placeholder)
    throw std::runtime_error("finish: expected all regions to be closed, but one is open");
  finishFunction(function, unwrap(results));
  kill();
  return std::make_shared<ModuleHandle>(std::move(module));
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Trace::Frame &Trace::top() {
  if (frames.empty())
    throw std::runtime_error("expected a program under construction, but it has ended");
  return frames.back();
}

ValueHandle Trace::handle(Value value) { return {value, scopes.lookup(value.getParentBlock())}; }

Values Trace::handles(ValueRange values) {
  Values result;
  for (Value value : values)
    result.push_back(handle(value));
  return result;
}

SmallVector<Value> Trace::unwrap(const Values &values) {
  SmallVector<Value> result;
  for (const ValueHandle &value : values) {
    result.push_back(value.get());
    if (handle(result.back()).scope != value.scope)
      throw std::runtime_error("expected values of this program, but got one of another");
  }
  return result;
}

ValueHandle Trace::argument(Type type) {
  top();
  return handle(function.front().addArgument(type, function.getLoc()));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// What decides whether an op's operands and attributes are of the right kinds.
static size_t kindOf(const OperationState &state) {
  size_t hash =
      llvm::hash_combine(state.name.getAsOpaquePointer(), state.regions.size(),
                         state.attributes.getDictionary(state.getContext()).getAsOpaquePointer());
  for (Value operand : state.operands)
    hash = llvm::hash_combine(hash, operand.getType().getAsOpaquePointer());
  return hash;
}

/// What is wrong with an op that has an impossible result, or as many as it
/// takes.
static std::string complaintAboutTrial(const OperationState &state, RegisteredOperationName name) {
  constexpr unsigned mostResults = 4;
  std::string complaint;
  for (unsigned results = 1; results <= mostResults; ++results) {
    OperationState trial(state.location, name);
    trial.addOperands(state.operands);
    trial.attributes = state.attributes;
    for (size_t i = 0; i < state.regions.size(); ++i)
      trial.addRegion();
    trial.addTypes(SmallVector<Type>(results, NoneType::get(state.getContext())));
    DiagnosticText diagnostics;
    Operation *op = Operation::create(trial);
    (void)name.verifyInvariants(op);
    op->erase();
    complaint = diagnostics.text("operands and attributes do not fit the op");
    // "op expected 3 results", or "2 or more results".
    if (!StringRef(complaint).contains("op expected ") ||
        !StringRef(complaint).contains(" results"))
      break;
  }
  return complaint;
}

/// Inference relies on what verifiers check: numbers and types of operands, and
/// attributes. An op with an impossible result is tried first: if that is all
/// that is wrong with it, inference may go ahead.
static void checkBeforeInference(const OperationState &state, RegisteredOperationName name) {
  static llvm::DenseSet<size_t> checked;
  size_t kind = kindOf(state);
  if (checked.contains(kind))
    return;
  std::string complaint = complaintAboutTrial(state, name);
  if (!StringRef(complaint).contains("op result #0"))
    throw nb::value_error(complaint.c_str());
  if (checked.size() > (1 << 16))
    checked.clear();
  checked.insert(kind);
}

namespace {
/// The attributes of an op in the form that it keeps them in.
class Properties {
public:
  /// Raises ValueError if an attribute is of the wrong kind.
  Properties(const OperationState &state, RegisteredOperationName name)
      : name(name), storage(new char[name.getOpPropertyByteSize()]) {
    if (!name.getOpPropertyByteSize())
      return;
    DiagnosticText diagnostics;
    name.initOpProperties(get(), OpaqueProperties(nullptr));
    auto emitError = [&] { return mlir::emitError(state.location) << "attributes: "; };
    if (succeeded(name.setOpPropertiesFromAttribute(name, get(), dictionary(state), emitError)))
      return;
    name.destroyOpProperties(get());
    diagnostics.raise("attributes do not fit the op");
  }
  ~Properties() {
    if (name.getOpPropertyByteSize())
      name.destroyOpProperties(get());
  }
  OpaqueProperties get() { return OpaqueProperties(storage.get()); }
  static DictionaryAttr dictionary(const OperationState &state) {
    return state.attributes.getDictionary(state.getContext());
  }

private:
  RegisteredOperationName name;
  std::unique_ptr<char[]> storage;
};
} // namespace

/// Fills in the result types, as the op infers them from the rest of the state.
static void inferTypes(OperationState &state, RegisteredOperationName name,
                       Properties &properties) {
  auto *interface = name.getInterface<InferTypeOpInterface>();
  if (!interface)
    throw nb::value_error("expected result types, since the op does not infer them");
  checkBeforeInference(state, name);
  DiagnosticText diagnostics;
  if (failed(interface->inferReturnTypes(state.getContext(), state.location, state.operands,
                                         Properties::dictionary(state), properties.get(),
                                         state.regions, state.types)))
    diagnostics.raise("operands and attributes do not fit the op");
}

static RegisteredOperationName lookupOp(StringRef mnemonic) {
  auto name = RegisteredOperationName::lookup(("mjx." + mnemonic).str(), &context());
  if (!name)
    throw nb::value_error(
        ("expected an op of the mjx dialect, but got '" + mnemonic + "'").str().c_str());
  return *name;
}

static bool hasAllAttributes(RegisteredOperationName name, const NamedAttrList &attributes) {
  return llvm::all_of(attributes, [&](NamedAttribute attribute) {
    return llvm::is_contained(name.getAttributeNames(), attribute.getName());
  });
}

Operation *Trace::create(OpRequest &request, ValueRange operands,
                         const std::vector<RegionRef> &regions) {
  RegisteredOperationName name = lookupOp(request.name);
  if (!hasAllAttributes(name, request.attributes))
    throw nb::value_error("expected attributes that the op has, but got another");
  OperationState state(request.loc, name);
  state.addOperands(operands);
  state.attributes = request.attributes;
  Properties properties(state, name);
  for (const RegionRef &region : regions)
    state.addRegion(region->take());
  if (request.types)
    state.addTypes(*request.types);
  else
    inferTypes(state, name, properties);
  auto builder = OpBuilder::atBlockEnd(top().block);
  Operation *op = builder.create(state);
  DiagnosticText diagnostics;
  if (failed(verify(op, /*verifyRecursively=*/false))) {
    op->erase();
    diagnostics.raise("the op is not valid");
  }
  return op;
}

/// Erases the ops of the innermost block behind `last` (null: all of them).
void Trace::eraseAfter(Operation *last) {
  Block *block = top().block;
  while (!block->empty() && &block->back() != last) {
    block->back().dropAllUses();
    block->back().erase();
  }
}

Values Trace::emit(OpRequest request, const Values &operands,
                   const std::vector<RegionRef> &regions) {
  Block *block = top().block;
  Operation *last = block->empty() ? nullptr : &block->back();
  Operation *op = create(request, unwrap(operands), regions);
  if (!isa<mjx::TransformOpInterface>(op))
    return handles(op->getResults());
  DiagnosticText diagnostics;
  FailureOr<SmallVector<Value>> resolved = mjx::resolveTransform(op);
  if (failed(resolved)) {
    eraseAfter(last);
    diagnostics.raise("the transform could not be resolved");
  }
  return handles(*resolved);
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

Values Trace::openRegion(TypeRange types, Location loc) {
  auto builder = OpBuilder::atBlockEnd(top().block);
  // Holds the region in its place until it is closed, so that it is nested in
  // what it uses.
  OperationState state(loc, "mjx.open_region");
  state.addRegion();
  Operation *placeholder = builder.create(state);
  Block *block = &placeholder->getRegion(0).emplaceBlock();
  for (Type type : types)
    block->addArgument(type, loc);
  frames.push_back({placeholder, block, std::make_shared<Scope>()});
  scopes[block] = frames.back().scope;
  return handles(block->getArguments());
}

void Trace::popFrame() {
  top().scope->alive = false;
  scopes.erase(top().block);
  frames.pop_back();
}

RegionRef Trace::closeRegion(const Values &results, Location loc) {
  Frame frame = top();
  if (!frame.placeholder)
    throw std::runtime_error("close_region: expected an open region, but there is none");
  SmallVector<Value> values = unwrap(results);
  auto builder = OpBuilder::atBlockEnd(frame.block);
  mjx::YieldOp::create(builder, loc, values);
  auto region = std::make_unique<Region>();
  region->takeBody(frame.placeholder->getRegion(0));
  popFrame();
  frame.placeholder->erase();
  auto handle = std::make_shared<RegionHandle>(this, std::move(region));
  detached.insert(handle.get());
  return handle;
}

void Trace::abandonRegion() {
  Operation *placeholder = top().placeholder;
  if (!placeholder)
    throw std::runtime_error("abandon_region: expected an open region, but there is none");
  popFrame();
  placeholder->erase();
}
