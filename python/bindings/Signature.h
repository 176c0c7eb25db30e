//===- Signature.h - What distinguishes one call from another ---*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_SIGNATURE_H
#define MJX_PYTHON_BINDINGS_SIGNATURE_H

#include "llvm/ADT/SmallVector.h"

#include <nanobind/nanobind.h>

/// Arguments taken apart: the leaves, and a word for everything else that
/// decides which program they call for.
struct Signature {
  Signature() = default;
  Signature(const Signature &) = delete;
  ~Signature();

  llvm::SmallVector<uintptr_t, 32> tokens;
  /// Compared with ==: keys of dicts, static values, what nodes hold besides
  /// their children. Borrowed.
  llvm::SmallVector<PyObject *, 8> objects;
  /// Arrays, and Python numbers. Borrowed.
  llvm::SmallVector<PyObject *, 16> leaves;
  /// What was made on the way, and must live as long as the above.
  llvm::SmallVector<PyObject *, 4> kept;

  size_t hash() const;
};

/// What the walk must be told by Python, once.
struct PytreeRegistry {
  PyObject *kinds = nullptr;      // dict: type -> NodeKind
  PyTypeObject *tracer = nullptr; // whose presence is never a hit
  PyTypeObject *ndarray = nullptr, *numpyScalar = nullptr;
  PyObject *convert = nullptr; // other leaves -> Array; raises for what is none
};
extern PytreeRegistry pytreeRegistry;

/// Takes `tree` apart into `signature`. False, without a Python error, if the
/// call must go the long way: something is traced, unknown or wrong.
bool flatten(PyObject *tree, bool wide, Signature &signature);

/// A static value: compared by type and ==. False if it cannot be hashed.
bool addStatic(PyObject *value, Signature &signature);
/// A name, of an argument or a key.
bool addName(PyObject *name, Signature &signature);
/// A word that is no leaf.
void addToken(uintptr_t kind, uintptr_t payload, Signature &signature);

/// Where each leaf is found in the order of `flatten`, for leaves in the order
/// of sorted keys. Throws nanobind::python_error.
void sortedLeaves(PyObject *tree, int64_t &next, llvm::SmallVectorImpl<int64_t> &order);

#endif // MJX_PYTHON_BINDINGS_SIGNATURE_H
