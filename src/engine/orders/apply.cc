#include "engine/orders/apply.h"

#include "base/check.h"
#include "engine/orders/datasets.h"
#include "engine/orders/process_steps.h"

#include <algorithm>

namespace cairn {
namespace {

TextRange Keep(Order& order, std::string_view text) {
  CHECK(order.text.size() + text.size() <= UINT32_MAX);
  const TextRange range{static_cast<std::uint32_t>(order.text.size()),
                        static_cast<std::uint32_t>(text.size())};
  order.text.append(text);
  return range;
}

// What something is whose parts wait or run: it waits when all that is under way of it does.
ProductOrderState UnderWay(std::uint32_t active, std::uint32_t waiting) {
  return active == waiting ? ProductOrderState::kWaiting : ProductOrderState::kRunning;
}

// What a product order is, from what its technical orders are.
ProductOrderState Combine(const Order& order, std::uint32_t product_order) {
  const std::uint32_t end = order.technical_order_end(product_order);
  bool waiting = false;
  bool partial = false;
  bool failed = false;
  bool cancelled = false;
  bool begun = false;
  bool all_completed = true;
  for (std::uint32_t t = order.product_orders[product_order].first_technical_order; t < end; ++t) {
    const ProductOrderState state = order.technical_orders[t].state;
    if (state == ProductOrderState::kRunning) return ProductOrderState::kRunning;
    waiting = waiting || state == ProductOrderState::kWaiting;
    partial = partial || state == ProductOrderState::kPartial;
    failed = failed || state == ProductOrderState::kFailed;
    cancelled = cancelled || state == ProductOrderState::kCancelled;
    begun = begun || state == ProductOrderState::kCompleted;
    all_completed = all_completed && state == ProductOrderState::kCompleted;
  }
  if (waiting) return ProductOrderState::kWaiting;
  if (partial) return ProductOrderState::kPartial;
  if (failed) return ProductOrderState::kFailed;
  if (cancelled) return ProductOrderState::kCancelled;
  if (all_completed) return ProductOrderState::kCompleted;
  return begun ? ProductOrderState::kRunning : ProductOrderState::kPending;
}

bool IsTrouble(const TechnicalOrder& technical) {
  return technical.compensating || technical.state == ProductOrderState::kPartial ||
         technical.state == ProductOrderState::kFailed;
}

void SetState(Order& order, std::uint32_t technical_order, ProductOrderState state) {
  TechnicalOrder& technical = order.technical_orders[technical_order];
  technical.state = state;
  if (technical.troubled) --order.troubled;
  technical.troubled = IsTrouble(technical);
  if (technical.troubled) ++order.troubled;
  const std::uint32_t parent = technical.plan->product_order();
  ProductOrderState combined = Combine(order, parent);
  // Outside product order processing nothing runs: what is left is still to be done.
  if (!order.in_pop && combined == ProductOrderState::kRunning)
    combined = ProductOrderState::kPending;
  ProductOrderState& known = order.product_orders[parent].state;
  if (combined == ProductOrderState::kCompleted && known != combined) {
    order.just_completed.push_back(parent);
  }
  known = combined;
}

// Makes the open steps of a technical order ready. One that has none stays as it is.
void StartTechnicalOrder(Order& order, std::uint32_t technical_order) {
  TechnicalOrder& technical = order.technical_orders[technical_order];
  QueueFirstSteps(order, technical_order);
  if (technical.active > 0) SetState(order, technical_order, ProductOrderState::kRunning);
}

// After the number of its parts that are under way, or that wait, has changed.
void RefreshTechnicalOrder(Order& order, std::uint32_t technical_order) {
  const TechnicalOrder& technical = order.technical_orders[technical_order];
  const ProductOrderState state = UnderWay(technical.active, technical.waiting);
  if (technical.active > 0 && technical.state != state) SetState(order, technical_order, state);
}

bool MayStart(const TechnicalOrder& technical) {
  return technical.state == ProductOrderState::kPending && technical.open_predecessors == 0;
}

void CompleteTechnicalOrder(Order& order, std::uint32_t technical_order) {
  SetState(order, technical_order, ProductOrderState::kCompleted);
  // Nothing of it will be undone.
  const std::uint32_t end = order.work_order_end(technical_order);
  for (std::uint32_t w = order.technical_orders[technical_order].first_work_order; w < end; ++w) {
    WorkOrderState& state = order.work_orders[w].state;
    if (state == WorkOrderState::kPending) state = WorkOrderState::kNotExecuted;
  }
  const IndexLists& lists = order.dependents;
  const bool at_once = order.accepted->dependency_tree() && order.in_pop &&
                       !order.cancel_requested &&
                       !(order.accepted->stop_all() && order.troubled > 0);
  for (std::uint32_t i = lists.starts[technical_order]; i < lists.starts[technical_order + 1];
       ++i) {
    TechnicalOrder& dependent = order.technical_orders[lists.members[i]];
    CHECK(dependent.open_predecessors > 0);
    --dependent.open_predecessors;
    if (at_once && MayStart(dependent)) StartTechnicalOrder(order, lists.members[i]);
  }
}

bool HasBegun(const Order& order, std::uint32_t technical_order) {
  const auto begin = order.work_orders.begin();
  return std::any_of(begin + order.technical_orders[technical_order].first_work_order,
                     begin + order.work_order_end(technical_order),
                     [](const WorkOrder& work_order) {
                       return work_order.sends > 0 || work_order.state != WorkOrderState::kPending;
                     });
}

void StartSlice(Order& order, std::uint32_t slice) {
  order.slice = slice;
  if (order.accepted->dependency_tree()) {
    // Trouble that a replay does not take up again goes on holding back what is new.
    const bool nothing_new = order.accepted->stop_all() && order.troubled > 0;
    for (std::uint32_t t = 0; t < order.technical_orders.size(); ++t) {
      if (!MayStart(order.technical_orders[t])) continue;
      if (!nothing_new || HasBegun(order, t)) StartTechnicalOrder(order, t);
    }
    return;
  }
  for (std::uint32_t i = order.slices.starts[slice]; i < order.slices.starts[slice + 1]; ++i) {
    const std::uint32_t t = order.slices.members[i];
    if (MayStart(order.technical_orders[t])) StartTechnicalOrder(order, t);
  }
}

class Applier {
 public:
  Applier(Order& order, Nanos time) : order_(order), time_(time) {}

