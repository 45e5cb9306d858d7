// RestartBackoff: when a worker process that ended is started again. The first time after 100 ms,
// each time twice as long, up to 5 s; a process that ran well for a while counts as a new
// beginning.
//
// A plain value that is told the time; any thread.
#pragma once

#include "base/time.h"

#include <algorithm>

namespace cairn {

inline constexpr Nanos kRestartDelayFirst = 100 * kMillisecond;
inline constexpr Nanos kRestartDelayMax = 5 * kSecond;
inline constexpr Nanos kHealthyRun = 10 * kSecond;

class RestartBackoff {
 public:
  // A process that was started at `started` has ended, or could not be started, at `ended`. Returns
  // the moment of the next start.
  Nanos OnEnd(Nanos started, Nanos ended) {
    if (ended - started >= kHealthyRun) {
      ends_in_a_row_ = 0;
    }
    // Six doublings pass the maximum.
    const Nanos delay = kRestartDelayFirst << std::min(ends_in_a_row_, 6);
    ++ends_in_a_row_;
    return ended + std::min(delay, kRestartDelayMax);
  }

  int ends_in_a_row() const { return ends_in_a_row_; }

 private:
  int ends_in_a_row_ = 0;
};

}  // namespace cairn
