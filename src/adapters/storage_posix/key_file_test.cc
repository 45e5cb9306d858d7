#include "adapters/storage_posix/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

namespace cairn {
namespace {

class KeyFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "cairn-key-XXXXXX").native();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  std::string path() const { return (root_ / "callback.key").native(); }

  std::filesystem::path root_;
};

TEST_F(KeyFileTest, IsMadeOnceAndKept) {
  const auto made = ReadOrMakeKeyFile(path(), 32);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->size(), 32U);
  EXPECT_EQ(ReadOrMakeKeyFile(path(), 32), *made);
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
  const auto other = ReadOrMakeKeyFile((root_ / "other").native(), 32);
  ASSERT_TRUE(other);
  EXPECT_NE(*other, *made);
}

TEST_F(KeyFileTest, OnlyTheOwnerMayReadIt) {
  std::ofstream(path() + ".new") << "left by a crash, and readable by all";
  std::filesystem::permissions(path() + ".new", std::filesystem::perms(0644));
  ASSERT_TRUE(ReadOrMakeKeyFile(path(), 32));
  struct stat about {};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(about.st_size, 32);
}

TEST_F(KeyFileTest, WrongSizeIsRefusedAndKept) {
  for (const std::size_t size : {0U, 31U, 33U, 1000U}) {
    std::ofstream(path(), std::ios::trunc) << std::string(size, 'k');
    const auto read = ReadOrMakeKeyFile(path(), 32);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(read.error().message, testing::HasSubstr(path() + ": it must have 32 bytes"));
    EXPECT_EQ(std::filesystem::file_size(path()), size);
  }
}

TEST_F(KeyFileTest, WithoutItsDirectoryItIsAnError) {
  const auto read = ReadOrMakeKeyFile((root_ / "none" / "key").native(), 32);
  ASSERT_FALSE(read);
}

}  // namespace
}  // namespace cairn
