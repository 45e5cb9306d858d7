// Hands arbitrary bytes to the sandbox of scripts, as an expression or, behind a '!', as a hook.
// Whatever it is ends within its limits, gives valid JSON or an error that can be shown, gives the
// same again, and changes nothing for the script after it.
#include "adapters/script_lua/lua_scripts.h"
#include "base/check.h"
#include "base/json.h"
#include "model/limits.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using cairn::ScriptForm;
using cairn::ScriptScope;
using Outcome = tl::expected<cairn::ScriptResult, cairn::ScriptError>;

constexpr std::string_view kProbe =
    "tostring(parameters.list[3]) .. ('x'):rep(2) .. math.max(1, 2) .. type(pairs) .. order.site";

cairn::LuaScripts& Scripts() {
  static cairn::LuaScripts scripts([] {
    cairn::script_lua::LuaLimits limits;
    limits.steps = 20'000;
    return limits;
  }());
  return scripts;
}

const ScriptScope& Scope() {
  static const ScriptScope scope = {
      {"parameters",
       cairn::Fields::FromJsonText(
           R"({"list":[1,null,2.50,[]],"name":"x","big":89440000000000000001,"on":true})")
           .value()},
      {"order", std::vector<cairn::ScriptVariable>{{"site", "\"LON-3\""}}},
      {"output", R"({"a":{"b":[1.10,"\u00e9"]}})"}};
  return scope;
}

void CheckResult(const cairn::ScriptResult& result) {
  CHECK(result.json.size() <= cairn::kScriptResultBytesMax);
  CHECK_MSG(cairn::ParseJson(result.json).has_value(), result.json);
  CHECK(result.changes.size() <= cairn::kScriptChangesMax);
  for (const cairn::ScriptChange& change : result.changes) {
    CHECK(!change.name.empty() && cairn::IsCleanUtf8(change.name));
    CHECK_MSG(cairn::ParseJson(change.json).has_value(), change.json);
  }
}

void CheckError(const cairn::ScriptError& error) {
  CHECK(error.place == "fuzz" && error.line >= 0);
  CHECK(!error.message.empty() && error.message.size() <= cairn::kTextBytesMax);
  CHECK(cairn::IsCleanUtf8(error.message));
  CHECK(error.message.find('\n') == std::string::npos);
  // The steps end a script long before.
  CHECK(!error.limit ||
        error.message != cairn::script_lua::BreachText(cairn::script_lua::LuaBreach::kTime));
}

bool Same(const Outcome& a, const Outcome& b) {
  if (a.has_value() != b.has_value()) return false;
  if (a) return *a == *b;
  return a.error().ToString() == b.error().ToString() && a.error().limit == b.error().limit;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view source(reinterpret_cast<const char*>(data), size);
  const bool hook = source.starts_with('!');
  if (hook) source.remove_prefix(1);
  const ScriptForm form = hook ? ScriptForm::kHook : ScriptForm::kExpression;
  const bool compiles = Scripts().Check({source, "fuzz"}, form).has_value();
  const Outcome outcome = Scripts().Evaluate({source, "fuzz"}, form, Scope());
  CHECK(compiles || !outcome);
  outcome ? CheckResult(*outcome) : CheckError(outcome.error());
  CHECK(Same(outcome, Scripts().Evaluate({source, "fuzz"}, form, Scope())));
  const Outcome probe = Scripts().Evaluate({kProbe, "fuzz"}, ScriptForm::kExpression, Scope());
  CHECK(probe && probe->json == "\"2.5xx2functionLON-3\"");
  return 0;
}
