#include "adapters/executor_threads/thread_executor.h"

#include "adapters/executor_threads/virtual_clock.h"
#include "adapters/executor_threads/wake_flag.h"
#include "base/check.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>

#include <pthread.h>

namespace cairn {
namespace {

constexpr std::size_t kNameCharsMax = 15;

// A sleep for a moment of a clock that may be set meanwhile is at most this long.
constexpr Nanos kSleepMax = kSecond;

// After a spin in vain so many sleeps begin without one; doubled each time, up to this.
constexpr int kSpinsLeftOutMax = 64;

class WorkerThread final : public WorkerHandle, public VirtualClock::Listener {
 public:
  WorkerThread(std::string name, Worker& worker, const Clock& clock, VirtualClock* virtual_clock,
               Nanos spin)
      : worker_(worker), clock_(clock), virtual_clock_(virtual_clock), spin_(spin) {
    if (virtual_clock_ != nullptr) virtual_clock_->AddListener(*this);
    thread_ = std::thread([this, thread_name = std::move(name)] {
      pthread_setname_np(pthread_self(), thread_name.c_str());
      Run();
    });
  }

  ~WorkerThread() override {
    CHECK_MSG(thread_.get_id() != std::this_thread::get_id(),
              "a worker's handle is destroyed by its own Step");
    if (virtual_clock_ != nullptr) virtual_clock_->RemoveListener(*this);
    stopping_ = true;
    flag_.Wake();
    thread_.join();
  }

  void Wake() override { flag_.Wake(); }

  void WakeAt(Nanos moment) override {
    latest_ = clock_.Now();
    Nanos pending = moment_.load();
    while (moment < pending) {
      if (moment_.compare_exchange_weak(pending, moment)) {
        // The sleep under way may be too long now.
        flag_.Poke();
        return;
      }
    }
  }

  void OnTimeMoved() override { flag_.Poke(); }

 private:
  void Run() {
    while (true) {
      WaitForWork();
      do {
        if (stopping_) return;
      } while (worker_.Step());
    }
  }

  // Returns when there was a wake-up, or the moment of WakeAt has come.
  void WaitForWork() {
    while (true) {
      if (flag_.TakeWake()) return;
      if (spin_ > 0 && Spin()) continue;
      if (!flag_.PrepareSleep()) continue;
      const Nanos moment = moment_.load();
      if (moment == kNever) {
        flag_.Sleep(kNever);
        continue;
      }
      const Nanos now = clock_.Now();
      const bool set_back = latest_.exchange(now) > now;
      if (moment > now && !set_back) {
        flag_.Sleep(virtual_clock_ != nullptr ? kNever : SleepSpan(now, moment));
        continue;
      }
      // Taken before the Step, so that the Step can ask for the next moment. A wake-up that is
      // there as well is answered by the same Step.
      flag_.TakeWake();
      // A moment of a clock that was set back may lie hours ahead: the worker says what it waits
      // for by the clock as it is now.
      if (moment > now) return;
      // Whatever is there by now is not later than `moment`, so it is due too.
      moment_.exchange(kNever);
      return;
    }
  }

  static Nanos SleepSpan(Nanos now, Nanos moment) {
    Nanos span = 0;
    if (__builtin_sub_overflow(moment, now, &span)) return kSleepMax;
    return std::min(span, kSleepMax);
  }

  bool Spin() {
    if (spins_left_out_ < leave_out_) {
      ++spins_left_out_;
      return false;
    }
    spins_left_out_ = 0;
    const bool woken = flag_.SpinForWake(spin_);
    leave_out_ = woken ? 0 : std::min(2 * leave_out_ + 1, kSpinsLeftOutMax);
    return woken;
  }

  Worker& worker_;
  const Clock& clock_;
  VirtualClock* const virtual_clock_;
  const Nanos spin_;
  WakeFlag flag_;
  std::atomic<Nanos> moment_{kNever};     // the earliest that WakeAt asked for
  std::atomic<Nanos> latest_{INT64_MIN};  // what the clock showed when it was looked at last
  std::atomic<bool> stopping_{false};
  int leave_out_ = 0;  // of the worker's thread, as is the next
  int spins_left_out_ = 0;
  std::thread thread_;
};

Nanos SpinOnThisMachine(Nanos spin) { return std::thread::hardware_concurrency() > 1 ? spin : 0; }

}  // namespace

ThreadExecutor::ThreadExecutor(const Clock& clock, ThreadExecutorOptions options)
    : clock_(clock), virtual_clock_(nullptr), spin_(SpinOnThisMachine(options.spin)) {}

ThreadExecutor::ThreadExecutor(VirtualClock& clock, ThreadExecutorOptions options)
    : clock_(clock), virtual_clock_(&clock), spin_(SpinOnThisMachine(options.spin)) {}

std::unique_ptr<WorkerHandle> ThreadExecutor::Start(std::string name, Worker& worker) {
  CHECK_MSG(!name.empty() && name.size() <= kNameCharsMax, "a worker's name: 1 to 15 characters");
  return std::make_unique<WorkerThread>(std::move(name), worker, clock_, virtual_clock_, spin_);
}

}  // namespace cairn
