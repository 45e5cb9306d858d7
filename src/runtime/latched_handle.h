// LatchedHandle: a worker's handle that others may still wake while its worker is being stopped.
// The workers of a node wake each other in a circle, so whichever is stopped first is still woken
// by the rest.
//
// Any thread; Stop on one, and not within the worker's own Step.
#pragma once

#include "ports/executor.h"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace cairn {

class LatchedHandle final : public WorkerHandle {
 public:
  explicit LatchedHandle(std::unique_ptr<WorkerHandle> handle) : handle_(std::move(handle)) {}

  void Wake() override {
    const std::shared_lock lock(mutex_);
    if (handle_) handle_->Wake();
  }
  void WakeAt(Nanos moment) override {
    const std::shared_lock lock(mutex_);
    if (handle_) handle_->WakeAt(moment);
  }

  // Waits for a running Step; the worker is stepped no more, and a later Wake does nothing.
  void Stop() {
    std::unique_ptr<WorkerHandle> handle;
    {
      const std::unique_lock lock(mutex_);
      handle = std::move(handle_);
    }
    // Outside of the lock: the Step that is waited for may wake this handle itself.
    handle.reset();
  }

 private:
  std::shared_mutex mutex_;  // held over a wake-up, which never blocks
  std::unique_ptr<WorkerHandle> handle_;
};

}  // namespace cairn
