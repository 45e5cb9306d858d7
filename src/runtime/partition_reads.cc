// Questions, and waits for an order to change. A reply stands behind the frame that holds the last
// thing it saw.
#include "engine/orders/decide.h"
#include "runtime/order_snapshot.h"
#include "runtime/partition.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {
namespace {

constexpr std::size_t kStaleTimersMin = 1'024;
// What one command looks at, in orders; unfolding one takes as long as looking at many.
constexpr std::size_t kListWalkPerCommand = 2'000;

bool Met(OrderState state, std::uint64_t version, const AwaitOptions& options) {
  if (options.until_settled) return state == OrderState::kHeld || IsFinal(state);
  return IsFinal(state) || version > options.after_version;
}

bool Matches(const Order& order, const OrderQuery& query) {
  const records::OrderAccepted& accepted = *order.accepted;
  if (query.state && order.state != *query.state) return false;
  if (query.customer && accepted.customer() != *query.customer) return false;
  if (query.external_id && order.external_id() != *query.external_id) return false;
  if (order.submitted_at < query.submitted_from || order.submitted_at > query.submitted_to)
    return false;
  if (!query.product) return true;
  const auto product = order.catalog->FindProduct(*query.product);
  return product &&
         std::any_of(order.product_orders.begin(), order.product_orders.end(),
                     [&](const ProductOrder& p) { return p.plan->product() == *product; });
}

}  // namespace

void Partition::Decide(ReadOrder& command) {
  const bool ours = command.id.partition() == state_.partition;
  batch_->replies.push_back(
      [done = std::move(command.done),
       copy = ours ? state_.orders.ReadableCopy(command.id.counter()) : nullptr] { done(copy); });
}

void Partition::Decide(AwaitOrderCommand& command) {
  const bool ours = command.id.partition() == state_.partition;
  const StoredOrder* order = ours ? state_.orders.FindStored(command.id.counter()) : nullptr;
  if (order == nullptr || Met(order->state(), order->version(), command.options) ||
      command.options.wait <= 0 || waiter_orders_.size() >= limits_.awaiting) {
    ReadOrder read{command.id, std::move(command.done)};
    Decide(read);
    return;
  }
  const std::uint64_t number = next_waiter_++;
  waiters_[command.id.counter()].push_back({number, command.options, std::move(command.done)});
  waiter_orders_[number] = command.id.counter();
  AddTimer({.at = clock_.Now() + std::min(command.options.wait, kAwaitMax), .waiter = number});
}

void Partition::NotifyWaiters(const Order& order) {
  if (waiters_.empty()) return;
  const auto it = waiters_.find(order.id.counter());
  if (it == waiters_.end()) return;
  std::shared_ptr<const Order> copy;
  auto& list = it->second;
  const auto over = std::stable_partition(list.begin(), list.end(), [&](const Waiter& waiter) {
    return !Met(order.state, order.version, waiter.options);
  });
  for (auto waiter = over; waiter != list.end(); ++waiter) {
    if (copy == nullptr) copy = state_.orders.ReadableCopy(order.id.counter());
    waiter_orders_.erase(waiter->number);
    ++stale_timers_;
    batch_->replies.push_back([done = std::move(waiter->done), copy] { done(copy); });
  }
  list.erase(over, list.end());
  if (list.empty()) waiters_.erase(it);
  DropStaleTimers();
}

void Partition::EndWait(std::uint64_t number) {
  const auto it = waiter_orders_.find(number);
  if (it == waiter_orders_.end()) {
    --stale_timers_;
    return;
  }
  const std::uint64_t counter = it->second;
  waiter_orders_.erase(it);
  auto& list = waiters_.at(counter);
  const auto waiter =
      std::find_if(list.begin(), list.end(), [&](const Waiter& w) { return w.number == number; });
  batch_->replies.push_back(
      [done = std::move(waiter->done), copy = state_.orders.ReadableCopy(counter)] { done(copy); });
  list.erase(waiter);
  if (list.empty()) waiters_.erase(counter);
}

void Partition::AddTimer(Timer timer) {
  timers_.push_back(timer);
  std::push_heap(timers_.begin(), timers_.end(), std::greater<>());
}

// Most waits are met long before their time; their timers go when they are half of all.
void Partition::DropStaleTimers() {
  if (stale_timers_ < kStaleTimersMin || stale_timers_ < timers_.size() / 2) return;
  std::erase_if(timers_, [&](const Timer& timer) {
    return timer.waiter != 0 && !waiter_orders_.contains(timer.waiter);
  });
  std::make_heap(timers_.begin(), timers_.end(), std::greater<>());
  stale_timers_ = 0;
}

void Partition::FireTimers() {
  const Nanos now = clock_.Now();
  while (!timers_.empty() && timers_.front().at <= now && MayDecide()) {
    const Timer timer = timers_.front();
    std::pop_heap(timers_.begin(), timers_.end(), std::greater<>());
    timers_.pop_back();
    OpenBatch();
    if (timer.waiter != 0) {
      EndWait(timer.waiter);
      continue;
    }
    Order* order = state_.orders.Find(OrderId(timer.order).counter());
    if (order == nullptr) continue;
    // Not the time of the batch, which may have been open since before this timer was due.
    if (const auto event = DecideRetry(*order, timer.work_order, now)) {
      RecordEvent(*order, *event, {});
      Advance(*order);
    } else if (const auto deadline = DecideStepDeadline(*order, timer.work_order, now)) {
      WithdrawCall(*order, timer.work_order);
      RecordEvent(*order, *deadline, {});
      Advance(*order);
    }
  }
}

void Partition::Decide(AwaitRetirement& command) {
  const bool ours = command.id.partition() == state_.partition;
  const StoredOrder* order = ours ? state_.orders.FindStored(command.id.counter()) : nullptr;
  const auto reply = [this, &command](Status status) {
    batch_->replies.push_back([done = std::move(command.done), status] { done(status); });
  };
  if (order == nullptr) return reply({});
  if (!IsFinal(order->state())) {
    return reply(
        Fail(ErrorCode::kConflict, fmt::format("order {} is {}: it has not ended",
                                               FormatId(command.id), Name(order->state()))));
  }
  if (retirement_waiters_.size() >= limits_.awaiting) {
    return reply(Fail(ErrorCode::kOverloaded, "too many wait for orders to be archived"));
  }
  retirement_waiters_.emplace(command.id.counter(), std::move(command.done));
  handle_->Wake();  // what was archived is in no hurry but for this
}

// True when the walk has come to its end; else it goes on with the next command.
bool Partition::Decide(ListLiveOrders& command) {
  if (command.below == 0) {
    command.below = command.query.before.valid() ? command.query.before.counter() : kIdCounterMax;
  }
  std::size_t looked_at = 0;
  bool more = false;
  const auto look_at = [&](const Order& order) {
    if (Matches(order, command.query)) command.rows.push_back(SummaryOf(order));
  };
  state_.orders.ForEachStoredBelow(command.below, [&](const StoredOrder& stored) {
    if (looked_at >= kListWalkPerCommand) {
      more = true;
      return false;
    }
    command.below = stored.id().counter();
    ++looked_at;
    if (stored.live) {
      look_at(*stored.live);
    } else if (stored.folded->MayMatch(command.query)) {
      look_at(*stored.folded->Unfold());
      looked_at += kUnfoldingInLooks;
    }
    return command.rows.size() < command.query.limit;
  });
  if (more && command.rows.size() < command.query.limit) return false;
  batch_->replies.push_back([done = std::move(command.done),
                             rows = std::move(command.rows)]() mutable { done(std::move(rows)); });
  return true;
}

}  // namespace cairn
