// The body of `POST /serviceOrder` of TMF641 v4.1, from JSON text to an OrderRequest: liberal in
// what it takes, since published samples and clients differ from the specification in small ways.
//
// Pure functions; any thread.
#pragma once

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
// All errors at once, each with the JSON pointer of its field, at most kFieldErrorsMax.
[[nodiscard]] tl::expected<OrderRequest, std::vector<FieldError>> ParseTmf641Order(
    std::string_view body);

}  // namespace cairn::http
