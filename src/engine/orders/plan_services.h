// The inventory part of planning: which service of it a product order is about, what the inventory
// knows of that service, and what need not be done because it is there already, or is not.
//
// Where several product orders of one order are about the same service, each may change what the
// next one finds; then nothing is left out, and what one of them adds counts as there.
#pragma once

#include "engine/orders/plan_draft.h"
#include "model/fields.h"

namespace cairn {

// Notes which service the product order is about, with what the inventory has of it, and adds to
// `given` what is not given of its parameters. Nothing happens when the product leaves no service,
// or `given` does not name one. REQUIRES: its product is known, and it is no noChange.
void ResolveService(PlanDraft& draft, DraftProductOrder& product_order, Fields& given);

// True for what is to be deleted and is not there: most likely it is left out, and what else would
// be mandatory cannot be known from the inventory.
bool NeedsNoParameters(const PlanDraft& draft, const DraftProductOrder& product_order);

// The delta: what is there already, with the same parameters, is not added again, and what is not
// there is not deleted. The rules of what is left out ask for nothing. False when there is no going
// on.
bool DropByDelta(PlanDraft& draft);

// The same for what rules have added, and what must be there is. False when there is no going on.
bool CheckServices(PlanDraft& draft);

}  // namespace cairn
