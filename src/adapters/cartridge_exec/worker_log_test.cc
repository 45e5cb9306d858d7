// What of a worker's words reaches the log.
#include "adapters/cartridge_exec/worker_log.h"

#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;

class WorkerLogTest : public ::testing::Test {
 protected:
  std::vector<std::string> lines_;
  WorkerLog log_{"mail worker 1", [this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(WorkerLogTest, LinesTellWhoseTheyAre) {
  log_.Say("started");
  log_.Quote(0, "stderr", "caf\xc3\xa9");
  EXPECT_THAT(lines_, ElementsAre("mail worker 1: started", "mail worker 1: stderr: caf\xc3\xa9"));
}

TEST_F(WorkerLogTest, QuotesAreMadePrintable) {
  log_.Quote(0, "stderr", "a\x1b[31m\tb\x7f");
  log_.Quote(0, "stderr", "a\xff\xc3\xa9");
  EXPECT_THAT(lines_,
              ElementsAre("mail worker 1: stderr: a [31m b ", "mail worker 1: stderr: a???"));
}

TEST_F(WorkerLogTest, LongLinesAreCutBetweenCharacters) {
  std::string text = "x";
  while (text.size() < 2 * kLogLineBytesMax) text += "\xc3\xa9";
  log_.Quote(0, "e", text);
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_TRUE(IsCleanUtf8(lines_[0]));
  EXPECT_EQ(lines_[0], "mail worker 1: e: " + text.substr(0, kLogLineBytesMax - 1));
}

TEST_F(WorkerLogTest, AFloodIsCountedInsteadOfPassedOn) {
  for (int i = 0; i < kLogLinesPerSecondMax + 50; ++i) log_.Quote(kHour, "stderr", "x");
  EXPECT_EQ(lines_.size(), static_cast<std::size_t>(kLogLinesPerSecondMax));
  log_.Say("always");
  log_.Quote(kHour + kSecond, "stderr", "y");
  ASSERT_EQ(lines_.size(), static_cast<std::size_t>(kLogLinesPerSecondMax) + 3);
  EXPECT_EQ(lines_[lines_.size() - 2], "mail worker 1: 50 more lines are left out");
  EXPECT_EQ(lines_.back(), "mail worker 1: stderr: y");
}

}  // namespace
}  // namespace cairn
