#include "runtime/shared_work.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kHelpers = 3;        // beside the caller
constexpr std::size_t kRoundsAtOnce = 64;  // taken by one Step

class Share final : public Worker {
 public:
  Share(std::atomic<std::size_t>& next, std::size_t count,
        const std::function<void(std::size_t)>& visit)
      : next_(next), count_(count), visit_(visit) {}

  bool Step() override {
    const std::size_t from = next_.fetch_add(kRoundsAtOnce, std::memory_order_relaxed);
    if (from >= count_) return false;
    const std::size_t end = from + std::min(kRoundsAtOnce, count_ - from);
    for (std::size_t i = from; i < end; ++i) visit_(i);
    return end < count_;
  }

 private:
  std::atomic<std::size_t>& next_;
  const std::size_t count_;
  const std::function<void(std::size_t)>& visit_;
};

}  // namespace

void ShareWork(Executor& executor, std::size_t count,
               const std::function<void(std::size_t i)>& visit) {
  std::atomic<std::size_t> next{0};
  Share own(next, count, visit);
  std::array<std::unique_ptr<Share>, kHelpers> helpers;
  // Behind what its threads use: a handle's destructor waits for a running Step, so that nothing is
  // under way when this returns, and what the Step wrote is seen.
  std::array<std::unique_ptr<WorkerHandle>, kHelpers> handles;
  for (std::size_t h = 0; h < kHelpers && (h + 1) * kRoundsAtOnce < count; ++h) {
    helpers[h] = std::make_unique<Share>(next, count, visit);
    handles[h] = executor.Start("shared-work", *helpers[h]);
    handles[h]->Wake();
  }
  while (own.Step()) {
  }
}

}  // namespace cairn
