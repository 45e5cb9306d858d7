#include "engine/orders/script.h"

#include "base/json.h"
#include "base/text.h"

#include <fmt/format.h>

namespace cairn {
namespace {

constexpr std::size_t kShownBytesMax = 64;

}  // namespace

std::string TextOrNull(const std::string& text) { return text.empty() ? "null" : JsonString(text); }

std::string ScriptError::ToString() const {
  if (line == 0) return fmt::format("{}: {}", place, message);
  return fmt::format("{}, line {}: {}", place, line, message);
}

tl::expected<bool, ScriptError> EvaluateCondition(ScriptEngine& engine, ScriptText condition,
                                                  const ScriptScope& scope) {
  const auto result = engine.Evaluate(condition, ScriptForm::kExpression, scope);
  if (!result) return tl::unexpected(result.error());
  if (result->json == "true") return true;
  if (result->json == "false") return false;
  return tl::unexpected(
      ScriptError{.place = std::string(condition.place),
                  .line = 0,
                  .message = fmt::format("a condition must be true or false, but it is {}",
                                         CutUtf8(result->json, kShownBytesMax)),
                  .limit = false});
}

}  // namespace cairn
