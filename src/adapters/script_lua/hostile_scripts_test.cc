// Scripts that mean harm, or are merely wrong, by the thousand: each ends within its limits with a
// clear error or a harmless value, the same on a used machine as on a new one, and leaves nothing
// behind.
#include "adapters/script_lua/lua_machine.h"
#include "adapters/script_lua/script_run_test.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace cairn {
namespace {

using Snippets = std::vector<std::string>;

// The patterns' @ are filled with each of the words.
void AddFilled(Snippets& snippets, std::string_view pattern, const Snippets& words) {
  for (const std::string& word : words) {
    std::string snippet(pattern);
    for (std::size_t at = snippet.find('@'); at != std::string::npos;
         at = snippet.find('@', at + word.size())) {
      snippet.replace(at, 1, word);
    }
    snippets.push_back(std::move(snippet));
  }
}

// Bodies that make each round of a loop as costly as they can.
Snippets Bodies() {
  return {"",
          "local x = 1",
          "x = x .. x",
          "x = x .. 'y'",
          "t[#t + 1] = {}",
          "t[#t + 1] = x .. #t",
          "t = {t}",
          "t[x] = x; x = x .. 'z'",
          "x = ('y'):rep(65536); local same = x == ('y'):rep(65535) .. 'z'",
          "x = ('y'):rep(65536) < ('y'):rep(65535) .. 'z'; x = 'a'",
          "x = x:upper():lower():reverse()",
          "x = ('%s%s'):format(x, x)",
          "x = x:gsub('.', '%0%0')",
          "local s = x:rep(1000000000)",
          "local s = (''):rep(1000000000)",
          "local m = ('a'):rep(60000):match('.-b')",
          "local m = ('a'):rep(60000):find('a*a*b')",
          "local s = table.concat(t, x)",
          "table.insert(t, 1, x)",
          "table.sort(t, function() return true end)",
          "for k in pairs(t) do t[k .. 'x'] = k end",
          "t[#t + 1] = function() return t end",
          "local a, b = table.unpack(t, 1, 250)",
          "local n = utf8.len(('y'):rep(65536))",
          "local y = parameters.list[1] and parameters.object.a and order.dataset",
          "local y = tostring(parameters) .. tostring(t)",
          "set('a', parameters)",
          "set('a', t)"};
}

void AddLoops(Snippets& snippets) {
  const std::string begin = "local x, t = 'x', {} ";
  for (const std::string& body : Bodies()) {
    AddFilled(snippets, begin + "while true do @ end", {body});
    AddFilled(snippets, begin + "repeat @ until false", {body});
    AddFilled(snippets, begin + "for i = 1, math.huge do @ end", {body});
    AddFilled(snippets, begin + "for i = math.maxinteger, math.mininteger, -1 do @ end", {body});
    AddFilled(snippets, begin + "for i = 0.0, 1, 1e-300 do @ end", {body});
    AddFilled(snippets, begin + "::top:: do @ end goto top", {body});
    AddFilled(snippets, begin + "local function f() @ return f() end return f()", {body});
    AddFilled(snippets, begin + "local function f() @ f() f() end f()", {body});
    AddFilled(snippets, begin + "local function f() @ return 1 + f() end return f()", {body});
    AddFilled(snippets, begin + "for _ in function() @ return 1 end do end", {body});
    AddFilled(snippets, begin + "('a'):rep(60000):gsub('.', function() @ end)", {body});
    AddFilled(snippets, begin + "for w in ('a'):rep(60000):gmatch('.') do @ end", {body});
    AddFilled(snippets, begin + "table.sort({3, 2, 1}, function(a, b) while true do @ end end)",
              {body});
    AddFilled(snippets, begin + "while true do while true do @ break end end", {body});
  }
}

Snippets NamesOutside() {
  return {"io",         "os",        "debug",          "package",      "require",      "load",
          "loadstring", "loadfile",  "dofile",         "_G",           "rawget",       "rawset",
          "rawequal",   "rawlen",    "next",           "getmetatable", "setmetatable", "pcall",
          "xpcall",     "coroutine", "collectgarbage", "print",        "warn",         "module",
          "getfenv",    "setfenv",   "newproxy",       "unpack",       "arg",          "_VERSION",
          "jit",        "ffi",       "bit32",          "registry",     "_LOADED"};
}

Snippets CallsOutside() {
  return {"io.open('/etc/passwd')",
          "os.execute('true')",
          "os.exit(1)",
          "os.getenv('PATH')",
          "os.time()",
          "os.clock()",
          "os.remove('/tmp/x')",
          "io.popen('true')",
          "io.read()",
          "io.write('x')",
          "io.lines('/etc/passwd')",
          "debug.getregistry()",
          "debug.sethook()",
          "debug.getinfo(1)",
          "debug.getupvalue(pairs, 1)",
          "debug.setmetatable('', {})",
          "package.loadlib('x', 'y')",
          "package.loaded.io",
          "require('io')",
          "load('return 1')()",
          "load(function() return 'return 1' end)()",
          "string.dump(function() end)",
          "math.random()",
          "math.randomseed(1)",
          "string.pack('z', 'x')",
          "string.unpack('z', 'x')",
          "string.packsize('!16')",
          "coroutine.wrap(function() while true do end end)()",
          "coroutine.yield()",
          "coroutine.running()",
          "pcall(error)",
          "pcall(function() while true do end end)",
          "xpcall(error, error)",
          "getmetatable('').__index.rep",
          "setmetatable({}, {__gc = error})",
          "setmetatable({}, {__index = error}).x",
          "collectgarbage('stop')",
          "string.format('%p', {})",
          "('').format('%p', pairs)",
          "table.move({}, 1, 1e9, 2)"};
}

// Every way out that Lua has, or has had.
void AddReaching(Snippets& snippets) {
  for (const char* pattern : {"return @",
                              "return @ and 1",
                              "return _ENV.@",
                              "return _ENV['@']",
                              "@ = 1",
                              "_ENV.@ = 1",
                              "return @.x",
                              "return @()",
                              "@('x')",
                              "return _ENV._ENV.@",
                              "local f = function() return @ end return f()",
                              "return ('x').@.y",
                              "return string.@.x",
                              "return parameters.@.x",
                              "return math.@.x",
                              "return table.@.x",
                              "local @ <close> = @",
                              "for k, v in pairs(@) do end",
                              "return type(@)",
                              "return #@",
                              "set('a', @)",
                              "_ENV = {} return @.x",
                              "local _ENV = {} return @.x",
                              "local _ENV = {_ENV} return @.x"}) {
    AddFilled(snippets, pattern, NamesOutside());
  }
  for (const char* pattern :
       {"return @", "local x = @", "set('a', @)", "local x <close> = @", "error(@)"}) {
    AddFilled(snippets, pattern, CallsOutside());
  }
}

void AddPatterns(Snippets& snippets) {
  const Snippets patterns = {"a*a*a*a*b", ".-.-.-.-b",   "(.-)(.-)(.-)%1b", "a?a?a?a?a?a?a?a?aaab",
                             "%b()",      "%f[b]",       "[^%z]*[^a]",      "((((.*)*)*)*)",
                             "(a+)+b",    "[a-z]*[0-9]", "%g+%d",           "^(a*)*$"};
  for (const char* call : {"find", "match", "gmatch", "gsub"}) {
    for (const char* text : {"('a'):rep(20000)", "('a'):rep(60000) .. 'c'", "('('):rep(30000)"}) {
      AddFilled(
          snippets,
          fmt::format("local n = 0 for i = 1, 100 do local r = ({}):{}('@'{}) "
                      "n = n + (type(r) == 'function' and (r() and 1 or 0) or 1) end return n",
                      text, call, std::string_view(call) == "gsub" ? ", '%0'" : ""),
          patterns);
    }
  }
  AddFilled(snippets, "return ('x'):find('@')",
            {"[",   "[^", "[]",  "[a", "%", "(", ")", "()", "%1", "(%1)", "%b",  "%bx", "%f",
             "%fx", "[%", "[a-", "*",  "+", "-", "?", "^*", "$$", "%g%",  "[[]", "[%]"});
}

void AddDepths(Snippets& snippets) {
  for (const int n : {10, 100, 150, 190, 250, 1'000, 5'000}) {
    const auto repeated = [n](std::string_view piece) {
      std::string text;
      for (int i = 0; i < n; ++i) text += piece;
      return text;
    };
    snippets.push_back("return " + repeated("{") + repeated("}"));
    snippets.push_back("return " + repeated("(") + "1" + repeated(")"));
    snippets.push_back("return " + repeated("- ") + "1");
    snippets.push_back("return " + repeated("not ") + "1");
    snippets.push_back("return ''" + repeated("..1"));
    snippets.push_back(repeated("do ") + repeated(" end"));
    snippets.push_back("return " + repeated("(function() return ") + "1" + repeated(" end)()"));
    snippets.push_back("local a = {} " + repeated("a={a} ") + "return a");
    snippets.push_back("local a = {} " + repeated("a={a,a} ") + "return a");
    snippets.push_back("local a " + repeated("local b ") + "return a");
    snippets.push_back("return select(-1" + repeated(",1") + ")");
    snippets.push_back("local t = {} t.t = t return " + std::string("t") + repeated(".t"));
  }
}

Snippets OddValues() {
  return {"nil",
          "true",
          "1",
          "-1",
          "0.5",
          "math.huge",
          "-math.huge",
          "0/0",
          "math.maxinteger",
          "math.mininteger",
          "''",
          "'x'",
          "'\\0'",
          "'\\xff'",
          "{}",
          "{{}}",
          "pairs",
          "string",
          "_ENV",
          "parameters",
          "order",
          "parameters.list",
          "parameters.big",
          "function() end"};
}

void AddOddities(Snippets& snippets) {
  for (const char* pattern : {"return @",
                              "error(@)",
                              "error(@, 2)",
                              "error(@, math.maxinteger)",
                              "assert(nil, @)",
                              "set(@, 1)",
                              "set('a', @)",
                              "set('order', @, @)",
                              "return @ + 1",
                              "return @ < 1",
                              "return @ .. 'x'",
                              "return #@",
                              "return -@",
                              "return @.x",
                              "return @()",
                              "return @ // 0",
                              "return @ % 0",
                              "return @ << 100",
                              "return @ == @",
                              "local t = {} t[@] = 1 return t",
                              "for i = @, 1 do end",
                              "for i = 1, 10, @ do end",
                              "for k in pairs(@) do end",
                              "for k in ipairs(@) do end",
                              "return tostring(@)",
                              "return tonumber(@)",
                              "return math.floor(@)",
                              "return string.rep('x', @)",
                              "return string.format('%d', @)",
                              "return string.format('%s', @)",
                              "return string.format(@, 1)",
                              "return table.concat(@, 'x')",
                              "return table.unpack(@)",
                              "return table.insert(@, 1)",
                              "return table.sort(@)",
                              "return select(@, 1, 2)",
                              "return utf8.char(@)",
                              "return ('x'):gsub('x', @)",
                              "return string.sub('abc', @)",
                              "local x <close> = @",
                              "local x <const> = @ return x",
                              "return array(@)",
                              "parameters.x = @",
                              "parameters[@] = 1",
                              "return parameters[@]",
                              "return order[@]",
                              "return _ENV[@]",
                              "_ENV[@] = 1",
                              "return math.fmod(@, 0)",
                              "return math.tointeger(@)"}) {
    AddFilled(snippets, pattern, OddValues());
  }
}

Snippets OtherSnippets() {
  Snippets snippets;
  AddPatterns(snippets);
  AddDepths(snippets);
  AddOddities(snippets);
  return snippets;
}

const ScriptScope& Scope() {
  static const ScriptScope kScope = {
      {"parameters", FieldsOf(R"({"list":[1,null,2.50],"object":{"a":1},"big":1e401})")},
      {"order", std::vector<ScriptVariable>{{"dataset", FieldsOf(R"({"site":"LON-3"})")}}}};
  return kScope;
}

class HostileScripts : public testing::Test {
 protected:
  // Smaller than the real ones, so that thousands can run into them.
  static script_lua::LuaLimits Limits() {
    script_lua::LuaLimits limits;
    limits.steps = 50'000;
    return limits;
  }

