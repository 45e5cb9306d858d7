// What the executor promises, with real threads. Waiting is for a condition, never for a time: a
// lost wake-up shows as a test that does not end.
#include "adapters/executor_threads/thread_executor.h"

#include "adapters/executor_threads/system_clock.h"
#include "adapters/executor_threads/virtual_clock.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

namespace cairn {
namespace {

constexpr Nanos kStart = 1'000 * kDay;

// Runs a function as its Step and counts; WaitFor returns once so many Steps have ended.
class CountingWorker final : public Worker {
 public:
  explicit CountingWorker(std::function<bool()> step = [] { return false; })
      : step_(std::move(step)) {}

  bool Step() override {
    EXPECT_FALSE(running_.exchange(true)) << "two Steps at once";
    const bool more = step_();
    running_ = false;
    const std::lock_guard lock(mutex_);
    ++steps_;
    stepped_.notify_all();
    return more;
  }
  void WaitFor(int steps) {
    std::unique_lock lock(mutex_);
    stepped_.wait(lock, [&] { return steps_ >= steps; });
  }
  int steps() {
    const std::lock_guard lock(mutex_);
    return steps_;
  }

 private:
  const std::function<bool()> step_;
  std::atomic<bool> running_{false};
  std::mutex mutex_;
  std::condition_variable stepped_;
  int steps_ = 0;
};

class ThreadExecutorTest : public testing::TestWithParam<Nanos> {
 protected:
  VirtualClock clock_{kStart};
  ThreadExecutor executor_{clock_, {.spin = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Spin, ThreadExecutorTest, testing::Values(0, 20 * kMicrosecond),
                         [](const auto& spin) { return std::to_string(spin.param) + "ns"; });

TEST_P(ThreadExecutorTest, StepsOnlyAfterWakeAndUnderItsName) {
  std::array<char, 16> name{};
  CountingWorker quiet;
  CountingWorker worker([&] {
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return false;
  });
  const auto quiet_handle = executor_.Start("quiet", quiet);
  const auto handle = executor_.Start("fifteen-letters", worker);
  handle->Wake();
  worker.WaitFor(1);
  EXPECT_STREQ(name.data(), "fifteen-letters");
  EXPECT_EQ(quiet.steps(), 0);
}

TEST_P(ThreadExecutorTest, StepsAgainAsLongAsThereIsMore) {
  int left = 1'000;
  CountingWorker worker([&] { return --left > 0; });
  const auto handle = executor_.Start("more", worker);
  handle->Wake();
  worker.WaitFor(1'000);
  EXPECT_EQ(worker.steps(), 1'000);
}

TEST_P(ThreadExecutorTest, WakeFromItsOwnStepIsNotLost) {
  WorkerHandle* self = nullptr;
  int left = 1'000;
  CountingWorker worker([&] {
    if (--left > 0) self->Wake();
    return false;
  });
  const auto handle = executor_.Start("self", worker);
  self = handle.get();
  handle->Wake();
  worker.WaitFor(1'000);
}

TEST_P(ThreadExecutorTest, NoWakeIsLostUnderManyThreads) {
  constexpr std::uint64_t kThreads = 6;
  constexpr std::uint64_t kWakesEach = 20'000;
  std::atomic<std::uint64_t> asked{0};
  std::uint64_t seen = 0;  // written by the worker only
  std::atomic<bool> all{false};
  CountingWorker worker([&] {
    seen = asked.load(std::memory_order_relaxed);
    if (seen == kThreads * kWakesEach) {
      all = true;
      all.notify_all();
    }
    return false;
  });
  const auto handle = executor_.Start("stress", worker);
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t k = 0; k < kWakesEach; ++k) {
        // Relaxed: the Wake alone must make it seen.
        asked.fetch_add(1, std::memory_order_relaxed);
        handle->Wake();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  all.wait(false);
  EXPECT_EQ(seen, kThreads * kWakesEach);
}

TEST_P(ThreadExecutorTest, PlainDataPassesFromWakerToStepAndBack) {
  std::uint64_t ball = 0;  // plain: handed to and fro by the wake-ups alone
  WorkerHandle* left_handle = nullptr;
  WorkerHandle* right_handle = nullptr;
  std::atomic<bool> done{false};
  CountingWorker left([&] {
    if (ball >= 20'000) {
      done = true;
      done.notify_all();
    } else if (ball % 2 == 0) {
      ++ball;
      right_handle->Wake();
    }
    return false;
  });
  CountingWorker right([&] {
    ++ball;
    left_handle->Wake();
    return false;
  });
  const auto left_owner = executor_.Start("left", left);
  const auto right_owner = executor_.Start("right", right);
  left_handle = left_owner.get();
  right_handle = right_owner.get();
  left_handle->Wake();
  done.wait(false);
  EXPECT_EQ(ball, 20'000U);
}

TEST_P(ThreadExecutorTest, DestructionWaitsForTheRunningStep) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> entered{false};
    std::atomic<bool> left{false};
    CountingWorker worker([&] {
      entered = true;
      entered.notify_all();
      for (int i = 0; i < 100; ++i) std::this_thread::yield();
      left = true;
      return true;  // more: destruction must end it all the same
    });
    auto handle = executor_.Start("stop", worker);
    handle->Wake();
    entered.wait(false);
    handle.reset();
    EXPECT_TRUE(left);
    const int steps = worker.steps();
    EXPECT_TRUE(clock_.AdvanceTo(clock_.Now() + kSecond).has_value());
    EXPECT_EQ(worker.steps(), steps);
  }
}

TEST_P(ThreadExecutorTest, DestructionWithoutAnyWake) {
  CountingWorker worker;
  executor_.Start("idle", worker).reset();
  EXPECT_EQ(worker.steps(), 0);
}

TEST_P(ThreadExecutorTest, VirtualMomentComesWhenTheClockReachesIt) {
  std::vector<Nanos> at;
  CountingWorker worker([&] {
    at.push_back(clock_.Now());
    return false;
  });
  const auto handle = executor_.Start("moments", worker);
  handle->WakeAt(kStart + 20);
  handle->WakeAt(kStart + 10);
  handle->WakeAt(kStart + 30);  // later than what is pending: not kept
  ASSERT_TRUE(clock_.AdvanceTo(kStart + 9).has_value());
  ASSERT_TRUE(clock_.AdvanceTo(kStart + 10).has_value());
  worker.WaitFor(1);
  ASSERT_TRUE(clock_.AdvanceTo(kStart + 50).has_value());
  handle->Wake();
  worker.WaitFor(2);
  handle->WakeAt(kStart);  // long past: at once
  worker.WaitFor(3);
  EXPECT_EQ(at, (std::vector<Nanos>{kStart + 10, kStart + 50, kStart + 50}));
}

TEST_P(ThreadExecutorTest, NoMomentIsLostWhenTheClockMovesMeanwhile) {
  CountingWorker worker;
  const auto handle = executor_.Start("race", worker);
  for (int round = 1; round <= 5'000; ++round) {
    const Nanos moment = kStart + Nanos{round} * 10;
    std::thread mover;
    if (round % 50 == 0) {
      mover = std::thread([&] { EXPECT_TRUE(clock_.AdvanceTo(moment).has_value()); });
      handle->WakeAt(moment);
    } else {
      handle->WakeAt(moment);
      EXPECT_TRUE(clock_.AdvanceTo(moment).has_value());
    }
    worker.WaitFor(round);
    if (mover.joinable()) mover.join();
  }
}

TEST_P(ThreadExecutorTest, StepAsksForItsNextMoment) {
  WorkerHandle* self = nullptr;
  CountingWorker worker([&] {
    self->WakeAt(clock_.Now() + kHour);
    return false;
  });
  const auto handle = executor_.Start("chain", worker);
  self = handle.get();
  handle->Wake();
  for (int steps = 1; steps <= 100; ++steps) {
    worker.WaitFor(steps);
    ASSERT_TRUE(clock_.AdvanceTo(clock_.Now() + kHour).has_value());
  }
}

TEST(ThreadExecutorSystemClock, MomentComesAndNotBefore) {
  SystemClock clock;
  ThreadExecutor executor(clock);
  std::vector<Nanos> at;
  CountingWorker worker([&] {
    at.push_back(clock.Now());
    return false;
  });
  const auto handle = executor.Start("system", worker);
  std::vector<Nanos> asked;
  for (const Nanos span : {Nanos{0}, kMillisecond, 30 * kMillisecond}) {
    asked.push_back(clock.Now() + span);
    handle->WakeAt(asked.back() + kHour);
    handle->WakeAt(asked.back());  // earlier than the sleep under way
    worker.WaitFor(static_cast<int>(asked.size()));
  }
  ASSERT_EQ(at.size(), asked.size());
  for (std::size_t i = 0; i < at.size(); ++i) EXPECT_GE(at[i], asked[i]);
}

TEST(SystemClock, IsTheMachinesTime) {
  const auto machine = [] {
    return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  const Nanos before = machine();
  const Nanos now = SystemClock().Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, machine());
}

TEST(VirtualClock, MovesOnlyForward) {
  VirtualClock clock(kStart);
  EXPECT_EQ(clock.Now(), kStart);
  EXPECT_TRUE(clock.AdvanceTo(kStart).has_value());
  EXPECT_TRUE(clock.AdvanceTo(kStart + 5).has_value());
  const Status back = clock.AdvanceTo(kStart + 4);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(clock.Now(), kStart + 5);
}

}  // namespace
}  // namespace cairn
