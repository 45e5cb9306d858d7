#include "base/json.h"
#include "engine/orders/datasets.h"
#include "engine/orders/decide.h"
#include "engine/orders/evaluation.h"
#include "engine/orders/retry_delay.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {
namespace {

// Whether an attempt of the work order's last run was answered ok, whatever came of that.
bool HasSucceeded(const Order& order, const WorkOrder& work_order) {
  if (work_order.sends == 0) return false;
  for (std::uint32_t a = work_order.last_attempt;
       a != kNoAttempt && order.attempts[a].run == work_order.run; a = order.attempts[a].previous) {
    if (order.attempts[a].answered && order.attempts[a].outcome == Outcome::kOk) return true;
  }
  return false;
}

bool Counts(const Order& order, const Answer& answer) {
  const WorkOrder& work_order = order.work_orders[answer.work_order];
  if (answer.run != work_order.run) return false;
  const bool open =
      work_order.state == WorkOrderState::kSent || work_order.state == WorkOrderState::kWaiting;
  if (open && answer.attempt == work_order.attempt) return true;
  // What the target did is done, whatever we thought of its silence. Not after a resubmission: the
  // work order's run would be a later one by then, or is about to be.
  return answer.outcome == Outcome::kOk && answer.run == order.run &&
         !HasSucceeded(order, work_order);
}

// What the event and the state can hold of an answer.
void Fit(const Order& order, Answer& answer) {
  if (order.text.size() + answer.output.size() > kOrderOutputBytesMax && !answer.output.empty()) {
    answer.output.clear();
    answer.detail =
        fmt::format("the output was dropped: the order has over {} bytes", kOrderOutputBytesMax);
  }
  // A record whose text is not clean could not be read again.
  answer.detail = MakeCleanUtf8(std::move(answer.detail));
  if (order.text.size() + answer.output.size() + answer.detail.size() > kOrderTextBytesMax) {
    answer.detail.clear();
  }
}

// When the attempt after a technical error is made; 0: there is none.
Nanos RetryAt(const Order& order, const Answer& answer, Nanos now) {
  const records::Cartridge& cartridge = order.cartridge(answer.work_order);
  const bool exhausted = order.work_orders[answer.work_order].attempt >= AttemptsOf(cartridge) ||
                         order.attempts.size() >= kOrderAttemptsMax;
  if (exhausted || order.abort_requested) return 0;
  return now + RetryDelay(cartridge, {order.id, answer.work_order}, answer.run, answer.attempt,
                          answer.retry_after);
}

Nanos AnswerWithin(const records::Cartridge& cartridge) {
  return cartridge.answer_within_ns() > 0 ? cartridge.answer_within_ns() : kDefaultAnswerWithinNs;
}

std::optional<OrderEvent> Delay(const Order& order, Answer answer, Nanos now) {
  const WorkOrder& work_order = order.work_orders[answer.work_order];
  const bool under_way = work_order.state == WorkOrderState::kSent &&
                         work_order.run == answer.run && work_order.attempt == answer.attempt;
  if (!under_way) return std::nullopt;
  records::WorkOrderDelayed event;
  event.set_work_order(answer.work_order);
  event.set_run(answer.run);
  event.set_attempt(answer.attempt);
  event.set_deadline(now + AnswerWithin(order.cartridge(answer.work_order)));
  event.set_detail(std::move(answer.detail));
  return event;
}

}  // namespace

