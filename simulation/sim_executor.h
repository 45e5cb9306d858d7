// SimExecutor: all workers of a node on one thread. Which of the woken ones steps next is drawn
// from the seed; time moves only when nobody has anything to do.
#pragma once

#include "base/random.h"
#include "ports/clock.h"
#include "ports/executor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn::simulation {

class SimClock final : public Clock {
 public:
  explicit SimClock(Nanos start) : now_(start) {}
  // What the node is told: true time, and how wrong the machine's clock is.
  Nanos Now() const override { return now_ + skew_; }
  Nanos true_now() const { return now_; }
  void MoveTo(Nanos moment);
  void Skew(Nanos by) { skew_ += by; }

 private:
  Nanos now_;
  Nanos skew_ = 0;
};

class SimExecutor final : public Executor {
 public:
  SimExecutor(SimClock& clock, Random& random) : clock_(clock), random_(random) {}

  std::unique_ptr<WorkerHandle> Start(std::string name, Worker& worker) override;

  // Runs something at a moment of true time, unless the world has ended by then.
  void At(Nanos moment, std::function<void()> what);

  // Steps one woken worker, or lets time pass to the next moment at which something happens. False:
  // nothing will ever happen again by itself.
  bool RunOne();

  // A crash: all that was to come is gone, except what `At` was told with AtAlways.
  void AtAlways(Nanos moment, std::function<void()> what);
  void ForgetPending();

  std::uint64_t steps() const { return steps_; }

 private:
  struct Seat {
    Worker* worker = nullptr;  // null: the handle is gone
    bool woken = false;
    Nanos wake_at = kNever;
  };
  class Handle;
  struct Event {
    Nanos at = 0;
    std::uint64_t number = 0;
    bool always = false;
    std::function<void()> what;
  };

  void RunDue();
  Nanos NextMoment() const;

  SimClock& clock_;
  Random& random_;
  std::vector<std::shared_ptr<Seat>> seats_;
  std::vector<Event> events_;  // a heap, the earliest first
  std::uint64_t next_event_ = 0;
  Nanos latest_ = INT64_MIN;  // what the node's clock showed at the last step
  std::uint64_t steps_ = 0;
};

}  // namespace cairn::simulation
