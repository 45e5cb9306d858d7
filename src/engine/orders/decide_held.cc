// The commands of an operator on an order that is Held.
#include "engine/orders/decide.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {
namespace {

Status RequireHeld(const Order& order, std::string_view verb) {
  if (order.state == OrderState::kHeld) return {};
  return Fail(ErrorCode::kConflict, fmt::format("order {} is {}: only a Held order can be {}",
                                                FormatId(order.id), Name(order.state), verb));
}

// The first slice with something that failed; without one, the first with something left to do.
std::uint32_t FirstSliceToReplay(const Order& order) {
  std::uint32_t failed = UINT32_MAX;
  std::uint32_t pending = UINT32_MAX;
  for (const TechnicalOrder& technical : order.technical_orders) {
    const std::uint32_t slice = technical.plan->slice();
    switch (technical.state) {
      case ProductOrderState::kPartial:
      case ProductOrderState::kFailed: failed = std::min(failed, slice); break;
      case ProductOrderState::kPending: pending = std::min(pending, slice); break;
      case ProductOrderState::kRunning:
      case ProductOrderState::kWaiting:
      case ProductOrderState::kCompleted:
      case ProductOrderState::kNotExecuted:
      case ProductOrderState::kCancelled:
      case ProductOrderState::kRolledBack: break;
    }
  }
  if (failed != UINT32_MAX) return failed;
  if (pending != UINT32_MAX) return pending;
  return order.slice_count() == 0 ? 0 : order.slice_count() - 1;
}

}  // namespace

Status RequireVersion(const Order& order, std::uint64_t expected) {
  if (expected == 0 || expected == order.version) return {};
  return Fail(ErrorCode::kConflict, fmt::format("order {} has version {} by now, not {}",
                                                FormatId(order.id), order.version, expected));
}

Result<OrderEvent> DecideResubmit(const Order& order, std::string description) {
  RETURN_IF_ERROR(RequireHeld(order, "resubmitted"));
  if (order.run >= kRunsMax) {
    return Fail(ErrorCode::kConflict,
                fmt::format("order {} has been run {} times: no order is run more often",
                            FormatId(order.id), order.run));
  }
  if (order.attempts.size() >= kOrderAttemptsMax) {
    return Fail(ErrorCode::kConflict,
                fmt::format("order {} has sent work orders {} times: no order sends more than {} "
                            "times",
                            FormatId(order.id), order.attempts.size(), kOrderAttemptsMax));
  }
  records::OrderResubmitted event;
  event.set_run(order.run + 1);
  event.set_first_slice(FirstSliceToReplay(order));
  event.set_description(std::move(description));
  return OrderEvent(std::move(event));
}

Result<OrderEvent> DecideGiveUp(const Order& order, std::string description) {
  RETURN_IF_ERROR(RequireHeld(order, "given up"));
  records::OrderGivenUp event;
  event.set_description(std::move(description));
  return OrderEvent(std::move(event));
}

}  // namespace cairn