  void operator()(const records::SliceStarted& event) {
    if (order_.started_at == 0) order_.started_at = time_;
    order_.state = OrderState::kRunning;
    order_.port = Port::kNone;
    order_.in_pop = true;
    if (order_.slice_count() > 0) StartSlice(order_, event.slice());
  }

  void operator()(const records::WorkOrdersSent& event) {
    for (const std::uint32_t w : event.work_orders()) {
      Send(w);
      // The slice goes on after a cancel was asked for, and has now gone too far for it.
      if (order_.step(w).point_of_no_return()) order_.cancel_requested = false;
    }
  }

  void operator()(const records::WorkOrderAnswered& event) {
    const std::uint32_t w = event.work_order();
    WorkOrder& work_order = order_.work_orders[w];
    const auto outcome = static_cast<Outcome>(event.outcome());
    RecordAnswer(event, outcome);
    const bool under_way = work_order.state == WorkOrderState::kSent ||
                           work_order.state == WorkOrderState::kWaiting || work_order.retry_at != 0;
    EndWait(w);
    work_order.retry_at = 0;
    switch (outcome) {
      case Outcome::kOk:
        work_order.state = WorkOrderState::kCompleted;
        work_order.output = Keep(order_, event.output());
        break;
      case Outcome::kFunctional: work_order.state = WorkOrderState::kFunctionalError; break;
      case Outcome::kTechnical:
        if (event.retry_at() != 0) {
          work_order.state = WorkOrderState::kPending;
          work_order.retry_at = event.retry_at();
          RefreshTechnicalOrder(order_, work_order.technical_order);
          return;
        }
        work_order.state = WorkOrderState::kTechnicalError;
        break;
      case Outcome::kDelayed: CHECK_MSG(false, "a delayed answer ends no work order");
    }
    AssignFields(order_, work_order.technical_order, event.changes());
    const bool evaluates = outcome == Outcome::kOk && order_.step(w).has_on_eval();
    if (evaluates) work_order.evaluating = EvaluationPhase::kEval;
    if (under_way) {
      if (evaluates && !order_.abort_requested) QueueEvaluation(order_, w);
      Conclude(w);
    } else if (event.resumes()) {
      if (evaluates && !order_.abort_requested) QueueEvaluation(order_, w);
      Pass(w);
      RefreshTechnicalOrder(order_, work_order.technical_order);
    } else {
      // With its scripts still to be run, if it has some: the next run begins with that.
      if (!evaluates) NoteCompletion(w);
      ConcludeLate(work_order.technical_order);
    }
  }

