// LuaHost: what our library functions find behind a lua_State: the budget, what the script may see,
// and what it has changed. One for each state; what belongs to one evaluation is cleared before the
// next.
//
// One thread. Lua is the library that is built as C++: an error is an exception that Lua catches
// itself, and so what stands on the stack of our functions is destroyed.
#pragma once

#include "adapters/script_lua/lua_budget.h"
#include "base/json.h"
#include "engine/orders/script.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct lua_State;

namespace cairn::script_lua {

struct LuaHost {
  explicit LuaHost(const LuaLimits& limits) : budget(limits) {}

  LuaBudget budget;

  // Of one evaluation.
  const ScriptScope* scope = nullptr;
  bool may_set = false;
  int error_line = 0;
  std::deque<Json> parsed;  // what the script has looked into; nothing in it moves
  // How a number was written that the script has read, by its bits.
  std::unordered_map<std::uint64_t, std::string> spellings;
  std::vector<ScriptChange> changes;
  std::size_t result_bytes = 0;
};

LuaHost& HostOf(lua_State* lua);
void SetHost(lua_State* lua, LuaHost* host);

// Ends the script with an error. The line is added where the error is caught.
[[noreturn]] void Raise(lua_State* lua, std::string_view message);

// Counts steps that the instructions do not show; ends the script when none are left.
void Charge(lua_State* lua, std::uint64_t steps);

// Ends the script past a limit.
[[noreturn]] void RaiseBreach(lua_State* lua, LuaBreach breach);

// Pushes text that our functions have made. Ends the script when it is too long for a string.
void PushText(lua_State* lua, std::string_view text);

// The bytes of a string or number argument. The view lives as long as the argument.
std::string_view CheckText(lua_State* lua, int argument);

}  // namespace cairn::script_lua
