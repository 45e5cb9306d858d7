// A disk that finds out while names are made durable that it is full. That is a failed sync like
// any other: what was renamed may or may not be so on the disk, and nothing may be built on it.
#include "tests/support/test_journal.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

class FullDirectory final : public Storage {
 public:
  Status Lock() override { return disk_.Lock(); }
  Result<std::vector<std::string>> List() override { return disk_.List(); }
  Result<std::unique_ptr<StorageFile>> Open(const std::string& name, bool create) override {
    return disk_.Open(name, create);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    if (no_room_to_rename) return Fail(ErrorCode::kNoSpace, "rename: full");
    return disk_.Rename(from, to);
  }
  Status Remove(const std::string& name) override { return disk_.Remove(name); }
  Status SyncDirectory() override {
    if (no_room_to_sync) return Fail(ErrorCode::kNoSpace, "sync of the directory: full");
    return disk_.SyncDirectory();
  }
  std::string Describe() const override { return disk_.Describe(); }

  bool no_room_to_rename = false;
  bool no_room_to_sync = false;

 private:
  SimStorage disk_{1};
};

class JournalNamesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(journal_.Replay([](const FramePosition&, std::string_view) { return Status(); }));
  }
  // Four segments, of which three can be dropped.
  void Fill() {
    while (journal_.Space().last_segment < 4) {
      ASSERT_TRUE(journal_.Append(std::string(20'000, 'x')));
      ASSERT_TRUE(journal_.Sync());
    }
  }

  FullDirectory disk_;
  JournalFile journal_{disk_, TestOptions()};
};

TEST_F(JournalNamesTest, DropWithoutRoomToRenameIsTriedAgain) {
  Fill();
  disk_.no_room_to_rename = true;
  EXPECT_EQ(journal_.DropBefore(4).error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(journal_.Space().first_segment, 1U);
  ASSERT_TRUE(journal_.Append("goes on"));
  ASSERT_TRUE(journal_.Sync());
  disk_.no_room_to_rename = false;
  ASSERT_TRUE(journal_.DropBefore(4));
  EXPECT_EQ(journal_.Space().first_segment, 4U);
}

TEST_F(JournalNamesTest, DropWhoseNamesAreNotDurableIsFatal) {
  Fill();
  disk_.no_room_to_sync = true;
  EXPECT_EQ(journal_.DropBefore(4).error().code, ErrorCode::kIo);
  disk_.no_room_to_sync = false;
  EXPECT_FALSE(journal_.DropBefore(4)) << "the next drop could be durable without the first";
  EXPECT_FALSE(journal_.Append("no"));
}

TEST_F(JournalNamesTest, SpareWhoseNameIsNotDurableIsFatal) {
  disk_.no_room_to_sync = true;
  EXPECT_EQ(journal_.Maintain().error().code, ErrorCode::kIo);
  disk_.no_room_to_sync = false;
  EXPECT_FALSE(journal_.Maintain());
}

}  // namespace
}  // namespace cairn
