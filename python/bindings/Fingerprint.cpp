//===- Fingerprint.cpp - Programs compared by content ---------------------===//
//
// Two digests of a module without its locations. One is of the text, and means
// the same in every process. The other is of the structure, by the addresses of
// uniqued attributes and types: it means something in this process only, and
// takes a tenth of the time, which eager transforms pay in every call.
//
//===----------------------------------------------------------------------===//
#include "Fingerprint.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace {

/// What distinguishes programs, as words.
class Words {
public:
  void add(Operation &op) {
    add(op.getName().getAsOpaquePointer());
    add(op.getDiscardableAttrDictionary().getAsOpaquePointer());
    words.push_back(op.getName().hashOpProperties(op.getPropertiesStorage()));
    words.push_back(op.getNumOperands());
    for (Value operand : op.getOperands())
      words.push_back(numbers.lookup(operand));
    number(op.getResults());
    words.push_back(op.getNumRegions());
    for (Region &region : op.getRegions())
      for (Block &block : region)
        add(block);
  }

  SmallVector<uint64_t, 512> words;

private:
  void add(const void *address) { words.push_back(reinterpret_cast<uintptr_t>(address)); }

  void add(Block &block) {
    number(block.getArguments());
    for (Operation &op : block)
      add(op);
    words.push_back(~uint64_t(0));
  }

  void number(ValueRange values) {
    words.push_back(values.size());
    for (Value value : values) {
      numbers[value] = ++count;
      add(value.getType().getAsOpaquePointer());
    }
  }

  DenseMap<Value, uint64_t> numbers;
  uint64_t count = 0;
};

} // namespace

std::string structureDigest(ModuleOp module) {
  Words words;
  words.add(*module);
  ArrayRef<uint8_t> bytes(reinterpret_cast<const uint8_t *>(words.words.data()),
                          words.words.size() * sizeof(uint64_t));
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(bytes);
  return {reinterpret_cast<const char *>(&hash), sizeof hash};
}

std::string textDigest(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  auto digest = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return {digest.begin(), digest.end()};
}
