#include "runtime/dispatcher.h"

#include "base/check.h"
#include "base/random.h"
#include "engine/orders/retry_delay.h"

#include <algorithm>
#include <iterator>

namespace cairn {

std::uint32_t ConcurrencyOf(const records::Cartridge& cartridge) {
  if (cartridge.concurrency() > 0) return cartridge.concurrency();
  if (cartridge.has_http()) return kHttpConcurrency;
  if (cartridge.has_exec()) return kExecConcurrency;
  return cartridge.has_manual() ? kManualConcurrency : kSimulatedConcurrency;
}

std::size_t Dispatcher::TicketHash::operator()(const CallTicket& ticket) const noexcept {
  const std::uint64_t place =
      ticket.work_order.order.value() ^ (std::uint64_t{ticket.work_order.index} << 40U);
  return static_cast<std::size_t>(Mix64(place + (std::uint64_t{ticket.run} << 20U) +
                                        2 * std::uint64_t{ticket.attempt} + ticket.verify));
}

std::vector<CartridgeCall>& Dispatcher::Outgoing::CallsOf(Cartridge* cartridge) {
  for (auto& [other, list] : calls) {
    if (other == cartridge) return list;
  }
  return calls.emplace_back(cartridge, std::vector<CartridgeCall>()).second;
}

DispatchLane& Dispatcher::LaneOf(const std::shared_ptr<const records::Cartridge>& wanted) {
  if (last_cartridge_ == wanted) return *last_lane_;
  const records::Cartridge& cartridge = *wanted;
  // By the type too: a later catalog may give the name to a cartridge of another one, while calls
  // of the earlier still wait.
  DispatchLane& lane = lanes_[{cartridge.name(), static_cast<int>(cartridge.type_case())}];
  lane.cartridge = cartridges_.simulated;
  if (!cartridges_.simulate_all) {
    if (cartridge.has_http()) lane.cartridge = cartridges_.http;
    if (cartridge.has_exec()) lane.cartridge = cartridges_.exec;
    if (cartridge.has_manual()) lane.cartridge = cartridges_.manual;
  }
  // Orders of several catalog versions may share the target: the newest word counts.
  lane.limit = cartridges_.simulate_all && cartridge.concurrency() == 0 ? kSimulatedConcurrency
                                                                        : ConcurrencyOf(cartridge);
  const std::uint32_t burst = std::max(1U, cartridge.burst());
  if (lane.rate.per_second() != cartridge.calls_per_second() || lane.rate.burst() != burst) {
    lane.rate.SetRate(cartridge.calls_per_second(), burst, clock_.Now());
  }
  lane.maintenance = maintenance_.contains(cartridge.name());
  last_cartridge_ = wanted;
  last_lane_ = &lane;
  return lane;
}

void Dispatcher::Dispatch(std::vector<CartridgeCall> calls) {
  std::unique_lock lock(mutex_);
  for (CartridgeCall& call : calls) {
    DispatchLane& lane = LaneOf(call.cartridge);
    const CallTicket ticket = call.ticket;
    const auto place = lane.waiting.Put(std::move(call));
    const bool is_new = known_.try_emplace(ticket, Known{.lane = &lane, .waiting = place}).second;
    CHECK_MSG(is_new, "a call was dispatched twice");
  }
  waiting_ = true;
  HandOut(lock);
}

void Dispatcher::Resume(std::vector<Cartridge::Waiting> waiting) {
  std::unique_lock lock(mutex_);
  resumed_.insert(resumed_.end(), std::make_move_iterator(waiting.begin()),
                  std::make_move_iterator(waiting.end()));
  waiting_ = true;
  HandOut(lock);
}

// By whoever hands out calls, since a cartridge hears from one thread at a time.
void Dispatcher::HandOutResumed(std::unique_lock<std::mutex>& lock) {
  if (resumed_.empty()) return;
  std::map<std::pair<std::string, int>, std::vector<Cartridge::Waiting>> by_lane;
  for (Cartridge::Waiting& waiting : resumed_) {
    const records::Cartridge& cartridge = *waiting.call.cartridge;
    by_lane[{cartridge.name(), static_cast<int>(cartridge.type_case())}].push_back(
        std::move(waiting));
  }
  resumed_.clear();
  for (auto& [key, waiting] : by_lane) {
    Cartridge* const cartridge = LaneOf(waiting.front().call.cartridge).cartridge;
    CHECK_MSG(cartridge != nullptr, key.first);
    lock.unlock();
    cartridge->Resume(waiting);
    lock.lock();
  }
}

bool Dispatcher::TakeWaiting(const CallTicket& ticket) {
  const auto it = known_.find(ticket);
  if (it == known_.end() || !it->second.waiting) return false;
  it->second.lane->waiting.Remove(*it->second.waiting);
  known_.erase(it);
  return true;
}

void Dispatcher::Withdraw(const std::vector<CallTicket>& tickets) {
  const std::lock_guard lock(mutex_);
  for (const CallTicket& ticket : tickets) TakeWaiting(ticket);
}

void Dispatcher::GiveBack(const std::vector<CallTicket>& tickets) {
  std::vector<CartridgeAnswer> answers;
  {
    const std::lock_guard lock(mutex_);
    for (const CallTicket& ticket : tickets) {
      if (!TakeWaiting(ticket)) continue;
      answers.push_back({.ticket = ticket,
                         .outcome = Outcome::kDelayed,
                         .output = {},
                         .detail = std::string(kNeverSentDetail)});
    }
  }
  if (!answers.empty()) forward_(std::move(answers));
}

void Dispatcher::NoteAnswer(CartridgeAnswer& answer, Nanos now) {
  answer.retry_after = std::clamp<Nanos>(answer.retry_after, 0, kRetryDelayNsMax);
  const auto it = known_.find(answer.ticket);
  // A late word to what has been answered, and perhaps asked anew, frees no place.
  if (it == known_.end() || it->second.waiting) return;
  DispatchLane& lane = *it->second.lane;
  known_.erase(it);
  --running_;
  lane.NoteAnswer(answer.outcome, answer.retry_after, now);
  waiting_ = waiting_ || !lane.waiting.empty();
}

// The answers to tests, taken out of `answers`.
std::vector<std::pair<Dispatcher::TestDone, CartridgeAnswer>> Dispatcher::TakeTests(
    std::vector<CartridgeAnswer>& answers) {
  std::vector<std::pair<TestDone, CartridgeAnswer>> taken;
  const auto is_test = [](const CartridgeAnswer& answer) {
    return !answer.ticket.work_order.order.valid();
  };
  if (std::none_of(answers.begin(), answers.end(), is_test)) return taken;
  const auto first = std::stable_partition(answers.begin(), answers.end(), std::not_fn(is_test));
  for (auto answer = first; answer != answers.end(); ++answer) {
    const auto it = tests_.find(answer->ticket.work_order.index);
    if (it == tests_.end()) continue;
    taken.emplace_back(std::move(it->second), std::move(*answer));
    tests_.erase(it);
  }
  answers.erase(first, answers.end());
  return taken;
}

void Dispatcher::OnAnswers(std::vector<CartridgeAnswer> answers) {
  std::vector<std::pair<TestDone, CartridgeAnswer>> tests;
  {
    const std::lock_guard lock(mutex_);
    ++forwarding_;
    tests = TakeTests(answers);
    const Nanos now = clock_.Now();
    for (CartridgeAnswer& answer : answers) NoteAnswer(answer, now);
  }
  for (auto& [done, answer] : tests) done(std::move(answer));
  if (!answers.empty()) forward_(std::move(answers));
  std::unique_lock lock(mutex_);
  --forwarding_;
  HandOut(lock);
}

void Dispatcher::SetMaintenance(const std::string& cartridge, bool on) {
  std::unique_lock lock(mutex_);
  if (on) {
    maintenance_.insert(cartridge);
  } else {
    maintenance_.erase(cartridge);
  }
  for (auto lane = lanes_.lower_bound({cartridge, INT32_MIN});
       lane != lanes_.end() && lane->first.first == cartridge; ++lane) {
    lane->second.maintenance = on;
    waiting_ = waiting_ || !lane->second.waiting.empty();
  }
  HandOut(lock);
}

bool Dispatcher::Test(CartridgeCall call, TestDone done) {
  std::unique_lock lock(mutex_);
  if (stopped_ || tests_.size() >= kTestCallsMax) return false;
  call.ticket = {.work_order = {OrderId(), ++last_test_}, .run = 1, .attempt = 1, .epoch = 0};
  tests_[last_test_] = std::move(done);
  tests_waiting_.push_back(std::move(call));
  waiting_ = true;
  HandOut(lock);
  return true;
}

void Dispatcher::Refuse(DispatchLane& lane, Outgoing& out) {
  while (!lane.waiting.empty()) {
    const CartridgeCall call = lane.waiting.Take();
    known_.erase(call.ticket);
    ++lane.metrics.technical;
    out.refused.push_back({.ticket = call.ticket,
                           .outcome = Outcome::kTechnical,
                           .output = {},
                           .detail = std::string(kMaintenanceDetail)});
  }
}

// All that may go now. Returns the moment at which time alone will let more go.
Nanos Dispatcher::TakeReady(Outgoing& out) {
  const Nanos now = clock_.Now();
  Nanos next = kNever;
  for (CartridgeCall& test : tests_waiting_) {
    Cartridge* cartridge = LaneOf(test.cartridge).cartridge;
    CHECK_MSG(cartridge != nullptr, test.cartridge->name());
    out.CallsOf(cartridge).push_back(std::move(test));
  }
  tests_waiting_.clear();
  // In the order of the lanes' names, so that a run of the simulation repeats.
  for (auto& [key, lane] : lanes_) {
    if (lane.maintenance) Refuse(lane, out);
    while (!lane.waiting.empty()) {
      const Nanos at = lane.NextLaunch(now);
      next = at > now ? std::min(next, at) : next;
      if (at > now) break;
      CHECK_MSG(lane.cartridge != nullptr, key.first);
      lane.Launch(now);
      ++running_;
      CartridgeCall call = lane.waiting.Take();
      known_.at(call.ticket).waiting.reset();
      out.CallsOf(lane.cartridge).push_back(std::move(call));
    }
  }
  return next;
}

void Dispatcher::HandOut(std::unique_lock<std::mutex>& lock) {
  if (handing_out_) return;
  handing_out_ = true;
  while (waiting_ && !stopped_) {
    waiting_ = false;
    HandOutResumed(lock);
    Outgoing out;
    const Nanos next = TakeReady(out);
    if (next != kNever && handle_ != nullptr) handle_->WakeAt(next);
    if (out.empty()) continue;
    const std::uint64_t forwarded = out.refused.empty() ? 0 : 1;
    forwarding_ += forwarded;
    lock.unlock();
    for (auto& [cartridge, calls] : out.calls) cartridge->Call(std::move(calls));
    if (!out.refused.empty()) forward_(std::move(out.refused));
    lock.lock();
    forwarding_ -= forwarded;
  }
  handing_out_ = false;
  if (stopped_) handed_out_.notify_all();
}

bool Dispatcher::Step() {
  std::unique_lock lock(mutex_);
  waiting_ = true;
  HandOut(lock);
  return false;
}

void Dispatcher::StopLaunching() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  // A Call never waits for a target, so this is short.
  handed_out_.wait(lock, [this] { return !handing_out_; });
}

