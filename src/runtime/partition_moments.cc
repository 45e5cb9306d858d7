// Deadlines of delayed answers and starts of orders: kept while they may come, given up when what
// they are for has happened; with them the tasks of people, which wait as long as their deadlines.
// And what is derived again at a start.
#include "engine/orders/decide.h"
#include "runtime/partition.h"

namespace cairn {
namespace {

constexpr std::size_t kResumedPerStep = 512;

}  // namespace

// Before the event is applied: what it puts an end to.
void Partition::ForgetMoments(const Order& order, const OrderEvent& event) {
  if (moments_.empty() && tasks_.empty()) return;
  const auto forget_deadline = [&](std::uint32_t w) {
    const Nanos deadline = order.work_orders[w].deadline;
    if (deadline == 0) return;
    moments_.erase({deadline, order.id.value(), w});
    tasks_.erase({order.id, w});
  };
  if (const auto* answered = std::get_if<records::WorkOrderAnswered>(&event)) {
    forget_deadline(answered->work_order());
  } else if (std::holds_alternative<records::OrderCancelRequested>(event) && order.waiting > 0) {
    // Of an abort; after a cancel they are kept again.
    for (std::uint32_t w = 0; w < order.work_orders.size(); ++w) forget_deadline(w);
  }
  if (order.state == OrderState::kNew && order.requested_start() > 0) {
    moments_.erase({order.requested_start(), order.id.value(), kStartOfOrder});
  }
}

// After it was applied: what is to come.
void Partition::KeepMoments(const Order& order, const OrderEvent& event) {
  const auto keep_deadline = [&](std::uint32_t w) {
    const Nanos deadline = order.work_orders[w].deadline;
    if (deadline != 0) KeepWait(order, w);
  };
  if (const auto* delayed = std::get_if<records::WorkOrderDelayed>(&event)) {
    keep_deadline(delayed->work_order());
  } else if (std::holds_alternative<records::OrderCancelRequested>(event) && order.waiting > 0) {
    for (std::uint32_t w = 0; w < order.work_orders.size(); ++w) keep_deadline(w);
  }
  KeepStart(order);
}

void Partition::KeepWait(const Order& order, std::uint32_t w) {
  moments_.insert({order.work_orders[w].deadline, order.id.value(), w});
  if (order.cartridge(w).has_manual()) tasks_.insert({order.id, w});
}

void Partition::KeepStart(const Order& order) {
  if (order.state != OrderState::kNew || order.requested_start() <= state_.time) return;
  moments_.insert({order.requested_start(), order.id.value(), kStartOfOrder});
}

void Partition::FireMoments() {
  const Nanos now = clock_.Now();
  while (!moments_.empty() && moments_.begin()->at <= now && MayDecide()) {
    const Moment moment = *moments_.begin();
    moments_.erase(moments_.begin());
    OpenBatch();
    Order* order = state_.orders.Find(OrderId(moment.order).counter());
    if (order == nullptr) continue;
    if (moment.work_order == kStartOfOrder) {
      AdvanceAt(*order, now);
    } else if (const auto event = DecideDeadline(*order, moment.work_order, now)) {
      RecordEvent(*order, *event, {});
      Advance(*order);
    }
  }
}

// What was under way when the journal ended. Sent: nobody knows what became of it, so its target is
// asked, where it can tell, or it is sent again. Waiting: the target has it, and is not asked
// again.
void Partition::DeriveAgain(const Order& order) {
  CountState(order.state, true);
  KeepStart(order);
  QueueEvaluations(order, 0);
  bool by_itself = false;
  for (std::uint32_t w = 0; w < order.work_orders.size(); ++w) {
    const WorkOrder& work_order = order.work_orders[w];
    KeepStepDeadline(order, w);
    if (work_order.state == WorkOrderState::kSent) SendOrAsk(order, w, true);
    if (work_order.retry_at != 0) {
      AddTimer({.at = work_order.retry_at, .order = order.id.value(), .work_order = w});
    }
    if (work_order.state != WorkOrderState::kWaiting) continue;
    KeepWait(order, w);
    by_itself = by_itself || AnswersByItself(order, w);
  }
  if (by_itself) to_resume_.push_back(order.id.counter());
}

// An order at rest goes on by itself only when its start has come. Of what waits in it, one alone
// is known without unfolding it; where there is more to know it is unfolded for that, and let go.
void Partition::DeriveAgain(const FoldedOrder& order) {
  if (order.waiting() > 1 || order.has_step_deadline()) return DeriveAgain(*order.Unfold());
  CountState(order.state(), true);
  if (order.state() == OrderState::kNew && order.start_at() <= state_.time) {
    going_on_.push_back(order.id().counter());
  } else if (order.start_at() != 0) {
    moments_.insert({order.start_at(), order.id().value(), kStartOfOrder});
  }
  if (order.deadline() == 0) return;
  moments_.insert({order.deadline(), order.id().value(), order.waiting_work_order()});
  if (order.is_task()) tasks_.insert({order.id(), order.waiting_work_order()});
  if (order.answers_by_itself()) to_resume_.push_back(order.id().counter());
}

void Partition::DeriveAgain(const StoredOrder& stored) {
  if (stored.live == nullptr) return DeriveAgain(*stored.folded);
  if (IsFinal(stored.live->state)) {
    batch_->ended.push_back(stored.live);
    return;
  }
  DeriveAgain(*stored.live);
  going_on_.push_back(stored.live->id.counter());
}

// Some at a time: there may be a million. An order that has gone on since is not the cartridge's
// any more, and what it has delayed in this life it knows.
void Partition::ResumeSome() {
  if (to_resume_.empty() || !MayDecide()) return;
  OpenBatch();
  for (std::size_t left = kResumedPerStep; left > 0 && !to_resume_.empty(); --left) {
    const std::uint64_t counter = to_resume_.front();
    to_resume_.pop_front();
    const StoredOrder* const stored = state_.orders.FindStored(counter);
    if (stored == nullptr || stored->state() != OrderState::kWaiting) continue;
    const std::shared_ptr<const Order> order = state_.orders.ReadableCopy(counter);
    for (std::uint32_t w = 0; w < order->work_orders.size(); ++w) {
      const WorkOrder& work_order = order->work_orders[w];
      if (work_order.state != WorkOrderState::kWaiting || !AnswersByItself(*order, w)) continue;
      const Nanos since = order->attempts[work_order.last_attempt].answered_at;
      if (since > life_began_) continue;
      batch_->resumed.push_back({.call = CallOf(*order, w), .since = since});
    }
  }
}

}  // namespace cairn
