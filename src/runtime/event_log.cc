#include "runtime/event_log.h"

#include "base/check.h"

#include <algorithm>

namespace cairn {
namespace {

// A frame holds at most a few megabytes of records, and none is under eight bytes.
constexpr unsigned kEventOfFrameBits = 20;

}  // namespace

std::uint64_t FrameOfEvent(std::uint64_t sequence) { return sequence >> kEventOfFrameBits; }

std::uint64_t LastEventBefore(std::uint64_t frame) {
  return frame == 0 ? 0 : (frame << kEventOfFrameBits) - 1;
}

void EventLog::Append(std::uint64_t frame, const std::vector<EventRef>& events) {
  {
    const std::lock_guard lock(mutex_);
    if (!begun_) {
      begun_ = true;
      // Nothing was before the first frame of all. A place in the log is never 0, even so.
      floor_ = frame <= 1 ? 0 : LastEventBefore(frame);
      last_.store(LastEventBefore(frame), std::memory_order_release);
    }
    if (events.empty()) return;
    CHECK(events.size() < std::size_t{1} << kEventOfFrameBits);
    std::uint64_t sequence = frame << kEventOfFrameBits;
    CHECK(events_.empty() || events_.back().sequence < sequence);
    for (const EventRef& event : events) events_.push_back({sequence++, event});
    while (events_.size() > kept_) {
      floor_ = events_.front().sequence;
      events_.pop_front();
    }
    last_.store(sequence - 1, std::memory_order_release);
  }
  if (watcher_) watcher_();
}

EventLog::Page EventLog::Read(std::uint64_t after, std::size_t max, OrderId only) const {
  Page page;
  const std::lock_guard lock(mutex_);
  // What lies ahead of all is a place in another journal.
  page.reset = after < floor_ || after > last_.load(std::memory_order_relaxed);
  page.last = page.reset ? floor_ : after;
  auto event = std::upper_bound(
      events_.begin(), events_.end(), page.last,
      [](std::uint64_t sequence, const LoggedEvent& e) { return sequence < e.sequence; });
  for (std::size_t n = 0; event != events_.end() && n < kEventsLookedAt; ++event, ++n) {
    if (page.items.size() == max) break;
    page.last = event->sequence;
    if (!only.valid() || event->event.order == only) page.items.push_back(*event);
  }
  return page;
}

std::uint64_t EventLog::floor() const {
  const std::lock_guard lock(mutex_);
  return floor_;
}

}  // namespace cairn
