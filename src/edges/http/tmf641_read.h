// The body of `POST /serviceOrder` of TMF641 v4.1, from JSON text to an OrderRequest: liberal in
// what it takes, since published samples and clients differ from the specification in small ways
// (tmf641_conform.h has them), and strict in what it keeps.
//
// Pure functions; any thread.
#pragma once

#include "base/json.h"
#include "model/order_request.h"

#include <tl/expected.hpp>

#include <string_view>
#include <vector>

namespace cairn::http {

// Each item, also one nested in another, becomes a product order under the item's id: its service
// characteristics, and the service's id, state and type as `serviceId`, `serviceState` and
// `serviceType`, are the parameters; what selects the product goes into `service`. A relationship
// of type `dependency` becomes depends_on. `tmf_document` keeps what was sent, without what only
// the server may say (id, state, dates of its own), so that the order can be shown as it came.
//
// All that is wrong with its types at once, else with its meaning, each with the JSON pointer of
// its field, at most kFieldErrorsMax.
[[nodiscard]] tl::expected<OrderRequest, std::vector<FieldError>> ParseTmf641Order(
    std::string_view body);

// The same of an order that conforms to its type and has only what clients may set.
[[nodiscard]] tl::expected<OrderRequest, std::vector<FieldError>> ReadTmf641Order(
    const Json& order);

}  // namespace cairn::http