  void operator()(const records::StepEvaluated& event) {
    const std::uint32_t w = event.work_order();
    WorkOrder& work_order = order_.work_orders[w];
    const auto outcome = static_cast<Outcome>(event.outcome());
    Unqueue(order_, w);
    AssignFields(order_, work_order.technical_order, event.changes());
    if (outcome != Outcome::kOk) {
      work_order.state = outcome == Outcome::kTechnical ? WorkOrderState::kTechnicalError
                                                        : WorkOrderState::kFunctionalError;
      work_order.error = Keep(order_, event.error());
      return Settled(w);
    }
    if (static_cast<EvaluationPhase>(event.phase()) == EvaluationPhase::kEval) return Settled(w);
    const records::Step& step = order_.step(w);
    if (IsCall(step)) {
      work_order.input = Keep(order_, event.input());
      work_order.has_input = true;
      QueueSend(order_, w);
      return;
    }
    if (step.kind() == records::CHOICE) TakeBranch(order_, w, event.branch());
    if (step.kind() == records::END) EndProcess(order_, w);
    work_order.state = WorkOrderState::kCompleted;
    Settled(w);
  }

  void operator()(const records::WorkOrderAnswerIgnored& event) {
    RecordAnswer(event, static_cast<Outcome>(event.outcome()));
    ++order_.ignored_answers;
  }

  void operator()(const records::WorkOrderDelayed& event) {
    const std::uint32_t w = event.work_order();
    WorkOrder& work_order = order_.work_orders[w];
    Attempt& attempt = order_.attempts[work_order.last_attempt];
    attempt.outcome = Outcome::kDelayed;
    attempt.answered_at = time_;
    attempt.detail = Keep(order_, event.detail());
    if (order_.abort_requested) {
      work_order.state = WorkOrderState::kCancelled;
      Conclude(w);
      return;
    }
    TechnicalOrder& technical = order_.technical_orders[work_order.technical_order];
    work_order.state = WorkOrderState::kWaiting;
    work_order.deadline = event.deadline();
    ++order_.waiting;
    ++technical.waiting;
    RefreshTechnicalOrder(order_, work_order.technical_order);
  }

  void operator()(const records::OrderCancelRequested& event) {
    order_.cancel_requested = true;
    order_.cancel_description = event.description();
    if (!event.abort()) return;
    order_.abort_requested = true;
    for (std::uint32_t w = 0; w < order_.work_orders.size(); ++w) {
      WorkOrder& work_order = order_.work_orders[w];
      if (work_order.queued) {
        Unqueue(order_, w);
        if (work_order.state == WorkOrderState::kPending) {
          work_order.state = WorkOrderState::kCancelled;
        }
        Settled(w);
      } else if (work_order.state == WorkOrderState::kWaiting || work_order.retry_at != 0) {
        CancelWorkOrder(w);
      }
    }
  }

  void operator()(const records::OrderCancelled& event) {
    order_.cancel_requested = true;
    order_.cancel_description = event.description();
    order_.state = OrderState::kCancelled;
    order_.port = Port::kCancel;
    End();
  }

  void operator()(const records::OrderPatched& event) {
    ++order_.patches;
    order_.patched = std::make_shared<const records::OrderPatched>(event);
  }

  void operator()(const records::WorkOrderVerified& event) {
    WorkOrder& work_order = order_.work_orders[event.work_order()];
    const bool doubtful = static_cast<Outcome>(event.outcome()) == Outcome::kTechnical;
    // A later run has asked, and has called nobody.
    const std::uint32_t called =
        work_order.doubtful_run > 0 ? work_order.doubtful_run : event.run();
    work_order.doubtful_run = doubtful ? called : 0;
  }

  void operator()(const records::OrderLeftPop& event) {
    order_.in_pop = false;
    order_.state = static_cast<OrderState>(event.state());
    order_.port = static_cast<Port>(event.port());
    if (IsFinal(order_.state)) {
      End();
      return;
    }
    // What was begun and cannot go on now is still to be done: a replay starts it again.
    for (ProductOrder& product_order : order_.product_orders) {
      if (product_order.state == ProductOrderState::kRunning) {
        product_order.state = ProductOrderState::kPending;
      }
    }
  }

