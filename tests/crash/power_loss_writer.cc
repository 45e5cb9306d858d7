// The process whose power is cut in the tests of the power loss shim. It runs one scenario in a
// directory, reports on standard output, and then waits to be killed.
//
//   power_loss_writer DIRECTORY SCENARIO [COUNT]
//
// "ready" on a line of its own says that the scenario is over; "committed N" that the transaction
// N has returned.
#include <sqlite3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

void Require(bool condition, const char* what) {
  if (!condition) {
    std::perror(what);
    std::exit(1);
  }
}

void Say(const std::string& line) {
  const std::string text = line + "\n";
  Require(::write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
          "write to standard output");
}

int OpenNew(const char* path, int flags = 0) {
  const int fd = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0644);
  Require(fd >= 0, path);
  return fd;
}

void Write(int fd, std::string_view text) {
  Require(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "write");
}

void WriteAt(int fd, std::string_view text, off_t offset) {
  Require(::pwrite(fd, text.data(), text.size(), offset) == static_cast<ssize_t>(text.size()),
          "pwrite");
}

void Sync(int fd) { Require(::fdatasync(fd) == 0, "fdatasync"); }

void SyncPath(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  Require(fd >= 0 && ::fsync(fd) == 0 && ::close(fd) == 0, "fsync");
}

void WriteDurable(const char* path, std::string_view text) {
  const int fd = OpenNew(path);
  Write(fd, text);
  Sync(fd);
  ::close(fd);
}

void Bytes() {
  const int synced = OpenNew("synced");
  Write(synced, "first,");
  Sync(synced);
  Write(synced, "second");
  ::close(synced);

  WriteDurable("overwritten", "old old old");
  const int overwritten = OpenNew("overwritten");
  WriteAt(overwritten, "NEW", 4);

  const int both = OpenNew("both");
  WriteAt(both, "....------....", 0);
  Sync(both);
  WriteAt(both, "kept", 0);
  Sync(both);
  WriteAt(both, "lost", 10);

  Write(OpenNew("never_synced"), "gone");

  const int sink = OpenNew("range_flushed");
  Write(sink, "gone");
  Require(::sync_file_range(sink, 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) == 0,
          "sync_file_range");
}

