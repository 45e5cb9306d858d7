// Orders as the native API shows them: JSON text with the names that the API fixes.
//
// Pure functions; any thread. The time is in proportion to the order's size.
#pragma once

#include "model/order_view.h"
#include "runtime/service.h"

#include <string>
#include <vector>

namespace cairn::http {

// {"id","state","submittedAt"} and, with a value, "externalId".
std::string RenderSubmitReply(const SubmitReply& reply, const std::string& external_id);
// {"id","state"}
std::string RenderMinimal(OrderId id, OrderState state);

// Who has the callback token of a work order may answer it.
enum class CallbackTokens { kHidden, kShown };
std::string RenderOrder(const OrderView& view, CallbackTokens tokens);
// {"items":[...],"next":"..."}; no "next" on the last page.
std::string RenderOrderList(const OrderList& list);
// {"items":[{"at","event","actor","detail"}],"next":"..."}; `next` empty: the last page.
std::string RenderHistory(const std::vector<HistoryItem>& items, const std::string& next);
std::string RenderPlan(const PlanView& plan);

}  // namespace cairn::http