  void ExpectHarmless(const std::string& source) {
    const std::string shown = RunScript(used_, source, ScriptForm::kHook, Scope());
    LuaScripts fresh(Limits());
    EXPECT_EQ(RunScript(fresh, source, ScriptForm::kHook, Scope()), shown) << source;
    // No address, no time limit, nothing that could not be shown.
    EXPECT_EQ(shown.find("0x"), std::string::npos) << source << ": " << shown;
    EXPECT_EQ(shown.find("out of time"), std::string::npos) << source << ": " << shown;
    EXPECT_TRUE(IsCleanUtf8(shown)) << source;
    const auto result = used_.Evaluate({source, "test/place"}, ScriptForm::kHook, Scope());
    if (result) {
      EXPECT_TRUE(ParseJson(result->json).has_value()) << source << ": " << result->json;
      for (const ScriptChange& change : result->changes) {
        EXPECT_TRUE(ParseJson(change.json).has_value()) << source << ": " << change.json;
      }
      ++values_;
    } else {
      EXPECT_FALSE(result.error().message.empty()) << source;
      EXPECT_LE(result.error().message.size(), kTextBytesMax) << source;
      ++(result.error().limit ? limits_ : errors_);
    }
    ExpectNothingLeft(source);
  }

  // What a script could have changed for the next one.
  void ExpectNothingLeft(const std::string& source) {
    constexpr const char* kProbe =
        "local s = '' for k, v in pairs(parameters.object) do s = s .. k .. v end "
        "s = s .. ('x'):rep(2) .. ('%d'):format(7) .. math.max(1, 2) .. table.concat({1, 2}) .. "
        "type(pairs) .. tostring(parameters.list[3]) .. order.dataset.site "
        "set('p', parameters.list) return s";
    ASSERT_EQ(RunScript(used_, kProbe, ScriptForm::kHook, Scope()),
              "\"a1xx7212function2.5LON-3\" technicalOrder.p=[1,null,2.50]")
        << "after " << source;
  }