void Variants() {
  const int appended = OpenNew("appended", O_APPEND);
  Write(appended, "one,");
  const int copy = ::dup(appended);
  Write(copy, "two,");
  iovec parts[2] = {{const_cast<char*>("three"), 5}, {const_cast<char*>(",four"), 5}};
  Require(::writev(appended, parts, 2) == 10, "writev");
  ::close(appended);
  Sync(copy);

  const int at_end = OpenNew("appended_at", O_APPEND);
  Write(at_end, "the offset ");
  WriteAt(at_end, "does not count", 0);
  Sync(at_end);

  const int vector = OpenNew("vector");
  Require(::pwritev(vector, parts, 2, 3) == 10, "pwritev");
  Sync(vector);

  const int sync_writes = OpenNew("o_dsync", O_DSYNC);
  Write(sync_writes, "durable at once");

  const int write_only = ::open("write_only", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  Write(write_only, "read back");
  Sync(write_only);

  const int direct = ::open("direct", O_WRONLY | O_CREAT | O_CLOEXEC | O_DIRECT, 0644);
  void* block = nullptr;
  Require(direct >= 0 && ::posix_memalign(&block, 4096, 4096) == 0, "O_DIRECT");
  std::fill_n(static_cast<char*>(block), 4096, 'd');
  Require(::pwrite(direct, block, 4096, 0) == 4096, "direct write");
  Sync(direct);

  std::ofstream("stream") << "through a C++ stream" << std::flush;
  Sync(OpenNew("stream"));

  const int reserved = OpenNew("reserved");
  Require(::posix_fallocate(reserved, 0, 100'000) == 0, "posix_fallocate");
  WriteAt(reserved, "end", 99'997);
  Sync(reserved);
}

void Sizes() {
  WriteDurable("cut_unsynced", "0123456789");
  Require(::ftruncate(OpenNew("cut_unsynced"), 4) == 0, "ftruncate");

  WriteDurable("cut_synced", "0123456789");
  const int cut = OpenNew("cut_synced");
  Require(::ftruncate(cut, 4) == 0, "ftruncate");
  Sync(cut);

  WriteDurable("cut_and_grown", "0123456789");
  const int grown = OpenNew("cut_and_grown");
  Require(::ftruncate(grown, 4) == 0 && ::ftruncate(grown, 8) == 0, "ftruncate");
  Sync(grown);

  WriteDurable("emptied_unsynced", "0123456789");
  OpenNew("emptied_unsynced", O_TRUNC);

  WriteDurable("emptied_synced", "0123456789");
  const int emptied = OpenNew("emptied_synced", O_TRUNC);
  Write(emptied, "ab");
  Sync(emptied);

  WriteDurable("emptied_and_grown", "0123456789");
  const int regrown = OpenNew("emptied_and_grown", O_TRUNC);
  Require(::ftruncate(regrown, 5) == 0, "ftruncate");
  Sync(regrown);

  WriteDurable("truncated_by_path", "0123456789");
  Require(::truncate("truncated_by_path", 3) == 0 && ::truncate("truncated_by_path", 5) == 0,
          "truncate");
  Sync(OpenNew("truncated_by_path"));
}

void Names() {
  Require(::mkdir("loose", 0755) == 0 && ::mkdir("firm", 0755) == 0, "mkdir");
  SyncPath(".");
  WriteDurable("loose/a", "new");
  WriteDurable("loose/b", "old");
  WriteDurable("loose/removed", "still here");
  WriteDurable("firm/a", "new");
  WriteDurable("firm/b", "old");
  WriteDurable("firm/removed", "gone");
  for (const std::string directory : {"loose/", "firm/"}) {
    Require(::rename((directory + "a").c_str(), (directory + "b").c_str()) == 0, "rename");
    Require(::unlink((directory + "removed").c_str()) == 0, "unlink");
    Write(OpenNew((directory + "empty").c_str()), "bytes that were not synced");
  }
  SyncPath("firm");

  // The sync of a renamed file carries its rename.
  WriteDurable("moved", "moved");
  Require(::rename("moved", "moved_by_own_sync") == 0, "rename");
  Sync(OpenNew("moved_by_own_sync"));

  // Across two directories: the sync of either side is enough.
  WriteDurable("loose/across", "across");
  Require(::rename("loose/across", "firm/across") == 0, "rename");
  SyncPath("firm");

  WriteDurable("firm/back", "back");
  Require(::rename("firm/back", "loose/back") == 0, "rename");
  SyncPath("firm");
  // What a rename rests on goes with it: no later sync brings the first name back.
  Write(OpenNew("passing"), "not synced");
  Require(::rename("passing", "firm/passed") == 0, "rename");
  SyncPath("firm");
  SyncPath(".");

  Require(::mkdir("made", 0755) == 0, "mkdir");
  WriteDurable("made/file", "brings its directory");
  Require(::mkdir("not_made", 0755) == 0, "mkdir");
  // The sync of a file that took over a freed name carries what freed it.
  WriteDurable("log", "first log");
  Require(::rename("log", "log.1") == 0, "rename");
  WriteDurable("log", "second log");
  WriteDurable("linked", "two names");
  Require(::link("linked", "linked_unsynced") == 0, "link");
}

// Removing a tree, and a directory that takes the place of a file.
void Trees() {
  Require(::mkdir("tree", 0755) == 0 && ::mkdir("tree/inner", 0755) == 0, "mkdir");
  WriteDurable("tree/inner/file", "x");
  Require(::unlink("tree/inner/file") == 0 && ::rmdir("tree/inner") == 0 && ::rmdir("tree") == 0,
          "removal of a tree");
  SyncPath(".");
  WriteDurable("place", "was a file");
  Require(::unlink("place") == 0 && ::mkdir("place", 0755) == 0, "mkdir");
  WriteDurable("place/file", "in a directory");
  Require(::mkdir("before", 0755) == 0, "mkdir");
  WriteDurable("before/file", "carried");
  Require(::rename("before", "after") == 0, "rename");
}

// Makes everything durable that is there, and writes nothing.
void Settle() {
  SyncPath(".");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(".")) {
    SyncPath(entry.path().c_str());
  }
}

// Threads write and sync while other threads fork; each child works on files too, and must end.
void Forks() {
  std::atomic<bool> is_over{false};
  std::vector<std::thread> writers;
  for (int t = 0; t < 3; ++t) {
    writers.emplace_back([t, &is_over] {
      const int fd = OpenNew(("writer" + std::to_string(t)).c_str());
      for (off_t i = 0; !is_over; ++i) {
        WriteAt(fd, "x", i % 4096);
        Sync(fd);
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    const pid_t child = ::fork();
    Require(child >= 0, "fork");
    if (child == 0) {
      const int fd = ::open("of_a_child", O_RDWR | O_CREAT, 0644);
      const bool is_done = fd >= 0 && ::write(fd, "c", 1) == 1 && ::fsync(fd) == 0;
      ::_exit(is_done ? 0 : 1);
    }
    int status = 0;
    Require(::waitpid(child, &status, 0) == child && status == 0, "child");
  }
  is_over = true;
  for (std::thread& writer : writers) {
    writer.join();
  }
}

// A journal: zeros written ahead, then blocks appended in place, each one synced.
void Append(int count) {
  constexpr std::size_t kBlock = 4096;
  constexpr off_t kSegmentBytes = 64 << 20;
  const int fd = OpenNew("segment");
  const std::string zeros(1 << 20, '\0');
  for (off_t offset = 0; offset < kSegmentBytes; offset += static_cast<off_t>(zeros.size())) {
    WriteAt(fd, zeros, offset);
  }
  Sync(fd);
  for (int i = 0; i < count; ++i) {
    WriteAt(fd, std::string(kBlock, static_cast<char>('a' + i % 26)),
            static_cast<off_t>(kBlock) * i);
    Sync(fd);
  }
  WriteAt(fd, std::string(kBlock, '!'), static_cast<off_t>(kBlock) * count);
}

class Database {
 public:
  Database() {
    Require(sqlite3_open("rows.sqlite", &handle_) == SQLITE_OK, "sqlite3_open");
    Run("PRAGMA journal_mode=WAL");
    Run("PRAGMA synchronous=FULL");
    Run("PRAGMA wal_autocheckpoint=20");
    Run("CREATE TABLE IF NOT EXISTS rows(id INTEGER PRIMARY KEY, body TEXT)");
  }

  void Run(const std::string& sql) {
    char* error = nullptr;
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &error) != SQLITE_OK) {
      std::fprintf(stderr, "%s: %s\n", sql.c_str(), error);
      std::exit(1);
    }
  }

  void Insert(int count) {
    for (int i = 0; i < count; ++i) {
      Run("INSERT INTO rows(body) VALUES (hex(randomblob(700)))");
      Say("committed " + std::to_string(sqlite3_last_insert_rowid(handle_)));
    }
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || ::chdir(argv[1]) != 0) {
    std::fprintf(stderr, "usage: power_loss_writer DIRECTORY SCENARIO [COUNT]\n");
    return 2;
  }
  const int count = argc > 3 ? std::atoi(argv[3]) : 0;
  const std::map<std::string_view, std::function<void()>> scenarios = {
      {"bytes", Bytes},
      {"variants", Variants},
      {"sizes", Sizes},
      {"names", Names},
      {"trees", Trees},
      {"forks", Forks},
      {"settle", Settle},
      {"append", [count] { Append(count); }},
      {"sqlite_full", [count] { Database().Insert(count); }},
      {"sqlite_off",
       [count] {
         Database database;
         database.Insert(count);
         database.Run("PRAGMA synchronous=OFF");
         database.Insert(count);
       }},
  };
  const auto scenario = scenarios.find(argv[2]);
  if (scenario == scenarios.end()) {
    std::fprintf(stderr, "power_loss_writer: no scenario '%s'\n", argv[2]);
    return 2;
  }
  scenario->second();
  Say("ready");
  for (;;) {
    ::pause();
  }
}
