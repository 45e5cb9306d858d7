// Fields, the record codec and the names of states.
#include "base/random.h"
#include "model/fields.h"
#include "model/record.h"
#include "model/records.pb.h"
#include "model/states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace cairn {
namespace {

using ::testing::HasSubstr;

Fields FromText(std::string_view json) {
  auto fields = Fields::FromJsonText(json);
  EXPECT_TRUE(fields.has_value()) << json;
  return fields ? *std::move(fields) : Fields();
}

TEST(FieldsTest, KeepsOrderAndTextOfValues) {
  const std::string json = R"({"b":1.10,"a":{"z":null,"y":[1,"\u0001"]},"":true,"c":"\"q\""})";
  const Fields fields = FromText(json);
  EXPECT_EQ(fields.count(), 4U);
  EXPECT_EQ(fields.Find("b"), "1.10");
  EXPECT_EQ(fields.Find(""), "true");
  EXPECT_EQ(fields.Find("z"), std::nullopt);
  EXPECT_EQ(fields.ToJsonObject(), json);
  EXPECT_EQ(Fields::FromEncoded(fields.encoded()), fields);
}

TEST(FieldsTest, EmptyHasNothing) {
  const Fields fields;
  EXPECT_TRUE(fields.empty());
  EXPECT_EQ(fields.count(), 0U);
  EXPECT_TRUE(fields.begin() == fields.end());
  EXPECT_EQ(fields.ToJsonObject(), "{}");
  EXPECT_EQ(FromText("{}"), fields);
}

TEST(FieldsTest, OnlyObjectsBecomeFields) {
  for (const char* json : {"[]", "1", "null", "\"a\"", "{", "{\"a\":1,\"a\":2}"}) {
    const auto fields = Fields::FromJsonText(json);
    ASSERT_FALSE(fields.has_value()) << json;
    EXPECT_EQ(fields.error().code, ErrorCode::kInvalidArgument) << json;
  }
}

TEST(FieldsTest, FirstOfARepeatedNameIsFound) {
  Fields fields;
  fields.Add("a", "1");
  fields.Add("a", "2");
  EXPECT_EQ(fields.count(), 2U);
  EXPECT_EQ(fields.Find("a"), "1");
}

TEST(FieldsTest, IsTheWireFormOfItsMessage) {
  Fields fields;
  records::Fields message;
  Random random(7);
  for (int i = 0; i < 60; ++i) {
    const std::string name(1 + random.Below(300), 'n');
    const std::string json = "\"" + std::string(random.Below(40'000), 'v') + "\"";
    fields.Add(name, json);
    records::Field& field = *message.add_fields();
    field.set_name(name);
    field.set_json(json);
  }
  EXPECT_TRUE(fields.encoded() == message.SerializeAsString());
  records::Fields parsed;
  ASSERT_TRUE(parsed.ParseFromString(fields.encoded()));
  EXPECT_EQ(parsed.fields_size(), 60);
}

TEST(FieldsTest, ReadsWhatAnotherWriterMayHaveLeftOut) {
  // A message leaves out what is empty, and may put the value first.
  records::Fields message;
  message.add_fields()->set_json("1");
  message.add_fields()->set_name("b");
  const Fields fields = Fields::FromEncoded(message.SerializeAsString());
  EXPECT_EQ(fields.Find(""), "1");
}

TEST(FieldsTest, BrokenBytesEndTheListAndAreNeverReadPast) {
  Fields fields;
  for (int i = 0; i < 5; ++i) fields.Add("name" + std::to_string(i), "[1,2,3]");
  const std::string whole = fields.encoded();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    const std::vector<char> copy(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const Fields cut = Fields::FromEncoded(std::string(copy.begin(), copy.end()));
    EXPECT_LT(cut.count(), 5U);
    EXPECT_FALSE(cut.Find("name4").has_value());
  }
  Random random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    damaged[random.Below(damaged.size())] = static_cast<char>(random.Below(256));
    const Fields read = Fields::FromEncoded(damaged);
    std::size_t bytes = 0;
    for (const Fields::Field& field : read) bytes += field.name.size() + field.json.size();
    EXPECT_LE(bytes, damaged.size());
  }
}

RecordView SampleRecord() {
  return {.type = RecordType::kEvent,
          .entity = {EntityKind::kOrder, 0x7fff'ffff'ffff'ffffU},
          .version = 300,
          .event = EventType::kWorkOrderAnswered,
          .event_version = 1,
          .actor = "operator-7",
          .payload = "payload bytes"};
}

void ExpectSame(const RecordView& a, const RecordView& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.entity, b.entity);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.event, b.event);
  EXPECT_EQ(a.event_version, b.event_version);
  EXPECT_EQ(a.actor, b.actor);
  EXPECT_EQ(a.payload, b.payload);
}

