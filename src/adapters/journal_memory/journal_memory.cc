#include "adapters/journal_memory/journal_memory.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {

JournalMemory::JournalMemory(JournalMemoryOptions options) : options_(options) {
  CHECK(options_.segment_bytes >= kJournalMemorySegmentBytesMin);
}

Status JournalMemory::Usable() const {
  if (fatal_) return Fail(*fatal_);
  return {};
}

Result<ReplayReport> JournalMemory::Replay(const Visitor& visitor) {
  const std::lock_guard lock(mutex_);
  CHECK(!replayed_);
  ReplayReport report;
  for (const auto& [number, segment] : segments_) {
    for (const Frame& frame : segment.frames) {
      report.last_sequence = frame.sequence;
      if (frame.payload.empty()) continue;
      RETURN_IF_ERROR(visitor({number, frame.offset, frame.sequence}, frame.payload));
      ++report.frames;
      report.bytes += frame.payload.size();
    }
  }
  if (segments_.empty()) {
    if (segments_max_ == 0) return Fail(ErrorCode::kNoSpace, "no room for the first segment");
    segments_[1];
  }
  report.last_sequence = last_sequence_;
  replayed_ = true;
  return report;
}

Result<FramePosition> JournalMemory::Append(std::string_view payload) {
  const std::lock_guard lock(mutex_);
  CHECK(replayed_ && !payload.empty() && payload.size() <= max_payload());
  RETURN_IF_ERROR(Usable());
  CHECK_MSG(!unsynced_, "a frame is appended before the one before it is synced");
  return AppendLocked(payload);
}

Result<FramePosition> JournalMemory::AppendLocked(std::string_view payload) {
  const std::uint64_t need = kFrameOverheadBytes + payload.size();
  // A closing frame always has room behind the frame that it closes.
  const std::uint64_t reserve = payload.empty() ? 0 : kFrameOverheadBytes;
  std::uint64_t number = segments_.rbegin()->first;
  if (segments_.at(number).bytes + need + reserve > options_.segment_bytes) {
    if (segments_ahead_ > 0) {
      --segments_ahead_;
    } else if (segments_.size() >= segments_max_) {
      return Fail(ErrorCode::kNoSpace, fmt::format("no room for segment {}", number + 1));
    }
    ++number;
  }
  Segment& segment = segments_[number];
  const FramePosition position{number, segment.bytes, ++last_sequence_};
  segment.frames.push_back({position.offset, position.sequence, std::string(payload)});
  segment.bytes += need;
  unsynced_ = true;
  last_closing_ = payload.empty();
  return position;
}

Status JournalMemory::Sync() {
  const std::lock_guard lock(mutex_);
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  return unsynced_ ? SyncLocked() : Status();
}

Status JournalMemory::SyncLocked() {
  if (fail_next_sync_) {
    fail_next_sync_ = false;
    fatal_ = Error{ErrorCode::kIo, "the sync failed"};
    return Fail(*fatal_);
  }
  ++sync_count_;
  unsynced_ = false;
  return {};
}

Status JournalMemory::CloseBurst() {
  const std::lock_guard lock(mutex_);
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  if (unsynced_) RETURN_IF_ERROR(SyncLocked());
  if (last_closing_ || last_sequence_ == 0) return {};
  RETURN_IF_ERROR(AppendLocked({}));
  return SyncLocked();
}

Result<std::string> JournalMemory::Read(const FramePosition& position) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Usable());
  const auto found = segments_.find(position.segment);
  if (found != segments_.end()) {
    const auto& frames = found->second.frames;
    const auto frame = std::lower_bound(
        frames.begin(), frames.end(), position.offset,
        [](const Frame& candidate, std::uint64_t offset) { return candidate.offset < offset; });
    if (frame != frames.end() && frame->offset == position.offset &&
        frame->sequence == position.sequence) {
      return frame->payload;
    }
  }
  return Fail(ErrorCode::kNotFound,
              fmt::format("no frame {} in segment {} at offset {}", position.sequence,
                          position.segment, position.offset));
}

Status JournalMemory::DropBefore(std::uint64_t segment) {
  const std::lock_guard lock(mutex_);
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  while (segments_.size() > 1 && segments_.begin()->first < segment) {
    segments_.erase(segments_.begin());
    if (segments_ahead_ < options_.segments_ahead + 1) ++segments_ahead_;
  }
  return {};
}

Result<bool> JournalMemory::Maintain() {
  const std::lock_guard lock(mutex_);
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  if (segments_ahead_ >= options_.segments_ahead) return false;
  if (segments_.size() + segments_ahead_ >= segments_max_) {
    return Fail(ErrorCode::kNoSpace, "no room for a segment ahead");
  }
  ++segments_ahead_;
  return segments_ahead_ < options_.segments_ahead;
}

JournalSpace JournalMemory::Space() const {
  const std::lock_guard lock(mutex_);
  JournalSpace space;
  space.segment_bytes = options_.segment_bytes;
  space.segments_ahead = segments_ahead_;
  if (segments_.empty()) return space;
  space.first_segment = segments_.begin()->first;
  space.last_segment = segments_.rbegin()->first;
  space.bytes = (space.last_segment - space.first_segment) * options_.segment_bytes +
                segments_.rbegin()->second.bytes;
  return space;
}

std::size_t JournalMemory::max_payload() const {
  const std::uint64_t room = options_.segment_bytes - 2 * kFrameOverheadBytes;
  return static_cast<std::size_t>(std::min<std::uint64_t>(room, kPayloadBytesMax));
}

std::uint64_t JournalMemory::sync_count() const {
  const std::lock_guard lock(mutex_);
  return sync_count_;
}

void JournalMemory::Crash() {
  const std::lock_guard lock(mutex_);
  if (unsynced_) {
    Segment& segment = segments_.rbegin()->second;
    segment.bytes = segment.frames.back().offset;
    segment.frames.pop_back();
    // A segment whose only frame is lost stays the one to append to: numbers only grow.
    --last_sequence_;
  }
  last_closing_ = false;
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    if (segment->second.frames.empty()) continue;
    last_closing_ = segment->second.frames.back().payload.empty();
    break;
  }
  unsynced_ = false;
  replayed_ = false;
  fail_next_sync_ = false;
  fatal_.reset();
}

void JournalMemory::FailNextSync() {
  const std::lock_guard lock(mutex_);
  fail_next_sync_ = true;
}

void JournalMemory::SetSegmentsMax(std::uint64_t segments) {
  const std::lock_guard lock(mutex_);
  segments_max_ = segments;
}

}  // namespace cairn
