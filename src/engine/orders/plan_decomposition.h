// The decomposition part of planning: which technical product orders each product order needs, and
// what each of them begins with.
#pragma once

#include "engine/orders/plan_draft.h"

namespace cairn {

// Fills technical_orders of the draft. False when there is no going on.
bool Decompose(PlanDraft& draft);

}  // namespace cairn
