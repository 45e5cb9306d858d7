#include "adapters/journal_file/journal_format.h"

#include "base/bytes.h"
#include "base/check.h"

#include <charconv>
#include <cstring>

namespace cairn {
namespace {

// "CAIRNSEG" and "CAIRNFRM" as they lie in the file.
constexpr std::uint64_t kSegmentMagic = 0x4745534e52494143U;
constexpr std::uint64_t kFrameMagic = 0x4d52464e52494143U;

constexpr std::uint32_t kFlagClosing = 1;

constexpr std::size_t kAtMagic = 0;
constexpr std::size_t kAtFormat = 8;
constexpr std::size_t kAtJournalId = 16;
constexpr std::size_t kAtSegment = 24;
constexpr std::size_t kAtChecksum = 72;

constexpr std::size_t kAtOldestReader = 12;
constexpr std::size_t kAtSegmentBytes = 32;
constexpr std::size_t kAtPreviousSequence = 40;
constexpr std::size_t kAtPreviousFrame = 48;

constexpr std::size_t kAtFlags = 12;
constexpr std::size_t kAtOffset = 32;
constexpr std::size_t kAtSequence = 40;
constexpr std::size_t kAtPayloadBytes = 48;
constexpr std::size_t kAtPreviousChecksum = 56;
constexpr std::size_t kAtPayloadChecksum = 64;

template <typename Int>
void Store(char* to, Int value) {
  std::memcpy(to, &value, sizeof(Int));
}

std::uint64_t Number(std::string_view bytes, std::size_t at) {
  return LoadFixed<std::uint64_t>(bytes.data() + at);
}

std::uint32_t SmallNumber(std::string_view bytes, std::size_t at) {
  return LoadFixed<std::uint32_t>(bytes.data() + at);
}

std::string_view CheckHeader(std::string_view bytes, std::uint64_t magic) {
  if (bytes.size() < kJournalHeaderBytes) return "the file ends here";
  if (Number(bytes, kAtMagic) != magic) return "no header";
  if (Number(bytes, kAtChecksum) != Hash64(bytes.substr(0, kAtChecksum))) return "header checksum";
  return {};
}

std::optional<std::uint64_t> ParseNumberedName(std::string_view name, std::string_view prefix,
                                               std::string_view suffix, int base) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
  if (name.size() <= prefix.size() + suffix.size()) return std::nullopt;
  name.remove_prefix(prefix.size());
  name.remove_suffix(suffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, base);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

constexpr std::string_view kSegmentPrefix = "journal-";
constexpr std::string_view kSparePrefix = "spare-";
constexpr std::string_view kSuffix = ".segment";
constexpr std::string_view kUnfinishedSuffix = ".new";

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string block(kJournalBlockBytes, '\0');
  Store(block.data() + kAtMagic, kSegmentMagic);
  Store(block.data() + kAtFormat, header.format);
  Store(block.data() + kAtOldestReader, header.oldest_reader);
  Store(block.data() + kAtJournalId, header.journal_id);
  Store(block.data() + kAtSegment, header.segment);
  Store(block.data() + kAtSegmentBytes, header.segment_bytes);
  Store(block.data() + kAtPreviousSequence, header.previous_sequence);
  Store(block.data() + kAtPreviousFrame, header.previous_checksum);
  Store(block.data() + kAtChecksum, Hash64({block.data(), kAtChecksum}));
  return block;
}

void EncodeFrameHeader(FrameHeader& header, char* out) {
  Store(out + kAtMagic, kFrameMagic);
  Store(out + kAtFormat, header.format);
  Store(out + kAtFlags, header.closing ? kFlagClosing : std::uint32_t{0});
  Store(out + kAtJournalId, header.journal_id);
  Store(out + kAtSegment, header.segment);
  Store(out + kAtOffset, header.offset);
  Store(out + kAtSequence, header.sequence);
  Store(out + kAtPayloadBytes, header.payload_bytes);
  Store(out + kAtPreviousChecksum, header.previous_checksum);
  Store(out + kAtPayloadChecksum, header.payload_checksum);
  header.checksum = Hash64({out, kAtChecksum});
  Store(out + kAtChecksum, header.checksum);
}

std::string_view DecodeSegmentHeader(std::string_view bytes, SegmentHeader& header) {
  if (const auto wrong = CheckHeader(bytes, kSegmentMagic); !wrong.empty()) return wrong;
  header.format = SmallNumber(bytes, kAtFormat);
  header.oldest_reader = SmallNumber(bytes, kAtOldestReader);
  header.journal_id = Number(bytes, kAtJournalId);
  header.segment = Number(bytes, kAtSegment);
  header.segment_bytes = Number(bytes, kAtSegmentBytes);
  header.previous_sequence = Number(bytes, kAtPreviousSequence);
  header.previous_checksum = Number(bytes, kAtPreviousFrame);
  const bool sized = header.segment_bytes >= kSegmentBytesMin &&
                     header.segment_bytes <= kSegmentBytesMax &&
                     header.segment_bytes % kJournalBlockBytes == 0;
  return sized ? std::string_view() : "segment size";
}

std::string_view DecodeFrameHeader(std::string_view bytes, FrameHeader& header) {
  if (const auto wrong = CheckHeader(bytes, kFrameMagic); !wrong.empty()) return wrong;
  header.format = SmallNumber(bytes, kAtFormat);
  header.closing = (SmallNumber(bytes, kAtFlags) & kFlagClosing) != 0;
  header.journal_id = Number(bytes, kAtJournalId);
  header.segment = Number(bytes, kAtSegment);
  header.offset = Number(bytes, kAtOffset);
  header.sequence = Number(bytes, kAtSequence);
  header.payload_bytes = Number(bytes, kAtPayloadBytes);
  header.previous_checksum = Number(bytes, kAtPreviousChecksum);
  header.payload_checksum = Number(bytes, kAtPayloadChecksum);
  header.checksum = Number(bytes, kAtChecksum);
  return {};
}

bool FrameSeemsBegun(std::string_view bytes, std::uint64_t journal_id, std::uint64_t segment,
                     std::uint64_t offset) {
  if (bytes.size() < kJournalHeaderBytes) return false;
  const bool here = Number(bytes, kAtJournalId) == journal_id &&
                    Number(bytes, kAtSegment) == segment && Number(bytes, kAtOffset) == offset;
  const bool damaged = Number(bytes, kAtMagic) == kFrameMagic &&
                       Number(bytes, kAtChecksum) != Hash64(bytes.substr(0, kAtChecksum));
  return here || damaged;
}

std::string SegmentFileName(std::uint64_t segment) {
  return std::string(kSegmentPrefix) + Hex64(segment) + std::string(kSuffix);
}

std::optional<std::uint64_t> ParseSegmentFileName(std::string_view name) {
  const auto number = ParseNumberedName(name, kSegmentPrefix, kSuffix, 16);
  // Only the exact form counts: "journal-1f.segment" is not ours.
  if (!number || *number == 0 || SegmentFileName(*number) != name) return std::nullopt;
  return number;
}

std::string SpareFileName(std::uint64_t number) {
  return std::string(kSparePrefix) + std::to_string(number) + std::string(kSuffix);
}

std::optional<std::uint64_t> ParseSpareFileName(std::string_view name) {
  const auto number = ParseNumberedName(name, kSparePrefix, kSuffix, 10);
  if (!number || SpareFileName(*number) != name) return std::nullopt;
  return number;
}

std::string UnfinishedSpareName(std::uint64_t number) {
  return std::string(kSparePrefix) + std::to_string(number) + std::string(kUnfinishedSuffix);
}

std::optional<std::uint64_t> ParseUnfinishedSpareName(std::string_view name) {
  const auto number = ParseNumberedName(name, kSparePrefix, kUnfinishedSuffix, 10);
  if (!number || UnfinishedSpareName(*number) != name) return std::nullopt;
  return number;
}

}  // namespace cairn
