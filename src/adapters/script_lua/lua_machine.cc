#include "adapters/script_lua/lua_machine.h"

#include "adapters/script_lua/lua_library.h"
#include "adapters/script_lua/lua_source.h"
#include "adapters/script_lua/lua_values.h"
#include "base/check.h"
#include "base/text.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <lua.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace cairn::script_lua {
namespace {

// Instructions between two looks at the budget. What one of them costs at most is in lua_budget.cc.
constexpr int kHookInstructions = 500;
constexpr char kChunkName[] = "=script";
constexpr std::string_view kLinePrefix = "script:";

void Hook(lua_State* lua, lua_Debug* event) {
  LuaBudget& budget = HostOf(lua).budget;
  if (event->event == LUA_HOOKCOUNT) {
    if (!budget.ChargeInstructions(kHookInstructions)) RaiseBreach(lua, budget.breach());
    return;
  }
  lua_Debug level;
  if (lua_getstack(lua, budget.limits().call_depth, &level) != 0) {
    RaiseBreach(lua, LuaBreach::kCallDepth);
  }
}

int Panic(lua_State* lua) {
  const char* message = lua_tostring(lua, -1);
  CheckFailed(__FILE__, __LINE__, "Lua without protection", message == nullptr ? "" : message);
}

// "script:12: text" becomes 12 and "text".
int TakeLine(std::string_view& message) {
  if (!message.starts_with(kLinePrefix)) return 0;
  const std::string_view rest = message.substr(kLinePrefix.size());
  int line = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), line);
  const auto used = static_cast<std::size_t>(end - rest.data());
  if (error != std::errc{} || !rest.substr(used).starts_with(": ")) return 0;
  message = rest.substr(used + 2);
  return line;
}

// What stands first decides whether an expression that Lua refuses was meant as statements.
bool BeginsAsStatement(std::string_view source) {
  constexpr std::array<std::string_view, 9> kStatements = {
      "local", "return", "if", "for", "while", "repeat", "do", "goto", "function"};
  const std::size_t begin = source.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  const std::string_view rest = source.substr(begin);
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_letter);
  const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  return std::find(kStatements.begin(), kStatements.end(), word) != kStatements.end();
}

}  // namespace

// What the protected functions work on.
struct LuaMachine::Call {
  std::string_view source;
  ScriptForm form = ScriptForm::kExpression;
  int reference = LUA_NOREF;
  std::string json{};
};

LuaMachine::LuaMachine(const LuaLimits& limits)
    : host_(limits), lua_(lua_newstate(LuaBudget::Allocate, &host_.budget)) {
  CHECK_MSG(lua_ != nullptr, "no memory for a Lua state");
  SetHost(lua_, &host_);
  lua_atpanic(lua_, Panic);
  // Garbage is collected between scripts, and when memory runs out: so a collection never falls
  // into a script at a moment that depends on the ones before it.
  lua_gc(lua_, LUA_GCSTOP);
  CHECK_MSG(Protected(SetUpProtected, nullptr), error_);
  CollectGarbage();
  host_.budget.SetOwnBytes();
}

LuaMachine::~LuaMachine() { lua_close(lua_); }

int LuaMachine::SetUpProtected(lua_State* lua) {
  SetUpValues(lua);
  SetUpLibrary(lua);
  return 0;
}

void LuaMachine::CollectGarbage() { lua_gc(lua_, LUA_GCCOLLECT); }

// Turns what was raised into a text, while the place is still known.
int LuaMachine::ExplainError(lua_State* lua) {
  LuaHost& host = HostOf(lua);
  lua_Debug level;
  for (int i = 0; host.error_line == 0 && lua_getstack(lua, i, &level) != 0; ++i) {
    if (lua_getinfo(lua, "l", &level) != 0) host.error_line = std::max(level.currentline, 0);
  }
  // Turns a number into its text.
  if (lua_tolstring(lua, 1, nullptr) == nullptr) {
    lua_pushfstring(lua, "the script has raised an error that is no text but a %s",
                    TypeName(lua, 1));
  }
  return 1;
}

bool LuaMachine::Protected(int (*function)(lua_State*), void* argument) {
  host_.error_line = 0;
  lua_settop(lua_, 0);
  lua_pushcfunction(lua_, ExplainError);
  lua_pushcfunction(lua_, function);
  lua_pushlightuserdata(lua_, argument);
  const int status = lua_pcall(lua_, 1, 0, 1);
  error_.clear();
  if (status != LUA_OK) {
    std::size_t size = 0;
    const char* text = lua_type(lua_, -1) == LUA_TSTRING ? lua_tolstring(lua_, -1, &size) : nullptr;
    error_ = text == nullptr ? std::string("an error without a text") : std::string(text, size);
    const LuaBreach breach = host_.budget.breach();
    const bool by_memory = breach == LuaBreach::kMemory || breach == LuaBreach::kAllocated ||
                           breach == LuaBreach::kString;
    spent_ = spent_ || by_memory || (status != LUA_ERRRUN && status != LUA_ERRSYNTAX);
  }
  lua_settop(lua_, 0);
  return status == LUA_OK;
}

