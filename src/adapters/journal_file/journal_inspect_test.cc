#include "adapters/journal_file/journal_inspect.h"

#include "model/record.h"
#include "tests/support/test_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(JournalInspect, VerifyCountsAWholeJournal) {
  FilledDisk filled;
  const auto found = VerifyJournal(filled.disk);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->damage);
  EXPECT_EQ(found->torn_at, "");
  EXPECT_EQ(found->segments, 4U);
  EXPECT_EQ(found->frames, filled.frames.size());
  std::uint64_t bytes = 0;
  for (const TestFrame& frame : filled.frames) bytes += frame.payload.size();
  EXPECT_EQ(found->payload_bytes, bytes);
  EXPECT_EQ(found->last_sequence, filled.frames.back().position.sequence + 1) << "it is closed";
}

TEST(JournalInspect, VerifyNamesTheFirstDamage) {
  FilledDisk filled;
  const FramePosition hit = filled.FirstIn(3).position;
  filled.disk.FlipBit(SegmentFileName(3), hit.offset + 90, 0);
  const auto found = VerifyJournal(filled.disk);
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->damage);
  EXPECT_EQ(found->damage->file, SegmentFileName(3));
  EXPECT_EQ(found->damage->offset, hit.offset);
  EXPECT_EQ(found->last_sequence, hit.sequence - 1);
}

TEST(JournalInspect, VerifyTellsATornEndFromDamage) {
  SimStorage disk(1);
  {
    TestJournal journal(disk);
    ASSERT_TRUE(journal.Open());
    journal.Put("one");
    journal.Put("two");
  }
  disk.FlipBit(SegmentFileName(1), 8192 + 81, 0);
  const auto found = VerifyJournal(disk);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->damage);
  EXPECT_EQ(found->torn_at, "segment 1 offset 8192");
  EXPECT_EQ(found->frames, 1U);
}

TEST(JournalInspect, ADirectoryWithoutAJournalIsNotFound) {
  SimStorage disk(1);
  disk.Put("notes.txt", "x");
  EXPECT_EQ(VerifyJournal(disk).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ListJournal(disk).error().code, ErrorCode::kNotFound);
}

TEST(JournalInspect, ListSaysWhatEachFileIs) {
  FilledDisk filled;
  filled.disk.Put("spare-3.segment", std::string(kTestSegmentBytes, '\0'));
  filled.disk.Put("spare-4.new", "half");
  filled.disk.Put("notes.txt", "mine");
  filled.disk.FlipBit(SegmentFileName(3), 30, 0);
  const auto rows = ListJournal(filled.disk);
  ASSERT_TRUE(rows);
  std::vector<std::string> roles;
  for (const JournalFileRow& row : *rows) roles.emplace_back(RoleName(row.role));
  EXPECT_THAT(roles,
              ElementsAre("segment", "segment", "unlinked", "unlinked", "spare", "unfinished"));
  EXPECT_EQ(rows->at(1).segment, 2U);
  EXPECT_EQ(rows->at(1).first_sequence, rows->at(0).last_sequence + 1);
  EXPECT_EQ(rows->at(1).frames, rows->at(1).last_sequence - rows->at(0).last_sequence);
  EXPECT_EQ(rows->at(0).file_bytes, kTestSegmentBytes);
  EXPECT_EQ(rows->at(5).file_bytes, 4U);
}

TEST(JournalInspect, DumpDecodesEveryRecord) {
  SimStorage disk(1);
  {
    TestJournal journal(disk);
    ASSERT_TRUE(journal.Open());
    for (std::uint64_t i = 1; i <= 3; ++i) {
      std::string batch;
      AppendBatchHeader(batch, {.partition = 1, .epoch = 2, .time = kSecond});
      for (std::uint64_t version = 1; version <= 2; ++version) {
        AppendRecord(batch, {.entity = {EntityKind::kOrder, i},
                             .version = version,
                             .event = EventType::kOrderAccepted,
                             .actor = "",
                             .payload = "payload"});
      }
      journal.Put(batch);
    }
    journal.Close();
  }
  std::vector<std::string> seen;
  const Status dumped = DumpJournal(disk, [&](const DumpedRecord& dump) {
    EXPECT_EQ(dump.batch.epoch, 2U);
    EXPECT_EQ(dump.record.payload, "payload");
    seen.push_back(
        std::to_string(dump.position.sequence) + "/" + std::to_string(dump.record.entity.id) + "/" +
        std::to_string(dump.record.version) + " " + std::string(EventName(dump.record.event)));
    return Status();
  });
  ASSERT_TRUE(dumped) << dumped.error().message;
  EXPECT_THAT(seen,
              ElementsAre("1/1/1 order_accepted", "1/1/2 order_accepted", "2/2/1 order_accepted",
                          "2/2/2 order_accepted", "3/3/1 order_accepted", "3/3/2 order_accepted"));
}

TEST(JournalInspect, DumpNamesAFrameThatIsNoBatch) {
  SimStorage disk(1);
  {
    TestJournal journal(disk);
    ASSERT_TRUE(journal.Open());
    journal.Put(std::string(1, '\0'));
  }
  const Status dumped = DumpJournal(disk, [](const DumpedRecord&) { return Status(); });
  ASSERT_FALSE(dumped);
  EXPECT_EQ(dumped.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(dumped.error().message, HasSubstr("journal-0000000000000001.segment offset 4096"));
}

}  // namespace
}  // namespace cairn
