//===- OutTree.cpp - Results put together ---------------------------------===//
#include "OutTree.h"

#include <vector>

namespace nb = nanobind;

struct OutTree::Node {
  enum class Kind { Leaf, Tuple, List, Other } kind = Kind::Leaf;
  nb::object unflatten, aux;
  std::vector<std::shared_ptr<const Node>> children;
};

std::shared_ptr<const OutTree::Node> OutTree::parse(nb::handle spec) {
  auto node = std::make_shared<Node>();
  if (spec.ptr() == Py_Ellipsis)
    return node;
  nb::handle kind = spec[0];
  nb::handle type = kind.attr("type");
  bool isTuple = type.ptr() == reinterpret_cast<PyObject *>(&PyTuple_Type);
  bool isList = type.ptr() == reinterpret_cast<PyObject *>(&PyList_Type);
  node->kind = isTuple ? Node::Kind::Tuple : isList ? Node::Kind::List : Node::Kind::Other;
  node->unflatten = kind.attr("unflatten");
  node->aux = nb::borrow(spec[1]);
  for (nb::handle child : nb::borrow<nb::sequence>(spec[2]))
    node->children.push_back(parse(child));
  return node;
}

OutTree::OutTree(nb::handle spec) : root(parse(spec)) {}

nb::object OutTree::build(const Node &node, llvm::ArrayRef<nb::object> &leaves) {
  if (node.kind == Node::Kind::Leaf) {
    nb::object leaf = leaves.front();
    leaves = leaves.drop_front();
    return leaf;
  }
  bool isTuple = node.kind == Node::Kind::Tuple;
  size_t count = node.children.size();
  nb::object children = nb::steal(isTuple ? PyTuple_New(count) : PyList_New(count));
  for (size_t i = 0; i < count; ++i) {
    PyObject *child = build(*node.children[i], leaves).release().ptr();
    if (isTuple)
      PyTuple_SET_ITEM(children.ptr(), i, child);
    else
      PyList_SET_ITEM(children.ptr(), i, child);
  }
  return node.kind == Node::Kind::Other ? node.unflatten(node.aux, children) : children;
}

nb::object OutTree::build(llvm::ArrayRef<nb::object> leaves) const { return build(*root, leaves); }