ScriptError LuaMachine::TakeError(std::string_view place) {
  std::string_view message = error_;
  const int line = TakeLine(message);
  const LuaBreach breach = host_.budget.breach();
  ScriptError error{
      .place = std::string(place),
      .line = line > 0 ? line : host_.error_line,
      .message = std::string(breach == LuaBreach::kNone ? message : BreachText(breach)),
      .limit = breach != LuaBreach::kNone || spent_};
  if (error.message.empty()) error.message = "the script has raised an error without a text";
  for (char& c : error.message) {
    if (static_cast<unsigned char>(c) < 0x20U) c = ' ';
  }
  error.message = MakeCleanUtf8(std::string(CutUtf8(error.message, kTextBytesMax)));
  return error;
}

int LuaMachine::CompileProtected(lua_State* lua) {
  Call& call = *static_cast<Call*>(lua_touserdata(lua, 1));
  lua_settop(lua, 0);
  const auto load = [&](const std::string& source) {
    const int status = luaL_loadbufferx(lua, source.data(), source.size(), kChunkName, "t");
    if (status == LUA_ERRMEM) lua_error(lua);
    return status == LUA_OK;
  };
  const std::string source(call.source);
  bool compiled = false;
  if (call.form == ScriptForm::kExpression) {
    compiled = load("return " + source) || (BeginsAsStatement(source) && load(source));
  } else {
    compiled = load(source);
  }
  if (!compiled) return lua_error(lua);
  call.reference = luaL_ref(lua, LUA_REGISTRYINDEX);
  return 0;
}

tl::expected<int, ScriptError> LuaMachine::Compile(ScriptText script, ScriptForm form) {
  const auto refuse = [&](int line, std::string message) {
    return tl::unexpected(ScriptError{std::string(script.place), line, std::move(message), false});
  };
  if (script.source.size() > kScriptBytesMax) {
    return refuse(0, fmt::format("a script has at most {} bytes, and this one {}", kScriptBytesMax,
                                 script.source.size()));
  }
  std::string key(1, form == ScriptForm::kExpression ? 'e' : 'h');
  key += script.source;
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    compiled_.splice(compiled_.begin(), compiled_, found->second);
    return found->second->reference;
  }
  if (!IsCleanUtf8(script.source)) {
    return refuse(0, "a script must be valid UTF-8 without zero bytes");
  }
  if (script.source.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return refuse(0, "the script is empty");
  }
  if (const auto line = FindPowerOperator(script.source)) {
    return refuse(*line, "there is no operator ^ here: its result is not the same everywhere");
  }
  Call call{.source = script.source, .form = form};
  host_.budget.Begin(script.source.size(), uses_ > 1);
  const bool compiled = Protected(CompileProtected, &call);
  host_.budget.End();
  if (!compiled) return tl::unexpected(TakeError(script.place));
  Keep(std::move(key), call.reference);
  return call.reference;
}

void LuaMachine::Keep(std::string key, int reference) {
  while (compiled_.size() >= kCompiledScriptsMax ||
         (!compiled_.empty() && compiled_bytes_ + key.size() > kCompiledSourceBytesMax)) {
    Compiled& oldest = compiled_.back();
    luaL_unref(lua_, LUA_REGISTRYINDEX, oldest.reference);
    by_key_.erase(oldest.key);
    compiled_bytes_ -= oldest.key.size();
    compiled_.pop_back();
  }
  compiled_bytes_ += key.size();
  compiled_.push_front({std::move(key), reference});
  by_key_.emplace(compiled_.front().key, compiled_.begin());
}

int LuaMachine::RunProtected(lua_State* lua) {
  Call& call = *static_cast<Call*>(lua_touserdata(lua, 1));
  lua_settop(lua, 0);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, call.reference);
  // Every time, since a script may have put something else in its place.
  PushEnvironment(lua);
  lua_setupvalue(lua, 1, 1);
  lua_call(lua, 0, 1);
  AppendJson(lua, 1, call.json);
  return 0;
}

tl::expected<void, ScriptError> LuaMachine::Check(ScriptText script, ScriptForm form) {
  ++uses_;
  const auto compiled = Compile(script, form);
  if (!compiled) return tl::unexpected(compiled.error());
  return {};
}

tl::expected<ScriptResult, ScriptError> LuaMachine::Evaluate(ScriptText script, ScriptForm form,
                                                             const ScriptScope& scope) {
  ++uses_;
  const auto reference = Compile(script, form);
  if (!reference) return tl::unexpected(reference.error());
  Call call{.source = script.source, .form = form, .reference = *reference};
  host_.scope = &scope;
  host_.may_set = form == ScriptForm::kHook;
  host_.budget.Begin(script.source.size(), uses_ > 1);
  // Anew, so that the count begins at the same place for every script.
  lua_sethook(lua_, Hook, LUA_MASKCOUNT | LUA_MASKCALL, kHookInstructions);
  const bool done = Protected(RunProtected, &call);
  lua_sethook(lua_, nullptr, 0, 0);
  host_.budget.End();
  host_.scope = nullptr;
  tl::expected<ScriptResult, ScriptError> result;
  if (done) {
    result = ScriptResult{std::move(call.json), std::move(host_.changes)};
  } else {
    result = tl::unexpected(TakeError(script.place));
  }
  ForgetValues(lua_);
  if (host_.budget.used_bytes() > host_.budget.own_bytes() + compiled_bytes_ + kGarbageBytesMax) {
    CollectGarbage();
  }
  return result;
}

}  // namespace cairn::script_lua
