#include "model/states.h"

#include <array>

namespace cairn {
namespace {

constexpr std::array<std::string_view, 11> kOrderStates = {
    "New",       "Running", "Waiting",   "Held",       "Suspended", "RollingBack",
    "Completed", "Failed",  "Cancelled", "RolledBack", "Rejected"};
constexpr std::array<std::string_view, 9> kProductOrderStates = {
    "Pending", "Running",     "Waiting",   "Completed", "Partial",
    "Failed",  "NotExecuted", "Cancelled", "RolledBack"};
constexpr std::array<std::string_view, 9> kWorkOrderStates = {
    "Pending",         "Sent",        "Waiting",   "Completed", "TechnicalError",
    "FunctionalError", "NotExecuted", "Cancelled", "RolledBack"};
constexpr std::array<std::string_view, 4> kOutcomes = {"ok", "functional", "technical", "delayed"};
constexpr std::array<std::string_view, 6> kPorts = {"",     "normal",  "retry",
                                                    "fail", "waiting", "cancel"};
constexpr std::array<std::string_view, 3> kTargetHealths = {"up", "probing", "maintenance"};

template <typename Enum, std::size_t n>
std::optional<Enum> Parse(const std::array<std::string_view, n>& names, std::string_view name) {
  for (std::size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view Name(OrderState state) { return kOrderStates.at(static_cast<std::size_t>(state)); }
std::string_view Name(ProductOrderState state) {
  return kProductOrderStates.at(static_cast<std::size_t>(state));
}
std::string_view Name(WorkOrderState state) {
  return kWorkOrderStates.at(static_cast<std::size_t>(state));
}
std::string_view Name(Outcome outcome) { return kOutcomes.at(static_cast<std::size_t>(outcome)); }
std::string_view Name(Port port) { return kPorts.at(static_cast<std::size_t>(port)); }
std::string_view Name(TargetHealth health) {
  return kTargetHealths.at(static_cast<std::size_t>(health));
}

std::optional<OrderState> ParseOrderState(std::string_view name) {
  return Parse<OrderState>(kOrderStates, name);
}
std::optional<Outcome> ParseOutcome(std::string_view name) {
  return Parse<Outcome>(kOutcomes, name);
}

bool IsFinal(OrderState state) {
  switch (state) {
    case OrderState::kCompleted:
    case OrderState::kFailed:
    case OrderState::kCancelled:
    case OrderState::kRolledBack:
    case OrderState::kRejected: return true;
    case OrderState::kNew:
    case OrderState::kRunning:
    case OrderState::kWaiting:
    case OrderState::kHeld:
    case OrderState::kSuspended:
    case OrderState::kRollingBack: return false;
  }
  return false;
}

}  // namespace cairn
