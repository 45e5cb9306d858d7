// Holds the power loss shim to its word: a writer runs under it, is killed, and what the shadow
// holds is compared with what the writer had synced.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

// A writer under the shim. Its standard output is read line by line.
class Writer {
 public:
  Writer(const fs::path& live, const fs::path& shadow, std::vector<std::string> arguments) {
    int pipe_fds[2];
    if (::pipe(pipe_fds) != 0) {
      return;
    }
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipe_fds[1], STDOUT_FILENO);
      ::close(pipe_fds[0]);
      ::close(pipe_fds[1]);
      ::setenv("LD_PRELOAD", POWER_LOSS_SHIM, 1);
      ::setenv("CAIRN_POWER_LOSS_LIVE", live.c_str(), 1);
      ::setenv("CAIRN_POWER_LOSS_SHADOW", shadow.c_str(), 1);
      std::vector<char*> argv = {const_cast<char*>(POWER_LOSS_WRITER),
                                 const_cast<char*>(live.c_str())};
      for (std::string& argument : arguments) {
        argv.push_back(argument.data());
      }
      argv.push_back(nullptr);
      ::execv(POWER_LOSS_WRITER, argv.data());
      ::_exit(127);
    }
    ::close(pipe_fds[1]);
    output_ = ::fdopen(pipe_fds[0], "r");
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    Kill();
    std::fclose(output_);
  }

  // The next line without its end, or nothing when the writer has ended.
  std::optional<std::string> ReadLine() {
    char line[256];
    if (std::fgets(line, sizeof(line), output_) == nullptr) {
      return std::nullopt;
    }
    std::string text(line);
    text.pop_back();
    return text;
  }

  void Kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
  }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
};

class PowerLossShim : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "cairn_power_loss_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directory(Live());
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] fs::path Live() const { return root_ / "live"; }
  [[nodiscard]] fs::path Shadow() const { return root_ / "shadow"; }

  // Runs a scenario to its end and kills the writer.
  void RunAndKill(std::vector<std::string> arguments) {
    Writer writer(Live(), Shadow(), std::move(arguments));
    std::optional<std::string> line = writer.ReadLine();
    while (line.has_value() && *line != "ready") {
      line = writer.ReadLine();
    }
    ASSERT_EQ(line.value_or("the writer ended early"), "ready");
    writer.Kill();
  }

  // Puts what was durable in the place of the live directory.
  void CutPower() {
    fs::remove_all(Live());
    fs::rename(Shadow(), Live());
  }

  [[nodiscard]] std::string Durable(const std::string& path) const {
    if (!fs::is_regular_file(Shadow() / path)) {
      return "(absent)";
    }
    std::ifstream stream(Shadow() / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  fs::path root_;
};

// What a database holds after a restart: its rows and the verdict of its own check.
struct Found {
  int rows = 0;
  std::string check;
};

std::string Query(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  std::string answer = "(error)";
  if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    // SQLite hands out text as unsigned char.
    answer = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  }
  sqlite3_finalize(statement);
  return answer;
}

Found ReadDatabase(const fs::path& directory) {
  sqlite3* database = nullptr;
  Found found;
  if (sqlite3_open_v2((directory / "rows.sqlite").c_str(), &database, SQLITE_OPEN_READWRITE,
                      nullptr) == SQLITE_OK) {
    found.check = Query(database, "PRAGMA integrity_check");
    found.rows = std::atoi(Query(database, "SELECT count(*) FROM rows").c_str());
  }
  sqlite3_close(database);
  return found;
}

TEST_F(PowerLossShim, KeepsOnlySyncedBytes) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"bytes"}));
  EXPECT_EQ(Durable("synced"), "first,");
  EXPECT_EQ(Durable("overwritten"), "old old old");
  EXPECT_EQ(Durable("both"), "kept------....");
  EXPECT_EQ(Durable("never_synced"), "(absent)");
  EXPECT_EQ(Durable("range_flushed"), "(absent)");
}

TEST_F(PowerLossShim, SeesEveryKindOfWrite) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"variants"}));
  EXPECT_EQ(Durable("appended"), "one,two,three,four");
  EXPECT_EQ(Durable("appended_at"), "the offset does not count");
  EXPECT_EQ(Durable("vector"), std::string(3, '\0') + "three,four");
  EXPECT_EQ(Durable("o_dsync"), "durable at once");
  EXPECT_EQ(Durable("write_only"), "read back");
  EXPECT_EQ(Durable("direct"), std::string(4096, 'd'));
  EXPECT_EQ(Durable("stream"), "through a C++ stream");
  EXPECT_EQ(Durable("reserved"), std::string(99'997, '\0') + "end");
}

TEST_F(PowerLossShim, KeepsOnlySyncedSizes) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"sizes"}));
  EXPECT_EQ(Durable("cut_unsynced"), "0123456789");
  EXPECT_EQ(Durable("cut_synced"), "0123");
  EXPECT_EQ(Durable("cut_and_grown"), std::string("0123") + std::string(4, '\0'));
  EXPECT_EQ(Durable("emptied_unsynced"), "0123456789");
  EXPECT_EQ(Durable("emptied_synced"), "ab");
  EXPECT_EQ(Durable("emptied_and_grown"), std::string(5, '\0'));
  EXPECT_EQ(Durable("truncated_by_path"), std::string("012") + std::string(2, '\0'));
}

