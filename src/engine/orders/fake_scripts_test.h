// For tests: a script language of a few words, so that processes can be tested without the real
// one. An expression is a path ("parameters.kind"), a JSON value, or two of them compared with
// "==". A hook is statements with ";" between them:
//
//   set order imsi output.create.imsi     or a JSON value; order, productOrder or technicalOrder
//   return "functional"
//   fail the message
#pragma once

#include "base/json.h"
#include "engine/orders/script.h"

#include <optional>
#include <string>
#include <string_view>

namespace cairn::testing {

class FakeScripts final : public ScriptEngine {
 public:
  int runs = 0;

  tl::expected<void, ScriptError> Check(ScriptText script, ScriptForm) override {
    if (script.source == "broken") return Error(script, "cannot be read");
    return {};
  }

  tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText script, ScriptForm form,
                                                   const ScriptScope& scope) override {
    ++runs;
    if (form == ScriptForm::kExpression) return Expression(script, scope);
    ScriptResult result{.json = "null", .changes = {}};
    std::string_view rest = script.source;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      std::string_view statement = Trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::string_view verb = TakeWord(statement);
      if (verb == "fail") return Error(script, std::string(statement));
      if (verb == "return") result.json = std::string(statement);
      if (verb != "set") continue;
      const std::string_view where = TakeWord(statement);
      const std::string_view name = TakeWord(statement);
      const auto json = Value(statement, scope);
      if (!json) return Error(script, "no value: " + std::string(statement));
      const auto dataset = where == "order"          ? ScriptDataset::kOrder
                           : where == "productOrder" ? ScriptDataset::kProductOrder
                                                     : ScriptDataset::kTechnicalOrder;
      result.changes.push_back({dataset, std::string(name), *json});
    }
    return result;
  }

 private:
  static tl::unexpected<ScriptError> Error(ScriptText script, std::string message) {
    return tl::make_unexpected(
        ScriptError{.place = std::string(script.place), .line = 1, .message = std::move(message)});
  }

  static std::string_view Trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
  }

  static std::string_view TakeWord(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text = Trim(text.substr(end));
    return word;
  }

  tl::expected<ScriptResult, ScriptError> Expression(ScriptText script, const ScriptScope& scope) {
    const std::size_t equals = script.source.find("==");
    const auto left = Value(Trim(script.source.substr(0, equals)), scope);
    if (equals == std::string_view::npos) {
      return ScriptResult{.json = left.value_or("null"), .changes = {}};
    }
    const auto right = Value(Trim(script.source.substr(equals + 2)), scope);
    return ScriptResult{.json = left == right ? "true" : "false", .changes = {}};
  }

  static std::optional<std::string> Value(std::string_view text, const ScriptScope& scope) {
    const std::size_t dot = text.find('.');
    for (const ScriptVariable& variable : scope) {
      if (variable.name != text.substr(0, dot)) continue;
      if (dot == std::string_view::npos) {
        const auto* json = std::get_if<std::string>(&variable.value);
        return json == nullptr ? std::nullopt : std::optional(*json);
      }
      const std::string_view rest = text.substr(dot + 1);
      if (const auto* fields = std::get_if<Fields>(&variable.value)) {
        const auto found = fields->Find(rest);
        return found ? std::optional(std::string(*found)) : std::nullopt;
      }
      if (const auto* inner = std::get_if<std::vector<ScriptVariable>>(&variable.value)) {
        return Value(rest, *inner);
      }
    }
    return ParseJson(text).has_value() ? std::optional(std::string(text)) : std::nullopt;
  }
};

}  // namespace cairn::testing
