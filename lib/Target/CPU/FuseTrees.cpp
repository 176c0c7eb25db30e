//===- FuseTrees.cpp - Trees of elementwise ops at once -------------------===//
//
// Fusing two ops at a time copies what has been fused before each time, and
// lists its operands anew. Here the members of a tree are found first; then
// their bodies are moved, once each, into the one op that takes their place.
//
//===----------------------------------------------------------------------===//
#include "FuseTrees.h"

#include "Shared.h"

#include "mlir/IR/Matchers.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using linalg::GenericOp;

namespace mjx {

namespace {

/// One result, each element of which its own iteration computes.
bool isElementwise(GenericOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumResults() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops())
    return false;
  OpOperand *init = op.getDpsInitOperand(0);
  return op.getMatchingIndexingMap(init).isIdentity() && !op.payloadUsesValueFromOperand(init);
}

bool hasOneUser(Value value) {
  Operation *user = *value.user_begin();
  return llvm::all_of(value.getUsers(), [&](Operation *other) { return other == user; });
}

/// An op in place of the members of a tree.
class Merger {
public:
  /// `members` are in program order; the last is the root.
  explicit Merger(ArrayRef<GenericOp> members)
      : members(members), root(members.back()), builder(root) {
    for (GenericOp member : members)
      internal.insert(member.getResult(0));
  }

  GenericOp run() {
    for (GenericOp member : members)
      for (OpOperand *input : member.getDpsInputOperands())
        addInput(member, *input);
    GenericOp merged = createEmpty();
    for (GenericOp member : members)
      moveBody(member, *merged.getBody());
    builder.setInsertionPointToEnd(merged.getBody());
    linalg::YieldOp::create(builder, root.getLoc(), ValueRange(yielded[root.getResult(0)]));
    root.getResult(0).replaceAllUsesWith(merged.getResult(0));
    for (GenericOp member : llvm::reverse(members))
      member.erase();
    return merged;
  }

private:
  using Input = std::pair<Value, AffineMap>;

  static Input inputOf(GenericOp member, OpOperand &operand) {
    return {operand.get(), member.getMatchingIndexingMap(&operand)};
  }

  static bool isSplat(Value value, DenseElementsAttr &constant) {
    return matchPattern(value, m_Constant(&constant)) && constant.isSplat();
  }

  void addInput(GenericOp member, OpOperand &operand) {
    DenseElementsAttr constant;
    if (!internal.contains(operand.get()) && !isSplat(operand.get(), constant))
      inputs.insert({inputOf(member, operand), inputs.size()});
  }

  GenericOp createEmpty() {
    SmallVector<Value> values;
    SmallVector<AffineMap> maps;
    SmallVector<Type> types;
    for (auto &[input, index] : inputs) {
      values.push_back(input.first);
      maps.push_back(input.second);
      types.push_back(getElementTypeOrSelf(input.first.getType()));
    }
    OpOperand *init = root.getDpsInitOperand(0);
    maps.push_back(root.getMatchingIndexingMap(init));
    types.push_back(getElementTypeOrSelf(init->get().getType()));
    auto merged = GenericOp::create(builder, root.getLoc(), root->getResultTypes(), values,
                                    init->get(), maps, root.getIteratorTypesArray());
    SmallVector<Location> locations(types.size(), root.getLoc());
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&merged.getRegion(), {}, types, locations);
    return merged;
  }

  /// What stands for an element of an operand in the merged body.
  Value elementOf(GenericOp member, OpOperand &operand, Block &body) {
    if (internal.contains(operand.get()))
      return yielded[operand.get()];
    DenseElementsAttr constant;
    if (!isSplat(operand.get(), constant))
      return body.getArgument(inputs[inputOf(member, operand)]);
    Value &scalar = scalars[constant];
    if (!scalar)
      scalar = scalarConstant(builder, root.getLoc(), constant.getElementType(),
                              constant.getSplatValue<Attribute>());
    return scalar;
  }

  void moveBody(GenericOp member, Block &body) {
    Block &from = *member.getBody();
    for (OpOperand *input : member.getDpsInputOperands())
      member.getMatchingBlockArgument(input).replaceAllUsesWith(elementOf(member, *input, body));
    yielded[member.getResult(0)] = from.getTerminator()->getOperand(0);
    body.getOperations().splice(body.end(), from.getOperations(), from.begin(),
                                std::prev(from.end()));
  }

  ArrayRef<GenericOp> members;
  GenericOp root;
  OpBuilder builder;
  DenseSet<Value> internal;
  llvm::MapVector<Input, unsigned> inputs;
  DenseMap<Value, Value> yielded;
  DenseMap<Attribute, Value> scalars;
};

/// Finds trees, and remembers about ops what does not change.
class Forest {
public:
  Forest(ModuleOp module, int64_t maxBodyOps) : maxBodyOps(maxBodyOps) {
    module.walk([&](GenericOp op) {
      if (isElementwise(op))
        ops.push_back(op);
    });
    for (auto [position, op] : llvm::enumerate(ops))
      facts[op] = {int64_t(position), int64_t(op.getBody()->getOperations().size()) - 1};
  }

  void fuse() {
    // Users first, so that what is left when they are full has a tree of its own.
    for (GenericOp root : llvm::reverse(ops)) {
      if (taken.contains(root))
        continue;
      SmallVector<GenericOp> members = treeOf(root);
      if (members.size() > 1)
        Merger(members).run();
    }
  }

private:
  struct Facts {
    int64_t position = 0, bodyOps = 0;
  };

  SmallVector<GenericOp> treeOf(GenericOp root) {
    SmallVector<GenericOp> members = {root};
    int64_t size = facts[root].bodyOps;
    for (size_t next = 0; next < members.size(); ++next)
      for (OpOperand *input : members[next].getDpsInputOperands()) {
        GenericOp producer = producerOf(members[next], *input);
        if (!producer || size + facts[producer].bodyOps > maxBodyOps)
          continue;
        size += facts[producer].bodyOps;
        taken.insert(producer);
        members.push_back(producer);
      }
    llvm::sort(members,
               [&](GenericOp a, GenericOp b) { return facts[a].position < facts[b].position; });
    return members;
  }

  /// The op to fuse with the user of its result, if it has not been.
  GenericOp producerOf(GenericOp user, OpOperand &input) {
    auto producer = input.get().getDefiningOp<GenericOp>();
    bool fits = producer && facts.contains(producer) && !taken.contains(producer) &&
                producer->getBlock() == user->getBlock() && hasOneUser(producer.getResult(0)) &&
                user.getMatchingIndexingMap(&input).isIdentity();
    return fits ? producer : GenericOp();
  }

  int64_t maxBodyOps;
  SmallVector<GenericOp> ops;
  DenseMap<Operation *, Facts> facts;
  llvm::SmallPtrSet<Operation *, 16> taken;
};

} // namespace

void fuseTrees(ModuleOp module, int64_t maxBodyOps) { Forest(module, maxBodyOps).fuse(); }

} // namespace mjx
