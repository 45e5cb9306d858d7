#include "adapters/journal_file/journal_inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

constexpr std::string_view kSetAsidePrefix = "damaged-";

Result<JournalScan> Scan(Storage& storage, const Journal::Visitor& visitor) {
  RETURN_IF_ERROR(storage.Lock());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, storage.List());
  const bool any = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return ParseSegmentFileName(name).has_value();
  });
  if (!any) return Fail(ErrorCode::kNotFound, "there is no journal in " + storage.Describe());
  return ScanJournal(storage, visitor);
}

Status Ignore(const FramePosition&, std::string_view) { return {}; }

std::optional<JournalFileRow> RowOf(const std::string& name, const JournalScan& scan) {
  JournalFileRow row;
  row.file = name;
  if (const auto number = ParseSegmentFileName(name)) {
    row.segment = *number;
    row.role = JournalFileRole::kUnlinked;
    for (const ScannedSegment& segment : scan.segments) {
      if (segment.header.segment != *number) continue;
      row.role = JournalFileRole::kSegment;
      row.first_sequence = segment.first_sequence;
      row.last_sequence = segment.last_sequence;
      row.frames = segment.frames;
      row.payload_bytes = segment.payload_bytes;
    }
  } else if (ParseSpareFileName(name)) {
    row.role = JournalFileRole::kSpare;
  } else if (ParseUnfinishedSpareName(name)) {
    row.role = JournalFileRole::kUnfinished;
  } else if (name.starts_with(kSetAsidePrefix)) {
    row.role = JournalFileRole::kSetAside;
  } else {
    return std::nullopt;
  }
  return row;
}

Status DumpFrame(const FramePosition& position, std::string_view payload,
                 const std::function<Status(const DumpedRecord&)>& visit) {
  const auto located = [&](const Error& error) {
    return Fail(error.code,
                fmt::format("{} offset {}, frame {}: {}", SegmentFileName(position.segment),
                            position.offset, position.sequence, error.message));
  };
  auto batch = BatchReader::Open(payload);
  if (!batch) return located(batch.error());
  RecordView record;
  while (true) {
    const auto more = batch->Next(record);
    if (!more) return located(more.error());
    if (!*more) return {};
    RETURN_IF_ERROR(visit({position, batch->header(), record}));
  }
}

}  // namespace

Result<JournalVerification> VerifyJournal(Storage& storage) {
  ASSIGN_OR_RETURN(JournalScan scan, Scan(storage, Ignore));
  JournalVerification found;
  found.journal_id = scan.journal_id;
  found.segments = scan.segments.size();
  found.frames = scan.frames;
  found.payload_bytes = scan.payload_bytes;
  found.last_sequence = scan.last_sequence;
  if (scan.frame_begun) {
    const ScannedSegment& last = scan.segments.back();
    found.torn_at = fmt::format("segment {} offset {}", last.header.segment, last.end_offset);
  }
  found.damage = std::move(scan.damage);
  return found;
}

std::string_view RoleName(JournalFileRole role) {
  switch (role) {
    case JournalFileRole::kSegment: return "segment";
    case JournalFileRole::kUnlinked: return "unlinked";
    case JournalFileRole::kSpare: return "spare";
    case JournalFileRole::kUnfinished: return "unfinished";
    case JournalFileRole::kSetAside: return "set_aside";
  }
  return "";
}

Result<std::vector<JournalFileRow>> ListJournal(Storage& storage) {
  ASSIGN_OR_RETURN(const JournalScan scan, Scan(storage, Ignore));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, storage.List());
  std::vector<JournalFileRow> rows;
  for (const std::string& name : names) {
    auto row = RowOf(name, scan);
    if (!row) continue;
    ASSIGN_OR_RETURN(const auto file, storage.Open(name, false));
    ASSIGN_OR_RETURN(row->file_bytes, file->Size());
    rows.push_back(std::move(*row));
  }
  return rows;
}

Status DumpJournal(Storage& storage, const std::function<Status(const DumpedRecord&)>& visit) {
  ASSIGN_OR_RETURN(const JournalScan scan,
                   Scan(storage, [&](const FramePosition& position, std::string_view payload) {
                     return DumpFrame(position, payload, visit);
                   }));
  if (scan.damage) return Fail(ErrorCode::kCorrupt, scan.damage->Describe());
  return {};
}

}  // namespace cairn
