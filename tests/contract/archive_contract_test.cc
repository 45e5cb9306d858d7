// The bodies of the archive that must keep its contract.
#include "tests/contract/archive_contract.h"

#include "adapters/archive_memory/archive_memory.h"
#include "adapters/archive_sqlite/archive_sqlite.h"
#include "base/check.h"

#include <stdlib.h>

#include <filesystem>
#include <system_error>

namespace cairn {
namespace {

class MemoryStorage final : public ArchiveStorage {
 public:
  std::unique_ptr<Archive> Open() override { return std::make_unique<ArchiveMemory>(store_); }

 private:
  std::shared_ptr<ArchiveMemoryStore> store_ = std::make_shared<ArchiveMemoryStore>();
};

class SqliteStorage final : public ArchiveStorage {
 public:
  explicit SqliteStorage(std::size_t pending_key_bytes_max)
      : pending_key_bytes_max_(pending_key_bytes_max) {
    std::string name = std::filesystem::temp_directory_path() / "cairn-archive-XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    directory_ = name;
  }
  ~SqliteStorage() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::unique_ptr<Archive> Open() override {
    auto archive = ArchiveSqlite::Open({directory_, pending_key_bytes_max_});
    CHECK_MSG(archive.has_value(), archive.error().message);
    return std::move(*archive);
  }

 private:
  const std::size_t pending_key_bytes_max_;
  std::string directory_;
};

std::unique_ptr<ArchiveStorage> MakeMemoryStorage() { return std::make_unique<MemoryStorage>(); }
std::unique_ptr<ArchiveStorage> MakeSqliteStorage() {
  return std::make_unique<SqliteStorage>(kPendingKeyBytesMax);
}
// Keys become runs after every few transactions, so that look-ups read many of them.
std::unique_ptr<ArchiveStorage> MakeSqliteStorageOfSmallRuns() {
  return std::make_unique<SqliteStorage>(3'000);
}

INSTANTIATE_TEST_SUITE_P(Bodies, ArchiveContract,
                         testing::Values(ArchiveKind{"memory", &MakeMemoryStorage},
                                         ArchiveKind{"sqlite", &MakeSqliteStorage},
                                         ArchiveKind{"sqlite_small_runs",
                                                     &MakeSqliteStorageOfSmallRuns}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace cairn
