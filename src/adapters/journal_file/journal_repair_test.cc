#include "adapters/journal_file/journal_repair.h"

#include "base/random.h"
#include "tests/support/test_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// Repairs, opens, appends, and opens again; gives what the journal held after the repair.
std::vector<TestFrame> FramesAfter(SimStorage& disk) {
  disk.Crash(CrashStyle::kLoseUnsynced);
  std::vector<TestFrame> kept;
  {
    TestJournal journal(disk);
    const Status opened = journal.Open();
    EXPECT_TRUE(opened) << opened.error().message;
    if (!opened) return {};
    kept = journal.frames();
    journal.Put(std::string(40000, 'n'));
    journal.Put("new");
  }
  disk.Crash(CrashStyle::kLoseUnsynced);
  TestJournal again(disk);
  EXPECT_TRUE(again.Open());
  EXPECT_EQ(again.frames().size(), kept.size() + 2);
  EXPECT_TRUE(IsPrefix(kept, again.frames()));
  return kept;
}

TEST(JournalRepair, AWholeJournalIsLeftAsItIs) {
  FilledDisk filled;
  const std::uint64_t writes = filled.disk.write_count();
  const auto repair = RepairJournal(filled.disk);
  ASSERT_TRUE(repair);
  EXPECT_FALSE(repair->changed());
  EXPECT_EQ(filled.disk.write_count(), writes);
}

TEST(JournalRepair, ADamagedFrameIsSetAsideWithAllThatFollows) {
  FilledDisk filled;
  const std::string name = SegmentFileName(2);
  const FramePosition hit = filled.FirstIn(2).position;
  filled.disk.FlipBit(name, hit.offset + 85, 4);
  const std::string damaged = filled.disk.Contents(name);
  const std::string third = filled.disk.Contents(SegmentFileName(3));
  const auto repair = RepairJournal(filled.disk);
  ASSERT_TRUE(repair) << repair.error().message;
  EXPECT_THAT(repair->put_right, IsEmpty());
  ASSERT_THAT(repair->set_aside, SizeIs(3));
  EXPECT_EQ(repair->set_aside[0].file, SegmentFileName(4));
  EXPECT_EQ(repair->set_aside[1].file, SegmentFileName(3));
  const JournalSetAside& cut = repair->set_aside[2];
  EXPECT_EQ(cut.file, name);
  EXPECT_EQ(cut.set_aside_as, "damaged-1-" + name);
  EXPECT_EQ(cut.offset, hit.offset);
  EXPECT_EQ(cut.bytes, kTestSegmentBytes - hit.offset);
  EXPECT_EQ(cut.first_sequence, hit.sequence);
  EXPECT_EQ(cut.last_sequence + 1, repair->set_aside[1].first_sequence);
  EXPECT_EQ(repair->last_sequence, hit.sequence - 1);
  EXPECT_EQ(filled.disk.Contents("damaged-1-" + name), damaged) << "not a byte is lost";
  EXPECT_EQ(filled.disk.Contents("damaged-1-" + SegmentFileName(3)), third);
  std::vector<TestFrame> expected(filled.frames);
  std::erase_if(expected,
                [&](const TestFrame& frame) { return frame.position.sequence >= hit.sequence; });
  EXPECT_EQ(FramesAfter(filled.disk), expected);
}

TEST(JournalRepair, ADamagedHeaderIsWrittenAnewWithoutLoss) {
  for (std::uint64_t segment = 1; segment <= 4; ++segment) {
    FilledDisk filled;
    filled.disk.FlipBit(SegmentFileName(segment), 44, 1);
    const auto repair = RepairJournal(filled.disk);
    ASSERT_TRUE(repair) << repair.error().message;
    EXPECT_THAT(repair->put_right, SizeIs(1));
    EXPECT_THAT(repair->set_aside, IsEmpty());
    EXPECT_TRUE(filled.disk.Exists("damaged-1-" + SegmentFileName(segment)));
    EXPECT_EQ(FramesAfter(filled.disk), filled.frames);
  }
}

