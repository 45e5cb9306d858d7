// JournalMemory keeps the journal in memory: the same contract without a disk, for tests and for
// the simulation. The object is the disk and the process in one: Crash ends the process and keeps
// what was durable.
//
// The thread rule is that of ports/journal.h; Crash and the faults belong to the appending thread.
#pragma once

#include "ports/journal.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

struct JournalMemoryOptions {
  std::uint64_t segment_bytes = std::uint64_t{1} << 20U;  // at least kJournalMemorySegmentBytesMin
  std::uint32_t segments_ahead = 2;
};

inline constexpr std::uint64_t kJournalMemorySegmentBytesMin = 4096;

class JournalMemory final : public Journal {
 public:
  static constexpr std::size_t kPayloadBytesMax = std::size_t{32} << 20U;
  static constexpr std::uint64_t kFrameOverheadBytes =
      64;  // what a frame costs besides its payload

  // REQUIRES: the options keep their rules.
  explicit JournalMemory(JournalMemoryOptions options);

  [[nodiscard]] Result<ReplayReport> Replay(const Visitor& visitor) override;
  [[nodiscard]] Result<FramePosition> Append(std::string_view payload) override;
  [[nodiscard]] Status Sync() override;
  [[nodiscard]] Status CloseBurst() override;
  // kNotFound when no such frame is kept.
  [[nodiscard]] Result<std::string> Read(const FramePosition& position) override;
  [[nodiscard]] Status DropBefore(std::uint64_t segment) override;
  [[nodiscard]] Result<bool> Maintain() override;
  JournalSpace Space() const override;
  std::size_t max_payload() const override;
  std::uint64_t sync_count() const override;

  // Loses the frame that is not synced, forgets a fatal error; Replay comes next.
  void Crash();
  // The next Sync or CloseBurst that has something to sync fails, and with it every later call.
  void FailNextSync();
  // No more than this many segments, the ones ahead included: past it is kNoSpace.
  void SetSegmentsMax(std::uint64_t segments);

 private:
  struct Frame {
    std::uint64_t offset = 0;
    std::uint64_t sequence = 0;
    std::string payload;  // empty: a closing frame
  };
  struct Segment {
    std::vector<Frame> frames;
    std::uint64_t bytes = 0;
  };

  Status Usable() const;
  Status SyncLocked();
  Result<FramePosition> AppendLocked(std::string_view payload);

  const JournalMemoryOptions options_;
  mutable std::mutex mutex_;  // guards everything below
  std::map<std::uint64_t, Segment> segments_;
  std::uint32_t segments_ahead_ = 0;
  std::uint64_t segments_max_ = UINT64_MAX;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t sync_count_ = 0;
  bool replayed_ = false;
  bool unsynced_ = false;
  bool last_closing_ = false;
  bool fail_next_sync_ = false;
  std::optional<Error> fatal_;
};

}  // namespace cairn
