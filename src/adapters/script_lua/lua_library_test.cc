// The functions that scripts have: the same as Lua's where both are there.
#include "adapters/script_lua/script_run_test.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

struct Case {
  const char* source;
  const char* shown;
};

void Expect(std::initializer_list<Case> cases) {
  LuaScripts scripts;
  for (const Case& one : cases) {
    EXPECT_EQ(RunScript(scripts, one.source, ScriptForm::kExpression), one.shown) << one.source;
  }
}

TEST(LuaLibrary, Patterns) {
  Expect({
      {"('+447700900123'):match('^%+44(%d+)$')", "\"7700900123\""},
      {"{('key = value'):match('^(%w+)%s*=%s*(%w+)$')}", "[\"key\",\"value\"]"},
      {"{('hello world'):find('o w')}", "[5,7]"},
      {"{('hello world'):find('l+')}", "[3,4]"},
      {"{('hello'):find('(l)(l)')}", "[3,4,\"l\",\"l\"]"},
      {"{('a.b'):find('.', 2, true)}", "[2,2]"},
      {"('abc'):find('b', -1)", "null"},
      {"{('abc'):find('', 10)}", "{}"},
      {"{('abc'):find('', 4)}", "[4,3]"},
      {"('abc'):find('b', 1, true)", "2"},
      {"{('hello'):gsub('l', 'L')}", "[\"heLLo\",2]"},
      {"{('hello'):gsub('l', 'L', 1)}", "[\"heLlo\",1]"},
      {"{('hello world'):gsub('(%w+) (%w+)', '%2 %1 %0 %%')}", "[\"world hello hello world %\",1]"},
      {"{('abc'):gsub('%w', '%0%0')}", "[\"aabbcc\",3]"},
      {"{('abc'):gsub('', '-')}", "[\"-a-b-c-\",4]"},
      {"{('abc def'):gsub('%w*', 'x')}", "[\"x x\",2]"},
      {"{('$name is $x'):gsub('%$(%w+)', {name = 'A'})}", "[\"A is $x\",2]"},
      {"{('abc'):gsub('%w', function(c) if c ~= 'b' then return c .. c end end)}", "[\"aabcc\",3]"},
      {"{('hello'):gsub('^h', 'j')}", "[\"jello\",1]"},
      {"{('hhh'):gsub('^h', 'j')}", "[\"jhh\",1]"},
      {"('[a] (b(c)) d'):match('%b()')", "\"(b(c))\""},
      {"('THE (quick) fox'):find('%f[%a]%a+%f[%A]')", "1"},
      {"('aa bb cc dd'):match('(%a)%1 (%a)%2')", "\"a\""},
      {"('x]y'):match('[]]')", "\"]\""},
      {"('x-y'):match('[a-]')", "\"-\""},
      {"('abc123'):match('[^%a]+')", "\"123\""},
      {"('  trim  '):match('^%s*(.-)%s*$')", "\"trim\""},
      {"('aXb'):match('%u')", "\"X\""},
      {"('a1'):match('%D%d')", "\"a1\""},
      {"('abc'):match('()b()')", "2"},
      {"('a\\0b'):match('%z')", "null"},
      {"('xyz'):match('x?y*z+')", "\"xyz\""},
      {"('price: $5'):match('$')", "\"\""},
      {"('a$'):match('a$$')", "\"a$\""},
      {"('a^b'):match('a^b')", "\"a^b\""},
  });
  LuaScripts scripts;
  EXPECT_EQ(RunScript(scripts,
                      "local n = '' for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do "
                      "n = n .. k .. v end return n",
                      ScriptForm::kHook),
            "\"a1b2\"");
  EXPECT_EQ(RunScript(scripts,
                      "local n = 0 for w in ('one two  three'):gmatch('%a*') do n = n + 1 end "
                      "return n",
                      ScriptForm::kHook),
            "4");
}

