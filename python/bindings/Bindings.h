//===- Bindings.h - The parts of the extension mjx._mjx ---------*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_H
#define MJX_PYTHON_BINDINGS_H

#include <nanobind/nanobind.h>

/// Value, Region, Location, Trace and what is known of the dialect's ops.
void bindDialect(nanobind::module_ &m);
/// Module: text, pipelines, stages, compilation.
void bindCompiler(nanobind::module_ &m);
/// Buffer, Executable and the number of threads. To be called before
/// bindCompiler, whose functions return executables.
void bindRuntime(nanobind::module_ &m);

#endif // MJX_PYTHON_BINDINGS_H
