// Hands any bytes to the readers of what a journal's frame and an archive's body hold: a batch of
// records, the events in them, and the snapshot of an order. Whatever is read is written with the
// meaning that it had, and nothing is read past the end of the bytes.
#include "base/check.h"
#include "engine/orders/events.h"
#include "engine/orders/snapshot.h"
#include "model/fields.h"
#include "model/record.h"

#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using cairn::RecordView;

bool Same(const RecordView& a, const RecordView& b) {
  return a.type == b.type && a.entity == b.entity && a.version == b.version && a.event == b.event &&
         a.event_version == b.event_version && a.actor == b.actor && a.payload == b.payload;
}

void CheckWithin(std::string_view whole, std::string_view piece) {
  CHECK(piece.empty() || (piece.data() >= whole.data() &&
                          piece.data() + piece.size() <= whole.data() + whole.size()));
}

void CheckRecord(const RecordView& record) {
  std::string bytes;
  cairn::AppendRecord(bytes, record);
  RecordView again;
  CHECK(cairn::ParseRecord(bytes, again).has_value());
  CHECK(Same(record, again));
  const auto event = cairn::ParseOrderEvent(record);
  if (!event) {
    CHECK(!event.error().message.empty());
    return;
  }
  std::string event_bytes;
  cairn::AppendOrderEvent(event_bytes, record.entity.id, record.version, record.actor, *event);
  CHECK(cairn::ParseRecord(event_bytes, again).has_value());
  CHECK(again.event == cairn::TypeOf(*event) && again.event == record.event);
  CHECK(cairn::ParseOrderEvent(again).has_value());
}

void CheckBatch(std::string_view bytes) {
  auto reader = cairn::BatchReader::Open(bytes);
  if (!reader) {
    CHECK(!reader.error().message.empty());
    return;
  }
  std::size_t read = 0;
  RecordView record;
  std::string_view raw;
  for (;;) {
    const auto more = reader->Next(record, &raw);
    if (!more || !*more) return;
    CHECK(!raw.empty());
    CheckWithin(bytes, raw);
    CheckWithin(raw, record.actor);
    CheckWithin(raw, record.payload);
    read += raw.size();
    CHECK(read < bytes.size());
    CheckRecord(record);
  }
}

void CheckSnapshot(std::string_view bytes) {
  auto parts = cairn::TakeSnapshotApart(bytes);
  if (!parts) {
    CHECK(!parts.error().message.empty());
    return;
  }
  CheckWithin(bytes, parts->timed_records);
  std::string_view rest = parts->timed_records;
  cairn::Nanos time = 0;
  RecordView record;
  std::string_view raw;
  for (;;) {
    const std::size_t before = rest.size();
    const auto more = cairn::NextTimedRecord(rest, time, record, raw);
    if (!more || !*more) return;
    CHECK(rest.size() < before);
    CheckRecord(record);
  }
}

// Any bytes are fields: what is broken ends the list.
void CheckFields(std::string_view bytes) {
  const auto fields = cairn::Fields::FromEncoded(std::string(bytes));
  std::size_t count = 0;
  for (const auto& field : fields) {
    CheckWithin(fields.encoded(), field.name);
    CheckWithin(fields.encoded(), field.json);
    CHECK(fields.Find(field.name).has_value());
    if (++count == 16) break;
  }
}

}  // namespace

// Without a line on the terminal for each payload that is none.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckBatch(bytes);
  CheckSnapshot(bytes);
  CheckFields(bytes);
  return 0;
}