TEST(LuaLibrary, MalformedPatternsAreErrors) {
  Expect({
      {"('a'):match('[a')", "error at 1: malformed pattern: a set has no ']'"},
      {"('a'):match('(a')", "error at 1: malformed pattern: a capture has no ')'"},
      {"('a'):match('a)')", "error at 1: malformed pattern: a ')' has no '('"},
      {"('a'):match('a%')", "error at 1: malformed pattern: it ends with '%'"},
      {"('a'):match('%b(')", "error at 1: malformed pattern: %b needs two characters"},
      {"('a'):match('%fa')", "error at 1: malformed pattern: %f needs a set [...]"},
      {"('a'):match('%1')", "error at 1: malformed pattern: %1 names no capture before it"},
      {"('a'):match('(%1)')", "error at 1: malformed pattern: %1 names no capture before it"},
      {"('a'):match(('()'):rep(32))", "1"},
      {"('a'):match(('()'):rep(33))", "error at 1: malformed pattern: more than 32 captures"},
      {"#('a'):match(('a?'):rep(512))", "1"},
      {"('a'):match(('a?'):rep(512) .. 'a')",
       "error at 1: a pattern has at most 1024 bytes, and this one 1025"},
      {"('a'):gsub('a', '%2')", "error at 1: gsub: the pattern has no capture %2"},
      {"('a'):gsub('a', '%x')",
       "error at 1: gsub: in a replacement, '%' is followed by a digit or by '%'"},
      {"('a'):gsub('a', true)",
       "error at 1: gsub: a string, table or function is expected, not a boolean"},
      {"('a'):gsub('a', {a = {}})", "error at 1: gsub: a table cannot replace text"},
  });
}

TEST(LuaLibrary, PatternsThatBacktrackEndWithTheSteps) {
  const std::string end = "limit at 1: the script runs too long: it has used up its steps";
  LuaScripts scripts;
  for (const char* source :
       {"('a'):rep(30):match(('a?'):rep(30) .. ('a'):rep(31))",
        "('a'):rep(5000):match('.-.-.-.-b')", "('a'):rep(5000):match('a*a*a*a*b')",
        "('('):rep(60000):find('%b()')", "('a'):rep(60000):find(('a'):rep(1000) .. 'b', 1, true)",
        "('ab'):rep(30000):gsub('(.-)(.-)(.-)x', '')"}) {
    const std::string shown = RunScript(scripts, source, ScriptForm::kExpression);
    EXPECT_TRUE(shown == end || shown == "null") << source << ": " << shown;
  }
  EXPECT_EQ(RunScript(scripts, "('a'):rep(5000):match('a*a*a*a*b')", ScriptForm::kExpression), end);
}

TEST(LuaLibrary, Text) {
  Expect({
      {"('aBc'):upper() .. ('aBc'):lower() .. ('abc'):reverse()", "\"ABCabccba\""},
      {"('\\u{e9}A'):lower()",
       "\"\xc3\xa9"
       "a\""},
      {"('ab'):rep(3, '-') .. ('x'):rep(0) .. ('x'):rep(-1) .. (''):rep(1000000000)",
       "\"ab-ab-ab\""},
      {"('x'):rep(math.maxinteger)", "limit at 1: the script makes a string that is too long"},
      {"(''):rep(math.maxinteger, 'y')", "limit at 1: the script makes a string that is too long"},
      {"('hello'):sub(2, -2) .. #'abc' .. ('abc'):len()", "\"ell33\""},
      {"{('abc'):byte(1, -1)}", "[97,98,99]"},
      {"string.char(72, 105)", "\"Hi\""},
      {"string.char(256)", "error at 1: bad argument #1 to 'char' (it is no byte)"},
      {"('%5.2f|%-5d|%05d|%x|%s|%q'):format(1.005, 7, 42, 255, {}, 1)",
       "error at 1: format: there is no conversion '%q'"},
      {"('%5.2f|%-5d|%05d|%x|%s|%5s|%-3s|%.2s|%%|%c'):format(2.5, 7, 42, 255, {}, 'ab', 'c', "
       "'xyz', 65)",
       "\" 2.50|7    |00042|ff|table|   ab|c  |xy|%|A\""},
      {"('%p'):format({})", "error at 1: format: there is no conversion '%p'"},
      {"('%d'):format(1.5)",
       "error at 1: bad argument #1 to 'format' (number has no integer representation)"},
      {"('%100d'):format(1)", "error at 1: format: a width has at most two digits"},
      {"('%.99f'):format(1e308):sub(1, 10)", "\"1000000000\""},
      {"('%'):format(1)", "error at 1: format: it ends within a conversion"},
      {"('%d'):format()",
       "error at 1: bad argument #1 to 'format' (number expected, got no value)"},
      {"utf8.len('\\u{e9}a') + utf8.codepoint('a')", "99"},
      {"tostring(nil) .. tostring(true) .. tostring({}) .. tostring(print == nil)",
       "error at 1: there is no 'print' here"},
      {"tostring(nil) .. tostring(true) .. tostring({}) .. tostring(pairs) .. tostring(1.5)",
       "\"niltruetablefunction1.5\""},
      {"tonumber('0x10') + tonumber('  7 ') + tonumber('z', 36)", "58"},
      {"tonumber('x')", "null"},
  });
}