std::uint64_t Dispatcher::running() const {
  const std::lock_guard lock(mutex_);
  // Answers that are on their way to the partition count too.
  return running_ + forwarding_ + (handing_out_ ? 1 : 0);
}

std::vector<NodeMetrics::CartridgeMetrics> Dispatcher::Metrics() const {
  const std::lock_guard lock(mutex_);
  std::vector<NodeMetrics::CartridgeMetrics> all;
  for (const auto& [key, lane] : lanes_) {
    // Lanes of one name are neighbours; people see one cartridge.
    if (all.empty() || all.back().name != key.first) {
      all.emplace_back();
      all.back().name = key.first;
    }
    NodeMetrics::CartridgeMetrics& sum = all.back();
    sum.running += lane.metrics.running;
    sum.waiting += lane.waiting.size();
    sum.ok += lane.metrics.ok;
    sum.functional += lane.metrics.functional;
    sum.technical += lane.metrics.technical;
  }
  return all;
}

TargetHealth Dispatcher::HealthOf(const std::string& cartridge) const {
  const std::lock_guard lock(mutex_);
  if (maintenance_.contains(cartridge)) return TargetHealth::kMaintenance;
  for (auto lane = lanes_.lower_bound({cartridge, INT32_MIN});
       lane != lanes_.end() && lane->first.first == cartridge; ++lane) {
    if (lane->second.probing()) return TargetHealth::kProbing;
  }
  return TargetHealth::kUp;
}

}  // namespace cairn
