#include "adapters/journal_file/journal_scan.h"

#include "adapters/journal_file/segment_reader.h"
#include "base/bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

class Scanner {
 public:
  Scanner(Storage& storage, const Journal::Visitor& visitor)
      : storage_(storage), visitor_(visitor) {}

  Result<JournalScan> Run();

 private:
  // True: go on with the next segment. False: the scan has its end, or damage.
  Result<bool> Segment(std::size_t index);
  Result<bool> BadHeader(std::size_t index, StorageFile& file, std::string_view reason);
  Status Frames(StorageFile& file, ScannedSegment& segment);
  // Empty when a good next frame lies at `offset`, and then `offset` is behind it.
  Result<std::string_view> Frame(SegmentReader& reader, ScannedSegment& segment,
                                 std::uint64_t& offset);
  std::string_view Linked(const FrameHeader& frame, const ScannedSegment& segment,
                          std::uint64_t offset) const;
  Status Tail();
  void Damaged(DamageKind kind, std::uint64_t segment, std::uint64_t offset,
               std::string_view reason, std::string proof);
  bool Newest(std::size_t index) const { return index + 1 == numbers_.size(); }

  Storage& storage_;
  const Journal::Visitor& visitor_;
  std::vector<std::uint64_t> numbers_;
  JournalScan scan_;

  // Why the last walked segment has no further frame.
  std::string_view end_reason_;
  // Set when the header at that place is good, of this journal and newer, and yet not the next.
  std::optional<std::uint64_t> end_later_sequence_;
};

std::string Place(const std::string& file, std::uint64_t offset) {
  return fmt::format("{} offset {}", file, offset);
}

std::string Proof(const std::string& file, const FoundFrame& found) {
  if (found.in_place) {
    return fmt::format("frame {} at {} is good", found.header.sequence, Place(file, found.at));
  }
  return fmt::format("frame {} of segment {} offset {} lies at {}", found.header.sequence,
                     found.header.segment, found.header.offset, Place(file, found.at));
}

Result<JournalScan> Scanner::Run() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, storage_.List());
  for (const std::string& name : names) {
    // The names sort as their numbers do: all have 16 digits.
    if (const auto number = ParseSegmentFileName(name)) numbers_.push_back(*number);
  }
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    if (i > 0 && numbers_[i] != numbers_[i - 1] + 1) {
      Damaged(DamageKind::kMissingFile, numbers_[i - 1] + 1, 0, "the file is missing",
              SegmentFileName(numbers_[i]) + " is there");
      return std::move(scan_);
    }
    ASSIGN_OR_RETURN(const bool go_on, Segment(i));
    if (!go_on) break;
  }
  if (!scan_.damage) RETURN_IF_ERROR(Tail());
  return std::move(scan_);
}

Result<bool> Scanner::Segment(std::size_t index) {
  ScannedSegment segment;
  segment.file = SegmentFileName(numbers_[index]);
  ASSIGN_OR_RETURN(const auto file, storage_.Open(segment.file, false));
  ASSIGN_OR_RETURN(segment.file_bytes, file->Size());
  char block[kJournalHeaderBytes];
  ASSIGN_OR_RETURN(const std::size_t got, file->Read(0, block));
  SegmentHeader& header = segment.header;
  if (const auto wrong = DecodeSegmentHeader({block, got}, header); !wrong.empty()) {
    return BadHeader(index, *file, wrong);
  }
  if (header.oldest_reader > kJournalFormat) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("{}: format {} of a newer version; this program reads up to {}, and {} "
                            "is needed",
                            segment.file, header.format, kJournalFormat, header.oldest_reader));
  }
  if (header.segment != numbers_[index]) {
    return BadHeader(index, *file, "the header is of another segment");
  }
  if (index == 0) {
    scan_.journal_id = header.journal_id;
    scan_.last_sequence = header.previous_sequence;
    scan_.last_checksum = header.previous_checksum;
  } else if (header.journal_id != scan_.journal_id) {
    return BadHeader(index, *file, "the header is of another journal");
  } else if (header.previous_sequence > scan_.last_sequence ||
             (header.previous_sequence == scan_.last_sequence &&
              header.previous_checksum != scan_.last_checksum)) {
    // The header is good, so it is the segment before that lacks frames.
    const ScannedSegment& before = scan_.segments.back();
    Damaged(DamageKind::kFrame, before.header.segment, before.end_offset, end_reason_,
            fmt::format("the header of {} names frame {}", segment.file, header.previous_sequence));
    return false;
  } else if (header.previous_sequence < scan_.last_sequence) {
    // Left by a crash in an earlier attempt to take this very file into use.
    return BadHeader(index, *file, "the header names an older frame than the last one");
  }
  RETURN_IF_ERROR(Frames(*file, segment));
  scan_.segments.push_back(segment);
  if (segment.file_bytes != header.segment_bytes) {
    // A segment has its full length, durably, before it gets its name.
    Damaged(DamageKind::kFileSize, header.segment,
            std::min(segment.file_bytes, header.segment_bytes),
            fmt::format("the file has {} bytes", segment.file_bytes),
            fmt::format("its header says {}", header.segment_bytes));
    return false;
  }
  return true;
}

