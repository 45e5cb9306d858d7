// One batch that holds a record of every kind, as the first released version wrote it
// (records-v1/batch.bin), and what must be read out of it for ever (records-v1/batch.txt).
//
// UPDATE_GOLDEN=1 writes both anew. After a release that is only right for a new folder: bytes that
// were released are never changed, since journals hold them.
#include "model/catalog.pb.h"
#include "model/fields.h"
#include "model/listeners.pb.h"
#include "model/record.h"
#include "model/records.pb.h"
#include "model/targets.pb.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace cairn {
namespace {

constexpr const char* kBytes = GOLDEN_DIR "/records-v1/batch.bin";
constexpr const char* kText = GOLDEN_DIR "/records-v1/batch.txt";

std::string ReadWhole(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteWhole(const char* path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

struct Kind {
  EventType event;
  const google::protobuf::Message& (*prototype)();
};

template <typename Message>
const google::protobuf::Message& Prototype() {
  return Message::default_instance();
}

constexpr Kind kKinds[] = {
    {EventType::kPartitionStarted, &Prototype<records::PartitionStarted>},
    {EventType::kIdsReserved, &Prototype<records::IdsReserved>},
    {EventType::kCatalogStored, &Prototype<records::CatalogStored>},
    {EventType::kPartitionSnapshot, &Prototype<records::PartitionSnapshot>},
    {EventType::kSubmissionKeysKept, &Prototype<records::SubmissionKeysKept>},
    {EventType::kOrderAccepted, &Prototype<records::OrderAccepted>},
    {EventType::kOrderPartStaged, &Prototype<records::OrderPartStaged>},
    {EventType::kWorkOrdersSent, &Prototype<records::WorkOrdersSent>},
    {EventType::kWorkOrderAnswered, &Prototype<records::WorkOrderAnswered>},
    {EventType::kWorkOrderAnswerIgnored, &Prototype<records::WorkOrderAnswerIgnored>},
    {EventType::kOrderLeftPop, &Prototype<records::OrderLeftPop>},
    {EventType::kOrderResubmitted, &Prototype<records::OrderResubmitted>},
    {EventType::kOrderGivenUp, &Prototype<records::OrderGivenUp>},
    {EventType::kSliceStarted, &Prototype<records::SliceStarted>},
    {EventType::kOrderTrailKept, &Prototype<records::OrderTrailKept>},
    {EventType::kWorkOrderDelayed, &Prototype<records::WorkOrderDelayed>},
    {EventType::kStepEvaluated, &Prototype<records::StepEvaluated>},
    {EventType::kOrderCancelRequested, &Prototype<records::OrderCancelRequested>},
    {EventType::kOrderCancelled, &Prototype<records::OrderCancelled>},
    {EventType::kOrderPatched, &Prototype<records::OrderPatched>},
    {EventType::kWorkOrderVerified, &Prototype<records::WorkOrderVerified>},
    {EventType::kServiceKept, &Prototype<records::ServiceKept>},
    {EventType::kTargetMaintenanceStarted, &Prototype<records::TargetMaintenanceStarted>},
    {EventType::kTargetMaintenanceStopped, &Prototype<records::TargetMaintenanceStopped>},
    {EventType::kTargetKept, &Prototype<records::TargetKept>},
    {EventType::kListenerAdded, &Prototype<records::ListenerAdded>},
    {EventType::kListenerDelivered, &Prototype<records::ListenerDelivered>},
};

// The payload's message by its event; null where a record has none.
std::unique_ptr<google::protobuf::Message> MessageFor(EventType event) {
  for (const Kind& kind : kKinds) {
    if (kind.event == event)
      return std::unique_ptr<google::protobuf::Message>(kind.prototype().New());
  }
  return nullptr;
}

// Sets every field: numbers to their field's number and a bit, so that no two are alike.
void Fill(google::protobuf::Message& message, int depth) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const auto n = static_cast<std::uint32_t>(field->number() + 100 * depth);
    for (std::uint32_t k = 0; k < (field->is_repeated() ? 2U : 1U); ++k) {
      const bool add = field->is_repeated();
      const std::string text = fmt::format("{}-{}", field->name(), n + k);
      switch (static_cast<int>(field->cpp_type())) {
        case FieldDescriptor::CPPTYPE_UINT32:
          add ? reflection->AddUInt32(&message, field, n + k)
              : reflection->SetUInt32(&message, field, n);
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          add ? reflection->AddUInt64(&message, field, (std::uint64_t{1} << 40U) + n + k)
              : reflection->SetUInt64(&message, field, (std::uint64_t{1} << 40U) + n);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          reflection->SetInt64(&message, field, -(std::int64_t{1} << 40) - n);
          break;
        case FieldDescriptor::CPPTYPE_BOOL: reflection->SetBool(&message, field, true); break;
        case FieldDescriptor::CPPTYPE_STRING:
          add ? reflection->AddString(&message, field, text)
              : reflection->SetString(&message, field, text);
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          Fill(add ? *reflection->AddMessage(&message, field)
                   : *reflection->MutableMessage(&message, field),
               depth + 1);
          break;
        default: FAIL() << "no value for " << field->full_name();
      }
    }
  }
}

std::string MakeBatch() {
  std::string batch;
  AppendBatchHeader(batch, {.partition = 3, .epoch = 300, .time = 1'790'000'000'123'456'789});
  std::uint64_t id = 126;
  for (const auto& [event, prototype] : kKinds) {
    const auto message = MessageFor(event);
    Fill(*message, 0);
    AppendRecord(batch, {.type = event == EventType::kPartitionSnapshot ? RecordType::kSnapshot
                                                                        : RecordType::kEvent,
                         .entity = {EntityKind::kOrder, ++id},
                         .version = id + 1,
                         .event = event,
                         .event_version = 1,
                         .actor = "operator",
                         .payload = message->SerializeAsString()});
  }
  AppendRecord(batch, {.type = RecordType::kRetire,
                       .entity = {EntityKind::kSubmissionKeys, id},
                       .version = 2,
                       .event = EventType::kNone,
                       .event_version = 1,
                       .actor = "",
                       .payload = ""});
  return batch;
}

std::string Describe(const std::string& batch) {
  auto reader = BatchReader::Open(batch);
  if (!reader) return "cannot open: " + reader.error().message;
  std::string text =
      fmt::format("batch partition={} epoch={} time={}\n", reader->header().partition,
                  reader->header().epoch, reader->header().time);
  RecordView record;
  for (;;) {
    const auto more = reader->Next(record);
    if (!more) return text + "broken: " + more.error().message;
    if (!*more) return text;
    text += fmt::format("\nrecord type={} kind={} id={} version={} event={} ({}) v{} actor='{}'\n",
                        static_cast<int>(record.type), static_cast<int>(record.entity.kind),
                        record.entity.id, record.version, static_cast<int>(record.event),
                        EventName(record.event), record.event_version, record.actor);
    const auto message = MessageFor(record.event);
    if (message == nullptr) continue;
    if (!message->ParseFromString(std::string(record.payload))) return text + "payload is broken";
    std::string fields;
    google::protobuf::TextFormat::PrintToString(*message, &fields);
    text += fields;
  }
}

TEST(RecordsGolden, ReadsTheSameAsTheVersionThatWroteIt) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    const std::string batch = MakeBatch();
    WriteWhole(kBytes, batch);
    WriteWhole(kText, Describe(batch));
  }
  const std::string batch = ReadWhole(kBytes);
  ASSERT_FALSE(batch.empty()) << kBytes;
  EXPECT_EQ(Describe(batch), ReadWhole(kText));
}

