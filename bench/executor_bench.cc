// What a hand-over from one worker to another costs, with and without a spin before the sleep, and
// what that spin takes from others.
#include "adapters/executor_threads/system_clock.h"
#include "adapters/executor_threads/thread_executor.h"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

namespace cairn {
namespace {

Nanos CpuTime(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return Nanos{time.tv_sec} * kSecond + time.tv_nsec;
}

void WorkFor(Nanos span) {
  const Nanos end = CpuTime(CLOCK_THREAD_CPUTIME_ID) + span;
  while (CpuTime(CLOCK_THREAD_CPUTIME_ID) < end) {
  }
}

// Takes the ball, works a while, hands it on.
class Player final : public Worker {
 public:
  explicit Player(Nanos work) : work_(work) {}
  bool Step() override {
    WorkFor(work_);
    if (left_ == nullptr || left_->fetch_sub(1) > 0) next_->Wake();
    if (left_ != nullptr && left_->load() <= 0) {
      over_ = true;
      over_.notify_all();
    }
    return false;
  }
  void Play(WorkerHandle& next, std::atomic<int>* left) {
    next_ = &next;
    left_ = left;
  }
  void WaitForEnd() { over_.wait(false); }

 private:
  const Nanos work_;
  WorkerHandle* next_ = nullptr;
  std::atomic<int>* left_ = nullptr;
  std::atomic<bool> over_{false};
};

// range 0: spin in us; 1: work a step in us; 2: other threads that always compute.
void HandOver(benchmark::State& state) {
  constexpr int kRounds = 10'000;
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  for (std::int64_t i = 0; i < state.range(2); ++i) {
    others.emplace_back([&stop] {
      while (!stop) benchmark::ClobberMemory();
    });
  }
  const Nanos cpu_before = CpuTime(CLOCK_PROCESS_CPUTIME_ID);
  for (auto iteration : state) {
    static_cast<void>(iteration);
    SystemClock clock;
    ThreadExecutor executor(clock, {.spin = state.range(0) * kMicrosecond});
    std::atomic<int> left{kRounds};
    Player first(state.range(1) * kMicrosecond);
    Player second(state.range(1) * kMicrosecond);
    const auto first_handle = executor.Start("first", first);
    const auto second_handle = executor.Start("second", second);
    second.Play(*first_handle, nullptr);
    first.Play(*second_handle, &left);
    first_handle->Wake();
    first.WaitForEnd();
  }
  const auto hand_overs = static_cast<double>(state.iterations()) * 2 * kRounds;
  const Nanos cpu = CpuTime(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
  stop = true;
  for (std::thread& other : others) other.join();
  state.counters["hand_over"] =
      benchmark::Counter(hand_overs, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["cpu_ns"] = static_cast<double>(cpu) / hand_overs;
}
BENCHMARK(HandOver)
    ->ArgsProduct({{0, 5, 10, 20, 50}, {0, 10, 30}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(2)
    ->UseRealTime();

}  // namespace
}  // namespace cairn

BENCHMARK_MAIN();
