// Storage: the files of one directory, as the journal uses them. A write is durable only after
// Sync of its file; a name that appears, changes or disappears is durable only after SyncDirectory.
// The simulation's body loses, tears and reorders whatever is not durable.
//
// Not thread-safe, except that different files may be used from different threads, and one file
// may be read while it is written elsewhere in it.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

class StorageFile {
 public:
  virtual ~StorageFile() = default;

  // Writes all of `bytes` at `offset`. kNoSpace when the disk is full (nothing may be relied on in
  // the range then), kIo otherwise.
  [[nodiscard]] virtual Status Write(std::uint64_t offset, std::string_view bytes) = 0;
  // Reads up to out.size() bytes; returns how many there were. Fewer only at the end of the file.
  [[nodiscard]] virtual Result<std::size_t> Read(std::uint64_t offset, std::span<char> out) = 0;
  // Everything written before is durable when this returns without an error. After an error nothing
  // may be assumed of any unsynced write: the process must stop.
  [[nodiscard]] virtual Status Sync() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> Size() = 0;
  [[nodiscard]] virtual Status Truncate(std::uint64_t size) = 0;
};

class Storage {
 public:
  virtual ~Storage() = default;

  // Takes the directory's lock for the life of this object. kLocked when another process has it.
  [[nodiscard]] virtual Status Lock() = 0;
  // Sorted names of the plain files.
  [[nodiscard]] virtual Result<std::vector<std::string>> List() = 0;
  // `create`: makes an empty file; kConflict if it exists. Otherwise kNotFound if it does not.
  [[nodiscard]] virtual Result<std::unique_ptr<StorageFile>> Open(const std::string& name,
                                                                  bool create) = 0;
  // Replaces `to` if it exists.
  [[nodiscard]] virtual Status Rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Status Remove(const std::string& name) = 0;
  [[nodiscard]] virtual Status SyncDirectory() = 0;
  // Where this is, for messages.
  virtual std::string Describe() const = 0;
};

}  // namespace cairn
