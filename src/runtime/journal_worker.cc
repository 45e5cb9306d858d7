#include "runtime/journal_worker.h"

#include "base/check.h"

#include <algorithm>

namespace cairn {

void JournalWorker::Submit(std::unique_ptr<Batch> batch) {
  CHECK(!busy_.exchange(true, std::memory_order_acq_rel));
  submitted_.Put(std::move(batch));
  handle_->Wake();
}

bool JournalWorker::Step() {
  if (dead_) return false;
  if (batch_ == nullptr) {
    if (MaintenanceIsDue()) return Maintain() || !dead_;
    std::vector<std::unique_ptr<Batch>> taken;
    submitted_.TakeAll(taken);
    CHECK(taken.size() <= 1);
    if (taken.empty()) return StepIdle();
    batch_ = std::move(taken.front());
    if (!batch_->early_calls.empty()) outlet_.Dispatch(std::move(batch_->early_calls));
    drop_before_ = std::max(drop_before_, batch_->drop_before);
    phase_ = drop_before_ != 0 ? Phase::kDrop : AfterDrop();
  }
  return StepBatch();
}

// One phase a step, so that the simulation can stop the world between any two of them.
bool JournalWorker::StepBatch() {
  switch (phase_) {
    case Phase::kDrop:
      if (!Drop()) return false;
      phase_ = AfterDrop();
      return true;
    case Phase::kAppend: return Append();
    case Phase::kSync: {
      // Before the answer that makes them useless is durable, so that none is launched after it;
      // should it not come to be durable, they are derived again like everything that was lost.
      if (!batch_->withdrawn.empty()) outlet_.Withdraw(batch_->withdrawn);
      const Status synced = journal_.Sync();
      if (!synced) {
        Fatal(synced.error());
        return false;
      }
      syncs_.store(journal_.sync_count(), std::memory_order_relaxed);
      phase_ = Phase::kRelease;
      return true;
    }
    case Phase::kRelease: Release(); return true;
  }
  return false;
}

JournalWorker::Phase JournalWorker::AfterDrop() const {
  return batch_->bytes.empty() ? Phase::kRelease : Phase::kAppend;
}

// Before the frame, which may need the room that this makes. False: it failed for good.
bool JournalWorker::Drop() {
  if (drop_before_ == 0) return true;
  const Status dropped = journal_.DropBefore(drop_before_);
  if (dropped) {
    drop_before_ = 0;
    return true;
  }
  if (dropped.error().code != ErrorCode::kNoSpace) {
    Fatal(dropped.error());
    return false;
  }
  no_space_.store(true, std::memory_order_relaxed);
  handle_->WakeAt(clock_.Now() + kNoSpaceRetry);
  return true;
}

bool JournalWorker::Append() {
  auto position = journal_.Append(batch_->bytes);
  if (!position) {
    if (position.error().code != ErrorCode::kNoSpace) {
      Fatal(position.error());
      return false;
    }
    // Nothing was appended. The partition holds back what is new; the batch waits for room.
    no_space_.store(true, std::memory_order_relaxed);
    if (drop_before_ != 0) phase_ = Phase::kDrop;
    handle_->WakeAt(clock_.Now() + kNoSpaceRetry);
    return false;
  }
  // By the place, not the payload: a short frame takes a whole block.
  appended_since_maintain_ +=
      position->offset - (position->segment == position_.segment ? position_.offset : 0);
  position_ = *position;
  appended_bytes_.fetch_add(batch_->bytes.size(), std::memory_order_relaxed);
  if (position_.segment != last_segment_) {
    last_segment_ = position_.segment;
    if (!maintaining_) appended_since_maintain_ = 0;
    maintaining_ = true;
  }
  phase_ = Phase::kSync;
  return true;
}

void JournalWorker::Release() {
  const std::unique_ptr<Batch> batch = std::move(batch_);
  const bool has_frame = !batch->bytes.empty();
  if (has_frame) {
    last_sequence_ = position_.sequence;
    burst_open_ = true;
    close_at_ = clock_.Now() + kCloseBurstAfter;
  }
  DurableNotice notice{.position = has_frame ? position_ : FramePosition{},
                       .bases = std::move(batch->bases),
                       .events = std::move(batch->events),
                       .space = journal_.Space()};
  segment_bytes_ = notice.space.segment_bytes;
  // The next batch may come from here on: the partition fills the disk's time while we release.
  busy_.store(false, std::memory_order_release);
  outlet_.OnDurable(std::move(notice));
  if (!batch->resumed.empty()) outlet_.Resume(std::move(batch->resumed));
  if (!batch->calls.empty()) outlet_.Dispatch(std::move(batch->calls));
  if (!batch->given_back.empty()) outlet_.GiveBack(batch->given_back);
  for (auto& reply : batch->replies) reply();
  if (!batch->ended.empty()) outlet_.ArchiveOrders(std::move(batch->ended), last_sequence_);
  if (burst_open_) handle_->WakeAt(close_at_);
}

bool JournalWorker::StepIdle() {
  // The clock may have been set back since: no wait is longer than it was meant to be.
  close_at_ = std::min(close_at_, clock_.Now() + kNoSpaceRetry);
  if (burst_open_ && clock_.Now() < close_at_) handle_->WakeAt(close_at_);
  if (burst_open_ && clock_.Now() >= close_at_) {
    const Status closed = journal_.CloseBurst();
    if (closed) {
      burst_open_ = false;
    } else if (closed.error().code == ErrorCode::kNoSpace) {
      close_at_ = clock_.Now() + kNoSpaceRetry;
      handle_->WakeAt(close_at_);
    } else {
      Fatal(closed.error());
      return false;
    }
    syncs_.store(journal_.sync_count(), std::memory_order_relaxed);
    return true;
  }
  if (!Drop()) return false;
  if (!maintaining_ && !no_space_.load(std::memory_order_relaxed)) return false;
  return Maintain();
}

bool JournalWorker::MaintenanceIsDue() const {
  return maintaining_ && appended_since_maintain_ > MaintainAfter();
}

// True: there is more to make ready.
bool JournalWorker::Maintain() {
  appended_since_maintain_ -= std::min(appended_since_maintain_, MaintainAfter());
  const auto more = journal_.Maintain();
  if (more) {
    no_space_.store(drop_before_ != 0, std::memory_order_relaxed);
    maintaining_ = *more;
    return maintaining_;
  }
  if (more.error().code != ErrorCode::kNoSpace) {
    Fatal(more.error());
    return false;
  }
  no_space_.store(true, std::memory_order_relaxed);
  handle_->WakeAt(clock_.Now() + kNoSpaceRetry);
  return false;
}

void JournalWorker::Fatal(const Error& error) {
  dead_ = true;
  outlet_.OnFatal(error);
}

}  // namespace cairn
