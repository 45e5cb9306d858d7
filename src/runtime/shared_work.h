// SharedWork: a loop whose rounds the calling thread shares with helpers of the executor. The
// caller does whatever no helper has taken yet, so it never waits for a helper to begin: where the
// executor has one thread, as in the simulation, the caller does all of it.
//
// Any thread, but for a worker of the same executor within its Step.
#pragma once

#include "ports/executor.h"

#include <cstddef>
#include <functional>

namespace cairn {

// Calls visit(i) once for each i below `count`, in any order, some at the same time; returns when
// all have returned, and what they wrote is seen by the caller. `visit` must not throw, and what it
// reads nobody writes meanwhile.
void ShareWork(Executor& executor, std::size_t count,
               const std::function<void(std::size_t i)>& visit);

}  // namespace cairn
