//===- Structure.h - A module as plain Python data --------------*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_STRUCTURE_H
#define MJX_PYTHON_BINDINGS_STRUCTURE_H

#include "Trace.h"

#include <nanobind/nanobind.h>

/// A list of ops. An op is (name, operands, results, attributes, regions), a
/// region (arguments, ops). Operands are numbers of values; results and
/// arguments are (number, type). Types are (element type, shape).
nanobind::list structureOf(ModuleHandle &module);

#endif // MJX_PYTHON_BINDINGS_STRUCTURE_H
