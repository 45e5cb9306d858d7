// WakeFlag: one thread sleeps on it, any thread wakes it. A wake-up that comes while the sleeper is
// awake is remembered, and costs one atomic exchange; only a sleeper that is really asleep costs a
// system call.
//
// Sleep, TakeWake and SpinForWake on the sleeper's thread; Wake and Poke on any.
#pragma once

#include "base/time.h"

#include <atomic>
#include <cstdint>

namespace cairn {

class WakeFlag {
 public:
  // Everything that the caller did before is seen by the sleeper once TakeWake returns true.
  void Wake();
  // Ends a sleep that is under way, without a wake-up that TakeWake would see.
  void Poke();

  // True once for all wake-ups since it last returned true.
  bool TakeWake() { return state_.exchange(kAwake) == kWoken; }
  // Waits for a wake-up without sleeping, for `span` at most, and leaves it to be taken.
  bool SpinForWake(Nanos span) const;

  // Says that the thread is about to sleep. False: a wake-up is there to be taken. What is checked
  // after this returned true is checked in time: a change by another thread that is followed by
  // Poke is either seen by the check or ends the sleep.
  bool PrepareSleep();
  // Sleeps until a wake-up, a poke or, for no reason, earlier; `span` at most. kNever: no limit.
  void Sleep(Nanos span);

 private:
  static constexpr std::uint32_t kAwake = 0;
  static constexpr std::uint32_t kWoken = 1;
  static constexpr std::uint32_t kAsleep = 2;

  void WakeThread();

  // Sequentially consistent throughout: PrepareSleep and Poke rest on one order of this and of what
  // the sleeper checks in between.
  std::atomic<std::uint32_t> state_{kAwake};
};

}  // namespace cairn
