#include "adapters/journal_file/journal_format.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

FrameHeader SomeFrame() {
  return {.closing = true,
          .journal_id = 11,
          .segment = 12,
          .offset = 8192,
          .sequence = 14,
          .payload_bytes = 15,
          .previous_checksum = 16,
          .payload_checksum = 17};
}

TEST(JournalFormat, AFrameHeaderComesBack) {
  FrameHeader written = SomeFrame();
  std::string bytes(kJournalHeaderBytes, 'x');
  EncodeFrameHeader(written, bytes.data());
  FrameHeader read;
  ASSERT_EQ(DecodeFrameHeader(bytes, read), "");
  EXPECT_EQ(read.format, kJournalFormat);
  EXPECT_TRUE(read.closing);
  EXPECT_EQ(read.journal_id, 11U);
  EXPECT_EQ(read.segment, 12U);
  EXPECT_EQ(read.offset, 8192U);
  EXPECT_EQ(read.sequence, 14U);
  EXPECT_EQ(read.payload_bytes, 15U);
  EXPECT_EQ(read.previous_checksum, 16U);
  EXPECT_EQ(read.payload_checksum, 17U);
  EXPECT_EQ(read.checksum, written.checksum);
}

TEST(JournalFormat, EveryFlippedBitOfAFrameHeaderShowsAndStillSeemsBegun) {
  FrameHeader written = SomeFrame();
  std::string bytes(kJournalHeaderBytes, '\0');
  EncodeFrameHeader(written, bytes.data());
  EXPECT_TRUE(FrameSeemsBegun(bytes, 11, 12, 8192));
  EXPECT_FALSE(FrameSeemsBegun(bytes, 11, 13, 8192)) << "a good frame of another segment";
  EXPECT_FALSE(FrameSeemsBegun(std::string(kJournalHeaderBytes, '\0'), 11, 12, 8192));
  for (std::size_t bit = 0; bit < kJournalHeaderBytes * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    FrameHeader read;
    EXPECT_NE(DecodeFrameHeader(damaged, read), "") << "bit " << bit;
    EXPECT_TRUE(FrameSeemsBegun(damaged, 11, 12, 8192)) << "bit " << bit;
  }
}

TEST(JournalFormat, ASegmentHeaderComesBackAndEveryFlippedBitShows) {
  const SegmentHeader written{.format = 3,
                              .oldest_reader = 2,
                              .journal_id = 11,
                              .segment = 12,
                              .segment_bytes = 65536,
                              .previous_sequence = 13,
                              .previous_checksum = 14};
  const std::string block = EncodeSegmentHeader(written);
  ASSERT_EQ(block.size(), kJournalBlockBytes);
  SegmentHeader read;
  ASSERT_EQ(DecodeSegmentHeader(block, read), "");
  EXPECT_EQ(read.format, 3U);
  EXPECT_EQ(read.oldest_reader, 2U);
  EXPECT_EQ(read.journal_id, 11U);
  EXPECT_EQ(read.segment, 12U);
  EXPECT_EQ(read.segment_bytes, 65536U);
  EXPECT_EQ(read.previous_sequence, 13U);
  EXPECT_EQ(read.previous_checksum, 14U);
  for (std::size_t bit = 0; bit < kJournalHeaderBytes * 8; ++bit) {
    std::string damaged = block;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(DecodeSegmentHeader(damaged, read), "") << "bit " << bit;
  }
}

TEST(JournalFormat, HeadersAreNotReadPastTheEnd) {
  FrameHeader frame = SomeFrame();
  std::string bytes(kJournalHeaderBytes, '\0');
  EncodeFrameHeader(frame, bytes.data());
  bytes.pop_back();
  EXPECT_EQ(DecodeFrameHeader(bytes, frame), "the file ends here");
  SegmentHeader segment;
  EXPECT_EQ(DecodeSegmentHeader("", segment), "the file ends here");
  EXPECT_FALSE(FrameSeemsBegun(bytes, 11, 12, 8192));
}

TEST(JournalFormat, AFrameTakesWholeBlocks) {
  EXPECT_EQ(FrameBytes(0), 4096U);
  EXPECT_EQ(FrameBytes(4016), 4096U);
  EXPECT_EQ(FrameBytes(4017), 8192U);
}

TEST(JournalFormat, OnlyExactNamesAreOurs) {
  EXPECT_EQ(SegmentFileName(31), "journal-000000000000001f.segment");
  EXPECT_EQ(ParseSegmentFileName("journal-000000000000001f.segment"), 31U);
  for (const char* name :
       {"journal-1f.segment", "journal-000000000000001F.segment", "journal-.segment",
        "journal-0000000000000000.segment", "journal-000000000000001f.segment.bak",
        "damaged-1-journal-000000000000001f.segment", "LOCK", ""}) {
    EXPECT_FALSE(ParseSegmentFileName(name)) << name;
  }
  EXPECT_EQ(ParseSpareFileName(SpareFileName(7)), 7U);
  EXPECT_EQ(ParseUnfinishedSpareName(UnfinishedSpareName(7)), 7U);
  EXPECT_FALSE(ParseSpareFileName(UnfinishedSpareName(7)));
  EXPECT_FALSE(ParseSpareFileName("spare-07.segment"));
  EXPECT_FALSE(ParseSpareFileName("spare-99999999999999999999.segment"));
}

}  // namespace
}  // namespace cairn
