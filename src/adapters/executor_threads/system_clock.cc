#include "adapters/executor_threads/system_clock.h"

#include "base/check.h"

#include <ctime>

namespace cairn {

Nanos SystemClock::Now() const {
  timespec now;
  CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
  return Nanos{now.tv_sec} * kSecond + now.tv_nsec;
}

}  // namespace cairn
