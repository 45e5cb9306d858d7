// EventLog: which events of orders are durable, in their order, for those who read along. It holds
// names only, 24 bytes each: an order and one of its versions. What happened then is read from the
// order itself, so nothing is stored twice.
//
// An event's sequence is its place in the journal (its frame, and which event of the frame it is),
// so it is the same after a restart. What the log has after a start is what the journal still has.
//
// Any thread. The lock is held for the length of a copy at most.
#pragma once

#include "model/ids.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace cairn {

// An event of an order by the version that the order had after it.
struct EventRef {
  OrderId order;
  std::uint64_t version = 0;
  friend bool operator==(const EventRef&, const EventRef&) = default;
};

struct LoggedEvent {
  std::uint64_t sequence = 0;
  EventRef event;
};

// How many events are remembered, and how many of them one Read looks at to find those of an order.
inline constexpr std::size_t kEventsKept = std::size_t{1} << 20U;
inline constexpr std::size_t kEventsLookedAt = std::size_t{1} << 16U;

class EventLog {
 public:
  explicit EventLog(std::size_t kept = kEventsKept) : kept_(kept) {}

  // The events of a frame, in their order, once it is durable. REQUIRES: frames come in their
  // order. A frame without events tells only that the log begins no later than here.
  void Append(std::uint64_t frame, const std::vector<EventRef>& events);

  struct Page {
    bool reset = false;  // something behind `after` is forgotten: the page begins with the oldest
    std::vector<LoggedEvent> items;
    std::uint64_t last = 0;  // all up to here was looked at
  };
  // The first `max` events behind the sequence `after`; with a valid `only` those of that order.
  Page Read(std::uint64_t after, std::size_t max, OrderId only = {}) const;

  // The highest sequence so far.
  std::uint64_t last() const { return last_.load(std::memory_order_acquire); }
  // What lies behind this one is remembered.
  std::uint64_t floor() const;

  // Called after each Append that brought events, on its thread. Once, before the second thread.
  void SetWatcher(std::function<void()> watcher) { watcher_ = std::move(watcher); }

 private:
  const std::size_t kept_;
  std::function<void()> watcher_;
  mutable std::mutex mutex_;
  std::deque<LoggedEvent> events_;
  std::uint64_t floor_ = 0;
  bool begun_ = false;
  std::atomic<std::uint64_t> last_{0};
};

// The frame that a sequence lies in, and the highest sequence before a frame.
std::uint64_t FrameOfEvent(std::uint64_t sequence);
std::uint64_t LastEventBefore(std::uint64_t frame);

}  // namespace cairn
