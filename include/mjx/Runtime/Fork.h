//===- Fork.h - Noticing that threads were left behind ----------*- C++ -*-===//
#ifndef MJX_RUNTIME_FORK_H
#define MJX_RUNTIME_FORK_H

#include "mjx/Runtime/Status.h"

namespace mjx::runtime {

/// To be called before the first thread of the runtime starts.
void noteThreadsStart();
/// True in a child forked after threads had started: they exist only in the
/// parent, and locks may be held for ever.
bool forkedFromThreads();
/// The error such a child gives.
Status forkError();

} // namespace mjx::runtime

#endif // MJX_RUNTIME_FORK_H