std::optional<OrderEvent> DecideAnswer(const Order& order, Answer answer, Nanos now) {
  if (answer.work_order >= order.work_orders.size()) return std::nullopt;
  const WorkOrder& work_order = order.work_orders[answer.work_order];
  const auto attempt_index = order.FindAttempt(answer.work_order, answer.run, answer.attempt);
  if (!attempt_index) return std::nullopt;
  const Attempt& attempt = order.attempts[*attempt_index];

  // What has ended changes no more: it is on its way to the archive.
  if (IsFinal(order.state)) return std::nullopt;
  Fit(order, answer);
  if (answer.outcome == Outcome::kDelayed) return Delay(order, std::move(answer), now);
  // A target that has said no cannot say yes to the same question afterwards.
  const bool said_no = attempt.answered && attempt.outcome == Outcome::kFunctional;
  if (said_no || !Counts(order, answer)) {
    if (attempt.answered || order.ignored_answers >= kIgnoredAnswersRecordedMax)
      return std::nullopt;
    records::WorkOrderAnswerIgnored event;
    event.set_work_order(answer.work_order);
    event.set_run(answer.run);
    event.set_attempt(answer.attempt);
    event.set_outcome(static_cast<std::uint32_t>(answer.outcome));
    event.set_detail(std::move(answer.detail));
    return event;
  }

  records::WorkOrderAnswered event;
  event.set_work_order(answer.work_order);
  event.set_run(answer.run);
  event.set_attempt(answer.attempt);
  event.set_outcome(static_cast<std::uint32_t>(answer.outcome));
  if (answer.outcome == Outcome::kOk) {
    event.set_output(std::move(answer.output));
    const bool under_way = work_order.state == WorkOrderState::kSent ||
                           work_order.state == WorkOrderState::kWaiting || work_order.retry_at != 0;
    event.set_resumes(!under_way && order.technical_orders[work_order.technical_order].active > 0);
  }
  if (answer.outcome == Outcome::kOk) {
    *event.mutable_changes() = ResultsOf(order, answer.work_order, event.output());
    if (auto problem = WhyNotAssignable(order, work_order.technical_order, event.changes())) {
      event.clear_changes();
      const std::string dropped = "its results were dropped: " + *problem;
      const bool has_room = order.text.size() + dropped.size() <= kOrderTextBytesMax;
      answer.detail = has_room ? dropped : "";
    }
  }
  event.set_detail(std::move(answer.detail));
  if (answer.outcome == Outcome::kTechnical) {
    const Nanos retry_at = RetryAt(order, answer, now);
    // One past the step's deadline could not end well.
    if (retry_at < StepDeadline(order, answer.work_order)) event.set_retry_at(retry_at);
  }
  return event;
}

std::optional<OrderEvent> DecideDeadline(const Order& order, std::uint32_t work_order, Nanos now) {
  if (work_order >= order.work_orders.size() || IsFinal(order.state)) return std::nullopt;
  const WorkOrder& waiting = order.work_orders[work_order];
  if (waiting.state != WorkOrderState::kWaiting || waiting.deadline > now) return std::nullopt;
  const Nanos span = AnswerWithin(order.cartridge(work_order));
  return DecideAnswer(order,
                      {.work_order = work_order,
                       .run = waiting.run,
                       .attempt = waiting.attempt,
                       .outcome = Outcome::kTechnical,
                       .output = {},
                       .detail = fmt::format("no answer within {}", FormatDuration(span))},
                      now);
}

Nanos StepDeadline(const Order& order, std::uint32_t work_order) {
  const WorkOrder& called = order.work_orders[work_order];
  const Nanos span = order.step(work_order).deadline_ns();
  if (span == 0 || called.run != order.run) return kNever;
  const auto first = order.FindAttempt(work_order, called.run, 1);
  return first ? order.attempts[*first].sent_at + span : kNever;
}

std::optional<OrderEvent> DecideStepDeadline(const Order& order, std::uint32_t work_order,
                                             Nanos now) {
  if (work_order >= order.work_orders.size() || IsFinal(order.state)) return std::nullopt;
  const WorkOrder& called = order.work_orders[work_order];
  const bool open =
      called.state == WorkOrderState::kSent || called.state == WorkOrderState::kWaiting;
  if (!open || StepDeadline(order, work_order) > now) return std::nullopt;
  const Nanos span = order.step(work_order).deadline_ns();
  return DecideAnswer(
      order,
      {.work_order = work_order,
       .run = called.run,
       .attempt = called.attempt,
       .outcome = Outcome::kTechnical,
       .output = {},
       .detail = fmt::format("not done within its deadline of {}", FormatDuration(span))},
      now);
}

std::optional<OrderEvent> DecideRetry(const Order& order, std::uint32_t work_order, Nanos now) {
  if (work_order >= order.work_orders.size()) return std::nullopt;
  const Nanos retry_at = order.work_orders[work_order].retry_at;
  if (retry_at == 0 || retry_at > now || IsFinal(order.state)) return std::nullopt;
  records::WorkOrdersSent event;
  event.add_work_orders(work_order);
  event.set_slice(order.slice);
  return event;
}

}  // namespace cairn
