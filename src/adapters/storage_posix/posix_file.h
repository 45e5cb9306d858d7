// One open file of a PosixStorage, and how an errno becomes an Error.
//
// The thread rule is that of ports/storage.h.
#pragma once

#include "ports/storage.h"

#include <span>
#include <string>
#include <string_view>

namespace cairn {

// "/data/journal/x: write: No space left on device", with the code that a caller acts on.
Error PosixError(int error_number, std::string_view path, std::string_view call);

class PosixFile final : public StorageFile {
 public:
  // Takes over the descriptor. `path` is for messages.
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  [[nodiscard]] Status Write(std::uint64_t offset, std::string_view bytes) override;
  [[nodiscard]] Result<std::size_t> Read(std::uint64_t offset, std::span<char> out) override;
  [[nodiscard]] Status Sync() override;
  [[nodiscard]] Result<std::uint64_t> Size() override;
  [[nodiscard]] Status Truncate(std::uint64_t size) override;

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace cairn
