// What a script of a catalog costs: a condition and an expression as they stand in catalogs, and a
// hook that sets fields. bench/script_instructions runs the first under callgrind.
#include "adapters/script_lua/lua_scripts.h"
#include "base/check.h"

#include <benchmark/benchmark.h>

#include <string>

namespace cairn::bench {

constexpr std::string_view kCondition = "parameters.speed > 100 and order.customer == \"C-1\"";
constexpr std::string_view kExpression =
    "{imsi = output.imsi, number = parameters.msisdn:match('^%+44(%d+)$')}";
constexpr std::string_view kHook =
    "if parameters.speed > 100 then set('queue', 'fast') set('order', 'imsi', output.imsi) end";

// The parameters of an order and what planning and processes show beside them.
ScriptScope Scope() {
  return {{"parameters", Fields::FromJsonText(
                             R"({"msisdn":"+447700900123","iccid":"8944000000000000001",
                                 "site":"LON-3","vip":true,"speed":200,"price":1.10})")
                             .value()},
          {"order", std::vector<ScriptVariable>{{"customer", "\"C-1\""}, {"priority", "2"}}},
          {"output", R"({"imsi":"234150999999999","slots":[3,5,8]})"}};
}

// So many evaluations of one condition, alone for a counter of instructions.
[[gnu::noinline]] void EvaluateConditions(LuaScripts& scripts, const ScriptScope& scope,
                                          std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto truth = EvaluateCondition(scripts, {kCondition, "bench"}, scope);
    CHECK(truth && *truth);
  }
}

namespace {

void Condition(benchmark::State& state) {
  LuaScripts scripts;
  const ScriptScope scope = Scope();
  EvaluateConditions(scripts, scope, 1);
  for (auto _ : state) EvaluateConditions(scripts, scope, 1);
}
BENCHMARK(Condition);

void Run(benchmark::State& state, std::string_view source, ScriptForm form) {
  LuaScripts scripts;
  const ScriptScope scope = Scope();
  for (auto _ : state) CHECK(scripts.Evaluate({source, "bench"}, form, scope).has_value());
}
void Expression(benchmark::State& state) { Run(state, kExpression, ScriptForm::kExpression); }
BENCHMARK(Expression);
void Hook(benchmark::State& state) { Run(state, kHook, ScriptForm::kHook); }
BENCHMARK(Hook);

// What a script costs the first time: each is another one.
void Compile(benchmark::State& state) {
  LuaScripts scripts;
  std::int64_t number = 0;
  for (auto _ : state) {
    const std::string source = std::string(kCondition) + " --" + std::to_string(++number);
    CHECK(scripts.Check({source, "bench"}, ScriptForm::kExpression).has_value());
  }
}
BENCHMARK(Compile);

}  // namespace
}  // namespace cairn::bench

// script_bench --conditions N: only evaluates one condition so often, once uncounted before.
int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--conditions") {
    cairn::LuaScripts scripts;
    const cairn::ScriptScope scope = cairn::bench::Scope();
    CHECK(
        cairn::EvaluateCondition(scripts, {cairn::bench::kCondition, "bench"}, scope).has_value());
    cairn::bench::EvaluateConditions(scripts, scope, std::stoll(argv[2]));
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
