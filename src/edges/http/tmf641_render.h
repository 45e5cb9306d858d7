// Orders as TMF641 v4.1 shows them, and how its states stand to ours.
//
// Pure functions; any thread. The time is in proportion to the order's size.
#pragma once

#include "base/json.h"
#include "edges/http/tmf641_fields.h"
#include "model/order_view.h"
#include "runtime/service.h"

#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

inline constexpr std::string_view kTmf641Base = "/tmf-api/serviceOrdering/v4/serviceOrder";

// The order's state; a Failed order is `partial` when at least one of its items completed.
std::string_view TmfOrderState(const OrderView& view);
// The item's state, which also depends on whether its order may still go on.
std::string_view TmfItemState(const ProductOrderView& item, OrderState order_state);

// What TmfOrderState may say of an order of which only the native state is known; never empty.
std::vector<std::string_view> PossibleTmfStates(OrderState state);

// What an order says of itself: what was posted, or what is made from the product orders of one
// that came by the native API.
Json Tmf641Document(const OrderView& view);
// The whole ServiceOrder; it conforms to its type.
Json Tmf641OrderJson(const OrderView& view);
// The same as text, with the fields that were asked for.
std::string RenderTmf641Order(const OrderView& view, const TmfFieldNames& fields);

// The answer to a creation, from what was posted: nothing has begun yet.
std::string RenderTmf641Accepted(const std::string& tmf_document, const SubmitReply& reply);

}  // namespace cairn::http
