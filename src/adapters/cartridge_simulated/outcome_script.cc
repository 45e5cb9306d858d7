#include "adapters/cartridge_simulated/outcome_script.h"

#include "base/json.h"

#include <algorithm>
#include <optional>

namespace cairn {
namespace {

tl::unexpected<Error> NoScript() {
  return Fail(
      ErrorCode::kInvalidArgument,
      "the field 'simulate' must be one of ok, functional, technical and delayed, or a list "
      "of them that is not empty");
}

}  // namespace

Outcome ToOutcome(records::ScriptedOutcome outcome) {
  if (outcome == records::SCRIPTED_FUNCTIONAL) {
    return Outcome::kFunctional;
  }
  if (outcome == records::SCRIPTED_TECHNICAL) {
    return Outcome::kTechnical;
  }
  if (outcome == records::SCRIPTED_DELAYED) {
    return Outcome::kDelayed;
  }
  return Outcome::kOk;
}

Outcome ScriptedOutcomeAt(const records::SimulatedOperation& operation, std::uint32_t ordinal) {
  const int count = operation.outcomes_size();
  if (count == 0) {
    return Outcome::kOk;
  }
  const auto last = static_cast<std::uint32_t>(count - 1);
  return ToOutcome(operation.outcomes(static_cast<int>(std::min(ordinal, last))));
}

Result<Outcome> SimulatedOutcomeAt(std::string_view json, std::uint32_t ordinal) {
  ASSIGN_OR_RETURN(const Json value, ParseJson(json));
  const Json* word = &value;
  if (value.is_array()) {
    if (value.items().empty()) {
      return NoScript();
    }
    // The whole list is checked, so that a wrong word shows at the first call.
    for (const Json& item : value.items()) {
      if (!item.is_string() || !ParseOutcome(item.text())) {
        return NoScript();
      }
    }
    word = &value.items()[std::min<std::size_t>(ordinal, value.items().size() - 1)];
  }
  if (!word->is_string()) {
    return NoScript();
  }
  const std::optional<Outcome> outcome = ParseOutcome(word->text());
  if (!outcome) {
    return NoScript();
  }
  return *outcome;
}

}  // namespace cairn
