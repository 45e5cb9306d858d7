// What a condition's value means, and how a script's error reads.
#include "engine/orders/script.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

// Gives the source back as the result, or as the error.
class Echo final : public ScriptEngine {
 public:
  tl::expected<void, ScriptError> Check(ScriptText, ScriptForm) override { return {}; }
  tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText script, ScriptForm,
                                                   const ScriptScope&) override {
    if (script.source == "broken") {
      return tl::unexpected(ScriptError{std::string(script.place), 3, "it is broken", true});
    }
    return ScriptResult{std::string(script.source), {}};
  }
};

tl::expected<bool, ScriptError> Truth(std::string_view json) {
  Echo echo;
  return EvaluateCondition(echo, {json, "products/p/when"}, {});
}

TEST(Script, AConditionIsTrueOrFalse) {
  EXPECT_TRUE(Truth("true").value());
  EXPECT_FALSE(Truth("false").value());
}

TEST(Script, WhatIsNeitherIsAnErrorThatShowsIt) {
  for (const char* json : {"null", "1", "0", "\"true\"", "{}", "[true]"}) {
    const auto truth = Truth(json);
    ASSERT_FALSE(truth.has_value()) << json;
    EXPECT_EQ(truth.error().ToString(),
              std::string("products/p/when: a condition must be true or false, but it is ") + json);
    EXPECT_FALSE(truth.error().limit);
  }
  EXPECT_LT(Truth('"' + std::string(5'000, 'x') + '"').error().message.size(), 200U);
}

TEST(Script, AnErrorOfTheScriptIsPassedOn) {
  const auto truth = Truth("broken");
  ASSERT_FALSE(truth.has_value());
  EXPECT_EQ(truth.error().ToString(), "products/p/when, line 3: it is broken");
  EXPECT_TRUE(truth.error().limit);
}

}  // namespace
}  // namespace cairn
