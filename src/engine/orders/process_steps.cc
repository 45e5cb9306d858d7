#include "engine/orders/process_steps.h"

#include "base/check.h"

#include <algorithm>

namespace cairn {
namespace {

std::uint32_t FirstOf(const Order& order, std::uint32_t work_order) {
  return order.technical_orders[order.work_orders[work_order].technical_order].first_work_order;
}

bool IsCompensation(const Order& order, std::uint32_t work_order) {
  return order.step(work_order).kind() == records::COMPENSATION;
}

bool MayBegin(const Order& order, std::uint32_t first, std::uint32_t work_order) {
  const WorkOrder& candidate = order.work_orders[work_order];
  if (candidate.state != WorkOrderState::kPending || candidate.queued || candidate.retry_at != 0) {
    return false;
  }
  const records::Step& step = order.step(work_order);
  if (step.kind() == records::COMPENSATION) return false;
  return std::all_of(step.after().begin(), step.after().end(), [&](std::uint32_t before) {
    return IsPassed(order.work_orders[first + before]);
  });
}

void CountUnderWay(Order& order, std::uint32_t work_order) {
  ++order.active;
  ++order.technical_orders[order.work_orders[work_order].technical_order].active;
}

// From a list that is taken from its head on.
void RemoveFrom(std::vector<std::uint32_t>& list, std::uint32_t& head, std::uint32_t work_order) {
  if (head < list.size() && list[head] == work_order) {
    ++head;
  } else {
    const auto it = std::find(list.begin() + head, list.end(), work_order);
    CHECK(it != list.end());
    list.erase(it);
  }
  if (head == list.size()) {
    list.clear();
    head = 0;
  }
}

// As if it had never been taken up; that it was sent in earlier runs stays known.
void Reset(WorkOrder& work_order) {
  work_order.state = WorkOrderState::kPending;
  work_order.evaluating = EvaluationPhase::kNone;
  work_order.has_input = false;
  work_order.output = {};
  work_order.error = {};
  work_order.branch = 0;
  work_order.completed = 0;
}

// After an end: where the process is taken up again, and whether what was completed from there on
// is done again.
struct ReplayPoint {
  std::uint32_t step = 0;
  bool redo = false;
};
ReplayPoint ReplayPointOf(const Order& order, const TechnicalOrder& technical) {
  const records::Step& end = order.step(technical.first_work_order + technical.ended_by);
  if (end.has_replay_from()) return {end.replay_from(), true};
  if (end.within_size() > 0) return {end.within(end.within_size() - 1).choice(), false};
  return {technical.ended_by, false};
}

// Whether a choice went another way; else it was an end that kept the step from being executed.
bool WentAnotherWay(const Order& order, std::uint32_t first, const records::Step& step) {
  return std::any_of(step.within().begin(), step.within().end(), [&](const auto& part) {
    const WorkOrder& choice = order.work_orders[first + part.choice()];
    return choice.state == WorkOrderState::kCompleted && choice.branch != part.branch();
  });
}

void Rewind(Order& order, std::uint32_t t) {
  TechnicalOrder& technical = order.technical_orders[t];
  const ReplayPoint from = ReplayPointOf(order, technical);
  const std::uint32_t first = technical.first_work_order;
  const std::uint32_t count = order.work_order_end(t) - first;
  std::vector<bool> again(count, false);
  for (std::uint32_t s = 0; s < count; ++s) {
    const records::Step& step = order.step(first + s);
    if (step.kind() == records::COMPENSATION) continue;
    again[s] = s == from.step || std::any_of(step.after().begin(), step.after().end(),
                                             [&](std::uint32_t before) { return again[before]; });
    WorkOrder& work_order = order.work_orders[first + s];
    const bool keep = IsCall(step) && work_order.state == WorkOrderState::kCompleted && !from.redo;
    const bool cut_off =
        work_order.state == WorkOrderState::kNotExecuted && !WentAnotherWay(order, first, step);
    if (cut_off || (again[s] && !keep)) Reset(work_order);
  }
  technical.ended = false;
}

}  // namespace

bool IsPassed(const WorkOrder& work_order) {
  return (work_order.state == WorkOrderState::kCompleted &&
          work_order.evaluating == EvaluationPhase::kNone) ||
         work_order.state == WorkOrderState::kNotExecuted;
}

void Queue(Order& order, std::uint32_t w) {
  WorkOrder& work_order = order.work_orders[w];
  const TechnicalOrder& technical = order.technical_orders[work_order.technical_order];
  const StepTraits traits =
      order.catalog->traits(technical.plan->definition(), w - technical.first_work_order);
  if (!traits.is_settled) return QueueSend(order, w);
  work_order.queued = true;
  CountUnderWay(order, w);
  work_order.evaluating = EvaluationPhase::kEntry;
  if (traits.has_script) {
    order.evaluations.push_back({w, ++order.last_evaluation, EvaluationPhase::kEntry});
  } else {
    order.plain.push_back(w);
  }
}

void QueueSend(Order& order, std::uint32_t w) {
  order.work_orders[w].queued = true;
  CountUnderWay(order, w);
  order.ready.push_back(w);
}

void QueueEvaluation(Order& order, std::uint32_t w) {
  WorkOrder& work_order = order.work_orders[w];
  work_order.queued = true;
  work_order.evaluating = EvaluationPhase::kEval;
  CountUnderWay(order, w);
  order.evaluations.push_back({w, ++order.last_evaluation, EvaluationPhase::kEval});
}

void Unqueue(Order& order, std::uint32_t w) {
  WorkOrder& work_order = order.work_orders[w];
  TechnicalOrder& technical = order.technical_orders[work_order.technical_order];
  CHECK(work_order.queued && order.active > 0 && technical.active > 0);
  work_order.queued = false;
  --order.active;
  --technical.active;
  const auto it = std::find_if(order.evaluations.begin(), order.evaluations.end(),
                               [&](const PendingEvaluation& e) { return e.work_order == w; });
  if (it != order.evaluations.end()) {
    order.evaluations.erase(it);
  } else if (work_order.evaluating != EvaluationPhase::kNone) {
    RemoveFrom(order.plain, order.plain_head, w);
  } else {
    RemoveFrom(order.ready, order.ready_head, w);
  }
  work_order.evaluating = EvaluationPhase::kNone;
}

void QueueOpenSteps(Order& order, std::uint32_t t, std::uint32_t from) {
  const std::uint32_t first = order.technical_orders[t].first_work_order;
  const std::uint32_t end = order.work_order_end(t);
  for (std::uint32_t w = from; w < end; ++w) {
    if (MayBegin(order, first, w)) Queue(order, w);
  }
}

void QueueFirstSteps(Order& order, std::uint32_t t) {
  const TechnicalOrder& technical = order.technical_orders[t];
  if (technical.compensating) {
    if (const auto next = NextCompensation(order, t)) Queue(order, *next);
    return;
  }
  const std::uint32_t end = order.work_order_end(t);
  for (std::uint32_t w = technical.first_work_order; w < end; ++w) {
    const WorkOrder& work_order = order.work_orders[w];
    const bool unread = work_order.evaluating == EvaluationPhase::kEval && !work_order.queued;
    if (unread) QueueEvaluation(order, w);
  }
  QueueOpenSteps(order, t, technical.first_work_order);
}

void TakeBranch(Order& order, std::uint32_t choice, std::uint32_t branch) {
  order.work_orders[choice].branch = branch;
  const std::uint32_t first = FirstOf(order, choice);
  const std::uint32_t end = order.work_order_end(order.work_orders[choice].technical_order);
  for (std::uint32_t w = choice + 1; w < end; ++w) {
    for (const records::BranchRef& part : order.step(w).within()) {
      if (part.choice() != choice - first || part.branch() == branch) continue;
      // In a replay the branch that was taken before may have steps that are done.
      if (order.work_orders[w].state != WorkOrderState::kPending) continue;
      order.work_orders[w].state = WorkOrderState::kNotExecuted;
    }
  }
}

void EndProcess(Order& order, std::uint32_t end) {
  const std::uint32_t t = order.work_orders[end].technical_order;
  TechnicalOrder& technical = order.technical_orders[t];
  technical.ended = true;
  technical.ended_by = end - technical.first_work_order;
  for (std::uint32_t w = technical.first_work_order; w < order.work_order_end(t); ++w) {
    WorkOrder& work_order = order.work_orders[w];
    // What was sent, and waits for its retry, is awaited: it may have been done.
    const bool untouched = work_order.state == WorkOrderState::kPending && work_order.retry_at == 0;
    if (w == end || !untouched || IsCompensation(order, w)) continue;
    if (work_order.queued) Unqueue(order, w);
    work_order.state = WorkOrderState::kNotExecuted;
  }
}

ProductOrderState EndStateOf(const Order& order, std::uint32_t t) {
  const TechnicalOrder& technical = order.technical_orders[t];
  bool technical_error = false;
  bool functional_error = false;
  bool undo_failed = false;
  bool all_passed = true;
  for (std::uint32_t w = technical.first_work_order; w < order.work_order_end(t); ++w) {
    const WorkOrder& work_order = order.work_orders[w];
    if (IsCompensation(order, w)) {
      undo_failed = undo_failed || work_order.state == WorkOrderState::kTechnicalError;
      continue;
    }
    technical_error = technical_error || work_order.state == WorkOrderState::kTechnicalError;
    functional_error = functional_error || work_order.state == WorkOrderState::kFunctionalError;
    all_passed = all_passed && IsPassed(work_order);
  }
  if (technical.compensating) {
    return undo_failed && !order.abort_requested ? ProductOrderState::kPartial
                                                 : ProductOrderState::kFailed;
  }
  records::ProcessEnd end = records::END_PASS;
  if (technical.ended) {
    end = order.step(technical.first_work_order + technical.ended_by).end();
    all_passed = end == records::END_PASS;
    if (end == records::END_FAIL) return ProductOrderState::kFailed;
  }
  if (all_passed) return ProductOrderState::kCompleted;
  if (functional_error && order.abort_requested) return ProductOrderState::kFailed;
  if (order.abort_requested) return ProductOrderState::kCancelled;
  if (technical_error || end == records::END_RETRY) return ProductOrderState::kPartial;
  // A late success can leave a process without an error that still has steps to go: a replay
  // continues it.
  return functional_error ? ProductOrderState::kFailed : ProductOrderState::kPartial;
}

std::optional<std::uint32_t> NextCompensation(const Order& order, std::uint32_t t) {
  const std::uint32_t first = order.technical_orders[t].first_work_order;
  std::optional<std::uint32_t> next;
  std::uint32_t last_completed = 0;
  for (std::uint32_t w = first; w < order.work_order_end(t); ++w) {
    const records::Step& step = order.step(w);
    if (step.kind() != records::COMPENSATION) continue;
    const WorkOrder& done = order.work_orders[first + step.compensates()];
    const bool to_do = order.work_orders[w].state == WorkOrderState::kPending &&
                       done.state == WorkOrderState::kCompleted && done.completed > last_completed;
    if (!to_do) continue;
    last_completed = done.completed;
    next = w;
  }
  return next;
}

void ReopenSteps(Order& order, std::uint32_t t) {
  TechnicalOrder& technical = order.technical_orders[t];
  const bool undoing = technical.compensating && technical.state == ProductOrderState::kPartial;
  // A process that has failed, and was undone as far as that goes, begins where it was not.
  const bool undone = technical.compensating && !undoing;
  for (std::uint32_t w = technical.first_work_order; w < order.work_order_end(t); ++w) {
    WorkOrder& work_order = order.work_orders[w];
    const bool undo = IsCompensation(order, w);
    const bool technical_error = work_order.state == WorkOrderState::kTechnicalError;
    const bool functional_error =
        work_order.state == WorkOrderState::kFunctionalError && order.accepted->replay_failed();
    const bool was_undone = work_order.state == WorkOrderState::kRolledBack;
    if (undoing) {
      if (undo && technical_error) Reset(work_order);
    } else if (technical_error || functional_error || (undone && (undo || was_undone))) {
      Reset(work_order);
    }
  }
  if (undoing) return;
  technical.compensating = false;
  if (technical.ended) Rewind(order, t);
}

}  // namespace cairn