Result<bool> Scanner::BadHeader(std::size_t index, StorageFile& file, std::string_view reason) {
  const std::uint64_t number = numbers_[index];
  const std::string name = SegmentFileName(number);
  FrameSearch search{.journal_id = scan_.journal_id, .segment = number, .in_place_only = true};
  ASSIGN_OR_RETURN(const auto own, FindFrame(file, search));
  ASSIGN_OR_RETURN(const std::uint64_t bytes, file.Size());
  std::string proof;
  if (own) {
    proof = Proof(name, *own);
  } else if (!Newest(index)) {
    proof = SegmentFileName(numbers_[index + 1]) + " is there";
  } else if (bytes < kSegmentBytesMin || bytes % kJournalBlockBytes != 0) {
    proof = fmt::format("the file has {} bytes, which no segment has", bytes);
  } else if (index == 0 && number != 1) {
    proof = "it is the only segment, and not the first of its journal";
  }
  if (!proof.empty()) {
    Damaged(DamageKind::kHeader, number, 0, reason, std::move(proof));
    return false;
  }
  // The header is durable before a frame is written: without a frame the file was never in use.
  scan_.torn_segment = number;
  return false;
}

Status Scanner::Frames(StorageFile& file, ScannedSegment& segment) {
  SegmentReader reader(file, segment.file_bytes);
  std::uint64_t offset = kJournalBlockBytes;
  end_later_sequence_.reset();
  do {
    segment.end_offset = offset;
    ASSIGN_OR_RETURN(end_reason_, Frame(reader, segment, offset));
  } while (end_reason_.empty());
  return {};
}

Result<std::string_view> Scanner::Frame(SegmentReader& reader, ScannedSegment& segment,
                                        std::uint64_t& offset) {
  if (offset + kJournalBlockBytes > segment.header.segment_bytes) return "the segment ends here";
  ASSIGN_OR_RETURN(std::string_view bytes, reader.View(offset, kJournalBlockBytes));
  FrameHeader frame;
  if (const auto wrong = DecodeFrameHeader(bytes, frame); !wrong.empty()) return wrong;
  if (const auto wrong = Linked(frame, segment, offset); !wrong.empty()) {
    // What a recycled segment held before is older; a torn frame would be the next one.
    const bool later = frame.journal_id == scan_.journal_id && frame.sequence > scan_.last_sequence;
    if (later) end_later_sequence_ = frame.sequence;
    return wrong;
  }
  const std::uint64_t room = segment.header.segment_bytes - offset;
  if (frame.payload_bytes > room || FrameBytes(frame.payload_bytes) > room) {
    return "the frame is longer than its segment";
  }
  const auto whole = static_cast<std::size_t>(kJournalHeaderBytes + frame.payload_bytes);
  ASSIGN_OR_RETURN(bytes, reader.View(offset, whole));
  if (bytes.size() < whole) return "the file ends within the frame";
  const std::string_view payload = bytes.substr(kJournalHeaderBytes);
  if (Hash64(payload) != frame.payload_checksum) return "payload checksum";
  if (!payload.empty()) {
    RETURN_IF_ERROR(visitor_({frame.segment, frame.offset, frame.sequence}, payload));
    ++scan_.frames;
    scan_.payload_bytes += payload.size();
    segment.payload_bytes += payload.size();
  }
  scan_.last_sequence = frame.sequence;
  scan_.last_checksum = frame.checksum;
  scan_.last_segment = frame.segment;
  scan_.last_offset = frame.offset;
  scan_.last_closing = frame.closing;
  if (segment.frames++ == 0) segment.first_sequence = frame.sequence;
  segment.last_sequence = frame.sequence;
  offset += FrameBytes(frame.payload_bytes);
  return std::string_view();
}

