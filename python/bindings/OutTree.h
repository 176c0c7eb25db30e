//===- OutTree.h - Results put together -------------------------*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_OUTTREE_H
#define MJX_PYTHON_BINDINGS_OUTTREE_H

#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <nanobind/nanobind.h>

/// How the results of a program make what a function returns.
class OutTree {
public:
  OutTree() = default;
  /// From a structure as mjx.support.treedef has it: (kind, aux, children), or
  /// an ellipsis for a leaf. Throws nanobind::python_error.
  explicit OutTree(nanobind::handle spec);

  nanobind::object build(llvm::ArrayRef<nanobind::object> leaves) const;

private:
  struct Node;
  static std::shared_ptr<const Node> parse(nanobind::handle spec);
  static nanobind::object build(const Node &node, llvm::ArrayRef<nanobind::object> &leaves);

  std::shared_ptr<const Node> root;
};

#endif // MJX_PYTHON_BINDINGS_OUTTREE_H
