// Executor: what runs the parts of a node. A part is a Worker: code that runs on one thread at a
// time and meets the others only at mailboxes. The real executor gives each worker a thread; the
// simulation runs all of them on one, in an order drawn from the seed.
#pragma once

#include "base/time.h"

#include <memory>
#include <string>

namespace cairn {

class Worker {
 public:
  virtual ~Worker() = default;

  // Does one piece of what there is to do and returns. True: there is more, call again; false:
  // nothing to do until the next Wake. Never called twice at once.
  virtual bool Step() = 0;
};

// Stops its worker when destroyed: waits for a running Step, then calls it no more. Must not be
// destroyed from within the worker's own Step.
class WorkerHandle {
 public:
  virtual ~WorkerHandle() = default;

  // Step() runs at least once after this call. Any thread; never blocks.
  virtual void Wake() = 0;

  // Step() runs at or after this moment of the executor's clock. Only the earliest pending moment
  // is kept; a later call with a later moment changes nothing. When that clock is set back while a
  // moment is pending, Step() runs soon as well, so that the worker can ask for an earlier one. Any
  // thread; never blocks.
  virtual void WakeAt(Nanos moment) = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;

  // `worker` must outlive the handle. `name` (at most 15 characters) shows in debuggers. The worker
  // is not stepped before the first Wake.
  virtual std::unique_ptr<WorkerHandle> Start(std::string name, Worker& worker) = 0;
};

}  // namespace cairn
