//===- PassDestinations.cpp - Results become arguments written to ---------===//
#include "Destinations.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUPASSDESTINATIONS
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;
using bufferization::MaterializeInDestinationOp;
using bufferization::ToTensorOp;

namespace {

MemRefType bufferType(RankedTensorType type) {
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Where a result's bytes come from, best first: the donated input it updates
/// in place, one it is computed from element by element, any of its type.
int64_t kinship(Value result, BlockArgument input) {
  if (destinationRoot(result).value == input)
    return 2;
  auto op = result.getDefiningOp<linalg::LinalgOp>();
  if (op && op.getNumParallelLoops() == op.getNumLoops() &&
      llvm::is_contained(op.getDpsInputs(), input))
    return 1;
  return 0;
}

/// For each result the donated input whose memory it takes, or -1.
SmallVector<int64_t> chooseAliases(func::FuncOp function, ValueRange results) {
  SmallVector<int64_t> aliases(results.size(), -1);
  SmallVector<bool> taken(function.getNumArguments(), false);
  for (int64_t wanted : {2, 1, 0})
    for (auto [index, result] : llvm::enumerate(results)) {
      if (aliases[index] >= 0)
        continue;
      for (BlockArgument input : function.getArguments()) {
        unsigned number = input.getArgNumber();
        if (taken[number] || input.getType() != result.getType() ||
            !function.getArgAttr(number, cpu::donatedAttr) || kinship(result, input) < wanted)
          continue;
        aliases[index] = number;
        taken[number] = true;
        break;
      }
    }
  return aliases;
}

/// A loop or insertion that starts from memory it may not write: start from a
/// copy made in a fresh tensor, which can then be the output's own memory.
void copyReadOnlyRoot(Value result) {
  Destination root = destinationRoot(result);
  bool readOnly = isa<BlockArgument>(root.value) || root.value.getDefiningOp<arith::ConstantOp>();
  if (!root.use || !readOnly)
    return;
  OpBuilder builder(root.use->getOwner());
  Location loc = root.use->getOwner()->getLoc();
  auto type = cast<RankedTensorType>(root.value.getType());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  auto copy = MaterializeInDestinationOp::create(builder, loc, root.value, empty);
  root.use->set(copy.getResult());
}

class SignatureRewriter {
public:
  explicit SignatureRewriter(func::FuncOp function)
      : function(function), builder(function.getContext()) {}

  void run() {
    auto end = cast<func::ReturnOp>(function.getBody().back().getTerminator());
    SmallVector<Value> results(end.getOperands());
    aliases = chooseAliases(function, results);
    for (auto [result, alias] : llvm::zip_equal(results, aliases))
      if (alias < 0)
        copyReadOnlyRoot(result);
    int64_t inputs = function.getNumArguments();
    addOutputArguments(results);
    replaceInputs(inputs);
    addOutputTensors();
    // Reading the return's operands again: inputs have been replaced.
    writeResults(end);
    end->setOperands({});
    updateType(inputs);
  }

private:
  void addOutputArguments(ArrayRef<Value> results) {
    for (Value result : results)
      outputs.push_back(function.getBody().front().addArgument(
          bufferType(cast<RankedTensorType>(result.getType())), function.getLoc()));
  }

  Value memoryOf(unsigned input) {
    auto found = llvm::find(aliases, int64_t(input));
    return found == aliases.end() ? Value(function.getArgument(input))
                                  : outputs[found - aliases.begin()];
  }

  void replaceInputs(int64_t inputs) {
    builder.setInsertionPointToStart(&function.getBody().front());
    for (int64_t index = 0; index < inputs; ++index) {
      BlockArgument input = function.getArgument(index);
      auto type = cast<RankedTensorType>(input.getType());
      Value memory = memoryOf(index);
      bool writable = memory != input;
      input.setType(bufferType(type));
      auto tensor = ToTensorOp::create(builder, function.getLoc(), type, memory,
                                       /*restrict=*/true, writable);
      input.replaceAllUsesExcept(tensor, tensor);
      starts.push_back(tensor);
    }
  }

  /// Fresh outputs as tensors, so that bufferization knows when they are
  /// written: otherwise it could compute one result in the memory of another.
  void addOutputTensors() {
    for (auto [output, alias] : llvm::zip_equal(outputs, aliases)) {
      auto type = cast<MemRefType>(output.getType());
      auto tensor = RankedTensorType::get(type.getShape(), type.getElementType());
      destinations.push_back(alias >= 0 ? starts[alias]
                                        : ToTensorOp::create(builder, function.getLoc(), tensor,
                                                             output, /*restrict=*/true,
                                                             /*writable=*/true));
    }
  }

  /// Fresh outputs first: they may still read an input about to be replaced.
  void writeResults(func::ReturnOp end) {
    builder.setInsertionPoint(end);
    SmallVector<Value> replaced(end.getNumOperands());
    for (bool fresh : {true, false})
      for (auto [index, result] : llvm::enumerate(end.getOperands()))
        if ((aliases[index] < 0) == fresh)
          replaced[index] =
              MaterializeInDestinationOp::create(builder, end.getLoc(), result, destinations[index])
                  .getResult();
    // A copy onto itself, which folds, unless the update above could not be
    // done in place.
    for (auto [result, output] : llvm::zip_equal(replaced, outputs))
      store(result, output);
  }

  void store(Value tensor, Value memory) {
    auto op =
        MaterializeInDestinationOp::create(builder, tensor.getLoc(), TypeRange(), tensor, memory);
    op.setRestrict(true);
    op.setWritable(true);
  }

  void updateType(int64_t inputs) {
    Block &body = function.getBody().front();
    function.setType(FunctionType::get(function.getContext(), body.getArgumentTypes(), {}));
    function->removeAttr(function.getResAttrsAttrName());
    function->removeAttr(function.getArgAttrsAttrName());
    function->setAttr(cpu::programAttr, builder.getUnitAttr());
    function->setAttr(cpu::inputCountAttr, builder.getI64IntegerAttr(inputs));
    function->setAttr(cpu::aliasesAttr, builder.getDenseI64ArrayAttr(aliases));
    auto bytes = llvm::map_to_vector(outputs, [](Value output) {
      auto type = cast<MemRefType>(output.getType());
      return type.getNumElements() * storageBytes(type.getElementType());
    });
    function->setAttr(cpu::outputBytesAttr, builder.getDenseI64ArrayAttr(bytes));
  }

  func::FuncOp function;
  OpBuilder builder;
  SmallVector<int64_t> aliases;
  SmallVector<Value> outputs, starts, destinations;
};

struct PassDestinations : public mjx::impl::MjxCpuPassDestinationsBase<PassDestinations> {
  void runOnOperation() override {
    func::FuncOp function = programFunction(getOperation());
    if (!function) {
      getOperation().emitError("expected one function with a body, or one "
                               "marked `mjx.program`; mark the program");
      return signalPassFailure();
    }
    if (failed(check(function)))
      return signalPassFailure();
    SignatureRewriter(function).run();
  }

  LogicalResult check(func::FuncOp function) {
    if (!function.getBody().hasOneBlock())
      return function.emitError("expected structured control flow, but the program has branches");
    auto allTypes = llvm::concat<const Type>(function.getFunctionType().getInputs(),
                                             function.getFunctionType().getResults());
    for (Type type : allTypes) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.hasStaticShape())
        return function.emitError("expected inputs and results to be tensors "
                                  "of static shape, but got ")
               << type;
    }
    return success();
  }
};

} // namespace
