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

/// Functions of Python that programs call. After bindRuntime.
void bindCallback(nanobind::module_ &m);
/// The base class of mjx.Array. After bindRuntime.
void bindArray(nanobind::module_ &m);
/// The fast way from a call to a launch. After bindArray.
void bindDispatch(nanobind::module_ &m);
/// Reading rows and elements. After bindArray.
void bindGetitem(nanobind::module_ &m);

/// Whether this thread is tracing, so that ops may have to be recorded.
bool isTracing();

#endif // MJX_PYTHON_BINDINGS_H
