#include "runtime/archive_worker.h"

#include "runtime/order_snapshot.h"

#include <algorithm>

namespace cairn {

void ArchiveWorker::Push(std::vector<std::shared_ptr<const Order>> ended, std::uint64_t sequence) {
  waiting_.fetch_add(ended.size(), std::memory_order_relaxed);
  std::vector<Ended> items;
  items.reserve(ended.size());
  for (auto& order : ended) items.push_back({std::move(order), sequence});
  ended_.PutAll(std::move(items));
  handle_->Wake();
}

void ArchiveWorker::Ask(std::function<void(Archive&)> question) {
  questions_.Put(std::move(question));
  handle_->Wake();
}

bool ArchiveWorker::Step() {
  if (dead_) return false;
  {
    std::vector<std::shared_ptr<const Order>> discarded;
    discarded_.TakeAll(discarded);
  }
  std::vector<std::function<void(Archive&)>> questions;
  questions_.TakeAll(questions);
  for (auto& question : questions) question(archive_);

  if (next_ == taken_.size()) {
    taken_.clear();
    next_ = 0;
    ended_.TakeAll(taken_);
  }
  if (next_ == taken_.size()) {
    oldest_.store(0, std::memory_order_relaxed);
    return false;
  }
  oldest_.store(taken_[next_].order->ended_at, std::memory_order_relaxed);
  // The clock may have been set back since: no wait is longer than it was meant to be.
  retry_at_ = std::min(retry_at_, clock_.Now() + kArchiveRetry);
  if (clock_.Now() < retry_at_) {
    handle_->WakeAt(retry_at_);
    return false;
  }
  return Write();
}

bool ArchiveWorker::Write() {
  const std::size_t count_max = std::min(kArchiveTransactionOrders, taken_.size() - next_);
  std::vector<ArchivedOrder> rows;
  rows.reserve(count_max);
  std::uint64_t sequence = 0;
  std::size_t bytes = 0;
  for (std::size_t i = next_; i < next_ + count_max && bytes < kArchiveTransactionBytes; ++i) {
    rows.push_back({SummaryOf(*taken_[i].order), ArchiveBody(*taken_[i].order)});
    sequence = std::max(sequence, taken_[i].sequence);
    bytes += rows.back().body.size();
  }
  const std::size_t count = rows.size();
  const Status written = archive_.Write(rows, sequence);
  if (!written) {
    if (written.error().code != ErrorCode::kNoSpace) {
      dead_ = true;
      fatal_(written.error());
      return false;
    }
    no_space_.store(true, std::memory_order_relaxed);
    retry_at_ = clock_.Now() + kArchiveRetry;
    handle_->WakeAt(retry_at_);
    return false;
  }
  no_space_.store(false, std::memory_order_relaxed);
  std::vector<OrderId> ids;
  ids.reserve(count);
  for (std::size_t i = next_; i < next_ + count; ++i) {
    ids.push_back(taken_[i].order->id);
    taken_[i].order.reset();
  }
  next_ += count;
  waiting_.fetch_sub(count, std::memory_order_relaxed);
  written_.fetch_add(count, std::memory_order_relaxed);
  archived_(std::move(ids));
  return true;
}

}  // namespace cairn