TEST(LuaLibrary, TablesAndNumbers) {
  Expect({
      {"table.concat({1, 'a', 2.5}, ', ')", "\"1, a, 2.5\""},
      {"table.concat({1, {}})", "error at 1: table.concat: item 2 is a table"},
      {"table.concat({}, 'x', 1, math.maxinteger)", "error at 1: table.concat: item 1 is a nil"},
      {"table.concat({[math.maxinteger] = 'x'}, 'x', math.maxinteger, math.maxinteger)", "\"x\""},
      {"select('#', table.unpack({1, 2, 3}, 2))", "2"},
      {"table.unpack({}, 1, 251)", "error at 1: table.unpack: more than 250 values"},
      {"table.unpack({}, math.mininteger, math.maxinteger)",
       "error at 1: table.unpack: more than 250 values"},
      {"select('#', table.unpack({}, 1, 250))", "250"},
      {"table.pack(1, nil).n", "2"},
      {"table.move", "null"},
      {"math.floor(2.7) + math.ceil(2.1) + math.max(1, 5) + math.abs(-2) + math.tointeger(3.0)",
       "15"},
      {"math.sqrt(16) + math.fmod(7, 3) + 7 // 2 + 7 % 4", "11"},
      {"math.type(1) .. math.type(1.5)", "\"integerfloat\""},
      {"math.random", "null"},
      {"math.sin", "null"},
  });
  LuaScripts scripts;
  const auto hook = [&](const char* source) {
    return RunScript(scripts, source, ScriptForm::kHook);
  };
  EXPECT_EQ(hook("local t = {3, 1, 2} table.sort(t) return t"), "[1,2,3]");
  EXPECT_EQ(hook("local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t"),
            "[3,2,1]");
  EXPECT_EQ(hook("local t = {'b1', 'a1', 'b2', 'a2'} "
                 "table.sort(t, function(a, b) return a:sub(1, 1) < b:sub(1, 1) end) return t"),
            "[\"a1\",\"a2\",\"b1\",\"b2\"]");
  EXPECT_EQ(hook("local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1000 end table.sort(t) "
                 "for i = 2, 1000 do assert(t[i - 1] <= t[i]) end return t[1000]"),
            "999");
  EXPECT_EQ(hook("local t = {3, 1, 2} table.sort(t, function() return true end) return #t"), "3");
  EXPECT_EQ(hook("local t = {3, 'x'} table.sort(t)").substr(0, 10), "error at 1");
  EXPECT_EQ(hook("local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) "
                 "return {t, table.remove(t), table.remove(t, 1)}"),
            "[[1,2],3,0]");
}

}  // namespace
}  // namespace cairn
