// CancelServiceOrder, the task resource of TMF641: a wish to cancel an order and what became of it.
//
// Nothing is stored for it: a task is one event of its order's history, so it lasts as long as the
// order and survives whatever the order does. The n-th wish of order so-X is the task cso-X-n. The
// date for which a client wants the cancellation is kept behind the reason, in the description of
// the event.
//
// Pure functions; any thread.
#pragma once

#include "base/json.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/order_request.h"
#include "runtime/service.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::http {

inline constexpr std::string_view kTmf641CancelBase =
    "/tmf-api/serviceOrdering/v4/cancelServiceOrder";

// How far a wanted date may lie ahead, since clocks differ: an order is cancelled at once or not.
inline constexpr Nanos kTmfCancelAheadMax = 5 * kMinute;

struct TmfCancelRequest {
  OrderId order;            // not valid(): it is no order's id
  std::string order_text;   // as it was sent
  std::string description;  // for the order's history
};
[[nodiscard]] tl::expected<TmfCancelRequest, std::vector<FieldError>> ReadTmf641Cancel(
    std::string_view body, Nanos now);

// What a description holds: the reason, and the date that was asked for, if any.
struct TmfCancelWish {
  std::string reason;
  std::string wanted;
};
TmfCancelWish WishOf(const std::string& description);

// The order and the number (from 1) that a task's id names; nothing: it is no task's id.
std::optional<std::pair<OrderId, std::size_t>> ParseTmf641CancelId(std::string_view id);
std::string FormatTmf641CancelId(OrderId order, std::size_t number);

// All tasks of an order, oldest first; each conforms to its type. `host` is what clients call the
// node by; empty: nobody knows, so the addresses, which must be whole, are left out.
std::vector<Json> Tmf641CancelTasks(const OrderSnapshot& order, std::string_view host);

}  // namespace cairn::http
