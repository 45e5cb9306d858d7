// The product part of planning: which product a product order means, whether a rule replaces it,
// its action and its parameters.
#pragma once

#include "engine/orders/plan_draft.h"

#include <cstdint>

namespace cairn {

// So many substitutions may follow each other.
inline constexpr std::size_t kSubstitutionsMax = 16;

// Makes a draft of each product order of the request. False when there is no going on.
bool ResolveProductOrders(PlanDraft& draft);

// Adds a product order that `rule` wants for the one with the index `added_for`, which outlives no
// call of this. Its parameters are looked up: in that one, in the one that that one was added for,
// and so on, then in the order's dataset.
void AddProductOrder(PlanDraft& draft, std::uint32_t product, std::uint32_t added_for,
                     const records::Rule& rule);

// Checks its parameters, fills in what is not given, and collects its rules. REQUIRES: it has an
// action.
void CompleteProductOrder(PlanDraft& draft, DraftProductOrder& product_order);

// What the ids of `dependsOn` mean. False when there is no going on.
bool ResolveDependsOn(PlanDraft& draft);

}  // namespace cairn