  void operator()(const records::OrderResubmitted& event) {
    order_.run = event.run();
    order_.port = Port::kNone;
    order_.state = OrderState::kRunning;
    order_.in_pop = true;
    order_.ready.clear();
    order_.ready_head = 0;
    for (std::uint32_t t = 0; t < order_.technical_orders.size(); ++t) Reopen(t);
    if (order_.slice_count() > 0) StartSlice(order_, event.first_slice());
    // What was begun before, and is not taken up at once, is under way again with its order.
    for (std::uint32_t p = 0; p < order_.product_orders.size(); ++p) {
      ProductOrderState& state = order_.product_orders[p].state;
      if (state == ProductOrderState::kPending) state = Combine(order_, p);
    }
  }

  void operator()(const records::OrderGivenUp&) {
    order_.state = OrderState::kFailed;
    order_.port = Port::kFail;
    End();
  }

 private:
  // The work order is under way, and will not be awaited.
  void CancelWorkOrder(std::uint32_t w) {
    WorkOrder& work_order = order_.work_orders[w];
    EndWait(w);
    work_order.retry_at = 0;
    work_order.state = WorkOrderState::kCancelled;
    Conclude(w);
  }

  void EndWait(std::uint32_t w) {
    WorkOrder& work_order = order_.work_orders[w];
    if (work_order.state != WorkOrderState::kWaiting) return;
    TechnicalOrder& technical = order_.technical_orders[work_order.technical_order];
    CHECK(order_.waiting > 0 && technical.waiting > 0);
    --order_.waiting;
    --technical.waiting;
    work_order.deadline = 0;
  }

  void Send(std::uint32_t w) {
    WorkOrder& work_order = order_.work_orders[w];
    if (work_order.retry_at != 0) {
      work_order.retry_at = 0;  // it was counted as under way all along
    } else {
      work_order.queued = false;
      CHECK(order_.ready_head < order_.ready.size() && order_.ready[order_.ready_head] == w);
      ++order_.ready_head;
      if (order_.ready_head == order_.ready.size()) {
        order_.ready.clear();
        order_.ready_head = 0;
      }
    }
    work_order.attempt = work_order.run == order_.run ? work_order.attempt + 1 : 1;
    work_order.run = order_.run;
    work_order.state = WorkOrderState::kSent;
    const std::uint32_t previous = work_order.sends > 0 ? work_order.last_attempt : kNoAttempt;
    ++work_order.sends;
    work_order.last_attempt = static_cast<std::uint32_t>(order_.attempts.size());
    order_.attempts.push_back({.work_order = w,
                               .run = work_order.run,
                               .n = work_order.attempt,
                               .sent_at = time_,
                               .detail = {},
                               .previous = previous});
  }

  template <typename Answered>
  void RecordAnswer(const Answered& event, Outcome outcome) {
    const auto index = order_.FindAttempt(event.work_order(), event.run(), event.attempt());
    CHECK(index.has_value());
    Attempt& attempt = order_.attempts[*index];
    attempt.answered = true;
    attempt.answered_at = time_;
    attempt.outcome = outcome;
    attempt.detail = Keep(order_, event.detail());
  }

  // A step that has completed is given its number; one that undoes another has done so.
  void NoteCompletion(std::uint32_t w) {
    WorkOrder& work_order = order_.work_orders[w];
    TechnicalOrder& technical = order_.technical_orders[work_order.technical_order];
    work_order.completed = ++technical.completions;
    const records::Step& step = order_.step(w);
    if (step.kind() != records::COMPENSATION) return;
    order_.work_orders[technical.first_work_order + step.compensates()].state =
        WorkOrderState::kRolledBack;
  }

  // What waited for the step within its process, if it has completed.
  void Pass(std::uint32_t w) {
    const WorkOrder& work_order = order_.work_orders[w];
    if (work_order.state != WorkOrderState::kCompleted || !IsPassed(work_order)) return;
    NoteCompletion(w);
    const std::uint32_t t = work_order.technical_order;
    if (order_.abort_requested || order_.technical_orders[t].compensating) return;
    QueueOpenSteps(order_, t, w + 1);
  }

