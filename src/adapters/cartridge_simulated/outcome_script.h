// OutcomeScript: which outcome a work order gets at its n-th call.
//
// Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "model/catalog.pb.h"
#include "model/states.h"

#include <cstdint>
#include <string_view>

namespace cairn {

// The field of an input that stands in for the catalog's outcomes.
inline constexpr std::string_view kSimulateField = "simulate";

Outcome ToOutcome(records::ScriptedOutcome outcome);

// The outcome of the call with this ordinal (from 0); the last one of the list stays. An empty
// list gives ok.
Outcome ScriptedOutcomeAt(const records::SimulatedOperation& operation, std::uint32_t ordinal);

// The same for the JSON of the field `simulate`: "technical" or ["technical","ok"].
// kInvalidArgument when it is something else.
[[nodiscard]] Result<Outcome> SimulatedOutcomeAt(std::string_view json, std::uint32_t ordinal);

}  // namespace cairn