TEST(JournalRepair, AShortenedFileThatLostNoFrameIsMadeLongAgain) {
  FilledDisk filled;
  const std::string name = SegmentFileName(4);
  const TestFrame& last = filled.frames.back();
  // Behind the last frame come its closing frame and then nothing.
  const std::uint64_t end =
      last.position.offset + FrameBytes(last.payload.size()) + kJournalBlockBytes;
  ASSERT_LT(end, kTestSegmentBytes);
  filled.disk.Put(name, filled.disk.Contents(name).substr(0, static_cast<std::size_t>(end)));
  const auto repair = RepairJournal(filled.disk);
  ASSERT_TRUE(repair) << repair.error().message;
  EXPECT_THAT(repair->put_right, SizeIs(1));
  EXPECT_THAT(repair->set_aside, IsEmpty());
  EXPECT_EQ(FramesAfter(filled.disk), filled.frames);
}

TEST(JournalRepair, AMissingSegmentTakesAllLaterOnesWithIt) {
  FilledDisk filled;
  ASSERT_TRUE(filled.disk.Remove(SegmentFileName(2)));
  const auto repair = RepairJournal(filled.disk);
  ASSERT_TRUE(repair) << repair.error().message;
  EXPECT_THAT(repair->set_aside, SizeIs(2));
  std::vector<TestFrame> expected(filled.frames);
  std::erase_if(expected, [](const TestFrame& frame) { return frame.position.segment > 1; });
  EXPECT_EQ(FramesAfter(filled.disk), expected);
}

TEST(JournalRepair, NamesOfAnEarlierRepairAreNotTaken) {
  FilledDisk filled;
  const std::string name = SegmentFileName(4);
  filled.disk.Put("damaged-1-" + name, "from before");
  filled.disk.FlipBit(name, 4096 + 90, 0);
  const auto repair = RepairJournal(filled.disk);
  ASSERT_TRUE(repair) << repair.error().message;
  ASSERT_THAT(repair->set_aside, SizeIs(1));
  EXPECT_EQ(repair->set_aside[0].set_aside_as, "damaged-2-" + name);
  EXPECT_EQ(filled.disk.Contents("damaged-1-" + name), "from before");
}

TEST(JournalRepair, AFullDiskGivesNothingUp) {
  FilledDisk filled;
  filled.disk.FlipBit(SegmentFileName(4), 4096 + 90, 0);
  const std::string before = filled.disk.Contents(SegmentFileName(4));
  const std::size_t files = filled.disk.List().value().size();
  filled.disk.SetCapacity(filled.disk.bytes_used() + 1000);
  const auto repair = RepairJournal(filled.disk);
  ASSERT_FALSE(repair);
  EXPECT_EQ(repair.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(filled.disk.Contents(SegmentFileName(4)), before);
  EXPECT_EQ(filled.disk.List().value().size(), files);
}

// Any damage at all: after a repair the journal opens with a prefix of what it held.
TEST(JournalRepair, AnyDamageCanBeRepaired) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    FilledDisk filled;
    for (std::uint64_t hits = 1 + random.Below(4); hits > 0; --hits) {
      const std::string name = SegmentFileName(1 + random.Below(4));
      std::string bytes = filled.disk.Contents(name);
      const auto at = static_cast<std::size_t>(random.Below(bytes.size() / 512) * 512);
      switch (random.Below(3)) {
        case 0: bytes.replace(at, 512, std::string(512, 'x')); break;
        case 1: bytes.replace(0, 512, std::string(512, '\0')); break;
        default: bytes.resize(std::max<std::size_t>(at, 512)); break;
      }
      filled.disk.Put(name, bytes);
    }
    const auto repair = RepairJournal(filled.disk);
    ASSERT_TRUE(repair) << repair.error().message;
    EXPECT_TRUE(IsPrefix(FramesAfter(filled.disk), filled.frames));
    if (HasFailure()) return;
  }
}

// A repair that dies is run again.
TEST(JournalRepair, ARepairMayBeInterruptedAnywhere) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FilledDisk filled;
    filled.disk.FlipBit(SegmentFileName(2), filled.FirstIn(2).position.offset + 85, 4);
    const auto disk = filled.disk.Clone();
    if (seed % 2 == 0) {
      disk->FailSync(1 + seed / 10);
    } else {
      disk->FailWrite(1 + seed / 10);
    }
    (void)RepairJournal(*disk);
    disk->FailSync(0);
    disk->FailWrite(0);
    disk->Crash(CrashStyle::kTearUnsynced);
    const auto repair = RepairJournal(*disk);
    ASSERT_TRUE(repair) << repair.error().message;
    std::vector<TestFrame> expected(filled.frames);
    std::erase_if(expected, [](const TestFrame& frame) { return frame.position.segment > 1; });
    EXPECT_EQ(FramesAfter(*disk), expected);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace cairn
