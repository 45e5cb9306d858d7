// Reads a journal from its oldest segment to its end without changing anything, and tells the torn
// end that a crash leaves from damage. Opening, verifying and repairing all rest on this one walk.
//
// The rules by which it decides, at the first place where no good frame follows the last one:
//  - The next segment's header names exactly the last frame as the one before it: the segment ended
//    here, the walk goes on in the next.
//  - Any frame of this journal with a sequence not yet seen lies behind the place, or a segment's
//    header names one: the bytes here were good once. That is damage.
//  - Otherwise the journal ends here. At most one frame is not durable at any time, and it is
//    written only when the one before is, so a crash can have torn this one frame and no other.
//
// One thread; the storage must not change meanwhile.
#pragma once

#include "adapters/journal_file/journal_format.h"
#include "ports/journal.h"
#include "ports/storage.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

enum class DamageKind : std::uint8_t {
  kFrame,     // no good frame where there was one
  kHeader,    // the segment's header does not belong here, or is none
  kFileSize,  // not as long as the header says
  kMissingFile,
};

struct JournalDamage {
  DamageKind kind = DamageKind::kFrame;
  std::string file;
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;  // bytes from the file's start
  std::string reason;        // what is wrong there
  std::string proof;         // what shows that it is no torn end

  // "journal-....segment offset 8192: header checksum; ..."
  std::string Describe() const;
};

struct ScannedSegment {
  std::string file;
  SegmentHeader header;
  std::uint64_t file_bytes = 0;
  std::uint64_t first_sequence = 0;  // 0: the segment has no frame
  std::uint64_t last_sequence = 0;
  std::uint64_t frames = 0;  // closing frames included
  std::uint64_t payload_bytes = 0;
  std::uint64_t end_offset = 0;  // behind the last good frame
};

struct JournalScan {
  std::vector<ScannedSegment> segments;  // as far as they hang together, oldest first
  std::uint64_t journal_id = 0;
  std::uint64_t frames = 0;  // with a payload
  std::uint64_t payload_bytes = 0;

  std::uint64_t last_sequence = 0;
  std::uint64_t last_checksum = 0;
  std::uint64_t last_segment = 0;  // of the last frame; 0 when there is none
  std::uint64_t last_offset = 0;
  bool last_closing = false;

  bool frame_begun = false;        // a torn frame lies at the end
  std::uint64_t torn_segment = 0;  // the newest file, when it was taken into use and never used
  std::optional<JournalDamage> damage;
};

// Visits every good frame with a payload up to the end or to the first damage. kIncompatible when a
// newer version wrote the journal; kIo, and whatever the visitor returns.
[[nodiscard]] Result<JournalScan> ScanJournal(Storage& storage, const Journal::Visitor& visitor);

// The first frame header in the file, at a block's start and from `from` on, that belongs there or
// whose sequence is at least `sequence_min`. `journal_id` 0 stands for any.
struct FoundFrame {
  std::uint64_t at = 0;
  FrameHeader header;
  bool in_place = false;
};
struct FrameSearch {
  std::uint64_t journal_id = 0;
  std::uint64_t segment = 0;
  std::uint64_t from = kJournalBlockBytes;
  std::uint64_t sequence_min = 0;
  bool in_place_only = false;
};
[[nodiscard]] Result<std::optional<FoundFrame>> FindFrame(StorageFile& file,
                                                          const FrameSearch& search);

}  // namespace cairn
