// A body block: the bodies of up to kBlockOrdersMax orders, one behind the other, compressed as
// one. Orders of one moment resemble each other, so a block is half as large as the same bodies
// compressed alone, and takes half the time; reading one body unpacks its whole block.
//
// One thread at a time may use a packer or an unpacker.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace cairn {

inline constexpr std::size_t kBlockOrdersMax = 32;
// A block is closed once it holds this much; only a single body may make it larger.
inline constexpr std::size_t kBlockBytesTarget = 256U << 10U;
// One body. SQLite itself ends at 10^9 bytes.
inline constexpr std::size_t kArchiveBodyBytesMax = 512U << 20U;

class BlockPacker {
 public:
  BlockPacker();
  ~BlockPacker();
  BlockPacker(const BlockPacker&) = delete;
  BlockPacker& operator=(const BlockPacker&) = delete;

  bool empty() const { return orders_ == 0; }
  // True when the next body belongs into a new block.
  bool full() const { return orders_ >= kBlockOrdersMax || raw_.size() >= kBlockBytesTarget; }

  // Returns the body's offset within the block, in bytes. REQUIRES: not full.
  std::size_t Add(std::string_view body);
  // The compressed block; the packer is empty again. The view is valid until the next Pack.
  std::string_view Pack();
  // Forgets what was added.
  void Clear();

 private:
  ZSTD_CCtx_s* context_;
  std::string raw_;
  std::string packed_;
  std::size_t orders_ = 0;
};

class BlockUnpacker {
 public:
  BlockUnpacker();
  ~BlockUnpacker();
  BlockUnpacker(const BlockUnpacker&) = delete;
  BlockUnpacker& operator=(const BlockUnpacker&) = delete;

  // The body at `offset`. kCorrupt when the block is damaged or does not hold it.
  [[nodiscard]] Result<std::string> Body(std::string_view packed, std::uint64_t offset,
                                         std::uint64_t size);

 private:
  ZSTD_DCtx_s* context_;
};

}  // namespace cairn
