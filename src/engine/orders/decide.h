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
  Nanos retry_after = 0;  // a span: the target wants no further attempt sooner; 0: it says nothing
};

// How often an order's history tells of answers that changed nothing; more leave no trace.
inline constexpr std::uint32_t kIgnoredAnswersRecordedMax = 100;

// Counts once: an answer to the attempt that is under way or waits, or an ok to an earlier attempt
// of the same run of a work order that has not completed. Anything else is history only, and a
// second answer to the same attempt not even that. Nothing: the answer leaves no trace.
//
// A technical answer with attempts left is sent again by the cartridge's policy (retry_delay.h),
// unless the order has made kOrderAttemptsMax attempts or is being aborted.
//
// A delayed answer to the attempt that is under way makes its work order wait for the one that
// follows, at most for the cartridge's answer_within (kDefaultAnswerWithinNs if it says none). To
// any other attempt it leaves no trace: the answer itself may have been quicker.
//
// `output` and `detail` are kept within the limits of one answer by the caller; past those of the
// order they are dropped. Bytes of `detail` that are no text become '?'.
std::optional<OrderEvent> DecideAnswer(const Order& order, Answer answer, Nanos now);

// A target was asked whether the attempt that is under way was carried out before. `answer` is what
// it said: ok: it was, with this output; functional: it was not; technical, and delayed: it cannot
// tell. Nothing: the attempt is not under way any more.
struct Verification {
  OrderEvent event;  // takes the doubt away, or leaves it for the next attempt
  // What the work order is then answered with; none: the attempt is still to be made.
  std::optional<Answer> answer;
};
std::optional<Verification> DecideVerification(const Order& order, Answer answer);

// Whether a call for the attempt that is under way must be preceded by that question: the target
// has an operation for it, and the attempt may have been made before (by a node that has died, or
// by an earlier attempt that nobody knows about).
bool MustVerify(const Order& order, std::uint32_t work_order, bool may_have_been_made);

// The work order's asynchronous answer has not come in time: a technical error, like any other.
// Nothing when it waits no more, or not yet long enough.
std::optional<OrderEvent> DecideDeadline(const Order& order, std::uint32_t work_order, Nanos now);

// When the step is given up in this run, counted from its first send; kNever: it has no deadline,
// or was not sent in this run.
Nanos StepDeadline(const Order& order, std::uint32_t work_order);

// The step was not done by then: a technical error that is not tried again. Nothing when it is not
// under way any more, or not yet long enough.
std::optional<OrderEvent> DecideStepDeadline(const Order& order, std::uint32_t work_order,
                                             Nanos now);

// What the order does next by itself: begin at its requested start, pass the steps that need
// neither a call nor a script, send what is ready (kSendsPerCommand at a time), begin the next
// slice, leave product order processing. Called again after each event, until there is none.
//
// An order whose cancel was requested begins no further slice, and in a dependency tree no further
// technical order: when what runs has ended it leaves by the fail port as Cancelled. Unless what
// runs sends a step that is a point of no return: then the wish came too late, and is forgotten.
//
//   ports (R: replayableSOToRetryPort): retry if a product order is Partial, unless R is false and
//   there was a functional error; else fail if one is not completed; else normal.
std::optional<OrderEvent> DecideNext(const Order& order, Nanos now);

// The work order's retry is due: sends it. Nothing when it is not waiting for one any more.
std::optional<OrderEvent> DecideRetry(const Order& order, std::uint32_t work_order, Nanos now);

// kConflict, naming both, when the order has another version than `expected`. 0: any will do.
[[nodiscard]] Status RequireVersion(const Order& order, std::uint64_t expected);

// Begins a new run at the first slice that holds a Partial or Failed product order. kConflict when
// the order is not Held; nor past kRunsMax runs or kOrderAttemptsMax sends.
[[nodiscard]] Result<OrderEvent> DecideResubmit(const Order& order, std::string description);

// Ends a Held order as Failed. kConflict when it is not Held.
[[nodiscard]] Result<OrderEvent> DecideGiveUp(const Order& order, std::string description);

// Cancels an order at once where it is in no slice (New, Held), else as DecideNext says. An abort
// awaits only the calls that are out: what is ready, waits for its retry or for an asynchronous
// answer is Cancelled at once. Nothing when as much was requested before. kConflict when the order
// has ended, or a step that is a point of no return was sent; the error names the step.
enum class CancelVerb : std::uint8_t { kCancel, kAbort };
[[nodiscard]] Result<std::optional<OrderEvent>> DecideCancel(const Order& order, CancelVerb verb,
                                                             std::string description);

// Changes what an order says of itself, also once it has ended; what is not set stays as it is.
// kConflict when its version is not the expected one (0: any), and when a start is to be changed
// that was made already; kTooLarge past kPatchesMax changes.
inline constexpr std::uint32_t kPatchesMax = 1'000;
struct PatchOfOrder {
  std::uint64_t expected_version = 0;
  std::optional<std::string> tmf_document;
  std::optional<std::string> external_id;
  std::optional<std::int64_t> priority;
  std::optional<Nanos> requested_start;
  std::string description;
};
[[nodiscard]] Result<OrderEvent> DecidePatch(const Order& order, PatchOfOrder patch);

}  // namespace cairn
