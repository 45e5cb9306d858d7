#include "adapters/journal_file/journal_repair.h"

#include "adapters/journal_file/journal_format.h"
#include "adapters/journal_file/journal_scan.h"
#include "adapters/journal_file/segment_reader.h"
#include "base/bytes.h"
#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

class Repairer {
 public:
  explicit Repairer(Storage& storage) : storage_(storage) {}

  Result<JournalRepair> Run();

 private:
  Status Fix(const JournalScan& scan);
  Status FixSize(const ScannedSegment& segment);
  // False when the frames do not say what the header was.
  Result<bool> FixHeader(const JournalScan& scan);
  Status Cut(const JournalScan& scan);
  Status SetAsideFile(std::uint64_t segment, std::uint64_t sequence_min);
  Status SetAsideRest(const ScannedSegment& segment, std::uint64_t sequence_min);
  Result<JournalSetAside> Describe(StorageFile& file, std::uint64_t segment, std::uint64_t offset,
                                   std::uint64_t sequence_min);
  Result<std::string> FreeName(const std::string& file);
  Status Copy(StorageFile& from, std::uint64_t bytes, const std::string& to);
  Status WriteZeros(StorageFile& file, std::uint64_t from, std::uint64_t to);

  Storage& storage_;
  JournalRepair repair_;
};

Result<JournalRepair> Repairer::Run() {
  RETURN_IF_ERROR(storage_.Lock());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, storage_.List());
  const auto segments = static_cast<std::uint64_t>(std::count_if(
      names.begin(), names.end(),
      [](const std::string& name) { return ParseSegmentFileName(name).has_value(); }));
  if (segments == 0) {
    return Fail(ErrorCode::kNotFound, "there is no journal in " + storage_.Describe());
  }
  // A segment needs at most its size, its header and its frames put right.
  for (std::uint64_t round = 0; round <= 3 * segments; ++round) {
    ASSIGN_OR_RETURN(
        const JournalScan scan,
        ScanJournal(storage_, [](const FramePosition&, std::string_view) { return Status(); }));
    repair_.last_sequence = scan.last_sequence;
    if (!scan.damage) return std::move(repair_);
    RETURN_IF_ERROR(Fix(scan));
  }
  return Fail(ErrorCode::kIo, storage_.Describe() + ": what is written does not stay");
}

Status Repairer::Fix(const JournalScan& scan) {
  CHECK(scan.damage.has_value());
  switch (scan.damage->kind) {
    case DamageKind::kFileSize: return FixSize(scan.segments.back());
    case DamageKind::kHeader: {
      ASSIGN_OR_RETURN(const bool fixed, FixHeader(scan));
      return fixed ? Status() : Cut(scan);
    }
    case DamageKind::kFrame:
    case DamageKind::kMissingFile: return Cut(scan);
  }
  return {};
}

Status Repairer::FixSize(const ScannedSegment& segment) {
  ASSIGN_OR_RETURN(const auto file, storage_.Open(segment.file, false));
  const std::uint64_t wanted = segment.header.segment_bytes;
  if (segment.file_bytes < wanted) {
    RETURN_IF_ERROR(WriteZeros(*file, segment.file_bytes, wanted));
  } else {
    ASSIGN_OR_RETURN(JournalSetAside aside,
                     Describe(*file, segment.header.segment, wanted, segment.last_sequence + 1));
    ASSIGN_OR_RETURN(aside.set_aside_as, FreeName(segment.file));
    RETURN_IF_ERROR(Copy(*file, segment.file_bytes, aside.set_aside_as));
    RETURN_IF_ERROR(file->Truncate(wanted));
    repair_.set_aside.push_back(std::move(aside));
  }
  RETURN_IF_ERROR(file->Sync());
  repair_.put_right.push_back(
      fmt::format("{} had {} bytes and has {} again", segment.file, segment.file_bytes, wanted));
  return {};
}

Result<bool> Repairer::FixHeader(const JournalScan& scan) {
  CHECK(scan.damage.has_value());
  const JournalDamage& damage = *scan.damage;
  const std::string& name = damage.file;
  ASSIGN_OR_RETURN(const auto file, storage_.Open(name, false));
  ASSIGN_OR_RETURN(const std::uint64_t bytes, file->Size());
  if (bytes < kSegmentBytesMin || bytes % kJournalBlockBytes != 0) return false;
  SegmentReader reader(*file, bytes);
  ASSIGN_OR_RETURN(std::string_view found, reader.View(kJournalBlockBytes, kJournalHeaderBytes));
  FrameHeader frame;
  if (!DecodeFrameHeader(found, frame).empty()) return false;
  if (frame.segment != damage.segment || frame.offset != kJournalBlockBytes) return false;
  if (frame.payload_bytes > bytes || frame.format > kJournalFormat) return false;
  const auto whole = static_cast<std::size_t>(kJournalHeaderBytes + frame.payload_bytes);
  ASSIGN_OR_RETURN(found, reader.View(kJournalBlockBytes, whole));
  if (found.size() < whole) return false;
  if (Hash64(found.substr(kJournalHeaderBytes)) != frame.payload_checksum) return false;
  const bool follows = scan.segments.empty() || (frame.journal_id == scan.journal_id &&
                                                 frame.sequence == scan.last_sequence + 1 &&
                                                 frame.previous_checksum == scan.last_checksum);
  if (!follows) return false;

  ASSIGN_OR_RETURN(const std::string copy, FreeName(name));
  RETURN_IF_ERROR(Copy(*file, kJournalBlockBytes, copy));
  RETURN_IF_ERROR(
      file->Write(0, EncodeSegmentHeader({.journal_id = frame.journal_id,
                                          .segment = frame.segment,
                                          .segment_bytes = bytes,
                                          .previous_sequence = frame.sequence - 1,
                                          .previous_checksum = frame.previous_checksum})));
  RETURN_IF_ERROR(file->Sync());
  repair_.put_right.push_back(fmt::format(
      "{} has its header again, from its first frame; the old one is in {}", name, copy));
  return true;
}

