// Every round is made exactly once, whoever makes it.
#include "runtime/shared_work.h"

#include "adapters/executor_threads/system_clock.h"
#include "adapters/executor_threads/thread_executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

namespace cairn {
namespace {

// One thread, as in the simulation: a worker is never stepped while somebody else runs.
class NobodyHelps final : public Executor {
 public:
  std::unique_ptr<WorkerHandle> Start(std::string, Worker&) override {
    ++started;
    return std::make_unique<Handle>();
  }
  std::size_t started = 0;

 private:
  class Handle final : public WorkerHandle {
   public:
    void Wake() override {}
    void WakeAt(Nanos) override {}
  };
};

// The helpers are so fast that nothing is left for the caller.
class HelpersDoAll final : public Executor {
 public:
  std::unique_ptr<WorkerHandle> Start(std::string, Worker& worker) override {
    return std::make_unique<Handle>(worker);
  }

 private:
  class Handle final : public WorkerHandle {
   public:
    explicit Handle(Worker& worker) : worker_(worker) {}
    void Wake() override {
      while (worker_.Step()) {
      }
    }
    void WakeAt(Nanos) override {}

   private:
    Worker& worker_;
  };
};

void ExpectEachOnce(Executor& executor, std::size_t count) {
  SCOPED_TRACE(count);
  std::vector<int> visits(count, 0);
  ShareWork(executor, count, [&](std::size_t i) { ++visits.at(i); });
  EXPECT_EQ(visits, std::vector<int>(count, 1));
}

TEST(SharedWork, EachRoundIsMadeOnce) {
  const SystemClock clock;
  ThreadExecutor threads(clock);
  NobodyHelps alone;
  HelpersDoAll helped;
  for (const std::size_t count : {0U, 1U, 63U, 64U, 65U, 128U, 129U, 1'000U, 100'000U}) {
    ExpectEachOnce(threads, count);
    ExpectEachOnce(alone, count);
    ExpectEachOnce(helped, count);
  }
}

TEST(SharedWork, AFewRoundsAreNotWorthAHelper) {
  NobodyHelps executor;
  ExpectEachOnce(executor, 64);
  EXPECT_EQ(executor.started, 0U);
  ExpectEachOnce(executor, 65);
  EXPECT_EQ(executor.started, 1U);
}

}  // namespace
}  // namespace cairn