// A new kind of event is not released without its bytes.
TEST(RecordsGolden, HoldsEveryEventThatHasAName) {
  const std::string text = ReadWhole(kText);
  std::size_t named = 0;
  for (unsigned number = 0; number <= UINT16_MAX; ++number) {
    const std::string_view name = EventName(static_cast<EventType>(number));
    if (name.empty()) continue;
    ++named;
    EXPECT_NE(text.find(fmt::format("event={} ({}) ", number, name)), std::string::npos) << name;
    EXPECT_NE(MessageFor(static_cast<EventType>(number)), nullptr) << name;
  }
  EXPECT_EQ(named, std::size(kKinds));
}

// Nothing is lost on the way through this version: what it reads it writes with the same bytes.
TEST(RecordsGolden, IsWrittenWithTheSameBytes) {
  const std::string batch = ReadWhole(kBytes);
  auto reader = BatchReader::Open(batch);
  ASSERT_TRUE(reader.has_value());
  std::string again;
  AppendBatchHeader(again, reader->header());
  RecordView record;
  std::string_view raw;
  for (;;) {
    const auto more = reader->Next(record, &raw);
    ASSERT_TRUE(more.has_value());
    if (!*more) break;
    const auto message = MessageFor(record.event);
    std::string payload;
    if (message != nullptr) {
      ASSERT_TRUE(message->ParseFromString(std::string(record.payload)));
      payload = message->SerializeAsString();
      record.payload = payload;
    }
    AppendRecord(again, record);
  }
  EXPECT_TRUE(again == batch);
}

}  // namespace
}  // namespace cairn