  // It was sent, and is not under way any more.
  void Conclude(std::uint32_t w) {
    TechnicalOrder& technical = order_.technical_orders[order_.work_orders[w].technical_order];
    CHECK(order_.active > 0 && technical.active > 0);
    --order_.active;
    --technical.active;
    Settled(w);
  }

  void Settled(std::uint32_t w) {
    const std::uint32_t t = order_.work_orders[w].technical_order;
    Pass(w);
    if (order_.technical_orders[t].active > 0) return RefreshTechnicalOrder(order_, t);
    EndTechnicalOrder(t, order_.in_pop);
  }

  void ConcludeLate(std::uint32_t t) {
    // A technical order that has been given up on is not taken up again by a late answer; but what
    // is done is done, and a replay does not do it again.
    const TechnicalOrder& technical = order_.technical_orders[t];
    const bool completed = technical.state == ProductOrderState::kCompleted;
    if (technical.active == 0 && !completed) EndTechnicalOrder(t, false);
  }

  void EndTechnicalOrder(std::uint32_t t, bool may_go_on) {
    ProductOrderState state = EndStateOf(order_, t);
    if (state == ProductOrderState::kCompleted) return CompleteTechnicalOrder(order_, t);
    const bool fails = state == ProductOrderState::kFailed && !order_.abort_requested;
    if (const auto next = NextCompensation(order_, t); fails && next) {
      order_.technical_orders[t].compensating = true;
      if (may_go_on) Queue(order_, *next);
      // What is left to be undone is left to a replay.
      state = may_go_on ? ProductOrderState::kRunning : ProductOrderState::kPartial;
    }
    SetState(order_, t, state);
  }

  void Reopen(std::uint32_t t) {
    const ProductOrderState state = order_.technical_orders[t].state;
    const bool replayed = state == ProductOrderState::kPartial ||
                          (state == ProductOrderState::kFailed && order_.accepted->replay_failed());
    if (!replayed) return;
    ReopenSteps(order_, t);
    SetState(order_, t, ProductOrderState::kPending);
  }

  // What was not done, and will not be.
  void End() {
    order_.ended_at = time_;
    if (order_.state == OrderState::kCompleted) return;
    const bool cancelled = order_.state == OrderState::kCancelled;
    const auto work_order_end =
        cancelled ? WorkOrderState::kCancelled : WorkOrderState::kNotExecuted;
    const auto end = cancelled ? ProductOrderState::kCancelled : ProductOrderState::kNotExecuted;
    for (WorkOrder& work_order : order_.work_orders) {
      if (work_order.state == WorkOrderState::kPending) work_order.state = work_order_end;
    }
    for (TechnicalOrder& technical : order_.technical_orders) {
      if (technical.state == ProductOrderState::kPartial && cancelled) {
        --order_.troubled;
        technical.troubled = false;
      }
      if (technical.state == ProductOrderState::kPending ||
          (technical.state == ProductOrderState::kPartial && cancelled)) {
        technical.state = end;
      }
    }
    for (ProductOrder& product_order : order_.product_orders) {
      if (product_order.state == ProductOrderState::kPending ||
          product_order.state == ProductOrderState::kRunning ||
          (product_order.state == ProductOrderState::kPartial && cancelled)) {
        product_order.state = end;
      }
    }
  }

  Order& order_;
  Nanos time_;
};

}  // namespace

void Apply(Order& order, const OrderEvent& event, Nanos time) {
  ++order.version;
  order.just_completed.clear();
  std::visit(Applier(order, time), event);
  if (!order.in_pop) return;
  const bool waits = order.active > 0 && order.active == order.waiting;
  order.state = waits ? OrderState::kWaiting : OrderState::kRunning;
  order.port = waits ? Port::kWaiting : Port::kNone;
}

Status ApplyRecord(Order& order, const RecordView& record, std::string_view raw, Nanos time) {
  ASSIGN_OR_RETURN(const OrderEvent event, ParseOrderEvent(record));
  if (record.version != order.version + 1) {
    return Fail(ErrorCode::kCorrupt, "order " + FormatId(order.id) + ": version " +
                                         std::to_string(record.version) + " follows " +
                                         std::to_string(order.version));
  }
  Apply(order, event, time);
  AppendFixed(order.trail, time);
  order.trail.append(raw);
  return {};
}

}  // namespace cairn
