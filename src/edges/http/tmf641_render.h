// Orders as TMF641 v4.1 shows them, and how its states stand to ours.
//
// Pure functions; any thread. The time is in proportion to the order's size.
#pragma once

#include "model/order_view.h"
#include "runtime/service.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

inline constexpr std::string_view kTmf641Base = "/tmf-api/serviceOrdering/v4/serviceOrder";

// The attributes of the first level that a client asked for; id and href are always given.
// Nothing: all of them.
using TmfFieldNames = std::optional<std::vector<std::string>>;

// The order's state; a Failed order is `partial` when at least one of its items completed.
std::string_view TmfOrderState(const OrderView& view);
// The item's state, which also depends on whether its order may still go on.
std::string_view TmfItemState(const ProductOrderView& item, OrderState order_state);

// The native states that one TMF state may stand for; empty when there is no such word or we never
// say it. `partial` and `failed` both give Failed: the view decides.
std::vector<OrderState> NativeStates(std::string_view tmf_state);
bool IsTmfOrderState(std::string_view word);

// A ServiceOrder. An order that came by the native API has items made from its product orders.
std::string RenderTmf641Order(const OrderView& view, const TmfFieldNames& fields);

// The answer to a creation, from what was posted: nothing has begun yet.
std::string RenderTmf641Accepted(const std::string& tmf_document, const SubmitReply& reply);

}  // namespace cairn::http
