#include "apps/cairn/journal_command.h"

#include "adapters/journal_file/journal_file.h"
#include "adapters/storage_posix/posix_storage.h"
#include "base/json.h"
#include "model/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cairn {
namespace {

using testing::HasSubstr;

class JournalCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "cairn-journal-XXXXXX").native();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    auto storage = PosixStorage::Open(directory_, MissingDirectory::kRefuse).value();
    JournalFile journal(*storage, {.segment_bytes = 65536, .id_seed = 1});
    ASSERT_TRUE(journal.Replay([](const FramePosition&, std::string_view) { return Status(); }));
    for (std::uint64_t order = 1; order <= 3; ++order) {
      std::string batch;
      AppendBatchHeader(batch, {.partition = 1, .epoch = 1, .time = kSecond});
      AppendRecord(batch, {.entity = {EntityKind::kOrder, (std::uint64_t{1} << 53U) + order},
                           .version = 1,
                           .event = EventType::kOrderAccepted,
                           .actor = "ops",
                           .payload = "12345"});
      ASSERT_TRUE(journal.Append(batch));
      ASSERT_TRUE(journal.Sync());
    }
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  int Run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    cli::Surroundings around{&in_,
                             cli::Terminal::Fixed(out_, std::nullopt, false),
                             cli::Terminal::Fixed(err_, std::nullopt, false),
                             [] { return Nanos{0}; },
                             [](Nanos) {},
                             [] { return std::string(); },
                             "",
                             &interrupted_};
    cli::CommandLine line(std::move(around));
    AddJournalCommand(line);
    return static_cast<int>(line.Run(std::move(arguments)));
  }
  void Damage(std::streamoff offset) {
    std::fstream file(directory_ + "/journal-0000000000000001.segment",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    file.put('!');
  }

  std::string directory_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::atomic<bool> interrupted_ = false;
};

TEST_F(JournalCommandTest, VerifySaysThatAllIsWell) {
  EXPECT_EQ(Run({"journal", "verify", directory_}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("good"));
  EXPECT_EQ(Run({"journal", "verify", directory_, "-o", "json"}), 0);
  const auto json = ParseJson(out_.str());
  ASSERT_TRUE(json) << out_.str();
  EXPECT_EQ(json->Find("frames")->int_value(), 3);
  EXPECT_TRUE(json->Find("good")->bool_value());
}

TEST_F(JournalCommandTest, VerifyNamesDamageAndRepairSetsItAside) {
  Damage(8192 + 90);
  EXPECT_EQ(Run({"journal", "verify", directory_, "-o", "json"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("journal-0000000000000001.segment offset 8192"));
  const auto verified = ParseJson(out_.str());
  ASSERT_TRUE(verified) << out_.str();
  EXPECT_EQ(verified->Find("damage")->Find("offset")->int_value(), 8192);
  EXPECT_EQ(Run({"journal", "dump", directory_}), 1);

  EXPECT_EQ(Run({"journal", "repair", directory_, "-o", "json"}), 1);
  const auto repaired = ParseJson(out_.str());
  ASSERT_TRUE(repaired) << out_.str();
  EXPECT_EQ(repaired->Find("lastSequence")->int_value(), 1);
  const Json& aside = repaired->Find("setAside")->items().at(0);
  EXPECT_EQ(aside.Find("firstSequence")->int_value(), 2);
  EXPECT_EQ(aside.Find("lastSequence")->int_value(), 3);
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/" + aside.Find("setAsideAs")->text()));

  EXPECT_EQ(Run({"journal", "verify", directory_}), 0);
  EXPECT_EQ(Run({"journal", "repair", directory_}), 0);
  EXPECT_THAT(err_.str(), HasSubstr("nothing to repair"));
  EXPECT_EQ(Run({"journal", "ls", directory_}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("set_aside"));
}

TEST_F(JournalCommandTest, DumpPrintsALineForEachRecord) {
  EXPECT_EQ(Run({"journal", "dump", directory_}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("2 1970-01-01T00:00:01Z event order so-"));
  EXPECT_THAT(out_.str(), HasSubstr("v1 order_accepted 5 bytes"));
  EXPECT_EQ(Run({"-o", "json", "journal", "dump", directory_}), 0);
  std::istringstream lines(out_.str());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto json = ParseJson(line);
    ASSERT_TRUE(json) << line;
    EXPECT_EQ(json->Find("sequence")->int_value(), count + 1);
    EXPECT_EQ(json->Find("actor")->text(), "ops");
    EXPECT_EQ(json->Find("payloadBytes")->int_value(), 5);
  }
  EXPECT_EQ(count, 3);
}

TEST_F(JournalCommandTest, WhatCannotBeOpenedIsNamed) {
  EXPECT_EQ(Run({"journal", "verify", directory_ + "/none"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr(directory_ + "/none"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/none"));
  std::filesystem::create_directory(directory_ + "/empty");
  EXPECT_EQ(Run({"journal", "repair", directory_ + "/empty"}), 2);
  EXPECT_EQ(Run({"journal", "verify"}), 2) << "DIR is required";
  auto owner = PosixStorage::Open(directory_, MissingDirectory::kRefuse).value();
  ASSERT_TRUE(owner->Lock());
  EXPECT_EQ(Run({"journal", "list", directory_}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("is in use by another process"));
}

}  // namespace
}  // namespace cairn
