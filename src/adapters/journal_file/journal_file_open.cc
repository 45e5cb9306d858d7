// How a JournalFile is opened: what the scan found becomes the state to append to.
//
// Why bytes behind the cut can never be taken for frames later. Two kinds of them exist. What a
// recycled segment held before names another segment number, and the number of a segment that has
// held a frame never comes back. What a torn frame left begins at the cut itself, because only one
// frame is ever unsynced; its header's block is zeroed here, and the next frame is written over it
// or, when it does not fit, goes to a new segment whose header names the last good frame, so that
// no reader looks for it here. Were an older header left in spite of that, its sequence and the
// checksum of the frame before it would have to fit, and then it would be that very frame, which
// was never acknowledged and may stand.
#include "adapters/journal_file/journal_file.h"
#include "base/check.h"
#include "base/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace cairn {

Result<ReplayReport> JournalFile::Replay(const Visitor& visitor) {
  CHECK(!replayed_);
  RETURN_IF_ERROR(Usable());
  RETURN_IF_ERROR(storage_.Lock());
  ASSIGN_OR_RETURN(const JournalScan scan, ScanJournal(storage_, visitor));
  if (scan.damage) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("journal in {}: {}. This is damage, not the torn end of a crash. See "
                            "`cairn journal verify` and `cairn journal repair`",
                            storage_.Describe(), scan.damage->Describe()));
  }
  RETURN_IF_ERROR(Fatal(Open(scan)));
  replayed_ = true;
  ReplayReport report;
  report.frames = scan.frames;
  report.bytes = scan.payload_bytes;
  report.last_sequence = scan.last_sequence;
  report.cut_tail = scan.frame_begun;
  if (scan.frame_begun) {
    const ScannedSegment& last = scan.segments.back();
    report.cut_at = fmt::format("segment {} offset {}", last.header.segment, last.end_offset);
  }
  return report;
}

Status JournalFile::Open(const JournalScan& scan) {
  RETURN_IF_ERROR(AdoptSpares());
  if (scan.torn_segment != 0) {
    // Taken into use by a process that died before it could write a frame: it is a spare again.
    RETURN_IF_ERROR(
        storage_.Rename(SegmentFileName(scan.torn_segment), SpareFileName(next_spare_)));
    ++next_spare_;
    RETURN_IF_ERROR(AdoptSpares());
  }
  last_sequence_ = scan.last_sequence;
  last_checksum_ = scan.last_checksum;
  last_closing_ = scan.last_closing;
  if (scan.segments.empty()) {
    journal_id_ = std::max<std::uint64_t>(Random(options_.id_seed).Next(), 1);
    RETURN_IF_ERROR(SyncNames());
    return StartSegment(1);
  }
  journal_id_ = scan.journal_id;
  RETURN_IF_ERROR(OpenSegments(scan));
  return SettleEnd(scan);
}

// Spares of this size stay; half-made ones and those of another size go.
Status JournalFile::AdoptSpares() {
  spares_.clear();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, storage_.List());
  for (const std::string& name : names) {
    if (ParseUnfinishedSpareName(name)) {
      RETURN_IF_ERROR(storage_.Remove(name));
      continue;
    }
    const auto number = ParseSpareFileName(name);
    if (!number) continue;
    next_spare_ = std::max(next_spare_, *number + 1);
    ASSIGN_OR_RETURN(const auto file, storage_.Open(name, false));
    ASSIGN_OR_RETURN(const std::uint64_t bytes, file->Size());
    if (bytes == options_.segment_bytes && spares_.size() < options_.segments_ahead + 1) {
      spares_.insert(*number);
    } else {
      RETURN_IF_ERROR(storage_.Remove(name));
    }
  }
  return {};
}

Status JournalFile::OpenSegments(const JournalScan& scan) {
  for (const ScannedSegment& found : scan.segments) {
    segments_[found.header.segment].bytes = found.header.segment_bytes;
  }
  const ScannedSegment& last = scan.segments.back();
  last_segment_ = last.header.segment;
  end_bytes_ = last.header.segment_bytes;
  end_offset_ = last.end_offset;
  ASSIGN_OR_RETURN(end_file_, storage_.Open(last.file, false));
  segments_[last_segment_].file = end_file_;
  return {};
}

// Makes durable what the scan read. The process before may have died between a write and its sync,
// or of a failed sync, after which the page cache holds pages that it calls clean and that are not
// on the disk. Only the last frame and a header without frames can be such: both are written again.
Status JournalFile::SettleEnd(const JournalScan& scan) {
  const ScannedSegment& last = scan.segments.back();
  const bool has_last_frame = scan.last_segment == last.header.segment;
  const std::uint64_t from = has_last_frame ? scan.last_offset : 0;
  std::string bytes(static_cast<std::size_t>(last.end_offset - from), '\0');
  ASSIGN_OR_RETURN(const std::size_t got, end_file_->Read(from, bytes));
  if (got != bytes.size()) return Fail(ErrorCode::kIo, last.file + ": shorter than a moment ago");
  RETURN_IF_ERROR(end_file_->Write(from, bytes));
  if (scan.frame_begun) {
    const std::string zeros(kJournalBlockBytes, '\0');
    RETURN_IF_ERROR(end_file_->Write(last.end_offset, zeros));
  }
  RETURN_IF_ERROR(end_file_->Sync());
  return SyncNames();
}

}  // namespace cairn
