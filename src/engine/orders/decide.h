// Decide: what follows from a command, or from the state itself, as events. Pure functions of the
// order as it is: they read no clock and change nothing; Apply does that with what they return.
#pragma once

#include "base/result.h"
#include "engine/orders/events.h"
#include "engine/orders/order.h"

#include <optional>

namespace cairn {

// One cartridge's answer to one attempt at a work order.
struct Answer {
  std::uint32_t work_order = 0;
  std::uint32_t run = 0;
  std::uint32_t attempt = 0;
  Outcome outcome = Outcome::kOk;
  std::string output;  // encoded Fields
  std::string detail;
};

// How often an order's history tells of answers that changed nothing; more leave no trace.
inline constexpr std::uint32_t kIgnoredAnswersRecordedMax = 100;

// Counts once: an answer to the attempt that is under way, or an ok to an earlier attempt of the
// same run of a work order that has not completed. Anything else is history only, and a second
// answer to the same attempt not even that. Nothing: the answer leaves no trace.
//
// A technical answer with attempts left (by the cartridge's definition) is sent again at `now` plus
// the cartridge's delay, unless the order has made kOrderAttemptsMax attempts.
//
// `output` and `detail` are kept within the limits of one answer by the caller; past those of the
// order they are dropped. Bytes of `detail` that are no text become '?'.
std::optional<OrderEvent> DecideAnswer(const Order& order, Answer answer, Nanos now);

// What the order does next by itself: send what is ready (kSendsPerCommand at a time), begin the
// next slice, leave product order processing. Called again after each event, until there is none.
//
//   ports (R: replayableSOToRetryPort): retry if a product order is Partial, unless R is false and
//   there was a functional error; else fail if one is not completed; else normal.
std::optional<OrderEvent> DecideNext(const Order& order);

// The work order's retry is due: sends it. Nothing when it is not waiting for one any more.
std::optional<OrderEvent> DecideRetry(const Order& order, std::uint32_t work_order, Nanos now);

// kConflict, naming both, when the order has another version than `expected`. 0: any will do.
[[nodiscard]] Status RequireVersion(const Order& order, std::uint64_t expected);

// Begins a new run at the first slice that holds a Partial or Failed product order. kConflict when
// the order is not Held; nor past kRunsMax runs or kOrderAttemptsMax sends.
[[nodiscard]] Result<OrderEvent> DecideResubmit(const Order& order, std::string description);

// Ends a Held order as Failed. kConflict when it is not Held.
[[nodiscard]] Result<OrderEvent> DecideGiveUp(const Order& order, std::string description);

}  // namespace cairn
