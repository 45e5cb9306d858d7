// The rule part of planning: what having one product order in an order means for others.
//
//   1  what prepend and append rules want and the order lacks is added, with the rules of its own,
//      until nothing is missing;
//   2  what exclusion rules drop is taken out; then 1 once more from the beginning, because what
//      was dropped has no rules;
//   3  of what is left, every rule that is broken is told;
//   4  prepend and append rules say what waits for what.
//
// Rules concern product orders with the action of the one whose product uses them, and noChange has
// no rules. Substitution comes before all of this (plan_products.h).
#pragma once

#include "engine/orders/plan_draft.h"

namespace cairn {

// Drops and additions may ask for each other so often.
inline constexpr int kRulePassesMax = 16;
// Names that the rules of one order may make planning look up.
inline constexpr std::size_t kRuleStepsMax = 4'000'000;

// After it, the draft has no product order that was dropped. False when there is no going on.
bool ApplyRules(PlanDraft& draft);

}  // namespace cairn
