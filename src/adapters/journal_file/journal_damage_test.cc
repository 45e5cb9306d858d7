// What damaged bytes do to a journal: every damage that a later frame proves is refused by name,
// and only the torn end of a crash is cut off.
#include "tests/support/test_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace cairn {
namespace {

using testing::HasSubstr;

std::string At(std::uint64_t segment, std::uint64_t offset) {
  return SegmentFileName(segment) + " offset " + std::to_string(offset) + ":";
}

void ExpectCorrupt(SimStorage& disk, const std::string& place) {
  const Error error = OpenError(disk);
  EXPECT_EQ(error.code, ErrorCode::kCorrupt) << error.message;
  EXPECT_THAT(error.message, HasSubstr(place));
}

// One segment of frames with and without padding, not closed.
struct OpenSegment {
  OpenSegment() {
    TestJournal journal(disk);
    EXPECT_TRUE(journal.Open());
    for (const std::size_t bytes : {100U, 5000U, 1U, 4016U, 12000U, 300U}) {
      journal.Put(std::string(bytes, 'p'));
    }
    frames = journal.frames();
  }
  // The frame that the byte belongs to, padding aside.
  std::optional<std::size_t> FrameOf(std::uint64_t offset) const {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const std::uint64_t begin = frames[i].position.offset;
      if (offset >= begin && offset < begin + kJournalHeaderBytes + frames[i].payload.size()) {
        return i;
      }
    }
    return std::nullopt;
  }
  std::uint64_t end() const {
    return frames.back().position.offset + FrameBytes(frames.back().payload.size());
  }

  SimStorage disk{1};
  std::vector<TestFrame> frames;
};

const std::string kFirst = SegmentFileName(1);

void CheckFlip(const OpenSegment& journal, std::uint64_t offset, bool closed) {
  const auto disk = journal.disk.Clone();
  disk->FlipBit(kFirst, offset, static_cast<unsigned>(offset % 8));
  SCOPED_TRACE(offset);
  const auto hit = journal.FrameOf(offset);
  if (offset < kJournalHeaderBytes) return ExpectCorrupt(*disk, At(1, 0));
  const bool proven = hit && (closed || *hit + 1 < journal.frames.size());
  if (proven) return ExpectCorrupt(*disk, At(1, journal.frames[*hit].position.offset));
  const bool closing_hit =
      closed && offset >= journal.end() && offset < journal.end() + kJournalHeaderBytes;
  TestJournal again(*disk);
  const Status opened = again.Open();
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE(IsPrefix(again.frames(), journal.frames));
  EXPECT_EQ(again.frames().size(), journal.frames.size() - (hit ? 1 : 0));
  EXPECT_EQ(again.report().cut_tail, hit.has_value() || closing_hit);
}

TEST(JournalDamage, AFlippedBitIsCorruptOrTheCutLastFrameOrPadding) {
  OpenSegment journal;
  for (std::uint64_t offset = 0; offset < kTestSegmentBytes; offset += 7) {
    CheckFlip(journal, offset, false);
  }
  for (const TestFrame& frame : journal.frames) {
    for (std::uint64_t byte = 0; byte < kJournalHeaderBytes + 1; ++byte) {
      CheckFlip(journal, frame.position.offset + byte, false);
    }
  }
}

TEST(JournalDamage, BehindAClosingFrameEveryFlippedBitOfAFrameIsCorrupt) {
  OpenSegment journal;
  {
    TestJournal again(journal.disk);
    ASSERT_TRUE(again.Open());
    again.Close();
  }
  for (std::uint64_t offset = 0; offset < kTestSegmentBytes; offset += 7) {
    CheckFlip(journal, offset, true);
  }
  for (std::uint64_t byte = 0; byte < kJournalHeaderBytes; ++byte) {
    CheckFlip(journal, journal.frames.back().position.offset + byte, true);
    CheckFlip(journal, journal.end() + byte, true);
  }
}

