#include "model/record.h"

#include <fmt/format.h>

namespace cairn {
namespace {

constexpr std::uint8_t kBatchVersion = 1;

}  // namespace

std::string_view EventName(EventType type) {
  switch (type) {
    case EventType::kNone: return "";
    case EventType::kPartitionStarted: return "partition_started";
    case EventType::kIdsReserved: return "ids_reserved";
    case EventType::kCatalogStored: return "catalog_stored";
    case EventType::kPartitionSnapshot: return "partition_snapshot";
    case EventType::kSubmissionKeysKept: return "submission_keys_kept";
    case EventType::kOrderAccepted: return "order_accepted";
    case EventType::kOrderPartStaged: return "order_part_staged";
    case EventType::kWorkOrdersSent: return "work_orders_sent";
    case EventType::kWorkOrderAnswered: return "work_order_answered";
    case EventType::kWorkOrderAnswerIgnored: return "work_order_answer_ignored";
    case EventType::kOrderLeftPop: return "order_left_pop";
    case EventType::kOrderResubmitted: return "order_resubmitted";
    case EventType::kOrderGivenUp: return "order_given_up";
    case EventType::kSliceStarted: return "slice_started";
    case EventType::kWorkOrderDelayed: return "work_order_delayed";
    case EventType::kStepEvaluated: return "step_evaluated";
    case EventType::kOrderCancelRequested: return "order_cancel_requested";
    case EventType::kOrderCancelled: return "order_cancelled";
    case EventType::kOrderPatched: return "order_patched";
    case EventType::kWorkOrderVerified: return "work_order_verified";
    case EventType::kServiceKept: return "service_kept";
    case EventType::kTargetMaintenanceStarted: return "target_maintenance_started";
    case EventType::kTargetMaintenanceStopped: return "target_maintenance_stopped";
    case EventType::kTargetKept: return "target_kept";
    case EventType::kListenerAdded: return "listener_added";
    case EventType::kListenerDelivered: return "listener_delivered";
    case EventType::kOrderTrailKept: return "order_trail_kept";
  }
  return "";
}

void AppendBatchHeader(std::string& out, const BatchHeader& header) {
  AppendFixed(out, kBatchVersion);
  AppendVarint(out, header.partition);
  AppendVarint(out, header.epoch);
  AppendFixed(out, header.time);
}

std::size_t RecordEnvelopeSize(const RecordView& record) {
  return 2 + VarintSize(record.entity.id) + VarintSize(record.version) +
         VarintSize(static_cast<std::uint64_t>(record.event)) + VarintSize(record.event_version) +
         VarintSize(record.actor.size()) + record.actor.size();
}

void AppendRecordEnvelope(std::string& out, const RecordView& record, std::size_t payload_size) {
  AppendVarint(out, RecordEnvelopeSize(record) + payload_size);
  AppendFixed(out, static_cast<std::uint8_t>(record.type));
  AppendFixed(out, static_cast<std::uint8_t>(record.entity.kind));
  AppendVarint(out, record.entity.id);
  AppendVarint(out, record.version);
  AppendVarint(out, static_cast<std::uint64_t>(record.event));
  AppendVarint(out, record.event_version);
  AppendSized(out, record.actor);
}

void AppendRecord(std::string& out, const RecordView& record) {
  AppendRecordEnvelope(out, record, record.payload.size());
  out.append(record.payload);
}

Result<BatchReader> BatchReader::Open(std::string_view batch) {
  ByteReader reader(batch);
  const auto version = reader.Fixed<std::uint8_t>();
  if (reader.ok() && version > kBatchVersion) {
    return Fail(
        ErrorCode::kIncompatible,
        fmt::format("batch version {}, this program reads up to {}", version, kBatchVersion));
  }
  BatchHeader header;
  header.partition = reader.Varint();
  header.epoch = reader.Varint();
  header.time = reader.Fixed<Nanos>();
  if (!reader.ok() || version == 0) return Fail(ErrorCode::kCorrupt, "batch header");
  BatchReader opened(reader.rest());
  opened.header_ = header;
  return opened;
}

Result<bool> BatchReader::Next(RecordView& record, std::string_view* raw) {
  if (reader_.empty()) return false;
  const std::string_view from = reader_.rest();
  reader_.Sized();
  if (!reader_.ok()) return Fail(ErrorCode::kCorrupt, "a record is cut off");
  const std::string_view bytes = from.substr(0, from.size() - reader_.rest().size());
  if (raw != nullptr) *raw = bytes;
  return ParseRecord(bytes, record);
}

Result<bool> ParseRecord(std::string_view raw, RecordView& record) {
  ByteReader outer(raw);
  ByteReader body(outer.Sized());
  const auto type = body.Fixed<std::uint8_t>();
  const auto kind = body.Fixed<std::uint8_t>();
  record.entity.id = body.Varint();
  record.version = body.Varint();
  const std::uint64_t event = body.Varint();
  const std::uint64_t event_version = body.Varint();
  record.actor = body.Sized();
  if (!outer.ok() || !outer.empty() || !body.ok() || type < 1 || type > 3 || event > UINT16_MAX ||
      event_version > UINT16_MAX) {
    return Fail(ErrorCode::kCorrupt, "a record's envelope cannot be read");
  }
  record.type = static_cast<RecordType>(type);
  record.entity.kind = static_cast<EntityKind>(kind);
  record.event = static_cast<EventType>(event);
  record.event_version = static_cast<std::uint32_t>(event_version);
  record.payload = body.rest();
  return true;
}

}  // namespace cairn
