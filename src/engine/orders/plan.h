// MakePlan: from a submitted order and a catalog to what will be done. The phases, each in files of
// its own: products, their substitution, actions and parameters (plan_products.h); the catalog's
// rules (plan_rules.h); what the inventory knows (plan_services.h); what waits for what
// (plan_graph.h); technical product orders (plan_decomposition.h); and here, what is checked first
// and how the plan is written down.
//
// Pure; any thread. Takes time in proportion to the order.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "engine/orders/catalog.h"
#include "engine/orders/stored_service.h"
#include "model/order_request.h"
#include "model/records.pb.h"

#include <memory>
#include <vector>

namespace cairn {

class ScriptEngine;

struct Plan {
  // The first kOrderPartProductOrders product orders are within it; part_ids is still empty.
  std::shared_ptr<records::OrderAccepted> accepted;
  std::vector<std::shared_ptr<records::OrderPart>> further_parts;
  // What the plan rests on: it may be accepted while these are as they were seen.
  std::vector<SeenService> services_seen;
};

// What planning may use beside the order and the catalog. All of it outlives the call.
struct PlanContext {
  Nanos now = 0;                            // when the order was submitted
  ScriptEngine* scripts = nullptr;          // for the conditions and expressions of the catalog
  const ServiceSource* services = nullptr;  // null: the inventory is empty
};

// Past this many, the rest of the errors of one request is left out.
inline constexpr std::size_t kPlanErrorsMax = 100;

// All errors of the request that can be told at once: those of the order as a whole, then of its
// products, then of ids and dependencies. What an unknown product would decompose into is not
// known, so a mended order may still show a further cycle. Rules: "unknown-product",
// "ambiguous-product", "unknown-action", "missing-parameter", "parameter-type",
// "parameter-pattern", "parameter-value", "parameter-range", "unknown-product-order",
// "dependency-cycle", "substitution-cycle", "endless-rules", "script-failed", "duplicate-id",
// "unknown-value", "not-with-dependency-tree", "too-large", "too-many-...". An error of the kind
// kRuleViolated has the name of the catalog's rule there, or "service-must-exist". REQUIRES: a
// catalog with scripts comes with something that evaluates them.
tl::expected<Plan, std::vector<FieldError>> MakePlan(const OrderRequest& request,
                                                     const Catalog& catalog,
                                                     const PlanContext& context = {});

inline constexpr std::string_view kExecutionPolicy = "pop::EXECUTION_POLICY";
inline constexpr std::string_view kPopCheckpoint = "pop::POP_CHECKPOINT";

}  // namespace cairn
