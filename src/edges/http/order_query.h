// The query parameters of the endpoints that read orders. A parameter that is not known or stands
// twice is refused, so that a misspelt filter never yields the unfiltered list.
//
// Pure functions; any thread.
#pragma once

#include "edges/http/exchange.h"
#include "edges/http/problem.h"
#include "model/order_view.h"
#include "runtime/inventory_service.h"
#include "runtime/service.h"
#include "runtime/task_service.h"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cairn::http {

// In place of a value: the answer that refuses the request.
template <typename T>
using OrRefusal = tl::expected<T, HttpResponse>;

// state, customer, externalId, product, submittedFrom, submittedTo, limit, cursor.
[[nodiscard]] OrRefusal<OrderQuery> ParseListQuery(const Target& target);

// limit and cursor of GET /v1/orders/{id}/history.
struct HistoryQuery {
  std::size_t first = 0;  // index of the first item
  std::size_t limit = kListLimitDefault;
};
[[nodiscard]] OrRefusal<HistoryQuery> ParseHistoryQuery(const Target& target);

// cartridge, limit and cursor of GET /v1/tasks.
[[nodiscard]] OrRefusal<TaskQuery> ParseTaskQuery(const Target& target);

// customer, product, service, limit and cursor of GET /v1/inventory.
[[nodiscard]] OrRefusal<InventoryQuery> ParseInventoryQuery(const Target& target);

// For endpoints that take no parameters; nothing: there are none.
[[nodiscard]] std::optional<HttpResponse> RefuseParameters(const Target& target, ErrorStyle style);

// wait and version of GET /v1/orders/{id}: with a version the wait is for a higher one, without
// for the order to settle. Nothing: no wait.
[[nodiscard]] OrRefusal<std::optional<AwaitOptions>> ParsePollQuery(const Target& target);

// The {id} of the path; 404 when it is not the id of an order.
[[nodiscard]] OrRefusal<OrderId> ParseOrderPathId(const Exchange& exchange, ErrorStyle style);

}  // namespace cairn::http
