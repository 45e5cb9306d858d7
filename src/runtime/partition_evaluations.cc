// Scripts of orders: they run on the evaluator's threads, and what they came to is decided here.
// An evaluation is pure, so it waits for no sync, and after a crash it is simply made again.
#include "base/check.h"
#include "engine/orders/evaluation.h"
#include "runtime/evaluator.h"
#include "runtime/partition.h"

#include <algorithm>

namespace cairn {
namespace {

// Copies for scripts that one step of the loop makes.
constexpr std::size_t kEvaluationsPerStep = 256;

bool IsAwaited(const Order& order, const PendingEvaluation& evaluation) {
  return std::any_of(
      order.evaluations.begin(), order.evaluations.end(),
      [&](const PendingEvaluation& awaited) { return awaited.number == evaluation.number; });
}

}  // namespace

void Partition::PutEvaluated(EvaluatedStep evaluated) {
  evaluated_lane_.Put(std::move(evaluated));
  handle_->Wake();
}

// Those with a number above `after`.
void Partition::QueueEvaluations(const Order& order, std::uint32_t after) {
  const auto first =
      std::find_if(order.evaluations.begin(), order.evaluations.end(),
                   [&](const PendingEvaluation& evaluation) { return evaluation.number > after; });
  for (auto it = first; it != order.evaluations.end(); ++it) {
    CHECK_MSG(evaluator_ != nullptr, "a catalog has scripts, and nothing runs them");
    evaluations_.push_back({order.id, *it});
  }
}

// As many as the evaluator takes. With its queue full, the next result brings the next try.
bool Partition::SubmitEvaluations() {
  std::size_t made = 0;
  while (!evaluations_.empty() && made < kEvaluationsPerStep &&
         evaluator_->queued() < kEvaluationsQueuedMax) {
    const QueuedEvaluation next = evaluations_.front();
    const Order* order = state_.orders.Find(next.order.counter());
    if (order != nullptr && IsAwaited(*order, next.evaluation)) {
      const auto task =
          std::make_shared<const EvaluationTask>(MakeEvaluation(*order, next.evaluation));
      Evaluator::Function run = [this, task](ScriptEngine& scripts) {
        PutEvaluated(
            {.order = task->order, .number = task->number, .result = Evaluate(*task, &scripts)});
      };
      if (!evaluator_->Submit(run)) break;
      evaluating_.fetch_add(1);
      ++made;
    }
    evaluations_.pop_front();
  }
  return made > 0;
}

void Partition::Decide(EvaluatedStep& evaluated) {
  evaluating_.fetch_sub(1);
  Order* order = state_.orders.Find(evaluated.order.counter());
  if (order == nullptr) return;
  const auto event = DecideEvaluated(*order, evaluated.number, std::move(evaluated.result));
  if (!event) return;
  RecordEvent(*order, *event, {});
  Advance(*order);
}

CallTicket Partition::TicketOf(const Order& order, std::uint32_t w) const {
  const WorkOrder& work_order = order.work_orders[w];
  CallTicket ticket{.work_order = {order.id, w},
                    .run = work_order.run,
                    .attempt = work_order.attempt,
                    .epoch = state_.epoch};
  ticket.verify = asked_.contains(ticket.work_order);
  return ticket;
}

// What waits for its turn when its order is aborted is not sent any more. A question is: without
// its answer nobody knows whether something was done.
void Partition::GiveCallsBack(const Order& order) {
  for (std::uint32_t w = 0; w < order.work_orders.size(); ++w) {
    if (order.work_orders[w].state != WorkOrderState::kSent) continue;
    if (const CallTicket ticket = TicketOf(order, w); !ticket.verify) {
      batch_->given_back.push_back(ticket);
    }
  }
}

// Of the attempt that was made last, if it still waits for its turn.
void Partition::WithdrawCall(const Order& order, std::uint32_t w) {
  const CallTicket ticket = TicketOf(order, w);
  for (auto* calls : {&batch_->calls, &batch_->early_calls}) {
    std::erase_if(*calls, [&](const CartridgeCall& call) { return call.ticket == ticket; });
  }
  batch_->withdrawn.push_back(ticket);
}

// A timer that finds the step done, or under way in a later run, does nothing.
void Partition::KeepStepDeadline(const Order& order, std::uint32_t w) {
  const WorkOrderState state = order.work_orders[w].state;
  const bool done = state == WorkOrderState::kCompleted || order.work_orders[w].sends == 0;
  const Nanos deadline = done ? kNever : StepDeadline(order, w);
  if (deadline != kNever) AddTimer({.at = deadline, .order = order.id.value(), .work_order = w});
}

}  // namespace cairn
