// For tests: scripts of one word each, for what planning does with their results.
#pragma once

#include "engine/orders/script.h"

#include <string>
#include <variant>

namespace cairn::testing {

// "yes" holds, "no" does not, "has NAME" asks for a parameter; "all" is [1.10] and "nothing" null;
// any other word fails.
class WordScripts final : public ScriptEngine {
 public:
  tl::expected<void, ScriptError> Check(ScriptText, ScriptForm) override { return {}; }
  tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText script, ScriptForm,
                                                   const ScriptScope& scope) override {
    if (script.source == "yes") return ScriptResult{"true", {}};
    if (script.source == "no") return ScriptResult{"false", {}};
    if (script.source.starts_with("has ")) {
      const auto& parameters = std::get<Fields>(scope.at(0).value);
      const bool has = parameters.Find(script.source.substr(4)).has_value();
      return ScriptResult{has ? "true" : "false", {}};
    }
    if (script.source == "all") return ScriptResult{"[1.10]", {}};
    if (script.source == "nothing") return ScriptResult{"null", {}};
    return tl::unexpected(ScriptError{std::string(script.place), 1, "it failed", false});
  }
};

}  // namespace cairn::testing
