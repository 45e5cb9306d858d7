// VirtualClock: a clock that stands still until it is told to move, for tests, demonstrations and
// trial runs. Whoever waits for a moment of it is told each time it moves.
//
// Any thread.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "ports/clock.h"

#include <atomic>
#include <mutex>
#include <vector>

namespace cairn {

class VirtualClock final : public Clock {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // The time has moved; Now() says where to. Comes on the thread that moved it, while the list of
    // listeners is locked: it must not block, nor add or remove a listener.
    virtual void OnTimeMoved() = 0;
  };

  explicit VirtualClock(Nanos start) : now_(start) {}
  ~VirtualClock() override;

  Nanos Now() const override { return now_.load(); }

  // kInvalidArgument when the moment lies before Now(); the clock stays where it is then.
  [[nodiscard]] Status AdvanceTo(Nanos moment);

  // The listener must be removed before it or the clock is destroyed. After RemoveListener returns
  // it is not called any more.
  void AddListener(Listener& listener);
  void RemoveListener(Listener& listener);

 private:
  std::atomic<Nanos> now_;
  std::mutex mutex_;  // guards the list, and makes movements follow one another
  std::vector<Listener*> listeners_;
};

}  // namespace cairn
