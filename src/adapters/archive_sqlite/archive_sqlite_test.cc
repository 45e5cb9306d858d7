// What the archive in SQLite promises beyond its port: what a crash leaves, what damage and a full
// disk do, and reading beside writing. The port's own contract is
// tests/contract/archive_contract.h.
#include "adapters/archive_sqlite/archive_sqlite.h"

#include "adapters/archive_sqlite/day_schema.h"
#include "adapters/archive_sqlite/faulty_vfs.h"
#include "base/check.h"
#include "base/random.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

namespace cairn {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kToday = 20'000 * kDay;  // 2024-10-04

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = fs::temp_directory_path() / "cairn-archive-XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::unique_ptr<ArchiveSqlite> OpenIn(const fs::path& directory) {
  auto archive = ArchiveSqlite::Open({.directory = directory});
  CHECK_MSG(archive.has_value(), archive.error().message);
  return std::move(*archive);
}

ArchivedOrder OrderOf(std::uint64_t counter, Nanos ended_at) {
  ArchivedOrder order;
  order.summary.id = OrderId::Of(0, counter);
  order.summary.customer = "C-" + std::to_string(counter % 3);
  order.summary.state = OrderState::kCompleted;
  order.summary.submitted_at = ended_at - kSecond;
  order.summary.ended_at = ended_at;
  Random random(counter);
  for (int i = 0; i < 100; ++i) order.body += std::to_string(random.Next()) + ' ';
  return order;
}

std::vector<ArchivedOrder> OrdersOf(std::uint64_t first, std::uint64_t count, Nanos ended_at) {
  std::vector<ArchivedOrder> orders;
  for (std::uint64_t i = 0; i < count; ++i) orders.push_back(OrderOf(first + i, ended_at));
  return orders;
}

std::set<std::uint64_t> Counters(Archive& archive) {
  OrderQuery query;
  query.limit = 1'000'000;
  const auto orders = archive.List(query);
  CHECK_MSG(orders.has_value(), orders.error().message);
  std::set<std::uint64_t> counters;
  for (const OrderSummary& order : *orders) counters.insert(order.id.counter());
  return counters;
}

std::set<std::uint64_t> UpTo(std::uint64_t last) {
  std::set<std::uint64_t> counters;
  for (std::uint64_t i = 1; i <= last; ++i) counters.insert(i);
  return counters;
}

// What a crash leaves: the files and their logs, without the shared memory.
void CopyAsCrashed(const fs::path& from, const fs::path& to) {
  for (const auto& file : fs::directory_iterator(from)) {
    if (file.path().string().ends_with("-shm")) continue;
    fs::copy_file(file.path(), to / file.path().filename(), fs::copy_options::overwrite_existing);
  }
}

fs::path FileOfDay(const fs::path& directory, Nanos moment) {
  return directory / ("orders-" + FormatTime(moment).substr(0, 10) + ".sqlite");
}

TEST(ArchiveSqlite, OneFileADayDroppedWhole) {
  TemporaryDirectory directory;
  const auto archive = OpenIn(directory.path());
  std::vector<ArchivedOrder> orders = {OrderOf(1, kToday), OrderOf(2, kToday + kDay - 1),
                                       OrderOf(3, kToday + kDay)};
  ASSERT_TRUE(archive->Write(orders, 1).has_value());
  EXPECT_TRUE(fs::exists(directory.path() / "orders-2024-10-04.sqlite"));
  EXPECT_TRUE(fs::exists(directory.path() / "orders-2024-10-05.sqlite"));
  ASSERT_TRUE(archive->DropBefore(kToday + kDay).has_value());
  EXPECT_FALSE(fs::exists(directory.path() / "orders-2024-10-04.sqlite"));
  EXPECT_FALSE(fs::exists(directory.path() / "orders-2024-10-04.sqlite-wal"));
  EXPECT_EQ(Counters(*archive), (std::set<std::uint64_t>{3}));
}

TEST(ArchiveSqlite, CrashBetweenTwoDaysLeavesTheLowerSequence) {
  TemporaryDirectory directory;
  TemporaryDirectory before;
  TemporaryDirectory crashed;
  std::vector<ArchivedOrder> both = {OrderOf(11, kToday), OrderOf(12, kToday + kDay)};
  {
    const auto archive = OpenIn(directory.path());
    ASSERT_TRUE(archive->Write(OrdersOf(1, 5, kToday), 4).has_value());
    ASSERT_TRUE(archive->Write(OrdersOf(6, 5, kToday + kDay), 5).has_value());
    CopyAsCrashed(directory.path(), before.path());
    ASSERT_TRUE(archive->Write(both, 6).has_value());
    CopyAsCrashed(directory.path(), crashed.path());
  }
  // The crash came after the earlier day's commit and before the later day's.
  const std::string later = FileOfDay(before.path(), kToday + kDay).filename();
  for (const std::string& name : {later, later + "-wal"}) {
    fs::copy_file(before.path() / name, crashed.path() / name,
                  fs::copy_options::overwrite_existing);
  }
  auto archive = OpenIn(crashed.path());
  EXPECT_EQ(archive->journal_sequence(), 5U);
  ASSERT_TRUE(archive->Write(both, 6).has_value());
  archive.reset();
  archive = OpenIn(crashed.path());
  EXPECT_EQ(archive->journal_sequence(), 6U);
  EXPECT_EQ(Counters(*archive), UpTo(12));
}

