// SimStorage is a disk in memory that behaves as badly as a real one may: what was not synced is
// lost, torn at sectors or reordered when the machine stops, names as well as bytes, and a test can
// ask for failing syncs, a full disk, flipped bits and writes that land elsewhere. The same seed
// and the same calls give the same bytes.
//
// One object is one directory of one disk; it outlives the processes that use it. One thread.
#pragma once

#include "base/random.h"
#include "ports/storage.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

// What a crash leaves of the writes, creations, renames and removals that were not synced.
enum class CrashStyle {
  kKeepAll,       // the process died, the machine did not
  kLoseUnsynced,  // power loss, nothing had reached the disk
  kTearUnsynced,  // power loss, any of it had: sector by sector, in any order
};

class SimStorage final : public Storage {
 public:
  static constexpr std::size_t kSectorBytes = 512;
  static constexpr std::size_t kPageBytes = 4096;

  explicit SimStorage(std::uint64_t seed, std::string name = "simulated disk");

  [[nodiscard]] Status Lock() override;
  [[nodiscard]] Result<std::vector<std::string>> List() override;
  [[nodiscard]] Result<std::unique_ptr<StorageFile>> Open(const std::string& name,
                                                          bool create) override;
  [[nodiscard]] Status Rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Status Remove(const std::string& name) override;
  [[nodiscard]] Status SyncDirectory() override;
  std::string Describe() const override { return name_; }

  // Ends the process that used this disk: every file handed out before returns kIo from now on, and
  // the lock is free. What is left by then is durable.
  void Crash(CrashStyle style);

  // A copy of the disk as a process would read it now, durable, without its faults and handles.
  std::unique_ptr<SimStorage> Clone() const;

  // --- faults
  // The n-th Sync or SyncDirectory from now on fails with kIo (1: the next). Of what it should have
  // made durable some is and some is not, and no later sync will make up for it.
  void FailSync(std::uint64_t nth = 1) { fail_sync_in_ = nth; }
  // The n-th Write from now on fails with kIo and writes a part.
  void FailWrite(std::uint64_t nth = 1) { fail_write_in_ = nth; }
  // The n-th Write from now on lands at another page of this file or at a page of another one.
  void MisdirectWrite(std::uint64_t nth = 1) { misdirect_write_in_ = nth; }
  // A Write or Truncate past this many bytes in all files is kNoSpace, until it is raised.
  void SetCapacity(std::uint64_t bytes) { capacity_bytes_ = bytes; }
  // Changes one bit, now and durably. REQUIRES: the file is that long.
  void FlipBit(const std::string& file, std::uint64_t offset, unsigned bit);

  // --- for tests
  bool Exists(const std::string& file) const { return names_.contains(file); }
  const std::string& Contents(const std::string& file) const;  // REQUIRES: it exists
  // Makes or replaces a file, durably.
  void Put(const std::string& file, std::string bytes);
  std::uint64_t bytes_used() const { return bytes_used_; }
  std::uint64_t sync_count() const { return sync_count_; }
  std::uint64_t write_count() const { return write_count_; }

 private:
  friend class SimFile;

  // One unsynced change of a file: bytes at an offset, or a new size.
  struct Change {
    std::uint64_t offset = 0;
    std::string bytes;
    std::optional<std::uint64_t> new_size;
  };
  struct Inode {
    std::string current;  // what a read sees
    std::string durable;  // what is left when the power goes
    std::vector<Change> unsynced;
  };
  using InodePtr = std::shared_ptr<Inode>;
  using Names = std::map<std::string, InodePtr>;

  // One unsynced change of the directory. An empty `from` creates, an empty `to` removes.
  struct NameChange {
    std::string from;
    std::string to;
    InodePtr inode;
  };

  Status WriteTo(Inode& inode, std::uint64_t offset, std::string_view bytes);
  Status TruncateTo(Inode& inode, std::uint64_t size);
  Status SyncInode(Inode& inode);
  void Misdirect(Inode& inode, std::uint64_t offset, std::string_view bytes);
  void Put(Inode& inode, std::uint64_t offset, std::string_view bytes);
  void TearInto(Inode& inode);
  void CountBytes();
  // True when a fault that was set for the n-th call is due in this one.
  static bool Due(std::uint64_t& countdown);
  static void Apply(std::string& bytes, const Change& change);
  static void Apply(Names& names, const NameChange& change);

  std::string name_;
  Random random_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> unsynced_names_;
  std::uint64_t process_ = 1;  // which life this is; handles of earlier ones are dead
  std::uint64_t bytes_used_ = 0;
  std::uint64_t capacity_bytes_ = UINT64_MAX;
  std::uint64_t fail_sync_in_ = 0;
  std::uint64_t fail_write_in_ = 0;
  std::uint64_t misdirect_write_in_ = 0;
  std::uint64_t sync_count_ = 0;
  std::uint64_t write_count_ = 0;
};

}  // namespace cairn
