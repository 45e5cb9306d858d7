// PosixStorage keeps the journal's files in one directory of a local file system: plain pwrite,
// pread and fdatasync through the page cache, and an exclusive lock that a second process meets.
//
// The thread rule is that of ports/storage.h.
#pragma once

#include "ports/storage.h"

#include <memory>
#include <string>
#include <vector>

namespace cairn {

enum class MissingDirectory {
  kCreate,  // with its missing parents, durably
  kRefuse,  // kNotFound
};

class PosixStorage final : public Storage {
 public:
  // The file that the lock is held on. It holds the owner's process id as text and is never listed.
  static constexpr const char* kLockName = "LOCK";

  // kNotFound, kInvalidArgument (there is something that is no directory) or kIo, naming the path.
  [[nodiscard]] static Result<std::unique_ptr<PosixStorage>> Open(const std::string& directory,
                                                                  MissingDirectory if_missing);
  ~PosixStorage() override;
  PosixStorage(const PosixStorage&) = delete;
  PosixStorage& operator=(const PosixStorage&) = delete;

  // Without effect when this object has the lock already. The operating system frees it when the
  // process ends, however it ends; the file stays.
  [[nodiscard]] Status Lock() override;
  [[nodiscard]] Result<std::vector<std::string>> List() override;
  [[nodiscard]] Result<std::unique_ptr<StorageFile>> Open(const std::string& name,
                                                          bool create) override;
  [[nodiscard]] Status Rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Status Remove(const std::string& name) override;
  [[nodiscard]] Status SyncDirectory() override;
  std::string Describe() const override { return directory_; }

 private:
  PosixStorage(std::string directory, int descriptor)
      : directory_(std::move(directory)), descriptor_(descriptor) {}

  std::string directory_;
  int descriptor_;            // of the directory
  int lock_descriptor_ = -1;  // -1: not locked
};

}  // namespace cairn
