#include "base/json.h"
#include "engine/orders/decide.h"

#include <fmt/format.h>

#include <utility>

namespace cairn {

bool MustVerify(const Order& order, std::uint32_t work_order, bool may_have_been_made) {
  return !order.cartridge(work_order).verify().empty() &&
         (may_have_been_made || order.work_orders[work_order].doubtful_run > 0);
}

std::optional<Verification> DecideVerification(const Order& order, Answer answer) {
  if (answer.work_order >= order.work_orders.size()) return std::nullopt;
  const WorkOrder& work_order = order.work_orders[answer.work_order];
  const bool under_way = work_order.state == WorkOrderState::kSent &&
                         work_order.run == answer.run && work_order.attempt == answer.attempt;
  if (!under_way || IsFinal(order.state)) return std::nullopt;
  if (answer.outcome == Outcome::kDelayed) {
    answer.outcome = Outcome::kTechnical;
    answer.detail = "it answers later";
  }
  answer.detail = MakeCleanUtf8(std::move(answer.detail));

  records::WorkOrderVerified event;
  event.set_work_order(answer.work_order);
  event.set_run(answer.run);
  event.set_attempt(answer.attempt);
  event.set_outcome(static_cast<std::uint32_t>(answer.outcome));
  event.set_detail(answer.detail);
  Verification verification{.event = std::move(event), .answer = std::nullopt};
  if (answer.outcome == Outcome::kFunctional) {
    // What an abort finds undone stays undone.
    if (!order.abort_requested) return verification;
    answer.detail = "not carried out, and the order is aborted";
  } else if (answer.outcome == Outcome::kTechnical) {
    answer.detail = fmt::format("not known whether it was carried out: {}", answer.detail);
  }
  if (answer.outcome != Outcome::kOk) {
    answer.outcome = Outcome::kTechnical;
    answer.output.clear();
  }
  verification.answer = std::move(answer);
  return verification;
}

}  // namespace cairn
