#include "runtime/dispatch_lane.h"

#include "base/check.h"

#include <algorithm>

namespace cairn {

Nanos DispatchLane::PauseLeft(Nanos now) {
  if (pause_ == 0) return 0;
  if (now < paused_at_) paused_at_ = now;
  const Nanos left = pause_ - (now - paused_at_);
  if (left > 0) return left;
  pause_ = 0;
  return 0;
}

Nanos DispatchLane::NextLaunch(Nanos now) {
  if (metrics.running >= (probing_ ? 1 : limit)) return kNever;
  if (const Nanos left = PauseLeft(now); left > 0) return now + left;
  return rate.NextAt(now);
}

void DispatchLane::Launch(Nanos now) {
  CHECK(rate.Take(now));
  ++metrics.running;
}

void DispatchLane::NoteAnswer(Outcome outcome, Nanos retry_after, Nanos now) {
  CHECK(metrics.running > 0);
  --metrics.running;
  switch (outcome) {
    case Outcome::kOk: ++metrics.ok; break;
    case Outcome::kFunctional: ++metrics.functional; break;
    case Outcome::kTechnical: ++metrics.technical; break;
    case Outcome::kDelayed: break;
  }
  const Nanos left = PauseLeft(now);
  if (retry_after > 0) {
    probing_ = true;
    paused_at_ = now;
    pause_ = std::max(left, retry_after);
  } else if (left == 0 && outcome != Outcome::kTechnical) {
    // Not the answer to a call from before the pause.
    probing_ = false;
  }
}

}  // namespace cairn
