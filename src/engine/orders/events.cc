#include "engine/orders/events.h"

#include "base/check.h"

#include <fmt/format.h>

namespace cairn {
namespace {

constexpr EventType Type(const records::SliceStarted&) { return EventType::kSliceStarted; }
constexpr EventType Type(const records::WorkOrdersSent&) { return EventType::kWorkOrdersSent; }
constexpr EventType Type(const records::WorkOrderAnswered&) {
  return EventType::kWorkOrderAnswered;
}
constexpr EventType Type(const records::WorkOrderAnswerIgnored&) {
  return EventType::kWorkOrderAnswerIgnored;
}
constexpr EventType Type(const records::OrderLeftPop&) { return EventType::kOrderLeftPop; }
constexpr EventType Type(const records::OrderResubmitted&) { return EventType::kOrderResubmitted; }
constexpr EventType Type(const records::OrderGivenUp&) { return EventType::kOrderGivenUp; }
constexpr EventType Type(const records::WorkOrderDelayed&) { return EventType::kWorkOrderDelayed; }
constexpr EventType Type(const records::OrderCancelRequested&) {
  return EventType::kOrderCancelRequested;
}
constexpr EventType Type(const records::OrderCancelled&) { return EventType::kOrderCancelled; }
constexpr EventType Type(const records::StepEvaluated&) { return EventType::kStepEvaluated; }
constexpr EventType Type(const records::OrderPatched&) { return EventType::kOrderPatched; }
constexpr EventType Type(const records::WorkOrderVerified&) {
  return EventType::kWorkOrderVerified;
}

template <typename Message>
Result<OrderEvent> Parse(const RecordView& record) {
  Message message;
  if (!message.ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return Fail(ErrorCode::kCorrupt, fmt::format("the payload of a {} record of order {}",
                                                 EventName(record.event), record.entity.id));
  }
  return OrderEvent(std::move(message));
}

}  // namespace

EventType TypeOf(const OrderEvent& event) {
  return std::visit([](const auto& message) { return Type(message); }, event);
}

void AppendOrderEvent(std::string& out, std::uint64_t order_id, std::uint64_t version,
                      std::string_view actor, const OrderEvent& event) {
  std::visit(
      [&](const auto& message) {
        const RecordView record{.type = RecordType::kEvent,
                                .entity = {EntityKind::kOrder, order_id},
                                .version = version,
                                .event = Type(message),
                                .event_version = 1,
                                .actor = actor,
                                .payload = {}};
        const std::size_t size = message.ByteSizeLong();
        AppendRecordEnvelope(out, record, size);
        const std::size_t at = out.size();
        out.resize(at + size);
        message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + at));
      },
      event);
}

Result<OrderEvent> ParseOrderEvent(const RecordView& record) {
  if (record.event_version != 1) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("event {} of version {}", static_cast<unsigned>(record.event),
                            record.event_version));
  }
  switch (record.event) {
    case EventType::kSliceStarted: return Parse<records::SliceStarted>(record);
    case EventType::kWorkOrdersSent: return Parse<records::WorkOrdersSent>(record);
    case EventType::kWorkOrderAnswered: return Parse<records::WorkOrderAnswered>(record);
    case EventType::kWorkOrderAnswerIgnored: return Parse<records::WorkOrderAnswerIgnored>(record);
    case EventType::kOrderLeftPop: return Parse<records::OrderLeftPop>(record);
    case EventType::kOrderResubmitted: return Parse<records::OrderResubmitted>(record);
    case EventType::kOrderGivenUp: return Parse<records::OrderGivenUp>(record);
    case EventType::kWorkOrderDelayed: return Parse<records::WorkOrderDelayed>(record);
    case EventType::kOrderCancelRequested: return Parse<records::OrderCancelRequested>(record);
    case EventType::kOrderCancelled: return Parse<records::OrderCancelled>(record);
    case EventType::kStepEvaluated: return Parse<records::StepEvaluated>(record);
    case EventType::kOrderPatched: return Parse<records::OrderPatched>(record);
    case EventType::kWorkOrderVerified: return Parse<records::WorkOrderVerified>(record);
    case EventType::kNone:
    case EventType::kPartitionStarted:
    case EventType::kIdsReserved:
    case EventType::kCatalogStored:
    case EventType::kPartitionSnapshot:
    case EventType::kSubmissionKeysKept:
    case EventType::kOrderTrailKept:
    case EventType::kOrderAccepted:
    case EventType::kOrderPartStaged:
    case EventType::kServiceKept:
    case EventType::kTargetMaintenanceStarted:
    case EventType::kTargetMaintenanceStopped:
    case EventType::kTargetKept:
    case EventType::kListenerAdded:
    case EventType::kListenerDelivered: break;
  }
  return Fail(ErrorCode::kIncompatible, fmt::format("event type {} is not one of an order",
                                                    static_cast<unsigned>(record.event)));
}

}  // namespace cairn
