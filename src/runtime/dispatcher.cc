#include "runtime/dispatcher.h"

#include "base/check.h"
#include "base/random.h"

#include <algorithm>

namespace cairn {

std::size_t Dispatcher::TicketHash::operator()(const CallTicket& ticket) const noexcept {
  const std::uint64_t place =
      ticket.work_order.order.value() ^ (std::uint64_t{ticket.work_order.index} << 40U);
  return static_cast<std::size_t>(
      Mix64(place + (std::uint64_t{ticket.run} << 20U) + ticket.attempt));
}

Dispatcher::Lane& Dispatcher::LaneOf(const std::shared_ptr<const records::Cartridge>& wanted) {
  if (last_cartridge_ == wanted) return *last_lane_;
  const records::Cartridge& cartridge = *wanted;
  // By the type too: a later catalog may give the name to a cartridge of another one, while calls
  // of the earlier still wait.
  Lane& lane = lanes_[{cartridge.name(), static_cast<int>(cartridge.type_case())}];
  std::uint32_t standard = kSimulatedConcurrency;
  lane.cartridge = cartridges_.simulated;
  if (!cartridges_.simulate_all && cartridge.has_http()) {
    lane.cartridge = cartridges_.http;
    standard = kHttpConcurrency;
  } else if (!cartridges_.simulate_all && cartridge.has_exec()) {
    lane.cartridge = cartridges_.exec;
    standard = kExecConcurrency;
  }
  // Orders of several catalog versions may share the target: the newest word counts.
  lane.limit = cartridge.concurrency() > 0 ? cartridge.concurrency() : standard;
  last_cartridge_ = wanted;
  last_lane_ = &lane;
  return lane;
}

void Dispatcher::Dispatch(std::vector<CartridgeCall> calls) {
  std::unique_lock lock(mutex_);
  for (CartridgeCall& call : calls) {
    LaneOf(call.cartridge).waiting.push_back(std::move(call));
  }
  waiting_ = true;
  HandOut(lock);
}

void Dispatcher::Resume(std::vector<Cartridge::Waiting> waiting) {
  std::unique_lock lock(mutex_);
  resumed_ = std::move(waiting);
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
    cartridge->Resume(std::move(waiting));
    lock.lock();
  }
}

void Dispatcher::Withdraw(const std::vector<CallTicket>& tickets) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, lane] : lanes_) {
    std::erase_if(lane.waiting, [&](const CartridgeCall& call) {
      return std::find(tickets.begin(), tickets.end(), call.ticket) != tickets.end();
    });
  }
}

void Dispatcher::OnAnswers(std::vector<CartridgeAnswer> answers) {
  {
    const std::lock_guard lock(mutex_);
    ++forwarding_;
    for (const CartridgeAnswer& answer : answers) {
      const auto it = running_.find(answer.ticket);
      if (it == running_.end()) continue;
      Lane& lane = *it->second;
      running_.erase(it);
      --lane.metrics.running;
      waiting_ = waiting_ || !lane.waiting.empty();
      switch (answer.outcome) {
        case Outcome::kOk: ++lane.metrics.ok; break;
        case Outcome::kFunctional: ++lane.metrics.functional; break;
        case Outcome::kTechnical: ++lane.metrics.technical; break;
        case Outcome::kDelayed: break;
      }
    }
  }
  forward_(std::move(answers));
  std::unique_lock lock(mutex_);
  --forwarding_;
  HandOut(lock);
}

void Dispatcher::HandOut(std::unique_lock<std::mutex>& lock) {
  if (handing_out_) return;
  handing_out_ = true;
  while (waiting_ && !stopped_) {
    waiting_ = false;
    HandOutResumed(lock);
    // In the order of the lanes' names, so that a run of the simulation repeats.
    std::vector<std::pair<Cartridge*, std::vector<CartridgeCall>>> launched;
    const auto calls_of = [&](Cartridge* cartridge) -> std::vector<CartridgeCall>& {
      for (auto& [other, calls] : launched) {
        if (other == cartridge) return calls;
      }
      return launched.emplace_back(cartridge, std::vector<CartridgeCall>()).second;
    };
    for (auto& [key, lane] : lanes_) {
      while (!lane.waiting.empty() && lane.metrics.running < lane.limit) {
        CHECK_MSG(lane.cartridge != nullptr, key.first);
        ++lane.metrics.running;
        running_.emplace(lane.waiting.front().ticket, &lane);
        calls_of(lane.cartridge).push_back(std::move(lane.waiting.front()));
        lane.waiting.pop_front();
      }
    }
    if (launched.empty()) break;
    lock.unlock();
    for (auto& [cartridge, calls] : launched) cartridge->Call(std::move(calls));
    lock.lock();
  }
  handing_out_ = false;
  if (stopped_) handed_out_.notify_all();
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
  return running_.size() + forwarding_ + (handing_out_ ? 1 : 0);
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

}  // namespace cairn
