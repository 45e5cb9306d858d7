#include "adapters/journal_file/segment_reader.h"

#include <algorithm>
#include <cstring>

namespace cairn {

Result<std::string_view> SegmentReader::View(std::uint64_t offset, std::size_t size) {
  const bool inside = offset >= start_ && offset <= start_ + filled_;
  if (!inside || offset + size > start_ + filled_) {
    // What the buffer has of it moves to the front, the rest is read behind it.
    const std::size_t skipped = inside ? static_cast<std::size_t>(offset - start_) : filled_;
    const std::size_t kept = filled_ - skipped;
    if (kept > 0 && skipped > 0) std::memmove(buffer_.data(), buffer_.data() + skipped, kept);
    start_ = offset;
    filled_ = kept;
    const std::size_t wanted = std::max(size, piece_bytes_);
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    ASSIGN_OR_RETURN(
        const std::size_t got,
        file_->Read(start_ + filled_, std::span(buffer_).subspan(filled_, wanted - filled_)));
    filled_ += got;
  }
  const auto at = static_cast<std::size_t>(offset - start_);
  return std::string_view(buffer_.data() + at, std::min(size, filled_ - at));
}

}  // namespace cairn
