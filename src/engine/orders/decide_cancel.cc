// What people ask of an order that is under way: to cancel or abort it, or to change what it says
// of itself.
#include "base/json.h"
#include "engine/orders/decide.h"
#include "model/limits.h"

#include <fmt/format.h>

namespace cairn {
namespace {

Error Ended(const Order& order, std::string_view verb) {
  return {ErrorCode::kConflict, fmt::format("order {} is {}: it can not be {} any more",
                                            FormatId(order.id), Name(order.state), verb)};
}

// The work order that was sent and that nothing leads back from.
std::optional<std::uint32_t> PointOfNoReturn(const Order& order) {
  for (std::uint32_t w = 0; w < order.work_orders.size(); ++w) {
    const WorkOrder& work_order = order.work_orders[w];
    if (work_order.sends > 0 && work_order.state != WorkOrderState::kRolledBack &&
        order.step(w).point_of_no_return()) {
      return w;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<OrderEvent>> DecideCancel(const Order& order, CancelVerb verb,
                                               std::string description) {
  const bool abort = verb == CancelVerb::kAbort;
  if (IsFinal(order.state)) return Fail(Ended(order, abort ? "aborted" : "cancelled"));
  if (order.abort_requested || (order.cancel_requested && !abort)) return std::nullopt;
  if (const auto w = PointOfNoReturn(order)) {
    const TechnicalOrder& technical = order.technical_orders[order.work_orders[*w].technical_order];
    return Fail(ErrorCode::kConflict,
                fmt::format("order {} has passed a point of no return: the step {} of the product "
                            "order {} was sent",
                            FormatId(order.id), order.step(*w).name(),
                            order.product_orders[technical.plan->product_order()].plan->id()));
  }
  description = MakeCleanUtf8(std::move(description));
  if (!order.in_pop) {
    records::OrderCancelled event;
    event.set_description(std::move(description));
    return OrderEvent(std::move(event));
  }
  records::OrderCancelRequested event;
  event.set_abort(abort);
  event.set_description(std::move(description));
  return OrderEvent(std::move(event));
}

Result<OrderEvent> DecidePatch(const Order& order, PatchOfOrder patch) {
  if (patch.expected_version != 0 && patch.expected_version != order.version) {
    return Fail(ErrorCode::kConflict,
                fmt::format("order {} has version {}, not {}", FormatId(order.id), order.version,
                            patch.expected_version));
  }
  if (order.patches >= kPatchesMax) {
    return Fail(ErrorCode::kTooLarge, fmt::format("order {} was changed {} times, the limit",
                                                  FormatId(order.id), order.patches));
  }
  if (patch.requested_start && *patch.requested_start != order.requested_start() &&
      order.state != OrderState::kNew) {
    return Fail(ErrorCode::kConflict,
                fmt::format("order {} has begun: its start can not be changed any more",
                            FormatId(order.id)));
  }
  records::OrderPatched event;
  event.set_tmf_document(patch.tmf_document ? *std::move(patch.tmf_document)
                                            : order.tmf_document());
  event.set_external_id(
      MakeCleanUtf8(patch.external_id ? *std::move(patch.external_id) : order.external_id()));
  event.set_priority(patch.priority.value_or(order.priority()));
  event.set_has_priority(patch.priority.has_value() || order.has_priority());
  event.set_requested_start(patch.requested_start.value_or(order.requested_start()));
  event.set_description(MakeCleanUtf8(std::move(patch.description)));
  return OrderEvent(std::move(event));
}

}  // namespace cairn
