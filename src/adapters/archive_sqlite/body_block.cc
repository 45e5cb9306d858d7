#include "adapters/archive_sqlite/body_block.h"

#include "base/check.h"

#include <zstd.h>

namespace cairn {
namespace {

// A fast level: level 1 takes twice the time of this one and saves a fifth of the bytes.
constexpr int kLevel = -3;

}  // namespace

BlockPacker::BlockPacker() : context_(ZSTD_createCCtx()) {
  CHECK_MSG(context_ != nullptr, "no memory for a compressor");
  const auto set = [this](ZSTD_cParameter parameter, int value) {
    CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context_, parameter, value)) == 0);
  };
  set(ZSTD_c_compressionLevel, kLevel);
  // SQLite has no checksums of its own; this one tells a damaged body from a good one.
  set(ZSTD_c_checksumFlag, 1);
}

BlockPacker::~BlockPacker() { ZSTD_freeCCtx(context_); }

std::size_t BlockPacker::Add(std::string_view body) {
  CHECK(!full());
  const std::size_t offset = raw_.size();
  raw_.append(body);
  ++orders_;
  return offset;
}

std::string_view BlockPacker::Pack() {
  const std::size_t bound = ZSTD_compressBound(raw_.size());
  const bool too_large = packed_.size() > 4 * kBlockBytesTarget;
  if (packed_.size() < bound || too_large) packed_ = std::string(bound, '\0');
  const std::size_t size =
      ZSTD_compress2(context_, packed_.data(), packed_.size(), raw_.data(), raw_.size());
  CHECK_MSG(ZSTD_isError(size) == 0, ZSTD_getErrorName(size));
  Clear();
  return std::string_view(packed_.data(), size);
}

void BlockPacker::Clear() {
  // One huge body must not hold its memory for ever.
  if (raw_.capacity() > 4 * kBlockBytesTarget) std::string().swap(raw_);
  raw_.clear();
  orders_ = 0;
}

BlockUnpacker::BlockUnpacker() : context_(ZSTD_createDCtx()) {
  CHECK_MSG(context_ != nullptr, "no memory for a decompressor");
}

BlockUnpacker::~BlockUnpacker() { ZSTD_freeDCtx(context_); }

Result<std::string> BlockUnpacker::Body(std::string_view packed, std::uint64_t offset,
                                        std::uint64_t size) {
  const auto raw_size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  // Also refuses the two values that say "unknown" and "not a frame".
  if (raw_size > kBlockBytesTarget + kArchiveBodyBytesMax) {
    return Fail(ErrorCode::kCorrupt, "the block's header is damaged");
  }
  if (offset > raw_size || size > raw_size - offset) {
    return Fail(ErrorCode::kCorrupt, "the body lies outside its block");
  }
  std::string raw(static_cast<std::size_t>(raw_size), '\0');
  const std::size_t got =
      ZSTD_decompressDCtx(context_, raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0) return Fail(ErrorCode::kCorrupt, ZSTD_getErrorName(got));
  if (got != raw.size()) return Fail(ErrorCode::kCorrupt, "the block is cut off");
  return raw.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

}  // namespace cairn