TEST(ArchiveSqlite, LogCutAnywhereLeavesWholeTransactions) {
  TemporaryDirectory directory;
  TemporaryDirectory image;
  {
    const auto archive = OpenIn(directory.path());
    for (std::uint64_t sequence = 1; sequence <= 8; ++sequence) {
      ASSERT_TRUE(
          archive->Write(OrdersOf((sequence - 1) * 10 + 1, 10, kToday), sequence).has_value());
    }
    CopyAsCrashed(directory.path(), image.path());
  }
  const std::string name = FileOfDay(image.path(), kToday).filename().string();
  const std::uintmax_t log_bytes = fs::file_size(image.path() / (name + "-wal"));
  std::set<std::uint64_t> seen;
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    TemporaryDirectory crashed;
    CopyAsCrashed(image.path(), crashed.path());
    fs::resize_file(crashed.path() / (name + "-wal"), random.Below(log_bytes + 1));
    const auto archive = OpenIn(crashed.path());
    const std::uint64_t sequence = archive->journal_sequence();
    seen.insert(sequence);
    EXPECT_EQ(Counters(*archive), UpTo(sequence * 10));
    ASSERT_TRUE(archive->Write(OrdersOf(sequence * 10 + 1, 10, kToday), 9).has_value());
    EXPECT_EQ(Counters(*archive), UpTo(sequence * 10 + 10));
  }
  EXPECT_GE(seen.size(), 4U);
}

TEST(ArchiveSqlite, OpensAFileThatNeverGotItsSchema) {
  TemporaryDirectory directory;
  std::ofstream(FileOfDay(directory.path(), kToday)).flush();
  const auto archive = OpenIn(directory.path());
  EXPECT_EQ(archive->journal_sequence(), 0U);
  ASSERT_TRUE(archive->Write(OrdersOf(1, 2, kToday), 1).has_value());
  EXPECT_EQ(Counters(*archive), UpTo(2));
}

