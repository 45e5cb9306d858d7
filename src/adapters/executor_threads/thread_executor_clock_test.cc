// A worker that waits for a moment while the machine's clock is set.
#include "adapters/executor_threads/thread_executor.h"

#include <gtest/gtest.h>

#include <atomic>

namespace cairn {
namespace {

class SettableClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  std::atomic<Nanos> now{1'000 * kDay};
};

// Waits for a moment an hour ahead, by whatever the clock shows when it is stepped.
class HourWorker final : public Worker {
 public:
  explicit HourWorker(const SettableClock& clock) : clock_(clock) {}

  bool Step() override {
    handle_.load()->WakeAt(clock_.Now() + kHour);
    ++steps_;
    steps_.notify_all();
    return false;
  }
  void Attach(WorkerHandle* handle) { handle_ = handle; }
  void WaitForMoreThan(int steps) const { steps_.wait(steps); }
  int steps() const { return steps_; }

 private:
  const SettableClock& clock_;
  std::atomic<WorkerHandle*> handle_{nullptr};
  std::atomic<int> steps_{0};
};

TEST(ThreadExecutorSetClock, WorkerIsSteppedWhenTheClockIsSetBack) {
  SettableClock clock;
  ThreadExecutor executor(clock);
  HourWorker worker(clock);
  const auto handle = executor.Start("hour", worker);
  worker.Attach(handle.get());
  handle->Wake();
  worker.WaitForMoreThan(0);
  clock.now = clock.now - kDay;
  worker.WaitForMoreThan(1);  // else it would sleep for a day and an hour
  EXPECT_EQ(worker.steps(), 2);
}

TEST(ThreadExecutorSetClock, MomentComesWhenTheClockIsSetForward) {
  SettableClock clock;
  ThreadExecutor executor(clock);
  HourWorker worker(clock);
  const auto handle = executor.Start("hour", worker);
  worker.Attach(handle.get());
  handle->Wake();
  worker.WaitForMoreThan(0);
  clock.now = clock.now + kHour;
  worker.WaitForMoreThan(1);
  EXPECT_EQ(worker.steps(), 2);
}

}  // namespace
}  // namespace cairn
