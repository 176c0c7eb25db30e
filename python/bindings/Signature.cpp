//===- Signature.cpp - What distinguishes one call from another -----------===//
#include "Signature.h"

#include "Array.h"

#include "llvm/ADT/Hashing.h"

namespace nb = nanobind;

PytreeRegistry pytreeRegistry;

// Tokens are odd, but for those of arrays: the addresses of their avals.
enum Token : uintptr_t {
  BoolLeaf,
  IntLeaf,
  FloatLeaf,
  ComplexLeaf,
  NoneNode,
  TupleNode,
  ListNode,
  DictNode,
  NamedNode,
  OtherNode,
  Hash,
  TokenCount
};

Signature::~Signature() {
  for (PyObject *object : kept)
    Py_DECREF(object);
}

size_t Signature::hash() const { return llvm::hash_combine_range(tokens.begin(), tokens.end()); }

void addToken(uintptr_t kind, uintptr_t payload, Signature &signature) {
  signature.tokens.push_back((payload << 9) | ((TokenCount + kind) << 1) | 1);
}

static void push(Token token, uintptr_t payload, Signature &signature) {
  signature.tokens.push_back((payload << 9) | (uintptr_t(token) << 1) | 1);
}

static bool addObject(PyObject *object, Signature &signature) {
  Py_hash_t hash = PyObject_Hash(object);
  if (hash == -1) {
    PyErr_Clear();
    return false;
  }
  push(Hash, uintptr_t(hash), signature);
  signature.objects.push_back(object);
  return true;
}

bool addName(PyObject *name, Signature &signature) { return addObject(name, signature); }
bool addStatic(PyObject *value, Signature &signature) { return addObject(value, signature); }

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

static bool addArray(PyObject *array, Signature &signature) {
  signature.tokens.push_back(reinterpret_cast<uintptr_t>(asArray(array)->aval));
  signature.leaves.push_back(array);
  return true;
}

static bool addNumber(Token token, PyObject *number, Signature &signature) {
  push(token, 0, signature);
  signature.leaves.push_back(number);
  return true;
}

static bool addOtherLeaf(PyObject *leaf, bool wide, Signature &signature) {
  PyTypeObject *type = Py_TYPE(leaf);
  PyObject *array = nullptr;
  if (type == pytreeRegistry.ndarray || PyType_IsSubtype(type, pytreeRegistry.numpyScalar))
    array = arrayOfNumpy(leaf, wide);
  if (!array && !PyErr_Occurred())
    array = PyObject_CallOneArg(pytreeRegistry.convert, leaf);
  if (!array) {
    PyErr_Clear();
    return false;
  }
  signature.kept.push_back(array);
  return isArray(array) && addArray(array, signature);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static bool addSequence(Token token, PyObject *node, bool wide, Signature &signature) {
  Py_ssize_t count = PySequence_Fast_GET_SIZE(node);
  push(token, uintptr_t(count), signature);
  for (Py_ssize_t i = 0; i < count; ++i)
    if (!flatten(PySequence_Fast_GET_ITEM(node, i), wide, signature))
      return false;
  return true;
}

static bool addDict(PyObject *dict, bool wide, Signature &signature) {
  push(DictNode, uintptr_t(PyDict_GET_SIZE(dict)), signature);
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(dict, &position, &key, &value);)
    if (!addObject(key, signature) || !flatten(value, wide, signature))
      return false;
  return true;
}

static bool isNamedTuple(PyObject *object) {
  return PyTuple_Check(object) && PyObject_HasAttrString(object, "_fields");
}

// The children and the rest of a node of a registered type: what its kind's
// `flatten` gives. Null, with an error, where that fails.
static PyObject *takeApart(PyObject *kind, PyObject *node) {
  PyObject *flatten = PyObject_GetAttrString(kind, "flatten");
  if (!flatten)
    return nullptr;
  PyObject *pair = PyObject_CallOneArg(flatten, node);
  Py_DECREF(flatten);
  if (pair && PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2 &&
      (PyList_Check(PyTuple_GET_ITEM(pair, 0)) || PyTuple_Check(PyTuple_GET_ITEM(pair, 0))))
    return pair;
  if (pair)
    PyErr_SetString(PyExc_TypeError, "pytree: expected children and aux data");
  Py_XDECREF(pair);
  return nullptr;
}

