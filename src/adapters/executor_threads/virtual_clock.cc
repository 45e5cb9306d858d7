#include "adapters/executor_threads/virtual_clock.h"

#include "base/check.h"

#include <algorithm>

namespace cairn {

VirtualClock::~VirtualClock() { CHECK_MSG(listeners_.empty(), "a listener outlives its clock"); }

Status VirtualClock::AdvanceTo(Nanos moment) {
  const std::lock_guard lock(mutex_);
  const Nanos now = now_.load();
  if (moment < now) {
    return Fail(ErrorCode::kInvalidArgument, "the clock stands at " + FormatTime(now) +
                                                 " and cannot go back to " + FormatTime(moment));
  }
  now_.store(moment);
  for (Listener* listener : listeners_) listener->OnTimeMoved();
  return {};
}

void VirtualClock::AddListener(Listener& listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(&listener);
}

void VirtualClock::RemoveListener(Listener& listener) {
  const std::lock_guard lock(mutex_);
  const auto removed = std::erase(listeners_, &listener);
  CHECK(removed == 1);
}

}  // namespace cairn
