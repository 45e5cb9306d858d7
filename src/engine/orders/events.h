// The events of an order, as one type, with their stored form.
//
// A plain value; any thread.
#pragma once

#include "base/result.h"
#include "model/record.h"
#include "model/records.pb.h"

#include <memory>
#include <string>
#include <variant>

namespace cairn {

// Everything that can happen to an order after it was accepted. A new kind is a new alternative
// here, and the compiler then names each place that must learn it.
using OrderEvent =
    std::variant<records::SliceStarted, records::WorkOrdersSent, records::WorkOrderAnswered,
                 records::WorkOrderAnswerIgnored, records::OrderLeftPop, records::OrderResubmitted,
                 records::OrderGivenUp, records::WorkOrderDelayed, records::OrderCancelRequested,
                 records::OrderCancelled, records::OrderPatched, records::WorkOrderVerified,
                 records::StepEvaluated>;

EventType TypeOf(const OrderEvent& event);

// Appends the record of `event` to `out`. `version` is the order's after the event.
void AppendOrderEvent(std::string& out, std::uint64_t order_id, std::uint64_t version,
                      std::string_view actor, const OrderEvent& event);

// kCorrupt when the payload is none; kIncompatible when the type or its version is not known here.
[[nodiscard]] Result<OrderEvent> ParseOrderEvent(const RecordView& record);

}  // namespace cairn