TEST_F(PowerLossShim, UndoesNamesWithoutADirectorySync) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"names"}));
  EXPECT_EQ(Durable("loose/a"), "new");
  EXPECT_EQ(Durable("loose/b"), "old");
  EXPECT_EQ(Durable("loose/removed"), "still here");
  EXPECT_EQ(Durable("loose/empty"), "(absent)");
  EXPECT_FALSE(fs::exists(Shadow() / "not_made"));
  EXPECT_EQ(Durable("linked"), "two names");
  EXPECT_EQ(Durable("linked_unsynced"), "(absent)");
}

TEST_F(PowerLossShim, KeepsNamesThatWereSynced) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"names"}));
  EXPECT_EQ(Durable("firm/a"), "(absent)");
  EXPECT_EQ(Durable("firm/b"), "new");
  EXPECT_EQ(Durable("firm/removed"), "(absent)");
  EXPECT_EQ(Durable("firm/empty"), "");
  EXPECT_EQ(Durable("moved"), "(absent)");
  EXPECT_EQ(Durable("moved_by_own_sync"), "moved");
  EXPECT_EQ(Durable("log"), "second log");
  EXPECT_EQ(Durable("log.1"), "first log");
  EXPECT_EQ(Durable("loose/across"), "(absent)");
  EXPECT_EQ(Durable("firm/across"), "across");
  EXPECT_EQ(Durable("firm/back"), "(absent)");
  EXPECT_EQ(Durable("loose/back"), "back");
  EXPECT_EQ(Durable("firm/passed"), "");
  EXPECT_EQ(Durable("passing"), "(absent)");
  EXPECT_EQ(Durable("made/file"), "brings its directory");
}

TEST_F(PowerLossShim, FollowsDirectories) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"trees"}));
  EXPECT_FALSE(fs::exists(Shadow() / "tree"));
  EXPECT_EQ(Durable("place/file"), "in a directory");
  EXPECT_FALSE(fs::exists(Shadow() / "before"));
  EXPECT_EQ(Durable("after/file"), "carried");
}

TEST_F(PowerLossShim, LeavesForkedChildrenAlone) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"forks"}));
  EXPECT_EQ(Durable("of_a_child"), "(absent)");
  EXPECT_NE(Durable("writer0"), "(absent)");
}

TEST_F(PowerLossShim, KeepsEachSyncedBlockOfAJournal) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"append", "500"}));
  const std::string segment = Durable("segment");
  ASSERT_EQ(segment.size(), std::size_t{64} << 20);
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_EQ(segment.compare(i * 4096, 4096, std::string(4096, static_cast<char>('a' + i % 26))),
              0)
        << "block " << i;
  }
  EXPECT_EQ(segment.find_first_not_of('\0', 500 * 4096), std::string::npos);
}

TEST_F(PowerLossShim, TakesWhatIsThereAtTheStartAsDurable) {
  fs::create_directories(Live() / "sub");
  std::ofstream(Live() / "overwritten") << "long before the start";
  std::ofstream(Live() / "sub" / "file") << "untouched";
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"bytes"}));
  EXPECT_EQ(Durable("sub/file"), "untouched");
  EXPECT_EQ(Durable("overwritten"), "old old old the start");
}

// A kill without a power loss: the live directory stays, and what the shadow did not have before
// is still not durable.
TEST_F(PowerLossShim, RemembersTheShadowAcrossAPlainKill) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"names"}));
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"bytes"}));
  EXPECT_EQ(Durable("loose/removed"), "still here");
  EXPECT_EQ(Durable("loose/b"), "old");
  EXPECT_EQ(Durable("firm/b"), "new");
  EXPECT_EQ(Durable("firm/empty"), "");
  EXPECT_EQ(Durable("linked_unsynced"), "(absent)");
  EXPECT_EQ(Durable("synced"), "first,");
}

// The differences that a plain kill leaves are all still to be synced: once everything is, the
// shadow equals the live directory.
TEST_F(PowerLossShim, SyncsWhatAPlainKillLeftOver) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"names"}));
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"bytes"}));
  EXPECT_EQ(Durable("overwritten"), "old old old");
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"settle"}));
  EXPECT_EQ(Durable("overwritten"), "old NEW old");
  EXPECT_EQ(Durable("loose/b"), "new");
  const auto names = [](const fs::path& root) {
    std::set<std::string> found;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      found.insert(fs::relative(entry.path(), root).string());
    }
    return found;
  };
  EXPECT_EQ(names(Shadow()), names(Live()));
}

// Each round cuts the power in the middle of a stream of transactions.
TEST_F(PowerLossShim, KeepsEachCommittedTransaction) {
  for (int lines_before_cut : {1, 7, 30, 64, 150}) {
    std::string last;
    {
      Writer writer(Live(), Shadow(), {"sqlite_full", "100000"});
      for (int i = 0; i < lines_before_cut; ++i) {
        last = writer.ReadLine().value_or("");
      }
      writer.Kill();
    }
    ASSERT_EQ(last.rfind("committed ", 0), 0U) << last;
    CutPower();
    const Found found = ReadDatabase(Live());
    EXPECT_EQ(found.check, "ok");
    EXPECT_GE(found.rows, std::stoi(last.substr(10)));
  }
}

TEST_F(PowerLossShim, LosesTransactionsThatWereNotSynced) {
  ASSERT_NO_FATAL_FAILURE(RunAndKill({"sqlite_off", "30"}));
  EXPECT_EQ(ReadDatabase(Live()).rows, 60) << "the page cache keeps everything";
  const Found found = ReadDatabase(Shadow());
  EXPECT_LT(found.rows, 60);
  EXPECT_GE(found.rows, 30) << "these were committed under FULL";
}

}  // namespace
