#include "engine/orders/decide.h"
#include "model/limits.h"

#include <algorithm>

namespace cairn {
namespace {

const Attempt* FindAttempt(const Order& order, const Answer& answer) {
  const auto is_it = [&](const Attempt& attempt) {
    return attempt.work_order == answer.work_order && attempt.run == answer.run &&
           attempt.n == answer.attempt;
  };
  const Attempt& last = order.attempts[order.work_orders[answer.work_order].last_attempt];
  if (is_it(last)) return &last;
  const auto it = std::find_if(order.attempts.begin(), order.attempts.end(), is_it);
  return it == order.attempts.end() ? nullptr : &*it;
}

bool Counts(const Order& order, const Answer& answer) {
  const WorkOrder& work_order = order.work_orders[answer.work_order];
  if (answer.run != work_order.run) return false;
  if (work_order.state == WorkOrderState::kSent && answer.attempt == work_order.attempt)
    return true;
  // What the target did is done, whatever we thought of its silence. Not after a resubmission: the
  // work order's run would be a later one by then, or is about to be.
  return answer.outcome == Outcome::kOk && answer.run == order.run &&
         work_order.state != WorkOrderState::kCompleted;
}

std::uint32_t AttemptsOf(const records::Cartridge& cartridge) {
  return std::max<std::uint32_t>(1, cartridge.attempts());
}

}  // namespace

std::optional<OrderEvent> DecideAnswer(const Order& order, Answer answer, Nanos now) {
  if (answer.work_order >= order.work_orders.size()) return std::nullopt;
  const WorkOrder& work_order = order.work_orders[answer.work_order];
  if (work_order.sends == 0) return std::nullopt;
  const Attempt* attempt = FindAttempt(order, answer);
  if (attempt == nullptr) return std::nullopt;

  // What has ended changes no more: it is on its way to the archive.
  if (IsFinal(order.state)) return std::nullopt;
  if (answer.outcome == Outcome::kDelayed) {
    answer.outcome = Outcome::kTechnical;
    answer.detail = "the cartridge delays its answer, which is not supported";
  }
  // A target that has said no cannot say yes to the same question afterwards.
  const bool said_no = attempt->answered && attempt->outcome == Outcome::kFunctional;
  if (said_no || !Counts(order, answer)) {
    if (attempt->answered || order.ignored_answers >= kIgnoredAnswersRecordedMax)
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
  if (answer.outcome == Outcome::kOk) event.set_output(std::move(answer.output));
  event.set_detail(std::move(answer.detail));
  const records::Cartridge& cartridge = order.cartridge(answer.work_order);
  if (answer.outcome == Outcome::kTechnical && work_order.attempt < AttemptsOf(cartridge)) {
    // At least one nanosecond, since 0 says that there is no retry.
    event.set_retry_at(now + std::max<Nanos>(1, cartridge.retry_delay_ns()));
  }
  return event;
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
