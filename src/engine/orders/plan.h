// MakePlan: from a submitted order and a catalog to what will be done: product orders decomposed
// into technical product orders, what waits for what, and the slices that follow from it.
//
// Pure; any thread. Takes time in proportion to the order.
#pragma once

#include "base/result.h"
#include "engine/orders/catalog.h"
#include "model/order_request.h"
#include "model/records.pb.h"

#include <memory>
#include <vector>

namespace cairn {

struct Plan {
  // The first kOrderPartProductOrders product orders are within it; part_ids is still empty.
  std::shared_ptr<records::OrderAccepted> accepted;
  std::vector<std::shared_ptr<records::OrderPart>> further_parts;
};

// Past this many, the rest of the errors of one request is left out.
inline constexpr std::size_t kPlanErrorsMax = 100;

// All errors of the request that can be told at once: those of the order as a whole, then of its
// products, then of ids and dependencies. What an unknown product would decompose into is not
// known, so a mended order may still show a further cycle. Rules: "unknown-product",
// "ambiguous-product", "unknown-action", "missing-parameter", "parameter-type",
// "parameter-pattern", "unknown-product-order", "dependency-cycle", "duplicate-id",
// "unknown-value", "not-with-dependency-tree", "too-large", "too-many-...".
tl::expected<Plan, std::vector<FieldError>> MakePlan(const OrderRequest& request,
                                                     const Catalog& catalog);

inline constexpr std::string_view kExecutionPolicy = "pop::EXECUTION_POLICY";
inline constexpr std::string_view kPopCheckpoint = "pop::POP_CHECKPOINT";

}  // namespace cairn
