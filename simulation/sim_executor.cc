#include "simulation/sim_executor.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace cairn::simulation {
namespace {

template <typename Event>
bool Later(const Event& a, const Event& b) {
  return a.at != b.at ? a.at > b.at : a.number > b.number;
}

}  // namespace

void SimClock::MoveTo(Nanos moment) {
  CHECK(moment >= now_);
  now_ = moment;
}

class SimExecutor::Handle final : public WorkerHandle {
 public:
  explicit Handle(std::shared_ptr<Seat> seat) : seat_(std::move(seat)) {}
  ~Handle() override { seat_->worker = nullptr; }
  void Wake() override { seat_->woken = true; }
  void WakeAt(Nanos moment) override { seat_->wake_at = std::min(seat_->wake_at, moment); }

 private:
  std::shared_ptr<Seat> seat_;
};

std::unique_ptr<WorkerHandle> SimExecutor::Start(std::string, Worker& worker) {
  auto seat = std::make_shared<Seat>();
  seat->worker = &worker;
  seats_.push_back(seat);
  return std::make_unique<Handle>(std::move(seat));
}

void SimExecutor::At(Nanos moment, std::function<void()> what) {
  events_.push_back({std::max(moment, clock_.true_now()), next_event_++, false, std::move(what)});
  std::push_heap(events_.begin(), events_.end(), Later<Event>);
}

void SimExecutor::AtAlways(Nanos moment, std::function<void()> what) {
  events_.push_back({std::max(moment, clock_.true_now()), next_event_++, true, std::move(what)});
  std::push_heap(events_.begin(), events_.end(), Later<Event>);
}

void SimExecutor::ForgetPending() {
  std::erase_if(events_, [](const Event& event) { return !event.always; });
  std::make_heap(events_.begin(), events_.end(), Later<Event>);
}

void SimExecutor::RunDue() {
  while (!events_.empty() && events_.front().at <= clock_.true_now()) {
    std::pop_heap(events_.begin(), events_.end(), Later<Event>);
    const Event event = std::move(events_.back());
    events_.pop_back();
    event.what();
  }
}

Nanos SimExecutor::NextMoment() const {
  Nanos next = events_.empty() ? kNever : events_.front().at;
  const Nanos skew = clock_.Now() - clock_.true_now();
  for (const auto& seat : seats_) {
    if (seat->worker != nullptr && seat->wake_at != kNever)
      next = std::min(next, seat->wake_at - skew);
  }
  return next;
}

bool SimExecutor::RunOne() {
  std::erase_if(seats_, [](const auto& seat) { return seat->worker == nullptr; });
  RunDue();
  const bool set_back = std::exchange(latest_, clock_.Now()) > clock_.Now();
  std::vector<Seat*> woken;
  for (const auto& seat : seats_) {
    if (seat->worker == nullptr) continue;
    if (seat->wake_at <= clock_.Now()) {
      seat->wake_at = kNever;
      seat->woken = true;
    }
    if (set_back && seat->wake_at != kNever) seat->woken = true;
    if (seat->woken) woken.push_back(seat.get());
  }
  if (woken.empty()) {
    const Nanos next = NextMoment();
    if (next == kNever) return false;
    clock_.MoveTo(std::max(next, clock_.true_now()));
    return true;
  }
  Seat& seat = *woken[random_.Below(woken.size())];
  seat.woken = false;
  ++steps_;
  if (seat.worker->Step()) seat.woken = true;
  return true;
}

}  // namespace cairn::simulation