TEST(JournalDamage, BytesLostFromAnyPlaceOnLeaveAPrefixOrAreRefused) {
  const FilledDisk filled;
  for (std::uint64_t segment = 1; segment <= 4; ++segment) {
    const std::string name = SegmentFileName(segment);
    for (std::size_t cut = 0; cut < kTestSegmentBytes; cut += 512) {
      SCOPED_TRACE(At(segment, cut));
      const auto disk = filled.disk.Clone();
      std::string bytes = disk->Contents(name);
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end(), '\0');
      if (bytes == disk->Contents(name)) continue;  // nothing lay behind it
      disk->Put(name, bytes);
      if (segment < 4) {
        ExpectCorrupt(*disk, name + " offset ");
        continue;
      }
      // Nothing is left that could prove what was lost: all that is whole must be there.
      TestJournal again(*disk);
      const Status opened = again.Open();
      ASSERT_TRUE(opened) << opened.error().message;
      ASSERT_TRUE(IsPrefix(again.frames(), filled.frames));
      for (const TestFrame& frame : filled.frames) {
        const bool whole =
            frame.position.segment < 4 ||
            frame.position.offset + kJournalHeaderBytes + frame.payload.size() <= cut;
        if (whole) {
          EXPECT_THAT(again.frames(), testing::Contains(frame));
        }
      }
    }
  }
}

TEST(JournalDamage, AShortenedFileIsRefusedWhereverItEnds) {
  const FilledDisk filled;
  for (std::uint64_t segment = 1; segment <= 4; ++segment) {
    const std::string name = SegmentFileName(segment);
    for (std::size_t cut = 0; cut < kTestSegmentBytes; cut += 512) {
      SCOPED_TRACE(At(segment, cut));
      const auto disk = filled.disk.Clone();
      disk->Put(name, disk->Contents(name).substr(0, cut));
      ExpectCorrupt(*disk, name + " offset ");
    }
  }
}

TEST(JournalDamage, AMissingSegmentIsNamed) {
  FilledDisk filled;
  ASSERT_TRUE(filled.disk.Remove(SegmentFileName(2)));
  ExpectCorrupt(filled.disk, At(2, 0) + " the file is missing; journal-0000000000000003.segment");
}

TEST(JournalDamage, ASegmentOfAnotherJournalIsNamed) {
  FilledDisk filled;
  SimStorage other(1);
  JournalFileOptions options = TestOptions();
  options.id_seed = 99;
  TestJournal journal(other, options);
  ASSERT_TRUE(journal.Open());
  for (int i = 0; i < 4; ++i) journal.Put(std::string(50000, 'q'));
  filled.disk.Put(SegmentFileName(3), other.Contents(SegmentFileName(3)));
  ExpectCorrupt(filled.disk, At(3, 0) + " the header is of another journal");
}

TEST(JournalDamage, SwappedSegmentsAreNamed) {
  FilledDisk filled;
  const std::string second = filled.disk.Contents(SegmentFileName(2));
  filled.disk.Put(SegmentFileName(2), filled.disk.Contents(SegmentFileName(3)));
  filled.disk.Put(SegmentFileName(3), second);
  ExpectCorrupt(filled.disk, At(2, 0) + " the header is of another segment");
}

TEST(JournalDamage, AnOlderCopyOfASegmentIsRefused) {
  SimStorage disk(1);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  journal.Put("one");
  const std::string older = disk.Contents(kFirst);
  journal.Put("two");
  const std::uint64_t lost_at = journal.frames().back().position.offset;
  while (journal->Space().last_segment == 1) journal.Put(std::string(9000, 'x'));
  disk.Put(kFirst, older);
  ExpectCorrupt(disk, At(1, lost_at));
}

TEST(JournalDamage, ATornHeaderOfTheNewestSegmentIsTheEndOfACrash) {
  FilledDisk filled;
  std::string stale = filled.disk.Contents(SegmentFileName(2));
  for (const std::string& content :
       {std::string(kTestSegmentBytes, '\0'), std::string(kTestSegmentBytes, 'x'), stale}) {
    const auto disk = filled.disk.Clone();
    disk->Put(SegmentFileName(5), content);
    TestJournal journal(*disk);
    const Status opened = journal.Open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(journal.frames(), filled.frames);
    EXPECT_EQ(journal->Space().last_segment, 4U);
    EXPECT_EQ(journal->Space().segments_ahead, 1U) << "it is a spare again";
    while (journal->Space().last_segment == 4) journal.Put(std::string(9000, 'x'));
    disk->Crash(CrashStyle::kLoseUnsynced);
    TestJournal again(*disk);
    ASSERT_TRUE(again.Open());
    EXPECT_EQ(again.frames(), journal.frames());
  }
}

