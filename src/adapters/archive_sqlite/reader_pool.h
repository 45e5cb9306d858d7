// ReaderPool: the days of the archive that have a file, and a few idle reading connections to them.
// It also sees to it that a day that is dropped is read by nobody any more.
//
// Any thread. Nothing is opened or read while the pool's lock is held.
#pragma once

#include "adapters/archive_sqlite/day_reader.h"
#include "base/result.h"
#include "model/ids.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

// Connections that are kept open for the next reading, over all days.
inline constexpr std::size_t kIdleReadersMax = 16;

using Day = std::int64_t;  // days since 1970 UTC

class ReaderPool {
 public:
  // A connection that is back in the pool when this is destroyed.
  class Lease {
   public:
    Lease(ReaderPool& pool, Day day, std::unique_ptr<DayReader> reader)
        : pool_(&pool), day_(day), reader_(std::move(reader)) {}
    ~Lease();
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    DayReader* operator->() const { return reader_.get(); }

   private:
    ReaderPool* pool_;
    Day day_;
    std::unique_ptr<DayReader> reader_;
  };

  // Makes a day known, or more of its ids.
  void Add(Day day, std::string path, const IdRanges& ranges);
  void Widen(Day day, const std::vector<OrderId>& ids);

  // The days that may hold the id, the newest day first.
  std::vector<Day> DaysThatMayHold(OrderId id) const;
  // What the other days may hold.
  std::vector<std::pair<Day, IdRanges>> RangesExcept(Day day) const;
  // All days that hold ids below `before` (if valid), that with the greatest id first.
  std::vector<std::pair<OrderId, Day>> DaysByGreatestId(OrderId before) const;
  std::vector<Day> Days() const;

  // A connection to the day's file; nothing when there is no such day (any more).
  [[nodiscard]] Result<std::optional<Lease>> Borrow(Day day);

  // Forgets the day, waits until nobody reads it and closes what is idle.
  void Forget(Day day);

 private:
  struct Entry {
    std::string path;
    IdRanges ranges;
    std::size_t borrowed = 0;
    bool forgotten = false;
  };
  struct Idle {
    Day day;
    std::unique_ptr<DayReader> reader;
  };
  void Return(Day day, std::unique_ptr<DayReader> reader);
  void GiveBack(Day day);  // REQUIRES: the lock is held

  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::map<Day, Entry> days_;
  std::list<Idle> idle_;  // the last used first
};

}  // namespace cairn
