// JournalFile keeps the journal in segment files of a Storage: checksummed, chained frames in files
// that were written with zeros before they are needed, because a sync of bytes that are already
// allocated costs half of one that must also make a file grow.
//
// The thread rule is that of ports/journal.h; Space may also be called from any thread.
#pragma once

#include "adapters/journal_file/journal_format.h"
#include "adapters/journal_file/journal_scan.h"
#include "ports/journal.h"
#include "ports/storage.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

struct JournalFileOptions {
  // Of segments made from now on; those that exist keep their size. A multiple of 4096 between
  // kSegmentBytesMin and kSegmentBytesMax.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20U;
  std::uint32_t segments_ahead = 2;
  // The id of a new journal is drawn from this: random in a server, given in the simulation.
  std::uint64_t id_seed = 0;
  // What is written into new headers. Only tests of what an older program does set them.
  std::uint32_t format = kJournalFormat;
  std::uint32_t oldest_reader = kJournalFormat;
};

class JournalFile final : public Journal {
 public:
  static constexpr std::size_t kPayloadBytesMax = std::size_t{32} << 20U;
  // Segments whose files stay open; others are opened when they are read.
  static constexpr std::size_t kOpenSegmentsMax = 256;
  // One piece of Maintain's work.
  static constexpr std::size_t kAllocateBytes = std::size_t{1} << 20U;

  // The storage outlives the journal. REQUIRES: the options keep their rules.
  JournalFile(Storage& storage, JournalFileOptions options);

  // Takes the storage's lock first: kLocked. The storage's files of other names are left alone.
  [[nodiscard]] Result<ReplayReport> Replay(const Visitor& visitor) override;
  [[nodiscard]] Result<FramePosition> Append(std::string_view payload) override;
  [[nodiscard]] Status Sync() override;
  [[nodiscard]] Status CloseBurst() override;
  // kNotFound when the segment is dropped or was never there.
  [[nodiscard]] Result<std::string> Read(const FramePosition& position) override;
  [[nodiscard]] Status DropBefore(std::uint64_t segment) override;
  [[nodiscard]] Result<bool> Maintain() override;
  JournalSpace Space() const override;
  // A segment holds at least its header, one frame and that frame's closing frame.
  std::size_t max_payload() const override { return max_payload_; }
  std::uint64_t sync_count() const override { return sync_count_; }

  std::uint64_t journal_id() const { return journal_id_; }

 private:
  struct Segment {
    std::shared_ptr<StorageFile> file;  // null: not open
    std::uint64_t bytes = 0;
  };
  // A spare that is being written with zeros.
  struct Unfinished {
    std::uint64_t number = 0;
    std::unique_ptr<StorageFile> file;
    std::uint64_t written = 0;
  };

  // The first fatal error, kept for every later call; kNoSpace passes through.
  Status Fatal(Status status);
  Status FatalLocked(Status status);  // REQUIRES: mutex_ is held alone
  Status Usable() const;

  Status Open(const JournalScan& scan);
  Status AdoptSpares();
  Status OpenSegments(const JournalScan& scan);
  Status SettleEnd(const JournalScan& scan);
  Status StartSegment(std::uint64_t number);
  Status WriteSegmentHeader(StorageFile& file, std::uint64_t number, std::uint64_t bytes);
  Result<FramePosition> AppendFrame(std::string_view payload, bool closing);
  Status WriteFrame(const FrameHeader& header, std::string_view payload);
  Status SyncEnd();
  // Never kNoSpace: after a failed sync, whatever its reason, nothing may be tried again. A second
  // drop, say, could become durable without the first, and that is a hole in the journal.
  Status SyncNames();
  Status Recycle(std::uint64_t number);
  Status AllocatePiece();
  Status AbandonUnfinished();
  Result<std::shared_ptr<StorageFile>> FileOf(std::uint64_t segment);
  void CloseOneIdle(std::uint64_t keep);
  Result<std::string> ReadFrame(StorageFile& file, const FramePosition& position) const;

  Storage& storage_;
  const JournalFileOptions options_;
  const std::size_t max_payload_;

  // Guards the maps below and every change of the directory. Reads and writes of files go without.
  mutable std::shared_mutex mutex_;
  std::map<std::uint64_t, Segment> segments_;
  std::set<std::uint64_t> spares_;  // numbers in their names
  std::optional<Error> fatal_;
  std::atomic<bool> failed_ = false;

  // Of the appending thread, except that Space reads end_offset_.
  bool replayed_ = false;
  bool unsynced_ = false;
  std::uint64_t journal_id_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_checksum_ = 0;
  bool last_closing_ = false;
  std::uint64_t last_segment_ = 0;
  std::atomic<std::uint64_t> end_offset_ = 0;
  std::shared_ptr<StorageFile> end_file_;
  std::uint64_t end_bytes_ = 0;  // size of the segment being written
  std::optional<Unfinished> unfinished_;
  std::uint64_t next_spare_ = 1;
  std::vector<char> buffer_;
  std::atomic<std::uint64_t> sync_count_ = 0;
};

}  // namespace cairn
