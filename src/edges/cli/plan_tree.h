// A plan as lines: slice by slice the product orders with the technical orders that run in that
// slice, their work orders, and what waits for what.
//
// A pure function; any thread.
#pragma once

#include "base/json.h"

#include <cstddef>
#include <string>
#include <vector>

namespace cairn::cli {

// `plan` is the answer to POST /v1/orders:plan. No line is wider than `columns_max` (0: no limit).
std::vector<std::string> RenderPlan(const Json& plan, std::size_t columns_max, bool color);

}  // namespace cairn::cli
