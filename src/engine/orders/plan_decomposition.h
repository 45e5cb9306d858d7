// The decomposition part of planning: which technical product orders each product order needs.
#pragma once

#include "engine/orders/plan_draft.h"

namespace cairn {

// Fills technical_orders of the draft. False when there is no going on.
bool Decompose(PlanDraft& draft);

}  // namespace cairn
