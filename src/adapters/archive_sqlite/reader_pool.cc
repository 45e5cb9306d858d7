#include "adapters/archive_sqlite/reader_pool.h"

#include "base/check.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace cairn {

ReaderPool::Lease::~Lease() {
  if (reader_) pool_->Return(day_, std::move(reader_));
}

void ReaderPool::Add(Day day, std::string path, const IdRanges& ranges) {
  const std::lock_guard lock(mutex_);
  const bool is_new = days_.try_emplace(day, Entry{std::move(path), ranges, 0, false}).second;
  CHECK(is_new);
}

void ReaderPool::Widen(Day day, const std::vector<OrderId>& ids) {
  const std::lock_guard lock(mutex_);
  for (const OrderId id : ids) days_.at(day).ranges.Widen(id);
}

std::vector<Day> ReaderPool::DaysThatMayHold(OrderId id) const {
  const std::lock_guard lock(mutex_);
  std::vector<Day> days;
  for (auto at = days_.rbegin(); at != days_.rend(); ++at) {
    if (!at->second.forgotten && at->second.ranges.MayHold(id)) days.push_back(at->first);
  }
  return days;
}

std::vector<std::pair<Day, IdRanges>> ReaderPool::RangesExcept(Day day) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<Day, IdRanges>> ranges;
  for (const auto& [each, entry] : days_) {
    if (each != day && !entry.forgotten) ranges.emplace_back(each, entry.ranges);
  }
  return ranges;
}

std::vector<std::pair<OrderId, Day>> ReaderPool::DaysByGreatestId(OrderId before) const {
  std::vector<std::pair<OrderId, Day>> days;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [day, entry] : days_) {
      if (entry.forgotten || entry.ranges.empty()) continue;
      if (before.valid() && entry.ranges.smallest() >= before) continue;
      days.emplace_back(entry.ranges.greatest(), day);
    }
  }
  std::sort(days.begin(), days.end(), std::greater<>());
  return days;
}

std::vector<Day> ReaderPool::Days() const {
  const std::lock_guard lock(mutex_);
  std::vector<Day> days;
  for (const auto& [day, entry] : days_) {
    if (!entry.forgotten) days.push_back(day);
  }
  return days;
}

Result<std::optional<ReaderPool::Lease>> ReaderPool::Borrow(Day day) {
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = days_.find(day);
    if (entry == days_.end() || entry->second.forgotten) return std::nullopt;
    ++entry->second.borrowed;
    const auto idle = std::find_if(idle_.begin(), idle_.end(),
                                   [day](const Idle& each) { return each.day == day; });
    if (idle != idle_.end()) {
      std::unique_ptr<DayReader> reader = std::move(idle->reader);
      idle_.erase(idle);
      return Lease(*this, day, std::move(reader));
    }
    path = entry->second.path;
  }
  Result<std::unique_ptr<DayReader>> reader = DayReader::Open(path);
  if (reader) return Lease(*this, day, std::move(*reader));
  Return(day, nullptr);
  if (reader.error().code == ErrorCode::kNotFound) return std::nullopt;
  return Fail(std::move(reader).error());
}

void ReaderPool::Return(Day day, std::unique_ptr<DayReader> reader) {
  std::unique_lock lock(mutex_);
  if (reader) idle_.push_front(Idle{day, std::move(reader)});
  if (idle_.size() > kIdleReadersMax) {
    // Closing may sync, so it is done without the lock; until then it counts as borrowed.
    Idle victim = std::move(idle_.back());
    idle_.pop_back();
    ++days_.at(victim.day).borrowed;
    lock.unlock();
    victim.reader.reset();
    lock.lock();
    GiveBack(victim.day);
  }
  GiveBack(day);
}

void ReaderPool::GiveBack(Day day) {
  Entry& entry = days_.at(day);
  CHECK(entry.borrowed > 0);
  if (--entry.borrowed == 0) returned_.notify_all();
}

void ReaderPool::Forget(Day day) {
  std::list<Idle> closing;  // closed once the lock is given back
  std::unique_lock lock(mutex_);
  Entry& entry = days_.at(day);
  entry.forgotten = true;
  returned_.wait(lock, [&entry] { return entry.borrowed == 0; });
  for (auto idle = idle_.begin(); idle != idle_.end();) {
    const auto next = std::next(idle);
    if (idle->day == day) closing.splice(closing.end(), idle_, idle);
    idle = next;
  }
  days_.erase(day);
}

}  // namespace cairn
