// The states of orders and of their parts, by the names that the API fixes.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cairn {

// Stored in the journal: a number is never given another meaning.
enum class OrderState : std::uint8_t {
  kNew = 0,  // accepted, nothing sent yet
  kRunning = 1,
  kWaiting = 2,  // an asynchronous answer is outstanding
  kHeld = 3,     // left by the retry port: replayable, nothing is sent by itself
  kSuspended = 4,
  kRollingBack = 5,
  kCompleted = 6,
  kFailed = 7,
  kCancelled = 8,
  kRolledBack = 9,
  kRejected = 10,
};

// Of a product order and of a technical product order.
enum class ProductOrderState : std::uint8_t {
  kPending = 0,
  kRunning = 1,
  kWaiting = 2,
  kCompleted = 3,
  kPartial = 4,      // a technical error: a replay can complete it
  kFailed = 5,       // a functional error
  kNotExecuted = 6,  // the order ended before it could start
  kCancelled = 7,
  kRolledBack = 8,
};

enum class WorkOrderState : std::uint8_t {
  kPending = 0,
  kSent = 1,
  kWaiting = 2,
  kCompleted = 3,
  kTechnicalError = 4,
  kFunctionalError = 5,
  kNotExecuted = 6,
  kCancelled = 7,
  kRolledBack = 8,
};

enum class Outcome : std::uint8_t { kOk = 0, kFunctional = 1, kTechnical = 2, kDelayed = 3 };

enum class Port : std::uint8_t {
  kNone = 0,
  kNormal = 1,
  kRetry = 2,
  kFail = 3,
  kWaiting = 4,
  kCancel = 5
};

// Of what a cartridge drives.
enum class TargetHealth : std::uint8_t { kUp = 0, kProbing = 1, kMaintenance = 2 };

std::string_view Name(OrderState state);         // "Running"
std::string_view Name(ProductOrderState state);  // "Partial"
std::string_view Name(WorkOrderState state);     // "TechnicalError"
std::string_view Name(Outcome outcome);          // "technical"
std::string_view Name(Port port);                // "retry"; kNone is empty
std::string_view Name(TargetHealth health);      // "up"

std::optional<OrderState> ParseOrderState(std::string_view name);
std::optional<Outcome> ParseOutcome(std::string_view name);

// True for the states that an order never leaves.
bool IsFinal(OrderState state);

}  // namespace cairn