std::string_view Scanner::Linked(const FrameHeader& frame, const ScannedSegment& segment,
                                 std::uint64_t offset) const {
  if (frame.journal_id != scan_.journal_id) return "a frame of another journal";
  if (frame.segment != segment.header.segment || frame.offset != offset) {
    return "a frame of another place";
  }
  if (frame.sequence != scan_.last_sequence + 1) return "the sequence does not go on";
  if (frame.previous_checksum != scan_.last_checksum) return "the frame before was another one";
  return {};
}

Status Scanner::Tail() {
  if (scan_.segments.empty()) return {};
  const ScannedSegment& last = scan_.segments.back();
  const auto damaged = [&](std::string proof) {
    Damaged(DamageKind::kFrame, last.header.segment, last.end_offset, end_reason_,
            std::move(proof));
    return Status();
  };
  if (end_later_sequence_) {
    return damaged(fmt::format("frame {} lies there", *end_later_sequence_));
  }
  ASSIGN_OR_RETURN(const auto file, storage_.Open(last.file, false));
  const FrameSearch search{.journal_id = scan_.journal_id,
                           .segment = last.header.segment,
                           .from = last.end_offset + kJournalBlockBytes,
                           .sequence_min = scan_.last_sequence + 1};
  ASSIGN_OR_RETURN(const auto found, FindFrame(*file, search));
  if (found) return damaged(Proof(last.file, *found));
  char header[kJournalHeaderBytes];
  ASSIGN_OR_RETURN(const std::size_t got, file->Read(last.end_offset, header));
  scan_.frame_begun =
      FrameSeemsBegun({header, got}, scan_.journal_id, last.header.segment, last.end_offset);
  return {};
}

void Scanner::Damaged(DamageKind kind, std::uint64_t segment, std::uint64_t offset,
                      std::string_view reason, std::string proof) {
  scan_.damage = JournalDamage{kind,   SegmentFileName(segment), segment,
                               offset, std::string(reason),      std::move(proof)};
}

}  // namespace

std::string JournalDamage::Describe() const {
  return fmt::format("{}: {}; {}", Place(file, offset), reason, proof);
}

Result<JournalScan> ScanJournal(Storage& storage, const Journal::Visitor& visitor) {
  return Scanner(storage, visitor).Run();
}

Result<std::optional<FoundFrame>> FindFrame(StorageFile& file, const FrameSearch& search) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.Size());
  SegmentReader reader(file, file_bytes);
  for (std::uint64_t at = search.from;; at += kJournalBlockBytes) {
    ASSIGN_OR_RETURN(const std::string_view bytes, reader.View(at, kJournalHeaderBytes));
    if (bytes.size() < kJournalHeaderBytes) return std::optional<FoundFrame>();
    FoundFrame found;
    if (!DecodeFrameHeader(bytes, found.header).empty()) continue;
    if (search.journal_id != 0 && found.header.journal_id != search.journal_id) continue;
    if (found.header.sequence < search.sequence_min) continue;
    found.at = at;
    found.in_place = found.header.segment == search.segment && found.header.offset == at;
    if (found.in_place || !search.in_place_only) return std::optional<FoundFrame>(found);
  }
}

}  // namespace cairn
