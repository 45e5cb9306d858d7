// FaultyVfs: while it lives, every file that SQLite opens in this process can be made to run out of
// space or to fail its syncs. For tests.
//
// One at a time. The faults may be switched from any thread.
#pragma once

#include "base/check.h"

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace cairn {

class FaultyVfs {
 public:
  FaultyVfs() : original_(sqlite3_vfs_find(nullptr)), vfs_(*original_) {
    CHECK(original_ != nullptr);
    vfs_.zName = "cairn-faulty";
    vfs_.xOpen = &Open;
    Heal();
    original() = original_;
    CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
  }
  ~FaultyVfs() {
    Heal();
    CHECK(sqlite3_vfs_register(original_, 1) == SQLITE_OK);
    CHECK(sqlite3_vfs_unregister(&vfs_) == SQLITE_OK);
  }
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  // After so many more writes the disk is full.
  void FailWritesAfter(int writes) { writes_left() = writes; }
  void FailSyncs() { fail_syncs() = true; }
  void Heal() {
    writes_left() = INT32_MAX;
    fail_syncs() = false;
  }

 private:
  static sqlite3_vfs*& original() {
    static sqlite3_vfs* vfs = nullptr;
    return vfs;
  }
  static std::atomic<int>& writes_left() {
    static std::atomic<int> left{INT32_MAX};
    return left;
  }
  static std::atomic<bool>& fail_syncs() {
    static std::atomic<bool> fail{false};
    return fail;
  }
  // What the system's files do, and the same with our faults before it. SQLite has one set of
  // methods for files that it locks and one for those that it does not.
  struct Methods {
    const sqlite3_io_methods* system = nullptr;
    sqlite3_io_methods faulty{};
  };
  static std::array<Methods, 4>& all_methods() {
    static std::array<Methods, 4> methods;
    return methods;
  }

  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    const int code = original()->xOpen(original(), name, file, flags, out_flags);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    for (Methods& methods : all_methods()) {
      if (methods.system == nullptr) {
        methods.system = file->pMethods;
        methods.faulty = *file->pMethods;
        methods.faulty.xWrite = &Write;
        methods.faulty.xSync = &Sync;
      }
      if (methods.system == file->pMethods) {
        file->pMethods = &methods.faulty;
        return SQLITE_OK;
      }
    }
    CheckFailed(__FILE__, __LINE__, "a free slot", "more kinds of files than expected");
  }
  static const sqlite3_io_methods& SystemMethods(const sqlite3_file& file) {
    for (const Methods& methods : all_methods()) {
      if (&methods.faulty == file.pMethods) return *methods.system;
    }
    CheckFailed(__FILE__, __LINE__, "a known file", "not one of our files");
  }
  static int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    if (writes_left().fetch_sub(1) <= 0) return SQLITE_FULL;
    return SystemMethods(*file).xWrite(file, bytes, size, offset);
  }
  static int Sync(sqlite3_file* file, int flags) {
    if (fail_syncs()) return SQLITE_IOERR_FSYNC;
    return SystemMethods(*file).xSync(file, flags);
  }

  sqlite3_vfs* const original_;
  sqlite3_vfs vfs_;
};

}  // namespace cairn
