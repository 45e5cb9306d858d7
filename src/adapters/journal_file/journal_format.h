// The journal's bytes on disk, format 1: what its files are called, and the two headers.
//
//   segment   := segment header, padded to a block, then frames; always segment_bytes long
//   frame     := frame header, payload, padded to a block with zeros
//
//   segment header                         frame header
//    0 u64 magic "CAIRNSEG"                 0 u64 magic "CAIRNFRM"
//    8 u32 format of the writer             8 u32 format of the writer
//   12 u32 oldest format that may read it  12 u32 flags: 1 closing frame
//   16 u64 journal id                      16 u64 journal id
//   24 u64 segment number                  24 u64 segment number
//   32 u64 segment_bytes                   32 u64 offset in the segment
//   40 u64 last sequence before it         40 u64 sequence
//   48 u64 checksum of that frame          48 u64 payload bytes
//   56 u64 zero                            56 u64 checksum of the frame before
//   64 u64 zero                            64 u64 checksum of the payload
//   72 u64 checksum of bytes 0 to 71       72 u64 checksum of bytes 0 to 71
//
// All numbers are little-endian, all checksums XXH3-64. A frame's checksum is its header's, which
// covers the payload's. Both headers lie within one 512-byte sector, so no crash tears them.
//
// A later format may change frames as it likes; it keeps the first 80 bytes of a segment, so that
// an older program can tell that it must not go on.
//
// Pure functions and plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn {

inline constexpr std::uint32_t kJournalFormat =
    1;  // written by this program, and the newest it reads
inline constexpr std::size_t kJournalBlockBytes = 4096;
inline constexpr std::size_t kJournalHeaderBytes = 80;  // of a segment and of a frame
inline constexpr std::uint64_t kSegmentBytesMin = 4 * kJournalBlockBytes;
inline constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{4} << 30U;

struct SegmentHeader {
  std::uint32_t format = kJournalFormat;
  std::uint32_t oldest_reader = kJournalFormat;
  std::uint64_t journal_id = 0;
  std::uint64_t segment = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t previous_sequence = 0;  // 0: there is no frame before
  std::uint64_t previous_checksum = 0;
};

struct FrameHeader {
  std::uint32_t format = kJournalFormat;
  bool closing = false;
  std::uint64_t journal_id = 0;
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t sequence = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t previous_checksum = 0;
  std::uint64_t payload_checksum = 0;
  std::uint64_t checksum = 0;  // set by Encode and Decode
};

// The header's block, kJournalBlockBytes long.
std::string EncodeSegmentHeader(const SegmentHeader& header);
// Writes kJournalHeaderBytes to `out` and sets header.checksum.
void EncodeFrameHeader(FrameHeader& header, char* out);

// Empty when `bytes` begin with a good header, which is in `header` then; else what is wrong.
// A good header may still belong elsewhere.
std::string_view DecodeSegmentHeader(std::string_view bytes, SegmentHeader& header);
std::string_view DecodeFrameHeader(std::string_view bytes, FrameHeader& header);

// True when a frame seems to have been begun just here: its header is good and for this place, or
// is damaged and yet plainly one. What a segment held before it was recycled does not seem so.
bool FrameSeemsBegun(std::string_view bytes, std::uint64_t journal_id, std::uint64_t segment,
                     std::uint64_t offset);

// Bytes that a frame with such a payload takes, padding included.
constexpr std::uint64_t FrameBytes(std::uint64_t payload_bytes) {
  return (kJournalHeaderBytes + payload_bytes + kJournalBlockBytes - 1) / kJournalBlockBytes *
         kJournalBlockBytes;
}

// "journal-000000000000001f.segment" and back; none for every other name.
std::string SegmentFileName(std::uint64_t segment);
std::optional<std::uint64_t> ParseSegmentFileName(std::string_view name);

// "spare-7.segment": allocated, durable, of any content. "spare-7.new": still being made.
std::string SpareFileName(std::uint64_t number);
std::optional<std::uint64_t> ParseSpareFileName(std::string_view name);
std::string UnfinishedSpareName(std::uint64_t number);
std::optional<std::uint64_t> ParseUnfinishedSpareName(std::string_view name);

}  // namespace cairn
