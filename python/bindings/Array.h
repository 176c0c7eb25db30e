//===- Array.h - The memory layout of mjx.Array -----------------*- C++ -*-===//
//
// A plain CPython type rather than one of nanobind's: arrays are made and taken
// apart in every call, and this is what that costs least.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_PYTHON_BINDINGS_ARRAY_H
#define MJX_PYTHON_BINDINGS_ARRAY_H

#include "mjx/Runtime/Buffer.h"

#include <nanobind/nanobind.h>

struct PyArray {
  PyObject_HEAD std::shared_ptr<mjx::runtime::Buffer> buffer;
  PyObject *aval;    // owned; equal avals are one object
  PyObject *literal; // owned; null for None
  PyObject *weakrefs;
  PyArray *before, *after; // of all arrays, a ring
};

/// Whether `object` is an mjx.Array (no other class derives from the base).
bool isArray(PyObject *object);
inline PyArray *asArray(PyObject *object) { return reinterpret_cast<PyArray *>(object); }

/// A new mjx.Array. Null with a Python error when out of memory.
PyObject *newArray(std::shared_ptr<mjx::runtime::Buffer> buffer, PyObject *aval);

/// The largest live arrays and the state of the allocator, as lines of text.
std::string memoryReport();

/// The aval of arrays of a type, borrowed: avals live forever. Null with a
/// Python error.
PyObject *avalOf(mjx::runtime::ElementType element, const std::vector<int64_t> &shape, bool weak);

/// A 0-dimensional array of a Python bool, int, float or complex, weakly typed
/// but for bools. Null without an error if the number does not fit its type.
std::shared_ptr<mjx::runtime::Buffer> scalarBuffer(PyObject *number, bool wide);

/// A new mjx.Array with a copy of a NumPy array whose element type needs no
/// conversion. Null without an error if it is not such an array.
PyObject *arrayOfNumpy(PyObject *array, bool wide);

#endif // MJX_PYTHON_BINDINGS_ARRAY_H
