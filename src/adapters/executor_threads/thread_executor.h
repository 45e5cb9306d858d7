// ThreadExecutor: gives each worker a thread of its own.
//
// Any thread may call Start, and a handle's Wake and WakeAt. A worker may call those of its own
// handle from within its Step.
#pragma once

#include "base/time.h"
#include "ports/clock.h"
#include "ports/executor.h"

#include <memory>
#include <string>

namespace cairn {

class VirtualClock;

struct ThreadExecutorOptions {
  // How long a worker with nothing to do looks for a wake-up before it sleeps (a span; 0: not at
  // all). Never on a machine with one core.
  Nanos spin = 0;
};

class ThreadExecutor final : public Executor {
 public:
  // The clock runs by itself; when it is set, a WakeAt notices within a second. When it is set
  // back, that steps the worker. It must outlive the handles.
  explicit ThreadExecutor(const Clock& clock, ThreadExecutorOptions options = {});
  // The clock moves only by its AdvanceTo, which wakes what has become due.
  explicit ThreadExecutor(VirtualClock& clock, ThreadExecutorOptions options = {});

  // REQUIRES: the name has 1 to 15 characters. A handle may outlive the executor.
  std::unique_ptr<WorkerHandle> Start(std::string name, Worker& worker) override;

 private:
  const Clock& clock_;
  VirtualClock* const virtual_clock_;
  const Nanos spin_;
};

}  // namespace cairn
