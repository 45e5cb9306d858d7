// What scripts see, what they come to, and what is wrong with those that fail.
#include "adapters/script_lua/lua_scripts.h"

#include "adapters/script_lua/lua_machine.h"
#include "adapters/script_lua/script_run_test.h"
#include "model/limits.h"

#include <gtest/gtest.h>

#include <thread>

namespace cairn {
namespace {

class LuaScriptsTest : public testing::Test {
 protected:
  std::string Value(std::string_view source) {
    return RunScript(scripts_, source, ScriptForm::kExpression, scope_);
  }
  std::string Hook(std::string_view source) {
    return RunScript(scripts_, source, ScriptForm::kHook, scope_);
  }

  LuaScripts scripts_;
  ScriptScope scope_ = {
      {"parameters",
       FieldsOf(R"({"speed":200,"price":1.10,"name":"caf\u00e9 \"x\"","none":null,"on":true,
                    "big":89440000000000000001,"other":89440000000000000002,"huge":1e400,
                    "list":[3,null,"a",{"k":[1.50]}],"empty":[],"nested":{"b":1,"a":2}})")},
      {"order", std::vector<ScriptVariable>{{"customer", "\"C-1\""},
                                            {"priority", "4"},
                                            {"dataset", FieldsOf(R"({"site":"LON-3"})")}}},
      {"output", R"({"imsi":"234","slots":[1,2,3]})"},
      {"outcome", "\"ok\""},
      {"missing", "null"}};
};

TEST_F(LuaScriptsTest, ReadWhatIsThere) {
  EXPECT_EQ(Value("parameters.speed > 100 and order.customer == 'C-1'"), "true");
  EXPECT_EQ(Value("order.dataset.site"), "\"LON-3\"");
  EXPECT_EQ(Value("output.slots[2] + #output.slots"), "5");
  EXPECT_EQ(Value("outcome .. order.priority"), "\"ok4\"");
  EXPECT_EQ(Value("parameters.list[4].k[1]"), "1.50");
  EXPECT_EQ(Value("parameters.name"), "\"caf\xc3\xa9 \\\"x\\\"\"");
  EXPECT_EQ(Value("parameters.none == nil and missing == nil and parameters.nothing == nil"),
            "true");
  EXPECT_EQ(Value("#parameters.list"), "4");
  EXPECT_EQ(Value("parameters.list[5] == nil and parameters.list[0] == nil"), "true");
  EXPECT_EQ(Value("parameters.list == parameters.list"), "true");
  EXPECT_EQ(Value("type(parameters) .. type(parameters.big) .. type(string)"),
            "\"tablenumbertable\"");
}

TEST_F(LuaScriptsTest, WalkInTheOrderOfTheKeys) {
  EXPECT_EQ(Hook("local s = '' for k, v in pairs(parameters.nested) do s = s .. k .. v end "
                 "return s"),
            "\"a2b1\"");
  EXPECT_EQ(Hook("local s = '' for k in pairs(order) do s = s .. k .. ' ' end return s"),
            "\"customer dataset priority \"");
  EXPECT_EQ(Hook("local t = {z=1, [10]=1, a=1, [2]=1, [1.5]=1, [true]=1, [false]=1} "
                 "local s = '' for k in pairs(t) do s = s .. tostring(k) .. ' ' end return s"),
            "\"1.5 2 10 a z false true \"");
  EXPECT_EQ(Hook("local n = 0 for _, v in pairs(parameters.list) do n = n + 1 end return n"), "4");
  EXPECT_EQ(Hook("local n = 0 for _ in ipairs(parameters.list) do n = n + 1 end return n"), "1");
  EXPECT_EQ(Hook("local t = {a=1,b=2} local n = 0 for k in pairs(t) do t.b = nil n = n + 1 end "
                 "return n"),
            "1");
}

TEST_F(LuaScriptsTest, NumbersKeepTheirDigits) {
  EXPECT_EQ(Value("parameters.price"), "1.10");
  EXPECT_EQ(Value("parameters.price * 2"), "2.2");
  EXPECT_EQ(Value("parameters.price == 1.1"), "true");
  EXPECT_EQ(Value("parameters.big"), "89440000000000000001");
  EXPECT_EQ(Value("parameters.huge"), "1e400");
  EXPECT_EQ(Value("{parameters.big, parameters.list}"),
            "[89440000000000000001,[3,null,\"a\",{\"k\":[1.50]}]]");
  EXPECT_EQ(Value("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(Value("9007199254740993 + 0"), "9007199254740993");
  EXPECT_EQ(Value("parameters.speed / 2"), "100");
  EXPECT_EQ(Value("0.1 + 0.2"), "0.30000000000000004");
  EXPECT_EQ(Value("1e300 * 10"), "1e+301");
  EXPECT_EQ(Value("-0.0"), "0");
}

TEST_F(LuaScriptsTest, NumbersWithManyDigitsAreComparedExactly) {
  EXPECT_EQ(Value("parameters.big == parameters.big"), "true");
  EXPECT_EQ(Value("parameters.big == parameters.other"), "false");
  EXPECT_EQ(Value("parameters.big < parameters.other"), "true");
  EXPECT_EQ(Value("parameters.big > 5 and parameters.big < 1e30 and -1.5 < parameters.big"),
            "true");
  EXPECT_EQ(Value("parameters.huge > 1e308 and parameters.huge < math.huge"), "true");
  EXPECT_EQ(Value("'id ' .. parameters.big"), "\"id 89440000000000000001\"");
  EXPECT_EQ(Value("tostring(tonumber(parameters.big))"), "\"89440000000000000001\"");
  EXPECT_EQ(Value("parameters.big + 1"),
            "error at 1: 89440000000000000001 has more digits than can be calculated with");
  EXPECT_EQ(Value("parameters.big < 'x'"), "error at 1: attempt to compare number with string");
}

TEST_F(LuaScriptsTest, WhatIsNoNumberIsAnError) {
  EXPECT_EQ(Value("0/0"), "error at 0: the result of a calculation is not a number (nan)");
  EXPECT_EQ(Value("1/0"), "error at 0: the result of a calculation is infinite");
  EXPECT_EQ(Value("{a = {math.huge}}"), "error at 0: the result of a calculation is infinite");
  EXPECT_EQ(Value("1//0"), "error at 1: attempt to divide by zero");
}

TEST_F(LuaScriptsTest, TablesBecomeListsAndObjects) {
  EXPECT_EQ(Value("{1, 'a', true}"), "[1,\"a\",true]");
  EXPECT_EQ(Value("{b = 1, a = {c = {}}}"), "{\"a\":{\"c\":{}},\"b\":1}");
  EXPECT_EQ(Value("{array(), array{}, array{1}}"), "[[],[],[1]]");
  EXPECT_EQ(Value("parameters.empty"), "[]");
  EXPECT_EQ(Value("order"), R"({"customer":"C-1","priority":4,"dataset":{"site":"LON-3"}})");
  EXPECT_EQ(Value("{1, nil, 3}"),
            "error at 0: a table that is neither a list without gaps nor an object with names is "
            "no value that can be given back");
  EXPECT_EQ(Value("{1, a = 2}").substr(0, 10), "error at 0");
  EXPECT_EQ(Value("{[true] = 1}").substr(0, 10), "error at 0");
  EXPECT_EQ(Value("string.rep"), "error at 0: a function is no value that can be given back");
  EXPECT_EQ(Value("'\\xff'"), "error at 0: a string is not valid UTF-8, or holds a zero byte");
}

TEST_F(LuaScriptsTest, ResultsHaveLimits) {
  const std::string deep = "local t = 1 for i = 1, N do t = {t} end return t";
  EXPECT_EQ(Hook("local N = 32 " + deep), std::string(32, '[') + "1" + std::string(32, ']'));
  EXPECT_EQ(Hook("local N = 33 " + deep), "error at 0: the result is nested deeper than 32 levels");
  EXPECT_EQ(Hook("local N = 28 local t = parameters.list for i = 1, N do t = {t} end return t")
                .substr(0, 3),
            "[[[");
  EXPECT_NE(Hook("local N = 30 local t = parameters.list for i = 1, N do t = {t} end return t")
                .find("nested deeper"),
            std::string::npos);
  // 4 texts in quotes, 3 commas, 2 brackets.
  const std::string large = " local s = ('x'):rep(65532) return {s, s, s, s .. R}";
  EXPECT_EQ(Hook("local R = 'xxx'" + large).size(), 262'144U);
  EXPECT_EQ(Hook("local R = 'xxxx'" + large), "error at 0: the result is larger than 262144 bytes");
}

TEST_F(LuaScriptsTest, HooksChangeDatasets) {
  EXPECT_EQ(Hook("set('a', 1) set('order', 'b', {parameters.price}) set('productOrder', 'c', nil)"),
            "null technicalOrder.a=1 order.b=[1.10] productOrder.c=null");
  EXPECT_EQ(Hook("set('technicalOrder', 'a', 'x') return outcome"),
            "\"ok\" technicalOrder.a=\"x\"");
  EXPECT_EQ(Hook("set('all', 'b', 1)"),
            "error at 1: set: there is no dataset 'all'; there are technicalOrder, productOrder "
            "and order");
  EXPECT_EQ(Hook("set('b')"),
            "error at 1: set takes a name and a value, or a dataset, a name and a value");
  EXPECT_EQ(Hook("set('', 1)").substr(0, 16), "error at 1: set:");
  EXPECT_EQ(Hook("\n\nset(7, 1)"),
            "error at 3: bad argument #1 to 'set' (string expected, got number)");
  EXPECT_EQ(Value("set('a', 1)"), "error at 1: an expression changes nothing: set is for hooks");
  EXPECT_EQ(Hook("for i = 1, 1000 do set('a', i) end").substr(0, 21), "null technicalOrder.a");
  EXPECT_EQ(Hook("for i = 1, 1001 do set('a', i) end"), "error at 1: set: more than 1000 changes");
}

TEST_F(LuaScriptsTest, ErrorsNameTheLineAndTheRule) {
  EXPECT_EQ(Value("parameters.nothing > 1"), "error at 1: attempt to compare number with nil");
  EXPECT_EQ(Value("true\nand\nparameters.nothing.x"),
            "error at 3: attempt to index a nil value (field 'nothing')");
  EXPECT_EQ(
      Value("paramters.speed"),
      "error at 1: there is no 'paramters' here; there is parameters, order, output, outcome, "
      "missing");
  EXPECT_EQ(Hook("local a = 1\nerror('not for ' .. order.customer)"), "error at 2: not for C-1");
  EXPECT_EQ(Hook("error({})"),
            "error at 1: the script has raised an error that is no text but a table");
  EXPECT_EQ(Hook("error(12)"), "error at 1: 12");
  EXPECT_EQ(Hook("assert(order.priority == 5, 'a\\nb')"), "error at 1: a b");
  EXPECT_EQ(Hook("x = 1"), "error at 1: 'x' is not local: write 'local x' to keep a value");
  EXPECT_EQ(Hook("parameters.speed = 1"),
            "error at 1: 'speed' cannot be changed here: what is given only reads");
  EXPECT_EQ(Hook("string.x = 1"), "error at 1: the library cannot be changed");
  EXPECT_EQ(Value("parameters .. 'x'"),
            "error at 1: attempt to concatenate a table value (global 'parameters')");
  EXPECT_EQ(Value("'10' + 1").substr(0, 10), "error at 1");
}

TEST_F(LuaScriptsTest, ExpressionsMayBeStatementsThatReturn) {
  EXPECT_EQ(Value("local s = parameters.speed\nreturn s > 100"), "true");
  EXPECT_EQ(Value("if outcome == 'ok' then return 1 else return 2 end"), "1");
  EXPECT_EQ(Value("1, 2"), "1");
  EXPECT_EQ(Value(" -- a comment\n 5 -- and another"), "5");
  EXPECT_EQ(Value("parameters.speed >"), "error at 1: unexpected symbol near <eof>");
  EXPECT_EQ(Value("local x = \n\n)"), "error at 3: unexpected symbol near ')'");
}

TEST_F(LuaScriptsTest, CheckFindsWhatCannotBeCompiled) {
  const auto check = [&](std::string_view source, ScriptForm form = ScriptForm::kExpression) {
    const auto checked = scripts_.Check({source, "test/place"}, form);
    return checked ? std::string("fine") : checked.error().ToString();
  };
  EXPECT_EQ(check("parameters.speed > 100"), "fine");
  EXPECT_EQ(check("set('a', 1)", ScriptForm::kHook), "fine");
  EXPECT_EQ(check("a b"), "test/place, line 1: <eof> expected near 'b'");
  EXPECT_EQ(check("x = \n=", ScriptForm::kHook), "test/place, line 2: unexpected symbol near '='");
  EXPECT_EQ(check(" \n"), "test/place: the script is empty");
  EXPECT_EQ(
      check("'^' .. \"\\\"^\" --^\n..[==[^]]^]==] == 2 ^ 2"),
      "test/place, line 2: there is no operator ^ here: its result is not the same everywhere");
  EXPECT_EQ(check("'^' .. \"\\\"^\" --[[^\n^]] ..[==[^]]^]==]"), "fine");
  EXPECT_EQ(check("'\xff'"), "test/place: a script must be valid UTF-8 without zero bytes");
  EXPECT_EQ(check("'" + std::string(kScriptBytesMax - 2, 'x') + "'"), "fine");
  EXPECT_EQ(check("'" + std::string(kScriptBytesMax - 1, 'x') + "'"),
            "test/place: a script has at most 16384 bytes, and this one 16385");
}

TEST_F(LuaScriptsTest, StepsAreCountedAndLimited) {
  EXPECT_EQ(Value("(function() for i = 1, 100000 do end return 1 end)()"), "1");
  EXPECT_EQ(Hook("\nwhile true do end"),
            "limit at 2: the script runs too long: it has used up its steps");
  // The same on every machine, however many scripts it has run before.
  script_lua::LuaMachine machine({});
  std::uint64_t steps = 0;
  for (int i = 0; i < 3; ++i) {
    const auto result = machine.Evaluate(
        {"local t = {} for i = 1, 9999 do t[i] = ('x'):rep(i % 99) end return #t", "p"},
        ScriptForm::kHook, {});
    ASSERT_TRUE(result.has_value());
    if (i > 0) {
      EXPECT_EQ(machine.steps(), steps);
    }
    steps = machine.steps();
    EXPECT_TRUE(machine.Evaluate({"1", "p"}, ScriptForm::kExpression, {}).has_value());
  }
}

TEST_F(LuaScriptsTest, TimeIsTheLastResort) {
  script_lua::LuaLimits limits;
  limits.time = std::chrono::nanoseconds(0);
  LuaScripts scripts(limits);
  EXPECT_EQ(RunScript(scripts, "while true do end", ScriptForm::kHook),
            "limit at 1: the script has run out of time");
}

TEST_F(LuaScriptsTest, MemoryIsLimitedAndTheNextScriptHasAllOfItAgain) {
  const std::string fill =
      "local t = {} for i = 1, N do t[i] = ('x'):rep(60000) .. i end return #t";
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(Hook("local N = 100 " + fill), "100");
    EXPECT_EQ(Hook("local N = 200 " + fill), "limit at 0: the script needs too much memory")
        << round;
  }
  // Garbage does not count.
  EXPECT_EQ(Hook("local s for i = 1, 500 do s = ('x'):rep(60000) .. i end return #s"), "60003");
  EXPECT_EQ(Hook("local s = ('x'):rep(60000) for i = 1, 2000 do local t = s .. i end"),
            "limit at 0: the script makes too many things: it has used up its memory");
}

TEST_F(LuaScriptsTest, StringsHaveALimit) {
  EXPECT_EQ(Value("#('x'):rep(65536)"), "65536");
  const std::string too_long = "limit at 1: the script makes a string that is too long";
  EXPECT_EQ(Value("#('x'):rep(65537)"), too_long);
  EXPECT_EQ(Value("#(('x'):rep(65535) .. 'y')"), "65536");
  EXPECT_NE(Value("#(('x'):rep(65536) .. 'y')").find("a string that is too long"),
            std::string::npos);
  EXPECT_EQ(Value("#table.concat({('x'):rep(65535), 'y', 'z'})"), too_long);
  EXPECT_EQ(Value("('x'):rep(60000):gsub('x', 'yy')"), too_long);
  EXPECT_EQ(Value("('x'):rep(60000):gsub('.*', ('%0'):rep(30000))"), too_long);
  EXPECT_EQ(Value("('%99d'):rep(900):format()").substr(0, 10), "error at 1");
}

TEST_F(LuaScriptsTest, CallsHaveADepth) {
  const std::string recursive =
      "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end ";
  EXPECT_EQ(Hook(recursive + "return f(100)"), "100");
  EXPECT_EQ(Hook(recursive + "return f(200)"),
            "limit at 1: the script's calls are nested too deep");
  EXPECT_EQ(Hook("local function f(n) if n > 0 then return f(n - 1) end return 'tail' end "
                 "return f(10000)"),
            "\"tail\"");
}

TEST_F(LuaScriptsTest, KeepNothingForTheNext) {
  EXPECT_EQ(Hook("local e = _ENV _ENV = {a = 1} return a"), "1");
  EXPECT_EQ(Hook("local e = _ENV _ENV = {a = 1} return a"), "1");
  EXPECT_EQ(Hook("return a").substr(0, 10), "error at 1");
  EXPECT_EQ(Hook("n = (n or 0) + 1").substr(0, 10), "error at 1");
  EXPECT_EQ(Hook("set('a', 1)"), "null technicalOrder.a=1");
  EXPECT_EQ(Hook("return 1"), "1");
  // A number's spelling is that of this evaluation.
  EXPECT_EQ(Value("parameters.price"), "1.10");
  EXPECT_EQ(Value("1.1"), "1.1");
}

TEST_F(LuaScriptsTest, ForgetsOldScriptsWhenThereAreMany) {
  for (std::size_t i = 0; i < script_lua::kCompiledScriptsMax + 10; ++i) {
    EXPECT_EQ(Value(std::to_string(i)), std::to_string(i));
  }
  EXPECT_EQ(Value("0"), "0");
  for (int i = 0; i < 80; ++i) {
    const std::string text(10'000, static_cast<char>('0' + i % 10));
    EXPECT_EQ(Value("'" + text + "' .. " + std::to_string(i)),
              '"' + text + std::to_string(i) + '"');
  }
}

TEST_F(LuaScriptsTest, ManyThreadsAtOnce) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string n = std::to_string(t * 1'000 + i % 50);
        EXPECT_EQ(Value("parameters.speed + " + n), std::to_string(200 + t * 1'000 + i % 50));
      }
    });
  }
}

}  // namespace
}  // namespace cairn