std::vector<RecordView> SampleRecords() {
  std::vector<RecordView> samples(4, SampleRecord());
  samples[1].type = RecordType::kSnapshot;
  samples[1].actor = "";
  samples[2].type = RecordType::kRetire;
  samples[2].event = EventType::kNone;
  samples[2].payload = "";
  samples[3].entity = {EntityKind::kPartition, 0};
  samples[3].version = 1;
  return samples;
}

std::string SampleBatch() {
  std::string batch;
  AppendBatchHeader(batch, {.partition = 1023, .epoch = 70'000, .time = -5});
  for (const RecordView& record : SampleRecords()) AppendRecord(batch, record);
  return batch;
}

TEST(Record, BatchReadsBackWhatWasWritten) {
  const std::string batch = SampleBatch();
  auto reader = BatchReader::Open(batch);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->header().partition, 1023U);
  EXPECT_EQ(reader->header().epoch, 70'000U);
  EXPECT_EQ(reader->header().time, -5);
  std::string raws;
  for (const RecordView& wanted : SampleRecords()) {
    RecordView record;
    std::string_view raw;
    ASSERT_EQ(reader->Next(record, &raw), true);
    ExpectSame(record, wanted);
    RecordView again;
    ASSERT_EQ(ParseRecord(raw, again), true);
    ExpectSame(again, wanted);
    raws += raw;
  }
  RecordView record;
  EXPECT_EQ(reader->Next(record), false);
  EXPECT_TRUE(batch.ends_with(raws));
}

TEST(Record, WriterOfThePayloadSavesNothingButACopy) {
  const RecordView sample = SampleRecord();
  std::string copied;
  AppendRecord(copied, sample);
  std::string written;
  AppendRecordWith(written, sample, sample.payload.size(),
                   [&](std::string& out) { out += sample.payload; });
  EXPECT_EQ(written, copied);
  EXPECT_EQ(copied.size(), 1 + RecordEnvelopeSize(sample) + sample.payload.size());
}

TEST(Record, EveryTruncationIsAnErrorOrFewerRecords) {
  const std::string batch = SampleBatch();
  std::set<std::size_t> counts;
  for (std::size_t size = 0; size < batch.size(); ++size) {
    const std::vector<char> copy(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(size));
    auto reader = BatchReader::Open({copy.data(), copy.size()});
    if (!reader) {
      EXPECT_EQ(reader.error().code, ErrorCode::kCorrupt);
      continue;
    }
    std::size_t count = 0;
    for (;;) {
      RecordView record;
      const auto more = reader->Next(record);
      if (!more) {
        EXPECT_EQ(more.error().code, ErrorCode::kCorrupt);
        break;
      }
      if (!*more) {
        counts.insert(count);
        break;
      }
      ExpectSame(record, SampleRecords().at(count++));
    }
    EXPECT_LT(count, SampleRecords().size());
  }
  EXPECT_THAT(counts, ::testing::ElementsAre(0, 1, 2, 3));  // cut exactly between two records
}

TEST(Record, DamagedBytesNeverReadPastTheEnd) {
  const std::string batch = SampleBatch();
  Random random(5);
  for (int round = 0; round < 5000; ++round) {
    std::vector<char> copy(batch.begin(), batch.end());
    copy[random.Below(copy.size())] = static_cast<char>(random.Below(256));
    auto reader = BatchReader::Open({copy.data(), copy.size()});
    if (!reader) continue;
    RecordView record;
    for (;;) {
      const auto more = reader->Next(record);
      if (!more || !*more) break;
      EXPECT_LE(record.payload.size() + record.actor.size(), copy.size());
    }
  }
}

TEST(Record, NewerBatchIsIncompatible) {
  std::string batch = SampleBatch();
  batch[0] = 2;
  const auto reader = BatchReader::Open(batch);
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::kIncompatible);
  EXPECT_THAT(reader.error().message, HasSubstr("batch version 2"));
  batch[0] = 0;
  EXPECT_EQ(BatchReader::Open(batch).error().code, ErrorCode::kCorrupt);
}

TEST(Record, EnvelopeOutOfRangeIsCorrupt) {
  const auto parsed = [](std::uint8_t type, std::uint64_t event, std::uint64_t event_version) {
    std::string body;
    AppendFixed(body, type);
    AppendFixed(body, std::uint8_t{3});
    AppendVarint(body, 1);
    AppendVarint(body, 1);
    AppendVarint(body, event);
    AppendVarint(body, event_version);
    AppendSized(body, "");
    std::string raw;
    AppendSized(raw, body);
    RecordView record;
    return ParseRecord(raw, record).has_value();
  };
  EXPECT_TRUE(parsed(1, 12, 1));
  EXPECT_TRUE(parsed(3, 65'535, 65'535));
  EXPECT_FALSE(parsed(0, 12, 1));
  EXPECT_FALSE(parsed(4, 12, 1));
  EXPECT_FALSE(parsed(1, 65'536, 1));
  EXPECT_FALSE(parsed(1, 12, 65'536));
  std::string two;
  AppendRecord(two, SampleRecord());
  two += two;
  RecordView record;
  EXPECT_FALSE(ParseRecord(two, record).has_value()) << "more than one record";
}

TEST(Record, EventsHaveNames) {
  EXPECT_EQ(EventName(EventType::kOrderAccepted), "order_accepted");
  EXPECT_EQ(EventName(EventType::kNone), "");
  EXPECT_EQ(EventName(static_cast<EventType>(9'999)), "");
  std::set<std::string_view> names;
  int known = 0;
  for (std::uint16_t number = 1; number < 100; ++number) {
    const std::string_view name = EventName(static_cast<EventType>(number));
    if (name.empty()) continue;
    ++known;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_GE(known, 14);
}

TEST(States, NamesAreThoseOfTheApi) {
  const std::vector<std::string_view> orders = {"New",       "Running",     "Waiting",   "Held",
                                                "Suspended", "RollingBack", "Completed", "Failed",
                                                "Cancelled", "RolledBack",  "Rejected"};
  for (std::size_t i = 0; i < orders.size(); ++i) {
    EXPECT_EQ(Name(static_cast<OrderState>(i)), orders[i]);
    EXPECT_EQ(ParseOrderState(orders[i]), static_cast<OrderState>(i));
  }
  EXPECT_EQ(ParseOrderState("running"), std::nullopt);
  EXPECT_EQ(ParseOrderState(""), std::nullopt);
  const std::vector<std::string_view> product_orders = {"Pending",     "Running",   "Waiting",
                                                        "Completed",   "Partial",   "Failed",
                                                        "NotExecuted", "Cancelled", "RolledBack"};
  for (std::size_t i = 0; i < product_orders.size(); ++i) {
    EXPECT_EQ(Name(static_cast<ProductOrderState>(i)), product_orders[i]);
  }
  const std::vector<std::string_view> work_orders = {
      "Pending",         "Sent",        "Waiting",   "Completed", "TechnicalError",
      "FunctionalError", "NotExecuted", "Cancelled", "RolledBack"};
  for (std::size_t i = 0; i < work_orders.size(); ++i) {
    EXPECT_EQ(Name(static_cast<WorkOrderState>(i)), work_orders[i]);
  }
  const std::vector<std::string_view> outcomes = {"ok", "functional", "technical", "delayed"};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(Name(static_cast<Outcome>(i)), outcomes[i]);
    EXPECT_EQ(ParseOutcome(outcomes[i]), static_cast<Outcome>(i));
  }
  EXPECT_EQ(ParseOutcome("OK"), std::nullopt);
  const std::vector<std::string_view> ports = {"", "normal", "retry", "fail", "waiting", "cancel"};
  for (std::size_t i = 0; i < ports.size(); ++i) EXPECT_EQ(Name(static_cast<Port>(i)), ports[i]);
}

TEST(States, FinalOnesAreNeverLeft) {
  std::vector<std::string_view> final_states;
  for (int i = 0; i <= static_cast<int>(OrderState::kRejected); ++i) {
    const auto state = static_cast<OrderState>(i);
    if (IsFinal(state)) final_states.push_back(Name(state));
  }
  EXPECT_THAT(final_states,
              ::testing::ElementsAre("Completed", "Failed", "Cancelled", "RolledBack", "Rejected"));
}

}  // namespace
}  // namespace cairn
