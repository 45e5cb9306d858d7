// SystemClock: the machine's clock (CLOCK_REALTIME).
//
// Any thread.
#pragma once

#include "base/time.h"
#include "ports/clock.h"

namespace cairn {

class SystemClock final : public Clock {
 public:
  Nanos Now() const override;
};

}  // namespace cairn
