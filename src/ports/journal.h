// Journal: one append-only sequence of frames that survives. A frame is opaque bytes (a batch of
// records, see model/record.h). At most one frame is not yet durable at any time.
//
// One thread appends (the journal worker). Read may be called from any thread at any time.
//
//   Open -> Replay (once) -> { Append, Sync }* with CloseBurst, DropBefore, Maintain in between
#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cairn {

// Where a frame lies. Segments are numbered from 1 and only ever grow; what is dropped is whole
// segments from the oldest end.
struct FramePosition {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;    // bytes from the segment's start
  std::uint64_t sequence = 0;  // of the frame, from 1, over the journal's whole life
  friend auto operator<=>(const FramePosition&, const FramePosition&) = default;
};

// What Replay found out about the journal's end.
struct ReplayReport {
  std::uint64_t frames = 0;         // with a payload
  std::uint64_t bytes = 0;          // of payload
  std::uint64_t last_sequence = 0;  // 0: the journal is empty
  bool cut_tail = false;            // a torn last frame was cut off
  std::string cut_at;               // "segment 7 offset 4096", if so
};

struct JournalSpace {
  std::uint64_t segment_bytes = 0;  // size of one segment
  std::uint64_t first_segment = 0;  // oldest that is kept
  std::uint64_t last_segment = 0;   // being written
  std::uint64_t bytes = 0;  // from the oldest kept segment to the end, allocated-ahead excluded
  std::uint32_t segments_ahead = 0;  // allocated and empty; 2 when all is well
};

class Journal {
 public:
  // The payload is valid during the call only. An error stops the replay and is returned by it.
  using Visitor = std::function<Status(const FramePosition&, std::string_view payload)>;

  virtual ~Journal() = default;

  // Visits every frame from the oldest kept segment, in order, and makes the journal ready for
  // Append. A torn tail is cut off and reported. kCorrupt, naming file and offset, when a damaged
  // frame is followed by a good one; kIncompatible when a newer version wrote it. What was found is
  // durable when this returns.
  [[nodiscard]] virtual Result<ReplayReport> Replay(const Visitor& visitor) = 0;

  // Writes a frame behind the last one. REQUIRES: the frame before is synced, payload.size() is
  // from 1 to max_payload(). kNoSpace when a new segment is needed and none can be had: nothing was
  // appended, and a later try may succeed. Any other error is fatal for the process.
  [[nodiscard]] virtual Result<FramePosition> Append(std::string_view payload) = 0;

  // Makes the appended frame durable. Every error is fatal for the process: after a failed sync the
  // page cache says nothing about the disk.
  [[nodiscard]] virtual Status Sync() = 0;

  // Writes an empty frame behind the last one and syncs it, so that damage to acknowledged frames
  // is told from the torn tail of a crash. No effect if the last frame is one already.
  [[nodiscard]] virtual Status CloseBurst() = 0;

  // The payload of the frame at a position that Append or Replay gave and that is not dropped.
  // kCorrupt when its checksum is wrong.
  [[nodiscard]] virtual Result<std::string> Read(const FramePosition& position) = 0;

  // Drops all segments below `segment`; they are recycled. The segment being written stays. After
  // kNoSpace some of them are still there, everything is usable, and a later try may succeed. Any
  // other error is fatal for the process.
  [[nodiscard]] virtual Status DropBefore(std::uint64_t segment) = 0;

  // Allocates ahead until two segments are ready, one piece of work a call. True: call again.
  // kNoSpace leaves everything usable.
  [[nodiscard]] virtual Result<bool> Maintain() = 0;

  virtual JournalSpace Space() const = 0;
  virtual std::size_t max_payload() const = 0;
  // How often Sync and CloseBurst made the disk sync, for measuring.
  virtual std::uint64_t sync_count() const = 0;
};

}  // namespace cairn
