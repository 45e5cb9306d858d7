#include "adapters/journal_file/journal_file.h"

#include "tests/support/test_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(JournalFile, ANewJournalIsOneSegmentOfFullSize) {
  SimStorage disk(1);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  EXPECT_THAT(disk.List().value(), ElementsAre("journal-0000000000000001.segment"));
  EXPECT_EQ(disk.Contents("journal-0000000000000001.segment").size(), kTestSegmentBytes);
  EXPECT_NE(journal->journal_id(), 0U);
  EXPECT_EQ(journal->Space().bytes, kJournalBlockBytes);
  EXPECT_EQ(journal->Space().segments_ahead, 0U);
}

TEST(JournalFile, TheSameSeedGivesTheSameBytes) {
  const FilledDisk one;
  const FilledDisk two;
  for (const char* name :
       {"journal-0000000000000001.segment", "journal-0000000000000004.segment"}) {
    EXPECT_EQ(one.disk.Contents(name), two.disk.Contents(name));
  }
}

TEST(JournalFile, MaintainWritesASpareInPiecesAndSyncsThem) {
  SimStorage disk(1);
  JournalFileOptions options = TestOptions();
  options.segment_bytes = 3 * JournalFile::kAllocateBytes;
  TestJournal journal(disk, options);
  ASSERT_TRUE(journal.Open());
  std::vector<std::uint64_t> ahead;
  while (journal->Maintain().value()) ahead.push_back(journal->Space().segments_ahead);
  EXPECT_THAT(ahead, ElementsAre(0, 0, 1, 1, 1));
  EXPECT_EQ(journal->Space().segments_ahead, 2U);
  disk.Crash(CrashStyle::kLoseUnsynced);
  TestJournal again(disk, options);
  ASSERT_TRUE(again.Open());
  EXPECT_EQ(again->Space().segments_ahead, 2U) << "spares are durable when they count";
}

TEST(JournalFile, AHalfMadeSpareIsRemovedAtTheNextStart) {
  SimStorage disk(1);
  JournalFileOptions options = TestOptions();
  options.segment_bytes = 3 * JournalFile::kAllocateBytes;
  {
    TestJournal journal(disk, options);
    ASSERT_TRUE(journal.Open());
    ASSERT_TRUE(journal->Maintain().value());
  }
  ASSERT_TRUE(disk.Exists("spare-2.new"));
  disk.Crash(CrashStyle::kKeepAll);
  TestJournal again(disk, options);
  ASSERT_TRUE(again.Open());
  EXPECT_THAT(disk.List().value(), ElementsAre("journal-0000000000000001.segment"));
}

TEST(JournalFile, ASpareOfAnotherSizeIsRemoved) {
  SimStorage disk(1);
  disk.Put("spare-9.segment", std::string(4096, 'x'));
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  EXPECT_FALSE(disk.Exists("spare-9.segment"));
}

TEST(JournalFile, AForeignFileIsLeftAlone) {
  SimStorage disk(1);
  disk.Put("notes.txt", "mine");
  disk.Put("damaged-1-journal-0000000000000002.segment", "old");
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  EXPECT_EQ(disk.Contents("notes.txt"), "mine");
  EXPECT_EQ(disk.Contents("damaged-1-journal-0000000000000002.segment"), "old");
}

TEST(JournalFile, ARecycledSegmentNeverShowsItsOldFrames) {
  // Every frame of the recycled file is a good frame of this journal, and so is each one that the
  // new first frame does not cover.
  SimStorage disk(1);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  for (int i = 0; i < 15; ++i) journal.Put("a frame of one block " + std::to_string(i));
  const std::uint64_t first = journal->Space().first_segment;
  while (journal->Space().last_segment == first) journal.Put(std::string(3000, 'x'));
  ASSERT_TRUE(journal->DropBefore(first + 1));
  ASSERT_EQ(journal->Space().segments_ahead, 1U);
  while (journal->Space().segments_ahead == 1) journal.Put(std::string(3000, 'y'));
  const std::string recycled = SegmentFileName(journal->Space().last_segment);
  EXPECT_THAT(disk.Contents(recycled), HasSubstr("a frame of one block 3"));
  std::vector<TestFrame> expected(journal.frames());
  std::erase_if(expected, [&](const TestFrame& frame) { return frame.position.segment == first; });
  ASSERT_LT(expected.size(), journal.frames().size());
  disk.Crash(CrashStyle::kLoseUnsynced);
  TestJournal again(disk);
  ASSERT_TRUE(again.Open());
  EXPECT_EQ(again.frames(), expected);
  EXPECT_FALSE(again.report().cut_tail);
}

