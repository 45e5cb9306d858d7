#include "adapters/storage_posix/posix_storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PosixStorageTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "cairn-storage-XXXXXX").native();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::unique_ptr<PosixStorage> Open(const std::string& name = "data") {
    auto storage = PosixStorage::Open((root_ / name).native(), MissingDirectory::kCreate);
    EXPECT_TRUE(storage) << (storage ? "" : storage.error().message);
    return std::move(*storage);
  }

  std::filesystem::path root_;
};

TEST_F(PosixStorageTest, CreatesTheDirectoryWithItsParents) {
  auto storage = Open("a/b/c/");
  EXPECT_TRUE(std::filesystem::is_directory(root_ / "a/b/c"));
  EXPECT_EQ(storage->Describe(), (root_ / "a/b/c").native());
}

TEST_F(PosixStorageTest, RefusesAMissingDirectoryWhenAskedTo) {
  auto storage = PosixStorage::Open((root_ / "none").native(), MissingDirectory::kRefuse);
  ASSERT_FALSE(storage);
  EXPECT_EQ(storage.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(storage.error().message, HasSubstr((root_ / "none").native()));
  EXPECT_FALSE(std::filesystem::exists(root_ / "none"));
}

TEST_F(PosixStorageTest, RefusesAPathThatIsAFile) {
  std::ofstream(root_ / "file") << "x";
  auto storage = PosixStorage::Open((root_ / "file").native(), MissingDirectory::kCreate);
  ASSERT_FALSE(storage);
  EXPECT_EQ(storage.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(PosixStorageTest, WritesAndReadsAtOffsets) {
  auto storage = Open();
  auto file = storage->Open("f", true);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->Write(4, "efgh"));
  ASSERT_TRUE((*file)->Write(0, "abcd"));
  ASSERT_TRUE((*file)->Sync());
  std::array<char, 16> out{};
  EXPECT_EQ((*file)->Read(2, out).value(), 6U);
  EXPECT_EQ(std::string_view(out.data(), 6), "cdefgh");
  EXPECT_EQ((*file)->Read(8, out).value(), 0U);
  EXPECT_EQ((*file)->Size().value(), 8U);
  ASSERT_TRUE((*file)->Truncate(3));
  EXPECT_EQ((*file)->Size().value(), 3U);
}

TEST_F(PosixStorageTest, OpenTellsAMissingFromAnExistingFile) {
  auto storage = Open();
  auto missing = storage->Open("f", false);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(storage->Open("f", true));
  auto again = storage->Open("f", true);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

TEST_F(PosixStorageTest, ListsPlainFilesSortedWithoutTheLock) {
  auto storage = Open();
  ASSERT_TRUE(storage->Lock());
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(storage->Open(name, true));
  std::filesystem::create_directory(root_ / "data" / "folder");
  EXPECT_THAT(storage->List().value(), ElementsAre("a", "b", "c"));
  ASSERT_TRUE(storage->Rename("a", "c"));
  ASSERT_TRUE(storage->Remove("b"));
  ASSERT_TRUE(storage->SyncDirectory());
  EXPECT_THAT(storage->List().value(), ElementsAre("c"));
  EXPECT_EQ(storage->Remove("b").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(storage->Rename("b", "d").error().code, ErrorCode::kNotFound);
}

TEST_F(PosixStorageTest, ASecondOwnerIsToldWhoHasTheDirectory) {
  auto storage = Open();
  ASSERT_TRUE(storage->Lock());
  ASSERT_TRUE(storage->Lock()) << "the owner may ask again";
  auto second = Open();
  const Status refused = second->Lock();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLocked);
  EXPECT_THAT(refused.error().message, HasSubstr((root_ / "data").native()));
  EXPECT_THAT(refused.error().message, HasSubstr("pid " + std::to_string(::getpid())));
  storage.reset();
  EXPECT_TRUE(second->Lock());
}

TEST_F(PosixStorageTest, ADeadProcessLeavesNoLock) {
  Open();
  const pid_t child = ::fork();
  if (child == 0) {
    auto storage = PosixStorage::Open((root_ / "data").native(), MissingDirectory::kRefuse).value();
    ::_exit(storage->Lock() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0) << "the child had the lock";
  EXPECT_TRUE(Open()->Lock());
}

TEST_F(PosixStorageTest, AFullDiskIsNoSpace) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  auto storage = Open();
  std::filesystem::create_symlink("/dev/full", root_ / "data" / "full");
  auto file = storage->Open("full", false);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->Write(0, "x").error().code, ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace cairn
