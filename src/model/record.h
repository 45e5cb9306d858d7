// The journal's records: an envelope (what happened to which entity) around a protobuf payload. A
// frame of the journal holds one batch: a batch header and its records.
//
//   batch   := version(1 byte) partition(varint) epoch(varint) time(fixed64) record*
//   record  := size(varint, of what follows) type(1) kind(1) id(varint) version(varint)
//              event(varint) event_version(varint) actor(sized) payload(rest)
//
// Stored for ever: golden files hold every released form. Pure functions; any thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

enum class RecordType : std::uint8_t {
  kEvent = 1,     // one change since the record before it
  kSnapshot = 2,  // the entity as a whole: everything before it may be dropped
  kRetire = 3,    // the entity is gone
};

enum class EntityKind : std::uint8_t {
  kPartition = 1,
  kCatalog = 2,
  kOrder = 3,
  kOrderPart = 4,
  kSubmissionKeys = 5,  // of orders that are gone, by when they went
  kOrderTrail = 6,      // a piece of a long order's trail, cut off so that it can be moved alone
  kService = 7,         // of the inventory
  kTarget = 8,          // the health of what a cartridge drives
  kListener = 9,        // who is told of events, and how far
  kCancelTask = 10,     // a TMF641 cancelServiceOrder
};

// The numbers of records.proto's event types.
enum class EventType : std::uint16_t {
  kNone = 0,
  kPartitionStarted = 1,
  kIdsReserved = 2,
  kCatalogStored = 3,
  kPartitionSnapshot = 4,
  kSubmissionKeysKept = 5,
  kOrderAccepted = 10,
  kOrderPartStaged = 11,
  kWorkOrdersSent = 12,
  kWorkOrderAnswered = 13,
  kWorkOrderAnswerIgnored = 14,
  kOrderLeftPop = 15,
  kOrderResubmitted = 16,
  kOrderGivenUp = 17,
  kSliceStarted = 18,
  kOrderTrailKept = 19,
  kWorkOrderDelayed = 20,
  kStepEvaluated = 21,
  kOrderCancelRequested = 22,
  kOrderCancelled = 23,
  kOrderPatched = 24,
  kWorkOrderVerified = 25,
  kServiceKept = 30,
  kTargetMaintenanceStarted = 40,  // targets.proto
  kTargetMaintenanceStopped = 41,
  kTargetKept = 42,
  kListenerAdded = 50,  // listeners.proto
  kListenerDelivered = 51,
};

// "order_accepted"; empty for a number that this version does not know.
std::string_view EventName(EventType type);

struct EntityKey {
  EntityKind kind = EntityKind::kPartition;
  std::uint64_t id = 0;
  friend auto operator<=>(const EntityKey&, const EntityKey&) = default;
};

struct RecordView {
  RecordType type = RecordType::kEvent;
  EntityKey entity;
  std::uint64_t version = 0;  // of the entity, after this record; first is 1
  EventType event = EventType::kNone;
  std::uint32_t event_version = 1;
  std::string_view actor;  // empty: Cairn itself
  std::string_view payload;
};

struct BatchHeader {
  std::uint64_t partition = 0;
  std::uint64_t epoch = 0;
  Nanos time = 0;
};

void AppendBatchHeader(std::string& out, const BatchHeader& header);

// Appends a record whose payload is already encoded.
void AppendRecord(std::string& out, const RecordView& record);

// Appends a record whose payload is written by `write(std::string&)`, which must append exactly
// `payload_size` bytes: saves a copy of the payload.
template <typename Write>
void AppendRecordWith(std::string& out, const RecordView& record, std::size_t payload_size,
                      Write write);

// Reads one record, with its size, from exactly these bytes. Always true, or kCorrupt.
[[nodiscard]] Result<bool> ParseRecord(std::string_view raw, RecordView& record);

// Reads a batch record by record.
class BatchReader {
 public:
  // kCorrupt when the header cannot be read; kIncompatible when a newer version wrote it.
  [[nodiscard]] static Result<BatchReader> Open(std::string_view batch);

  const BatchHeader& header() const { return header_; }
  // False at the end. kCorrupt when the bytes are no record. `raw`, if given, is the record with
  // its size and envelope.
  [[nodiscard]] Result<bool> Next(RecordView& record, std::string_view* raw = nullptr);

 private:
  explicit BatchReader(std::string_view rest) : reader_(rest) {}
  BatchHeader header_;
  ByteReader reader_;
};

// --- inline part
std::size_t RecordEnvelopeSize(const RecordView& record);
void AppendRecordEnvelope(std::string& out, const RecordView& record, std::size_t payload_size);

template <typename Write>
void AppendRecordWith(std::string& out, const RecordView& record, std::size_t payload_size,
                      Write write) {
  AppendRecordEnvelope(out, record, payload_size);
  write(out);
}

}  // namespace cairn
