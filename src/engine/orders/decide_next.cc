#include "engine/orders/decide.h"
#include "engine/orders/evaluation.h"
#include "model/limits.h"

#include <algorithm>

namespace cairn {
namespace {

records::WorkOrdersSent SendReady(const Order& order) {
  records::WorkOrdersSent event;
  event.set_slice(order.slice);
  const std::size_t count = std::min(order.ready.size() - order.ready_head, kSendsPerCommand);
  event.mutable_work_orders()->Reserve(static_cast<int>(count));
  for (std::size_t i = 0; i < count; ++i) event.add_work_orders(order.ready[order.ready_head + i]);
  return event;
}

bool AllOfSliceCompleted(const Order& order) {
  const auto begin = order.slices.members.begin();
  return std::all_of(begin + order.slices.starts[order.slice],
                     begin + order.slices.starts[order.slice + 1], [&](std::uint32_t t) {
                       return order.technical_orders[t].state == ProductOrderState::kCompleted;
                     });
}

records::OrderLeftPop Leave(const Order& order) {
  bool partial = false;
  bool incomplete = false;
  for (const ProductOrder& product_order : order.product_orders) {
    partial = partial || product_order.state == ProductOrderState::kPartial;
    incomplete = incomplete || product_order.state != ProductOrderState::kCompleted;
  }
  const bool functional_error = std::any_of(
      order.work_orders.begin(), order.work_orders.end(), [&](const WorkOrder& work_order) {
        const ProductOrderState state = order.technical_orders[work_order.technical_order].state;
        return state == ProductOrderState::kFailed ||
               (work_order.state == WorkOrderState::kFunctionalError &&
                state != ProductOrderState::kCompleted);
      });
  const bool refuse_retry = order.accepted->functional_to_fail_port() && functional_error;
  Port port = Port::kNormal;
  OrderState state = OrderState::kCompleted;
  if (partial && !refuse_retry) {
    port = Port::kRetry;
    state = OrderState::kHeld;
  } else if (incomplete) {
    port = Port::kFail;
    state = OrderState::kFailed;
  }
  records::OrderLeftPop event;
  event.set_port(static_cast<std::uint32_t>(port));
  event.set_state(static_cast<std::uint32_t>(state));
  return event;
}

records::SliceStarted StartSlice(std::uint32_t slice) {
  records::SliceStarted event;
  event.set_slice(slice);
  return event;
}

bool CouldStart(const TechnicalOrder& technical) {
  return technical.state == ProductOrderState::kPending && technical.open_predecessors == 0;
}

// The next slice in which anything is left to do. The others are passed over without an event:
// there may be as many as there are technical orders.
std::optional<std::uint32_t> NextSlice(const Order& order) {
  const bool stop_all = order.accepted->stop_all();
  for (std::uint32_t slice = order.slice + 1; slice < order.slice_count(); ++slice) {
    for (std::uint32_t i = order.slices.starts[slice]; i < order.slices.starts[slice + 1]; ++i) {
      const TechnicalOrder& technical = order.technical_orders[order.slices.members[i]];
      const bool completed = technical.state == ProductOrderState::kCompleted;
      if (stop_all ? !completed : CouldStart(technical)) return slice;
    }
  }
  return std::nullopt;
}

// The first slice with a technical order that could start and has not: a late success freed it when
// its slice had gone by, or while trouble held everything back.
std::optional<std::uint32_t> SliceToTakeUp(const Order& order) {
  std::optional<std::uint32_t> slice;
  for (const TechnicalOrder& technical : order.technical_orders) {
    if (!CouldStart(technical)) continue;
    slice = std::min(slice.value_or(UINT32_MAX), technical.plan->slice());
  }
  return slice;
}

// Whatever the slice came to: nothing follows it, and what was done stays done.
records::OrderLeftPop LeaveCancelled() {
  records::OrderLeftPop event;
  event.set_port(static_cast<std::uint32_t>(Port::kFail));
  event.set_state(static_cast<std::uint32_t>(OrderState::kCancelled));
  return event;
}

OrderEvent TakeUpOrLeave(const Order& order) {
  if (order.accepted->stop_all() && order.troubled > 0) return Leave(order);
  if (const auto slice = SliceToTakeUp(order)) return StartSlice(*slice);
  return Leave(order);
}

}  // namespace

std::optional<OrderEvent> DecideNext(const Order& order, Nanos now) {
  if (order.state == OrderState::kNew) {
    if (order.requested_start() > now) return std::nullopt;
    return StartSlice(0);
  }
  if (!order.in_pop) return std::nullopt;
  if (order.plain_head < order.plain.size()) return EvaluatePlain(order);
  if (order.ready_head < order.ready.size()) return SendReady(order);
  if (order.active > 0) return std::nullopt;
  if (order.cancel_requested) return LeaveCancelled();

  // Nothing is under way and nothing is ready: the slice is over, or all of a dependency tree is.
  if (order.slice_count() == 0 || order.accepted->dependency_tree()) return TakeUpOrLeave(order);
  if (order.accepted->stop_all() && !AllOfSliceCompleted(order)) return Leave(order);
  if (const auto slice = NextSlice(order)) return StartSlice(*slice);
  return TakeUpOrLeave(order);
}

}  // namespace cairn