Status Repairer::Cut(const JournalScan& scan) {
  CHECK(scan.damage.has_value());
  const DamageKind kind = scan.damage->kind;
  const std::uint64_t last_linked = scan.segments.empty() ? 0 : scan.segments.back().header.segment;
  const std::uint64_t lost_from = scan.last_sequence + 1;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, storage_.List());
  // The newest first: a repair that stops half-way leaves no hole, and the damage still shows.
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const auto number = ParseSegmentFileName(*name);
    if (number && *number > last_linked) RETURN_IF_ERROR(SetAsideFile(*number, lost_from));
  }
  if (kind != DamageKind::kFrame) return {};
  return SetAsideRest(scan.segments.back(), lost_from);
}

Status Repairer::SetAsideFile(std::uint64_t segment, std::uint64_t sequence_min) {
  const std::string name = SegmentFileName(segment);
  ASSIGN_OR_RETURN(const auto file, storage_.Open(name, false));
  ASSIGN_OR_RETURN(JournalSetAside aside, Describe(*file, segment, 0, sequence_min));
  ASSIGN_OR_RETURN(aside.set_aside_as, FreeName(name));
  RETURN_IF_ERROR(storage_.Rename(name, aside.set_aside_as));
  RETURN_IF_ERROR(storage_.SyncDirectory());
  repair_.set_aside.push_back(std::move(aside));
  return {};
}

Status Repairer::SetAsideRest(const ScannedSegment& segment, std::uint64_t sequence_min) {
  ASSIGN_OR_RETURN(const auto file, storage_.Open(segment.file, false));
  ASSIGN_OR_RETURN(JournalSetAside aside,
                   Describe(*file, segment.header.segment, segment.end_offset, sequence_min));
  ASSIGN_OR_RETURN(aside.set_aside_as, FreeName(segment.file));
  RETURN_IF_ERROR(Copy(*file, segment.file_bytes, aside.set_aside_as));
  RETURN_IF_ERROR(WriteZeros(*file, segment.end_offset, segment.header.segment_bytes));
  RETURN_IF_ERROR(file->Sync());
  repair_.set_aside.push_back(std::move(aside));
  return {};
}

Result<JournalSetAside> Repairer::Describe(StorageFile& file, std::uint64_t segment,
                                           std::uint64_t offset, std::uint64_t sequence_min) {
  JournalSetAside aside;
  aside.file = SegmentFileName(segment);
  aside.offset = offset;
  ASSIGN_OR_RETURN(const std::uint64_t bytes, file.Size());
  aside.bytes = bytes > offset ? bytes - offset : 0;
  FrameSearch search{.segment = segment,
                     .from = std::max<std::uint64_t>(offset, kJournalBlockBytes),
                     .sequence_min = sequence_min,
                     .in_place_only = true};
  while (true) {
    ASSIGN_OR_RETURN(const auto found, FindFrame(file, search));
    if (!found) return aside;
    const std::uint64_t sequence = found->header.sequence;
    if (aside.first_sequence == 0) aside.first_sequence = sequence;
    aside.first_sequence = std::min(aside.first_sequence, sequence);
    aside.last_sequence = std::max(aside.last_sequence, sequence);
    search.from = found->at + kJournalBlockBytes;
  }
}

Result<std::string> Repairer::FreeName(const std::string& file) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, storage_.List());
  for (std::uint64_t number = 1;; ++number) {
    std::string name = fmt::format("damaged-{}-{}", number, file);
    if (std::find(names.begin(), names.end(), name) == names.end()) return name;
  }
}

Status Repairer::Copy(StorageFile& from, std::uint64_t bytes, const std::string& to) {
  ASSIGN_OR_RETURN(const auto file, storage_.Open(to, true));
  const auto copy = [&]() -> Status {
    SegmentReader reader(from, bytes);
    for (std::uint64_t done = 0; done < bytes;) {
      const auto wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(bytes - done, SegmentReader::kPieceBytes));
      ASSIGN_OR_RETURN(const std::string_view piece, reader.View(done, wanted));
      if (piece.size() < wanted) return Fail(ErrorCode::kIo, to + ": the original became shorter");
      RETURN_IF_ERROR(file->Write(done, piece));
      done += piece.size();
    }
    RETURN_IF_ERROR(file->Sync());
    return storage_.SyncDirectory();
  };
  Status copied = copy();
  // Only the half-made copy goes; the original is as it was.
  if (!copied && copied.error().code == ErrorCode::kNoSpace) {
    RETURN_IF_ERROR(storage_.Remove(to));
  }
  return copied;
}

Status Repairer::WriteZeros(StorageFile& file, std::uint64_t from, std::uint64_t to) {
  const std::string zeros(SegmentReader::kPieceBytes, '\0');
  while (from < to) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(to - from, zeros.size()));
    RETURN_IF_ERROR(file.Write(from, std::string_view(zeros).substr(0, piece)));
    from += piece;
  }
  return {};
}

}  // namespace

Result<JournalRepair> RepairJournal(Storage& storage) { return Repairer(storage).Run(); }

}  // namespace cairn
