// What scripts may see when an order is planned, and what they come to. They run on the planning
// thread; an order that needs many has a limit (plan_conditions.cc).
#pragma once

#include "engine/orders/plan_draft.h"
#include "model/fields.h"

#include <optional>
#include <string>

namespace cairn {

// So many scripts may run to plan one order.
inline constexpr std::size_t kPlanScriptsMax = 200'000;

// Whether a condition holds for a product order whose parameters are taken to be `parameters`. A
// script that fails is an error of the order, and does not hold. An empty source holds.
bool ConditionHolds(PlanDraft& draft, const DraftProductOrder& product_order,
                    const records::Script& condition, const Fields& parameters);

// The JSON value of an expression; nothing when it failed, which is an error of the order.
std::optional<std::string> ExpressionValue(PlanDraft& draft, const DraftProductOrder& product_order,
                                           const records::Script& expression);

}  // namespace cairn
