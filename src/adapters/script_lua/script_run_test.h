// For tests: runs one script and shows what it came to as one text.
#pragma once

#include "adapters/script_lua/lua_scripts.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cairn {

inline Fields FieldsOf(std::string_view json) { return Fields::FromJsonText(json).value(); }

// The value as JSON, then each change; or "error at LINE: MESSAGE", or "limit at LINE: MESSAGE".
inline std::string Shown(const tl::expected<ScriptResult, ScriptError>& result) {
  if (!result) {
    const ScriptError& error = result.error();
    EXPECT_EQ(error.place, "test/place");
    return (error.limit ? "limit at " : "error at ") + std::to_string(error.line) + ": " +
           error.message;
  }
  std::string shown = result->json;
  for (const ScriptChange& change : result->changes) {
    constexpr const char* kNames[] = {"technicalOrder", "productOrder", "order"};
    shown += std::string(" ") + kNames[static_cast<std::size_t>(change.dataset)] + "." +
             change.name + "=" + change.json;
  }
  return shown;
}

inline std::string RunScript(ScriptEngine& engine, std::string_view source, ScriptForm form,
                             const ScriptScope& scope = {}) {
  return Shown(engine.Evaluate({source, "test/place"}, form, scope));
}

}  // namespace cairn
