// Clock: where time comes from. The engine is told the time; only the runtime and adapters ask.
//
// All functions may be called from any thread.
#pragma once

#include "base/time.h"

namespace cairn {

class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds since 1970 UTC. May jump either way when the machine's clock is set; the runtime
  // never lets a partition's time fall.
  virtual Nanos Now() const = 0;
};

}  // namespace cairn
