// DispatchLane: the calls of one cartridge, those that wait and the number of those that are under
// way, and when the next may go out: by its concurrency, by its rate, and after a pause that the
// target has asked for. After such a pause one call goes out as a probe, and the others when its
// answer shows that the target is back.
//
// A plain value of the dispatcher, guarded by its lock.
#pragma once

#include "ports/cartridge.h"
#include "runtime/call_queue.h"
#include "runtime/service.h"
#include "runtime/token_bucket.h"

#include <cstdint>

namespace cairn {

struct DispatchLane {
  Cartridge* cartridge = nullptr;
  std::uint64_t limit = 0;  // calls under way at once
  CallQueue waiting;
  TokenBucket rate{0, 0, 0};
  bool maintenance = false;  // nothing goes out; what would is answered by the dispatcher
  NodeMetrics::CartridgeMetrics metrics;

  // The moment at which the next waiting call may go out: `now` or earlier: at once; kNever: when
  // an answer comes.
  Nanos NextLaunch(Nanos now);
  // Notes that one goes out. REQUIRES: NextLaunch(now) <= now.
  void Launch(Nanos now);
  // Notes the answer to a call that was under way. `retry_after`: as CartridgeAnswer's.
  void NoteAnswer(Outcome outcome, Nanos retry_after, Nanos now);

  bool probing() const { return probing_; }

 private:
  // How much of the pause is left. A clock that is set back begins it anew, which is better than
  // making it as long as the step.
  Nanos PauseLeft(Nanos now);

  Nanos paused_at_ = 0;
  Nanos pause_ = 0;  // a span; 0: none
  bool probing_ = false;
};

}  // namespace cairn
