// A plan, or an order as it is, as a Mermaid flowchart: slice by slice the product orders with
// their technical orders and what each has targets do, and what waits for what.
//
// A pure function; any thread.
#pragma once

#include "base/json.h"

#include <string>

namespace cairn::cli {

// `order` is the answer to POST /v1/orders:plan or GET /v1/orders/{id}; with the states of the
// latter comes their colour. Lines without a newline at the end.
std::string DrawPlan(const Json& order);

}  // namespace cairn::cli