TEST(JournalDamage, ADamagedHeaderOfTheNewestSegmentWithFramesIsRefused) {
  FilledDisk filled;
  filled.disk.FlipBit(SegmentFileName(4), 24, 0);
  ExpectCorrupt(filled.disk, At(4, 0) + " header checksum; frame ");
}

TEST(JournalDamage, ANewestSegmentWithoutFramesProvesTheLastFrameBeforeIt) {
  // Its header names the frame that is gone.
  SimStorage disk(1);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  while (journal->Space().last_segment == 1) journal.Put(std::string(9000, 'x'));
  std::string second = disk.Contents(SegmentFileName(2));
  std::fill(second.begin() + 4096, second.end(), '\0');
  disk.Put(SegmentFileName(2), second);
  {
    const auto whole = disk.Clone();
    TestJournal again(*whole);
    ASSERT_TRUE(again.Open());
    EXPECT_EQ(again.frames().size(), journal.frames().size() - 1);
  }
  const TestFrame& last = journal.frames()[journal.frames().size() - 2];
  ASSERT_EQ(last.position.segment, 1U);
  disk.FlipBit(kFirst, last.position.offset + 100, 0);
  ExpectCorrupt(disk, At(1, last.position.offset) + " payload checksum; the header of ");
}

TEST(JournalDamage, AnEmptiedFirstSegmentIsANewJournalOnlyWhenItIsTheFirst) {
  SimStorage fresh(1);
  fresh.Put(SegmentFileName(1), std::string(kTestSegmentBytes, '\0'));
  TestJournal journal(fresh);
  EXPECT_TRUE(journal.Open()) << "the first start died before the header was durable";
  SimStorage old(1);
  old.Put(SegmentFileName(7), std::string(kTestSegmentBytes, '\0'));
  ExpectCorrupt(old, At(7, 0));
}

TEST(JournalDamage, AMisdirectedWriteIsRefusedOnceItsSuccessorIsWritten) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    SimStorage disk(seed);
    TestJournal journal(disk);
    ASSERT_TRUE(journal.Open());
    journal.Maintain();
    for (int i = 0; i < 6; ++i) journal.Put(std::string(6000, static_cast<char>('a' + i)));
    disk.MisdirectWrite();
    journal.Put(std::string(6000, 'M'));
    journal.Put("the frame after it");
    disk.Crash(CrashStyle::kLoseUnsynced);
    TestJournal again(disk);
    const Status opened = again.Open();
    ASSERT_FALSE(opened) << "the misdirected frame is not where it belongs";
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  }
}

TEST(JournalDamage, AMisdirectedLastFrameShowsWhereItLanded) {
  SimStorage disk(1);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  for (int i = 0; i < 3; ++i) journal.Put("x");
  const std::uint64_t lost_at = journal.frames().back().position.offset;
  std::string bytes = disk.Contents(kFirst);
  const std::string frame = bytes.substr(lost_at, 4096);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(lost_at), 4096, '\0');
  disk.Put(kFirst, bytes.replace(40960, 4096, frame));
  ExpectCorrupt(disk, At(1, lost_at));
}

// A journal of four frames of one block; `second` is what its second frame holds.
std::unique_ptr<SimStorage> FourFrames(const std::string& second) {
  auto disk = std::make_unique<SimStorage>(1);
  TestJournal journal(*disk);
  EXPECT_TRUE(journal.Open());
  for (const std::string& payload :
       {std::string("first"), second, std::string("third"), std::string("fourth")}) {
    journal.Put(payload);
  }
  return disk;
}

