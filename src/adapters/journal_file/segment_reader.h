// SegmentReader gives views of a file's bytes while it is walked forwards, reading it in pieces of
// at least a mebibyte, or of the whole file when it is smaller.
//
// One thread; the file outlives it.
#pragma once

#include "ports/storage.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cairn {

class SegmentReader {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

  // `file_bytes` is about how long the file is.
  SegmentReader(StorageFile& file, std::uint64_t file_bytes)
      : file_(&file),
        piece_bytes_(static_cast<std::size_t>(std::min<std::uint64_t>(file_bytes, kPieceBytes))) {}

  // The bytes from `offset`, `size` of them or fewer at the end of the file; valid until the next
  // call.
  [[nodiscard]] Result<std::string_view> View(std::uint64_t offset, std::size_t size);

 private:
  StorageFile* file_;
  std::size_t piece_bytes_;
  std::vector<char> buffer_;
  std::uint64_t start_ = 0;  // of the file's bytes in the buffer
  std::size_t filled_ = 0;
};

}  // namespace cairn