TEST(JournalFile, DroppedSegmentsBecomeSparesAndThenAreRemoved) {
  FilledDisk filled;
  TestJournal journal(filled.disk);
  ASSERT_TRUE(journal.Open());
  for (int i = 0; i < 12; ++i) journal.Put(std::string(40000, 'z'));
  const std::uint64_t last = journal->Space().last_segment;
  ASSERT_GE(last, 10U);
  ASSERT_TRUE(journal->DropBefore(last));
  EXPECT_EQ(journal->Space().segments_ahead, 3U) << "one more than is asked for, then no more";
  EXPECT_EQ(filled.disk.List().value().size(), 4U);
}

TEST(JournalFile, EachDropIsDurableBeforeTheNext) {
  // Two renames at once could come back in part, the older file there and the newer one gone.
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimStorage disk(seed);
    {
      TestJournal journal(disk);
      ASSERT_TRUE(journal.Open());
      for (int i = 0; i < 8; ++i) journal.Put(std::string(50000, 'z'));
      disk.FailSync(1 + seed % 6);
      (void)journal->DropBefore(8);
    }
    disk.Crash(CrashStyle::kTearUnsynced);
    TestJournal again(disk);
    const Status opened = again.Open();
    ASSERT_TRUE(opened) << "seed " << seed << ": " << opened.error().message;
    EXPECT_EQ(again.report().last_sequence, 8U);
  }
}

TEST(JournalFile, AFullDiskAtTheFirstStartIsNoSpaceAndLeavesNothing) {
  SimStorage disk(1);
  disk.SetCapacity(1000);
  EXPECT_EQ(OpenError(disk).code, ErrorCode::kNoSpace);
  EXPECT_TRUE(disk.List().value().empty());
  disk.SetCapacity(UINT64_MAX);
  TestJournal journal(disk);
  EXPECT_TRUE(journal.Open());
}

TEST(JournalFile, AHalfMadeSpareIsRemovedWhenTheDiskIsFull) {
  SimStorage disk(1);
  JournalFileOptions options = TestOptions();
  options.segment_bytes = 2 * JournalFile::kAllocateBytes;
  TestJournal journal(disk, options);
  ASSERT_TRUE(journal.Open());
  const std::uint64_t used = disk.bytes_used();
  disk.SetCapacity(used + JournalFile::kAllocateBytes + 5000);
  ASSERT_TRUE(journal->Maintain().value());
  const auto full = journal->Maintain();
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(disk.bytes_used(), used);
  EXPECT_THAT(disk.List().value(), ElementsAre("journal-0000000000000001.segment"));
}

TEST(JournalFile, AFailedWriteIsFatal) {
  SimStorage disk(1);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  journal.Put("good");
  disk.FailWrite();
  const auto failed = journal->Append("bad");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  const auto later = journal->Append("more");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().message, failed.error().message);
  disk.Crash(CrashStyle::kLoseUnsynced);
  TestJournal again(disk);
  ASSERT_TRUE(again.Open());
  EXPECT_EQ(again.frames(), journal.frames());
}

