// Apply: the only code that changes an order. Recovery calls it with the events of the journal,
// and so arrives at the state that was left.
//
// It decides nothing and evaluates nothing: an event that Decide made is always possible in the
// state that it was made in, and everything it needs is in the event, the plan or the state.
#pragma once

#include "engine/orders/events.h"
#include "engine/orders/order.h"

namespace cairn {

// `time` is that of the batch. Counts the version up by one.
void Apply(Order& order, const OrderEvent& event, Nanos time);

// Applies a record of the journal, and adds it to the trail. `raw` is the record with its envelope.
[[nodiscard]] Status ApplyRecord(Order& order, const RecordView& record, std::string_view raw,
                                 Nanos time);

}  // namespace cairn
