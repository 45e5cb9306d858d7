// PartitionClock: the time of a partition. It follows the machine's clock, but never falls: when
// that is set back, it goes on from where it was, and then runs a tenth slower until the machine's
// has caught up. So a wait lasts about as long as it was meant to, whatever is done to the clock.
//
// Owned by the partition's thread.
#pragma once

#include "base/time.h"
#include "ports/clock.h"

#include <algorithm>
#include <utility>

namespace cairn {

class PartitionClock {
 public:
  // `at_least`: the time of the last batch that recovery found; 0 if there is none.
  PartitionClock(const Clock& clock, Nanos at_least)
      : clock_(clock),
        last_(clock.Now()),
        ahead_(std::max<Nanos>(0, at_least - last_)),
        set_back_(ahead_) {}

  Nanos Now() {
    const Nanos machine = clock_.Now();
    const Nanos passed = machine - last_;
    last_ = machine;
    if (passed < 0) {
      ahead_ -= passed;
      set_back_ = std::max(set_back_, -passed);
    } else {
      ahead_ -= std::min(ahead_, passed / 10);
    }
    return machine + ahead_;
  }

  // The moment of the machine's clock at which this one will show `moment`, if nobody touches it.
  Nanos ByMachine(Nanos moment) const { return moment == kNever ? kNever : moment - ahead_; }

  // How far the machine's clock was set back at once, at the most, since this was asked last.
  Nanos TakeSetBack() { return std::exchange(set_back_, 0); }

 private:
  const Clock& clock_;
  Nanos last_;
  Nanos ahead_;  // of the machine's clock, >= 0
  Nanos set_back_;
};

}  // namespace cairn
