// Planner: a thread for orders that must be planned once more, since what they were planned with
// changed before they were accepted. The first planning is done by whoever submits.
//
// Put and idle: any thread.
#pragma once

#include "ports/executor.h"
#include "runtime/mailbox.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

namespace cairn {

class Planner final : public Worker {
 public:
  void Attach(WorkerHandle* handle) { handle_ = handle; }

  // Bounded by what puts: each job is an order that was in the admission lane.
  void Put(std::function<void()> job);
  // Nothing waits and nothing is being planned.
  bool idle() const { return open_.load() == 0; }

  bool Step() override;

 private:
  WorkerHandle* handle_ = nullptr;
  Mailbox<std::function<void()>> jobs_;
  std::vector<std::function<void()>> taken_;
  std::size_t next_ = 0;  // into taken_
  std::atomic<std::size_t> open_{0};
};

}  // namespace cairn
