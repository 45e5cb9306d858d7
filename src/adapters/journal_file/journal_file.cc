#include "adapters/journal_file/journal_file.h"

#include "base/bytes.h"
#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

namespace cairn {
namespace {

// A payload up to this is copied behind its header and written by one call. A longer one is not
// worth the copy: it is written from where it lies.
constexpr std::size_t kCopyBytesMax = std::size_t{256} << 10U;
constexpr std::size_t kBufferBytes = kCopyBytesMax + kJournalBlockBytes;
constexpr std::size_t kFirstBlockPayload = kJournalBlockBytes - kJournalHeaderBytes;

std::size_t MaxPayload(std::uint64_t segment_bytes) {
  // Header, frame header, and the block of the closing frame.
  const std::uint64_t room = segment_bytes - 3 * kJournalBlockBytes;
  return static_cast<std::size_t>(std::min<std::uint64_t>(room, JournalFile::kPayloadBytesMax));
}

}  // namespace

JournalFile::JournalFile(Storage& storage, JournalFileOptions options)
    : storage_(storage),
      options_(options),
      max_payload_(MaxPayload(options.segment_bytes)),
      buffer_(kBufferBytes) {
  CHECK(options_.segment_bytes >= kSegmentBytesMin && options_.segment_bytes <= kSegmentBytesMax);
  CHECK(options_.segment_bytes % kJournalBlockBytes == 0);
}

Status JournalFile::Fatal(Status status) {
  if (status || status.error().code == ErrorCode::kNoSpace) return status;
  const std::unique_lock lock(mutex_);
  return FatalLocked(std::move(status));
}

Status JournalFile::FatalLocked(Status status) {
  if (status || status.error().code == ErrorCode::kNoSpace) return status;
  if (!fatal_) fatal_ = status.error();
  failed_ = true;
  return status;
}

Status JournalFile::Usable() const {
  if (!failed_) return {};
  const std::shared_lock lock(mutex_);
  CHECK(fatal_.has_value());
  return Fail(*fatal_);
}

Result<FramePosition> JournalFile::Append(std::string_view payload) {
  CHECK(replayed_);
  CHECK(!payload.empty() && payload.size() <= max_payload_);
  RETURN_IF_ERROR(Usable());
  CHECK_MSG(!unsynced_, "a frame is appended before the one before it is synced");
  return AppendFrame(payload, false);
}

Status JournalFile::Sync() {
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  return unsynced_ ? SyncEnd() : Status();
}

Status JournalFile::CloseBurst() {
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  if (unsynced_) RETURN_IF_ERROR(SyncEnd());
  if (last_closing_ || last_sequence_ == 0) return {};
  RETURN_IF_ERROR(AppendFrame({}, true));
  return SyncEnd();
}

Status JournalFile::SyncEnd() {
  Status synced = end_file_->Sync();
  // A disk that finds out now that it is full has lost the frame like any other that fails.
  if (!synced) synced = Fail(ErrorCode::kIo, std::move(synced.error().message));
  RETURN_IF_ERROR(Fatal(std::move(synced)));
  ++sync_count_;
  unsynced_ = false;
  return {};
}

Result<FramePosition> JournalFile::AppendFrame(std::string_view payload, bool closing) {
  // The block of the closing frame stays free behind every other frame, so that a burst can always
  // be closed, on a full disk too.
  const std::uint64_t reserve = closing ? 0 : kJournalBlockBytes;
  if (end_offset_ + FrameBytes(payload.size()) + reserve > end_bytes_) {
    RETURN_IF_ERROR(StartSegment(last_segment_ + 1));
  }
  FrameHeader header{.format = options_.format,
                     .closing = closing,
                     .journal_id = journal_id_,
                     .segment = last_segment_,
                     .offset = end_offset_,
                     .sequence = last_sequence_ + 1,
                     .payload_bytes = payload.size(),
                     .previous_checksum = last_checksum_,
                     .payload_checksum = Hash64(payload)};
  EncodeFrameHeader(header, buffer_.data());
  RETURN_IF_ERROR(Fatal(WriteFrame(header, payload)));
  unsynced_ = true;
  last_sequence_ = header.sequence;
  last_checksum_ = header.checksum;
  last_closing_ = closing;
  end_offset_ += FrameBytes(payload.size());
  return FramePosition{header.segment, header.offset, header.sequence};
}

// Whole blocks only: a partly written page that is not in the page cache must be read first.
Status JournalFile::WriteFrame(const FrameHeader& header, std::string_view payload) {
  const bool copied = payload.size() <= kCopyBytesMax;
  const std::size_t first = copied ? payload.size() : kFirstBlockPayload;
  const auto first_bytes = static_cast<std::size_t>(FrameBytes(first));
  char* const data = buffer_.data();
  if (!payload.empty()) std::memcpy(data + kJournalHeaderBytes, payload.data(), first);
  std::memset(data + kJournalHeaderBytes + first, 0, first_bytes - kJournalHeaderBytes - first);
  RETURN_IF_ERROR(end_file_->Write(header.offset, {data, first_bytes}));
  if (copied) return {};

  const std::string_view rest = payload.substr(first);
  const std::size_t whole = rest.size() / kJournalBlockBytes * kJournalBlockBytes;
  const std::size_t tail = rest.size() - whole;
  RETURN_IF_ERROR(end_file_->Write(header.offset + first_bytes, rest.substr(0, whole)));
  if (tail == 0) return {};
  std::memcpy(data, rest.data() + whole, tail);
  std::memset(data + tail, 0, kJournalBlockBytes - tail);
  return end_file_->Write(header.offset + first_bytes + whole, {data, kJournalBlockBytes});
}

// The header is made durable before the first frame is written. So a file whose header is torn was
// never used, and a frame that lies in a file with a bad header proves damage.
Status JournalFile::StartSegment(std::uint64_t number) {
  while (spares_.empty()) RETURN_IF_ERROR(AllocatePiece());
  const std::uint64_t spare = *spares_.begin();
  std::shared_ptr<StorageFile> file;
  {
    const std::unique_lock lock(mutex_);
    auto opened = storage_.Open(SpareFileName(spare), false);
    Status renamed = opened ? storage_.Rename(SpareFileName(spare), SegmentFileName(number))
                            : Status(Fail(opened.error()));
    RETURN_IF_ERROR(FatalLocked(std::move(renamed)));
    file = std::move(*opened);
    spares_.erase(spare);
  }
  Status written = WriteSegmentHeader(*file, number, options_.segment_bytes);
  if (written) written = file->Sync();
  const std::unique_lock lock(mutex_);
  if (written) written = SyncNames();
  if (!written && written.error().code == ErrorCode::kNoSpace) {
    // No frame was written, so it can be a spare again whatever of it is durable.
    RETURN_IF_ERROR(FatalLocked(storage_.Rename(SegmentFileName(number), SpareFileName(spare))));
    spares_.insert(spare);
  }
  RETURN_IF_ERROR(FatalLocked(std::move(written)));
  CloseOneIdle(number);
  segments_[number] = {file, options_.segment_bytes};
  last_segment_ = number;
  end_file_ = std::move(file);
  end_bytes_ = options_.segment_bytes;
  end_offset_ = kJournalBlockBytes;
  return {};
}

Status JournalFile::WriteSegmentHeader(StorageFile& file, std::uint64_t number,
                                       std::uint64_t bytes) {
  return file.Write(0, EncodeSegmentHeader({.format = options_.format,
                                            .oldest_reader = options_.oldest_reader,
                                            .journal_id = journal_id_,
                                            .segment = number,
                                            .segment_bytes = bytes,
                                            .previous_sequence = last_sequence_,
                                            .previous_checksum = last_checksum_}));
}

Status JournalFile::DropBefore(std::uint64_t segment) {
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  while (segments_.begin()->first < std::min(segment, last_segment_)) {
    RETURN_IF_ERROR(Fatal(Recycle(segments_.begin()->first)));
  }
  return {};
}

// Each drop is durable before the next one begins: two at once could leave the older file and lose
// the newer, and that is a hole in the journal.
Status JournalFile::Recycle(std::uint64_t number) {
  const std::unique_lock lock(mutex_);
  const std::string name = SegmentFileName(number);
  const bool fits = segments_.at(number).bytes == options_.segment_bytes;
  if (fits && spares_.size() < options_.segments_ahead + 1) {
    RETURN_IF_ERROR(storage_.Rename(name, SpareFileName(next_spare_)));
    spares_.insert(next_spare_++);
  } else {
    RETURN_IF_ERROR(storage_.Remove(name));
  }
  segments_.erase(number);
  return SyncNames();
}

Status JournalFile::SyncNames() {
  Status synced = storage_.SyncDirectory();
  if (!synced) synced = Fail(ErrorCode::kIo, std::move(synced.error().message));
  return synced;
}

Result<bool> JournalFile::Maintain() {
  CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  if (spares_.size() >= options_.segments_ahead) {
    // Dropped segments were quicker.
    if (unfinished_) RETURN_IF_ERROR(Fatal(AbandonUnfinished()));
    return false;
  }
  RETURN_IF_ERROR(AllocatePiece());
  return spares_.size() < options_.segments_ahead;
}

// Writes one piece of the next spare, and behind the last one gives it its name. Each piece is
// synced, so that no call holds the thread for the length of a whole segment's sync.
Status JournalFile::AllocatePiece() {
  const auto attempt = [&]() -> Status {
    if (!unfinished_) {
      const std::unique_lock lock(mutex_);
      ASSIGN_OR_RETURN(auto file, storage_.Open(UnfinishedSpareName(next_spare_), true));
      unfinished_ = Unfinished{next_spare_++, std::move(file), 0};
    }
    static const std::string kZeros(kAllocateBytes, '\0');
    Unfinished& spare = *unfinished_;
    const auto piece = static_cast<std::size_t>(
        std::min<std::uint64_t>(options_.segment_bytes - spare.written, kZeros.size()));
    RETURN_IF_ERROR(spare.file->Write(spare.written, std::string_view(kZeros).substr(0, piece)));
    RETURN_IF_ERROR(spare.file->Sync());
    spare.written += piece;
    if (spare.written < options_.segment_bytes) return {};
    const std::unique_lock lock(mutex_);
    const std::uint64_t number = spare.number;
    RETURN_IF_ERROR(storage_.Rename(UnfinishedSpareName(number), SpareFileName(number)));
    RETURN_IF_ERROR(SyncNames());
    unfinished_.reset();
    spares_.insert(number);
    return {};
  };
  Status status = attempt();
  if (!status && status.error().code == ErrorCode::kNoSpace && unfinished_) {
    RETURN_IF_ERROR(Fatal(AbandonUnfinished()));
  }
  return Fatal(std::move(status));
}

Status JournalFile::AbandonUnfinished() {
  const std::unique_lock lock(mutex_);
  CHECK(unfinished_.has_value());
  const std::string name = UnfinishedSpareName(unfinished_->number);
  unfinished_.reset();
  return storage_.Remove(name);
}

JournalSpace JournalFile::Space() const {
  const std::shared_lock lock(mutex_);
  JournalSpace space;
  space.segment_bytes = options_.segment_bytes;
  space.segments_ahead = static_cast<std::uint32_t>(spares_.size());
  if (segments_.empty()) return space;
  space.first_segment = segments_.begin()->first;
  space.last_segment = segments_.rbegin()->first;
  for (const auto& [number, segment] : segments_) {
    space.bytes += number == space.last_segment ? end_offset_.load() : segment.bytes;
  }
  return space;
}

Result<std::string> JournalFile::Read(const FramePosition& position) {
  RETURN_IF_ERROR(Usable());
  ASSIGN_OR_RETURN(const auto file, FileOf(position.segment));
  auto payload = ReadFrame(*file, position);
  if (!payload && payload.error().code == ErrorCode::kCorrupt) {
    // A segment that is dropped meanwhile is soon written anew.
    const std::shared_lock lock(mutex_);
    if (!segments_.contains(position.segment)) {
      return Fail(ErrorCode::kNotFound, fmt::format("segment {} is dropped", position.segment));
    }
  }
  return payload;
}

Result<std::shared_ptr<StorageFile>> JournalFile::FileOf(std::uint64_t segment) {
  {
    const std::shared_lock lock(mutex_);
    const auto found = segments_.find(segment);
    if (found == segments_.end()) {
      return Fail(ErrorCode::kNotFound, fmt::format("the journal has no segment {}", segment));
    }
    if (found->second.file) return found->second.file;
  }
  const std::unique_lock lock(mutex_);
  const auto found = segments_.find(segment);
  if (found == segments_.end()) {
    return Fail(ErrorCode::kNotFound, fmt::format("segment {} is dropped", segment));
  }
  if (!found->second.file) {
    CloseOneIdle(segment);
    ASSIGN_OR_RETURN(found->second.file, storage_.Open(SegmentFileName(segment), false));
  }
  return found->second.file;
}

// Readers of the closed one keep their own hold on it. REQUIRES: mutex_ is held.
void JournalFile::CloseOneIdle(std::uint64_t keep) {
  std::size_t open = 0;
  Segment* oldest = nullptr;
  for (auto& [number, segment] : segments_) {
    if (!segment.file) continue;
    ++open;
    if (oldest == nullptr && number != keep && number != last_segment_) oldest = &segment;
  }
  if (open >= kOpenSegmentsMax && oldest != nullptr) oldest->file.reset();
}

Result<std::string> JournalFile::ReadFrame(StorageFile& file, const FramePosition& position) const {
  const auto corrupt = [&](std::string_view reason) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} offset {}: {}", SegmentFileName(position.segment), position.offset,
                            reason));
  };
  char block[kJournalBlockBytes];
  ASSIGN_OR_RETURN(std::size_t got, file.Read(position.offset, block));
  FrameHeader header;
  if (const auto wrong = DecodeFrameHeader({block, got}, header); !wrong.empty()) {
    return corrupt(wrong);
  }
  if (header.journal_id != journal_id_ || header.segment != position.segment ||
      header.offset != position.offset || header.sequence != position.sequence) {
    return corrupt(fmt::format("another frame lies here than {}", position.sequence));
  }
  if (header.payload_bytes > kPayloadBytesMax)
    return corrupt("the frame is longer than any can be");
  std::string payload(static_cast<std::size_t>(header.payload_bytes), '\0');
  const std::size_t first = std::min(payload.size(), kFirstBlockPayload);
  if (got < kJournalHeaderBytes + first) return corrupt("the file ends within the frame");
  std::memcpy(payload.data(), block + kJournalHeaderBytes, first);
  if (payload.size() > first) {
    const std::span<char> rest = std::span(payload).subspan(first);
    ASSIGN_OR_RETURN(got, file.Read(position.offset + kJournalBlockBytes, rest));
    if (got < rest.size()) return corrupt("the file ends within the frame");
  }
  if (Hash64(payload) != header.payload_checksum) return corrupt("payload checksum");
  return payload;
}

}  // namespace cairn
