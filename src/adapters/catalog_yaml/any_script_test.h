// For tests: a script engine that takes every script for one but "broken". Whether a text is Lua is
// for those to say who have the language.
#pragma once

#include "engine/orders/script.h"

namespace cairn::testing {

class AnyScript final : public ScriptEngine {
 public:
  tl::expected<void, ScriptError> Check(ScriptText script, ScriptForm) override {
    if (script.source != "broken") return {};
    return tl::make_unexpected(
        ScriptError{.place = std::string(script.place), .line = 1, .message = "no sense"});
  }
  tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText, ScriptForm,
                                                   const ScriptScope&) override {
    return ScriptResult{.json = "null", .changes = {}};
  }
};

}  // namespace cairn::testing
