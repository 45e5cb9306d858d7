// Journals that released formats wrote open in every later program: tests/golden/journal-v<format>
// holds one each, and the frames below are what is in it.
#include "tests/support/test_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace cairn {
namespace {

JournalFileOptions GoldenOptions() { return {.segment_bytes = kSegmentBytesMin, .id_seed = 2026}; }

// A closing frame follows every second of these.
std::vector<std::string> GoldenPayloads() {
  return {"first",
          std::string(3000, 'b'),
          std::string("\0\xff\x80 any bytes", 13),
          std::string(4096, 'd'),
          "over into the third segment",
          "last"};
}

std::vector<std::string> GoldenFiles() {
  return {SegmentFileName(1), SegmentFileName(2), SegmentFileName(3), SegmentFileName(4)};
}

// Writes them as this program does.
std::vector<TestFrame> WriteGolden(SimStorage& disk) {
  TestJournal journal(disk, GoldenOptions());
  EXPECT_TRUE(journal.Open());
  int count = 0;
  for (const std::string& payload : GoldenPayloads()) {
    journal.Put(payload);
    if (++count % 2 == 0) journal.Close();
  }
  return journal.frames();
}

std::string FileBytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const std::filesystem::path kVersion1 = std::filesystem::path(CAIRN_GOLDEN_JOURNALS) / "journal-v1";

TEST(JournalGolden, Version1OpensAndYieldsItsFrames) {
  SimStorage golden(1);
  for (const std::string& name : GoldenFiles()) golden.Put(name, FileBytes(kVersion1 / name));
  TestJournal journal(golden, GoldenOptions());
  const Status opened = journal.Open();
  ASSERT_TRUE(opened) << opened.error().message;
  std::vector<std::string> payloads;
  for (const TestFrame& frame : journal.frames()) payloads.push_back(frame.payload);
  EXPECT_EQ(payloads, GoldenPayloads());
  EXPECT_EQ(journal.report().last_sequence, 9U) << "six frames and three closing frames";
  EXPECT_FALSE(journal.report().cut_tail);
  journal.Put("and goes on");
  EXPECT_EQ(journal.frames().back().position.sequence, 10U);
}

TEST(JournalGolden, Version1IsStillWrittenByteForByte) {
  SimStorage disk(1);
  WriteGolden(disk);
  EXPECT_EQ(disk.List().value(), GoldenFiles());
  for (const std::string& name : GoldenFiles()) {
    EXPECT_TRUE(disk.Contents(name) == FileBytes(kVersion1 / name)) << name;
  }
}

}  // namespace
}  // namespace cairn