TEST(JournalFile, AFrameWhoseSyncFailedIsMadeDurableWhenItIsTakenOver) {
  // After a failed sync the page cache shows the frame and calls it clean, so another sync writes
  // nothing. Who opens the journal then and answers for the frame must write it again.
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SimStorage disk(seed);
    {
      TestJournal journal(disk);
      ASSERT_TRUE(journal.Open());
      journal.Put("one");
      ASSERT_TRUE(journal->Append(std::string(9000, 'x')));
      disk.FailSync();
      ASSERT_FALSE(journal->Sync());
    }
    disk.Crash(CrashStyle::kKeepAll);
    TestJournal taken_over(disk);
    ASSERT_TRUE(taken_over.Open());
    ASSERT_EQ(taken_over.frames().size(), 2U);
    disk.Crash(CrashStyle::kLoseUnsynced);
    TestJournal after_power_loss(disk);
    ASSERT_TRUE(after_power_loss.Open());
    EXPECT_EQ(after_power_loss.frames(), taken_over.frames()) << "seed " << seed;
  }
}

TEST(JournalFile, ASegmentOfAnotherSizeIsReadAndFollowedByNewOnes) {
  FilledDisk filled;
  JournalFileOptions options = TestOptions();
  options.segment_bytes = 2 * kTestSegmentBytes;
  TestJournal journal(filled.disk, options);
  ASSERT_TRUE(journal.Open());
  EXPECT_EQ(journal.frames(), filled.frames);
  EXPECT_EQ(journal->max_payload(), 2 * kTestSegmentBytes - 3 * kJournalBlockBytes);
  journal.Put(std::string(journal->max_payload(), 'L'));
  filled.disk.Crash(CrashStyle::kLoseUnsynced);
  TestJournal again(filled.disk);
  ASSERT_TRUE(again.Open());
  EXPECT_EQ(again.frames(), journal.frames());
}

TEST(JournalFile, ReadTellsADamagedFrame) {
  FilledDisk filled;
  TestJournal journal(filled.disk);
  ASSERT_TRUE(journal.Open());
  const TestFrame& frame = filled.FirstIn(2);
  EXPECT_EQ(journal->Read(frame.position).value(), frame.payload);
  FramePosition wrong = frame.position;
  ++wrong.sequence;
  EXPECT_EQ(journal->Read(wrong).error().code, ErrorCode::kCorrupt);
  filled.disk.FlipBit(SegmentFileName(2), frame.position.offset + 81, 0);
  const auto damaged = journal->Read(frame.position);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(damaged.error().message,
              HasSubstr("journal-0000000000000002.segment offset 4096: payload checksum"));
}

TEST(JournalFile, ANewerFormatIsRefusedAndAnOlderOneThatMayIsRead) {
  SimStorage disk(1);
  JournalFileOptions newer = TestOptions();
  newer.format = kJournalFormat + 1;
  {
    TestJournal journal(disk, newer);
    ASSERT_TRUE(journal.Open());
    journal.Put("from tomorrow, and still readable");
  }
  disk.Crash(CrashStyle::kKeepAll);
  {
    TestJournal journal(disk);
    ASSERT_TRUE(journal.Open());
    EXPECT_EQ(journal.frames().size(), 1U);
  }
  SimStorage refused(1);
  newer.oldest_reader = kJournalFormat + 1;
  {
    TestJournal journal(refused, newer);
    ASSERT_TRUE(journal.Open());
    journal.Put("from the day after");
  }
  const Error error = OpenError(refused);
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_THAT(error.message, HasSubstr("format 2"));
}

TEST(JournalFile, MoreSegmentsThanFilesStayOpenCanBeRead) {
  SimStorage disk(1);
  JournalFileOptions options = TestOptions();
  options.segment_bytes = kSegmentBytesMin;
  TestJournal journal(disk, options);
  ASSERT_TRUE(journal.Open());
  while (journal->Space().last_segment < JournalFile::kOpenSegmentsMax + 50) journal.Put("x");
  for (const TestFrame& frame : journal.frames()) {
    ASSERT_EQ(journal->Read(frame.position).value(), frame.payload);
  }
}

TEST(JournalFileDeathTest, TwoUnsyncedFramesAreABug) {
  SimStorage disk(1);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  ASSERT_TRUE(journal->Append("one"));
  EXPECT_DEATH((void)journal->Append("two"), "before the one before it is synced");
  EXPECT_DEATH((void)journal->Append(""), "payload");
}

}  // namespace
}  // namespace cairn