TEST(ArchiveSqlite, RefusesWhatIsNotItsOwn) {
  TemporaryDirectory directory;
  const fs::path file = FileOfDay(directory.path(), kToday);
  const auto expect = [&](ErrorCode code) {
    const auto archive = ArchiveSqlite::Open({.directory = directory.path()});
    ASSERT_FALSE(archive.has_value());
    EXPECT_EQ(archive.error().code, code) << archive.error().message;
    EXPECT_NE(archive.error().message.find(file.string()), std::string::npos);
  };
  std::ofstream(file) << std::string(9'000, 'x');
  expect(ErrorCode::kCorrupt);
  fs::remove(file);
  {
    auto other = SqliteConnection::Open(file, SqliteConnection::Mode::kCreate);
    ASSERT_TRUE((*other)->Execute("CREATE TABLE theirs(x)").has_value());
  }
  expect(ErrorCode::kCorrupt);
  fs::remove(file);
  ASSERT_TRUE(OpenIn(directory.path())->Write(OrdersOf(1, 1, kToday), 1).has_value());
  {
    auto newer = SqliteConnection::Open(file, SqliteConnection::Mode::kExisting);
    ASSERT_TRUE((*newer)->Execute("PRAGMA user_version = 2").has_value());
  }
  expect(ErrorCode::kIncompatible);
}

TEST(ArchiveSqlite, DamagedBodyIsCorruptAndNamesTheFile) {
  TemporaryDirectory directory;
  const fs::path file = FileOfDay(directory.path(), kToday);
  ASSERT_TRUE(OpenIn(directory.path())->Write(OrdersOf(1, 3, kToday), 1).has_value());
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::size_t block = bytes.find("\x28\xb5\x2f\xfd");
  ASSERT_NE(block, std::string::npos);
  for (const std::size_t at : {0U, 5U, 200U, 1'000U}) {
    std::string damaged = bytes;
    damaged[block + at] = static_cast<char>(damaged[block + at] ^ 0x10);
    std::ofstream(file, std::ios::binary) << damaged;
    const auto archive = OpenIn(directory.path());
    const auto body = archive->ReadBody(OrderId::Of(0, 2));
    ASSERT_FALSE(body.has_value()) << at;
    EXPECT_EQ(body.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(body.error().message.find(file.string()), std::string::npos);
  }
}

TEST(ArchiveSqlite, FullDiskStoresNothingAndALaterTrySucceeds) {
  TemporaryDirectory directory;
  FaultyVfs vfs;
  auto archive = OpenIn(directory.path());
  ASSERT_TRUE(archive->Write(OrdersOf(1, 50, kToday), 1).has_value());
  std::uint64_t stored = 50;
  std::uint64_t refused = 0;
  for (int writes = 0; writes < 40; ++writes) {
    const std::vector<ArchivedOrder> more = OrdersOf(stored + 1, 50, kToday);
    vfs.FailWritesAfter(writes);
    Status written = archive->Write(more, stored);
    vfs.Heal();
    if (!written) {
      ++refused;
      EXPECT_EQ(written.error().code, ErrorCode::kNoSpace) << written.error().message;
      EXPECT_EQ(Counters(*archive), UpTo(stored));
      written = archive->Write(more, stored);
    }
    ASSERT_TRUE(written.has_value()) << written.error().message;
    EXPECT_EQ(archive->journal_sequence(), stored);
    stored += 50;
    EXPECT_EQ(Counters(*archive), UpTo(stored));
  }
  EXPECT_GT(refused, 2U);
  archive.reset();
  EXPECT_EQ(Counters(*OpenIn(directory.path())), UpTo(stored));
}

TEST(ArchiveSqlite, FullDiskWhileADayBeginsIsNoSpaceToo) {
  TemporaryDirectory directory;
  FaultyVfs vfs;
  const auto archive = OpenIn(directory.path());
  for (int writes = 0; writes < 12; ++writes) {
    const Nanos moment = kToday + writes * kDay;
    const std::vector<ArchivedOrder> orders =
        OrdersOf(static_cast<std::uint64_t>(writes) + 1, 1, moment);
    vfs.FailWritesAfter(writes);
    Status written = archive->Write(orders, 1);
    vfs.Heal();
    if (!written) {
      EXPECT_EQ(written.error().code, ErrorCode::kNoSpace) << written.error().message;
      written = archive->Write(orders, 1);
    }
    ASSERT_TRUE(written.has_value()) << written.error().message;
  }
  EXPECT_EQ(Counters(*archive), UpTo(12));
}

TEST(ArchiveSqlite, FailedSyncIsFatal) {
  TemporaryDirectory directory;
  FaultyVfs vfs;
  const auto archive = OpenIn(directory.path());
  ASSERT_TRUE(archive->Write(OrdersOf(1, 5, kToday), 1).has_value());
  vfs.FailSyncs();
  const Status written = archive->Write(OrdersOf(6, 5, kToday), 2);
  vfs.Heal();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kIo) << written.error().message;
}

TEST(ArchiveSqlite, ReadsBesideWritingAndDropping) {
  TemporaryDirectory directory;
  const auto archive = OpenIn(directory.path());
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> reads{0};
  std::vector<std::thread> readers;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    readers.emplace_back([&, seed] {
      Random random(seed);
      while (!done) {
        OrderQuery query;
        query.limit = 20;
        if (random.Chance(1, 2)) query.customer = "C-1";
        const auto orders = archive->List(query);
        ASSERT_TRUE(orders.has_value()) << orders.error().message;
        for (const OrderSummary& order : *orders) {
          const auto body = archive->ReadBody(order.id);
          ASSERT_TRUE(body.has_value()) << body.error().message;
          // Nothing only when its day was dropped since.
          if (body->has_value()) {
            ASSERT_EQ(**body, OrderOf(order.id.counter(), order.ended_at).body);
          }
        }
        ++reads;
      }
    });
  }
  std::uint64_t next = 1;
  for (Nanos day = 0; day < 40 || reads < 100; ++day) {
    const Nanos moment = kToday + day * kDay;
    for (int i = 0; i < 5; ++i, next += 20) {
      ASSERT_TRUE(archive->Write(OrdersOf(next, 20, moment), next).has_value());
    }
    ASSERT_TRUE(archive->DropBefore(moment - 2 * kDay).has_value());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(Counters(*archive).size(), 300U);
}

TEST(ArchiveSqlite, TheJournalsSequenceCanBeSetBackForGood) {
  const TemporaryDirectory directory;
  {
    const auto archive = OpenIn(directory.path());
    ASSERT_TRUE(archive->Write(OrdersOf(1, 3, kToday), 70));
    ASSERT_TRUE(archive->Write(OrdersOf(4, 3, kToday + kDay), 90));
    ASSERT_TRUE(archive->SetBackJournalSequence(50));
    EXPECT_EQ(archive->journal_sequence(), 50U);
  }
  const auto archive = OpenIn(directory.path());
  EXPECT_EQ(archive->journal_sequence(), 50U);
  EXPECT_EQ(Counters(*archive).size(), 6U);
  ASSERT_TRUE(archive->Write(OrdersOf(7, 1, kToday), 51));
  EXPECT_EQ(archive->journal_sequence(), 51U);
  ASSERT_TRUE(archive->SetBackJournalSequence(60));  // never forward
  EXPECT_EQ(archive->journal_sequence(), 51U);
}

}  // namespace
}  // namespace cairn