TEST(JournalDamage, AFrameOfAnotherHistoryDoesNotLinkOn) {
  // Good in every field but the checksum of the frame before it: as a disk leaves it that lost a
  // write and kept what was there before.
  constexpr std::size_t kThirdAt = 3 * kJournalBlockBytes;
  const std::string other = FourFrames("other")->Contents(kFirst);
  for (const bool with_fourth : {true, false}) {
    const auto disk = FourFrames("second");
    std::string bytes = disk->Contents(kFirst);
    bytes.replace(kThirdAt, kJournalBlockBytes, other.substr(kThirdAt, kJournalBlockBytes));
    if (!with_fourth) {
      bytes.replace(kThirdAt + kJournalBlockBytes, kJournalBlockBytes, kJournalBlockBytes, '\0');
    }
    disk->Put(kFirst, bytes);
    ExpectCorrupt(*disk, At(1, kThirdAt) + " the frame before was another one");
  }
}

TEST(JournalDamage, AFrameOfAnotherPlaceIsNoFrameHere) {
  const auto disk = FourFrames("second");
  std::string bytes = disk->Contents(kFirst);
  constexpr std::size_t kFourthAt = 4 * kJournalBlockBytes;
  FrameHeader fourth;
  ASSERT_EQ(DecodeFrameHeader(std::string_view(bytes).substr(kFourthAt), fourth), "");
  for (const bool segment : {true, false}) {
    FrameHeader moved = fourth;
    ++(segment ? moved.segment : moved.offset);
    EncodeFrameHeader(moved, bytes.data() + kFourthAt);
    disk->Put(kFirst, bytes);
    ExpectCorrupt(*disk, At(1, kFourthAt) + " a frame of another place");
  }
}

TEST(JournalDamage, ACutPlaceIsOverwrittenAndItsRestNeverRead) {
  // A long frame is torn; the frames written behind the cut are short, so that blocks of the torn
  // one lie behind them, and in one of these lies a copy of a frame of this journal.
  SimStorage disk(1);
  std::uint64_t cut = 0;
  {
    TestJournal journal(disk);
    ASSERT_TRUE(journal.Open());
    journal.Put("kept");
    std::string nested(20000, 'n');
    const std::string copy = disk.Contents(kFirst).substr(4096, 4096);
    nested.replace(std::size_t{2} * 4096 - kJournalHeaderBytes, 4096, copy);
    journal.Put(nested);
    cut = journal.frames().back().position.offset;
    disk.FlipBit(kFirst, cut + 19000, 3);
  }
  disk.Crash(CrashStyle::kKeepAll);
  for (int round = 0; round < 3; ++round) {
    TestJournal journal(disk);
    const Status opened = journal.Open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(journal.report().cut_tail, round == 0);
    if (round == 0) {
      EXPECT_EQ(journal.report().cut_at, "segment 1 offset " + std::to_string(cut));
    }
    ASSERT_EQ(journal.frames().size(), 1U + static_cast<std::size_t>(round));
    journal.Put("short");
    disk.Crash(CrashStyle::kLoseUnsynced);
  }
}

TEST(JournalDamage, ACutAtTheEndOfASegmentIsPassedWhenTheNextFrameDoesNotFit) {
  SimStorage disk(1);
  {
    TestJournal journal(disk);
    ASSERT_TRUE(journal.Open());
    for (int i = 0; i < 4; ++i) journal.Put(std::string(10000, 'x'));
    const auto torn = journal->Append("torn");
    ASSERT_TRUE(torn);
    ASSERT_EQ(torn->segment, 1U);
    disk.FlipBit(kFirst, torn->offset + kJournalHeaderBytes, 1);
  }
  disk.Crash(CrashStyle::kKeepAll);
  TestJournal journal(disk);
  ASSERT_TRUE(journal.Open());
  EXPECT_TRUE(journal.report().cut_tail);
  ASSERT_EQ(journal.frames().size(), 4U);
  journal.Put(std::string(50000, 'y'));
  EXPECT_EQ(journal->Space().last_segment, 2U);
  disk.Crash(CrashStyle::kLoseUnsynced);
  TestJournal again(disk);
  const Status opened = again.Open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(again.frames(), journal.frames());
}

}  // namespace
}  // namespace cairn