  LuaScripts used_{Limits()};
  std::size_t values_ = 0;
  std::size_t errors_ = 0;
  std::size_t limits_ = 0;
};

TEST_F(HostileScripts, EndlessLoopsEnd) {
  Snippets snippets;
  AddLoops(snippets);
  EXPECT_GE(snippets.size(), 350U);
  for (const std::string& source : snippets) ExpectHarmless(source);
  // Some bodies end the loop with an error of their own; none ends it with a value but those whose
  // loop is bounded by a text.
  EXPECT_GE(limits_, 250U);
  EXPECT_LE(values_, 60U);
}

TEST_F(HostileScripts, ReachNothing) {
  Snippets snippets;
  AddReaching(snippets);
  EXPECT_GE(snippets.size(), 1'000U);
  for (const std::string& source : snippets) ExpectHarmless(source);
  EXPECT_GE(errors_, 900U);
  EXPECT_LE(limits_, 10U);
}

TEST_F(HostileScripts, PatternsAndDepthsAndOddValuesEnd) {
  const Snippets snippets = OtherSnippets();
  EXPECT_GE(std::set<std::string>(snippets.begin(), snippets.end()).size(), 1'300U);
  for (const std::string& source : snippets) ExpectHarmless(source);
  EXPECT_GE(errors_, 500U);
  EXPECT_GE(limits_, 50U);
  EXPECT_GE(values_, 200U);
}

TEST(HostileScriptsAtTheRealLimits, EndSoonEnough) {
  LuaScripts scripts;
  for (const char* source :
       {"while true do end",
        "local s = ('x'):rep(65536) local r = s .. '' while s == s do local b = r < s end",
        "local a, b = ('x'):rep(65535) .. 'a', ('x'):rep(65535) .. 'b' while a < b do end",
        "local a, b = ('x'):rep(65535) .. 'a', ('x'):rep(65535) .. 'b' while a ~= b do end",
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} for i = 1, 60000 do t[i] = {} end while true do local s = {} end",
        "local s = ('x'):rep(65000) while true do local t = s .. 'y' end",
        "while true do ('a'):rep(65536):find('.-.-b') end"}) {
    const std::string shown = RunScript(scripts, source, ScriptForm::kHook);
    EXPECT_EQ(shown.substr(0, 5), "limit") << source << ": " << shown;
    EXPECT_EQ(shown.find("out of time"), std::string::npos) << source << ": " << shown;
  }
}

}  // namespace
}  // namespace cairn
