// What the tests of the journal in files share: a journal on a simulated disk, and short ways to
// write to it and to read all of it back.
#pragma once

#include "adapters/journal_file/journal_file.h"
#include "simulation/storage/sim_storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

inline constexpr std::uint64_t kTestSegmentBytes = 65536;

struct TestFrame {
  FramePosition position;
  std::string payload;
  friend bool operator==(const TestFrame&, const TestFrame&) = default;
};

inline JournalFileOptions TestOptions() {
  return {.segment_bytes = kTestSegmentBytes, .id_seed = 1};
}

// A process with a journal on a disk that outlives it.
class TestJournal {
 public:
  explicit TestJournal(SimStorage& disk, JournalFileOptions options = TestOptions())
      : journal_(disk, options) {}

  // Replays; on success frames() has what was found.
  Status Open() {
    auto report = journal_.Replay([&](const FramePosition& position, std::string_view payload) {
      frames_.push_back({position, std::string(payload)});
      return Status();
    });
    if (!report) return Fail(report.error());
    report_ = *report;
    return {};
  }
  void Put(std::string payload) {
    auto position = journal_.Append(payload);
    ASSERT_TRUE(position) << position.error().message;
    ASSERT_TRUE(journal_.Sync());
    frames_.push_back({*position, std::move(payload)});
  }
  void Close() { ASSERT_TRUE(journal_.CloseBurst()); }
  void Maintain() {
    while (true) {
      const auto more = journal_.Maintain();
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
  }

  JournalFile* operator->() { return &journal_; }
  const std::vector<TestFrame>& frames() const { return frames_; }
  const ReplayReport& report() const { return report_; }

 private:
  JournalFile journal_;
  std::vector<TestFrame> frames_;
  ReplayReport report_;
};

// A disk with a closed journal of four segments of frames of several sizes.
struct FilledDisk {
  FilledDisk() {
    TestJournal journal(disk);
    EXPECT_TRUE(journal.Open());
    for (int i = 0; journal->Space().last_segment < 4 || i % 5 != 0; ++i) {
      const auto bytes = static_cast<std::size_t>(1 + i * 1777 % 14000);
      journal.Put(std::string(bytes, static_cast<char>('a' + i % 26)));
      if (i % 7 == 3) journal.Close();
    }
    journal.Close();
    frames = journal.frames();
  }
  // The first frame that lies in the segment.
  const TestFrame& FirstIn(std::uint64_t segment) const {
    for (const TestFrame& frame : frames) {
      if (frame.position.segment == segment) return frame;
    }
    return frames.back();
  }

  SimStorage disk{1};
  std::vector<TestFrame> frames;
};

inline bool IsPrefix(const std::vector<TestFrame>& prefix, const std::vector<TestFrame>& all) {
  return prefix.size() <= all.size() && std::equal(prefix.begin(), prefix.end(), all.begin());
}

// The error of an Open that must fail.
inline Error OpenError(SimStorage& disk, JournalFileOptions options = TestOptions()) {
  TestJournal journal(disk, options);
  const Status status = journal.Open();
  EXPECT_FALSE(status) << "the journal opened with " << journal.frames().size() << " frames";
  return status ? Error{} : status.error();
}

}  // namespace cairn
