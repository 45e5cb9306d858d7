// Looks into a journal that no process uses: verifies it, lists its files, decodes its records.
// Nothing is changed but the lock that is taken.
//
// Each function takes the storage's lock (kLocked) and walks the whole journal. kNotFound when the
// directory holds no journal, kIncompatible when a newer version wrote it. One thread.
#pragma once

#include "adapters/journal_file/journal_scan.h"
#include "model/record.h"
#include "ports/journal.h"
#include "ports/storage.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

struct JournalVerification {
  std::uint64_t journal_id = 0;
  std::uint64_t segments = 0;  // up to the end or the first damage, like the figures below
  std::uint64_t frames = 0;    // with a payload
  std::uint64_t payload_bytes = 0;
  std::uint64_t last_sequence = 0;
  // "segment 7 offset 4096" when a torn frame lies at the end. Opening the journal cuts it off.
  std::string torn_at;
  std::optional<JournalDamage> damage;
};
[[nodiscard]] Result<JournalVerification> VerifyJournal(Storage& storage);

// What a file of the directory is to the journal.
enum class JournalFileRole : std::uint8_t {
  kSegment,     // part of the journal
  kUnlinked,    // a segment that does not follow from the ones before it
  kSpare,       // allocated ahead
  kUnfinished,  // a spare that was being made
  kSetAside,    // by a repair
};
std::string_view RoleName(JournalFileRole role);

struct JournalFileRow {
  std::string file;
  JournalFileRole role = JournalFileRole::kSegment;
  std::uint64_t file_bytes = 0;
  // Of segments only; 0 otherwise, and sequences are 0 without a frame.
  std::uint64_t segment = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t frames = 0;  // closing frames included
  std::uint64_t payload_bytes = 0;
};
// In the order of their names.
[[nodiscard]] Result<std::vector<JournalFileRow>> ListJournal(Storage& storage);

// One record; the views are valid during the call only.
struct DumpedRecord {
  const FramePosition& position;
  const BatchHeader& batch;
  const RecordView& record;
};
// Calls `visit` for each record of each good frame, oldest first; its error ends the walk and is
// returned. kCorrupt, after all that is good, when there is damage or a frame is no batch.
[[nodiscard]] Status DumpJournal(Storage& storage,
                                 const std::function<Status(const DumpedRecord&)>& visit);

}  // namespace cairn