static bool addRegistered(PyObject *kind, PyObject *node, bool wide, Signature &signature) {
  PyObject *pair = takeApart(kind, node);
  if (!pair) {
    PyErr_Clear();
    return false;
  }
  signature.kept.push_back(pair);
  signature.tokens.push_back(reinterpret_cast<uintptr_t>(kind) | 1);
  PyObject *aux = PyTuple_GET_ITEM(pair, 1);
  return (aux == Py_None || addObject(aux, signature)) &&
         addSequence(OtherNode, PyTuple_GET_ITEM(pair, 0), wide, signature);
}

static bool addNamedTuple(PyObject *node, bool wide, Signature &signature) {
  signature.tokens.push_back(reinterpret_cast<uintptr_t>(Py_TYPE(node)) | 1);
  // Keeps the class, whose address is in the signature, from being reused.
  signature.objects.push_back(reinterpret_cast<PyObject *>(Py_TYPE(node)));
  return addSequence(NamedNode, node, wide, signature);
}

static bool addOther(PyObject *tree, bool wide, Signature &signature) {
  PyObject *type = reinterpret_cast<PyObject *>(Py_TYPE(tree));
  if (PyObject *kind = PyDict_GetItemWithError(pytreeRegistry.kinds, type))
    return addRegistered(kind, tree, wide, signature);
  if (isNamedTuple(tree))
    return addNamedTuple(tree, wide, signature);
  return addOtherLeaf(tree, wide, signature);
}

bool flatten(PyObject *tree, bool wide, Signature &signature) {
  if (isArray(tree))
    return addArray(tree, signature);
  PyTypeObject *type = Py_TYPE(tree);
  if (type == pytreeRegistry.tracer)
    return false;
  if (type == &PyFloat_Type)
    return addNumber(FloatLeaf, tree, signature);
  if (type == &PyLong_Type)
    return addNumber(IntLeaf, tree, signature);
  if (type == &PyBool_Type)
    return addNumber(BoolLeaf, tree, signature);
  if (type == &PyComplex_Type)
    return addNumber(ComplexLeaf, tree, signature);
  if (tree == Py_None)
    return push(NoneNode, 0, signature), true;
  if (Py_EnterRecursiveCall(" while taking arguments apart") != 0) {
    PyErr_Clear();
    return false;
  }
  bool found = type == &PyTuple_Type  ? addSequence(TupleNode, tree, wide, signature)
               : type == &PyList_Type ? addSequence(ListNode, tree, wide, signature)
               : type == &PyDict_Type ? addDict(tree, wide, signature)
                                      : addOther(tree, wide, signature);
  Py_LeaveRecursiveCall();
  return found;
}

//===----------------------------------------------------------------------===//
// The order of leaves
//===----------------------------------------------------------------------===//

static void sortedDictLeaves(PyObject *dict, int64_t &next, llvm::SmallVectorImpl<int64_t> &order) {
  nb::dict parts; // key -> the leaves below it, as a Python list
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(dict, &position, &key, &value);) {
    llvm::SmallVector<int64_t> found;
    sortedLeaves(value, next, found);
    nb::list numbers;
    for (int64_t i : found)
      numbers.append(i);
    parts[nb::handle(key)] = numbers;
  }
  nb::list keys = parts.keys();
  if (PyList_Sort(keys.ptr()) != 0)
    throw nb::python_error();
  for (nb::handle k : keys)
    for (nb::handle i : nb::borrow<nb::list>(parts[k]))
      order.push_back(nb::cast<int64_t>(i));
}

static void sortedChildren(PyObject *children, int64_t &next,
                           llvm::SmallVectorImpl<int64_t> &order) {
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(children); ++i)
    sortedLeaves(PySequence_Fast_GET_ITEM(children, i), next, order);
}

void sortedLeaves(PyObject *tree, int64_t &next, llvm::SmallVectorImpl<int64_t> &order) {
  if (tree == Py_None)
    return;
  if (PyDict_CheckExact(tree))
    return sortedDictLeaves(tree, next, order);
  if (PyTuple_CheckExact(tree) || PyList_CheckExact(tree))
    return sortedChildren(tree, next, order);
  PyObject *type = reinterpret_cast<PyObject *>(Py_TYPE(tree));
  if (PyObject *kind = PyDict_GetItemWithError(pytreeRegistry.kinds, type)) {
    nb::object pair = nb::steal(takeApart(kind, tree));
    if (!pair.is_valid())
      throw nb::python_error();
    return sortedChildren(PyTuple_GET_ITEM(pair.ptr(), 0), next, order);
  }
  if (isNamedTuple(tree))
    return sortedChildren(tree, next, order);
  order.push_back(next++);
}
