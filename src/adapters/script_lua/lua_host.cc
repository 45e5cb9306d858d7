#include "adapters/script_lua/lua_host.h"

#include "base/check.h"

#include <lua.hpp>

#include <cstring>

namespace cairn::script_lua {

LuaHost& HostOf(lua_State* lua) {
  LuaHost* host = nullptr;
  std::memcpy(&host, lua_getextraspace(lua), sizeof(void*));
  return *host;
}

void SetHost(lua_State* lua, LuaHost* host) {
  std::memcpy(lua_getextraspace(lua), static_cast<const void*>(&host), sizeof(void*));
}

void Raise(lua_State* lua, std::string_view message) {
  lua_pushlstring(lua, message.data(), message.size());
  lua_error(lua);
  CheckFailed(__FILE__, __LINE__, "lua_error", "it has returned");
}

void RaiseBreach(lua_State* lua, LuaBreach breach) {
  HostOf(lua).budget.Breach(breach);
  Raise(lua, BreachText(breach));
}

void Charge(lua_State* lua, std::uint64_t steps) {
  LuaBudget& budget = HostOf(lua).budget;
  if (!budget.ChargeSteps(steps)) RaiseBreach(lua, budget.breach());
}

void PushText(lua_State* lua, std::string_view text) {
  if (text.size() > HostOf(lua).budget.limits().string_bytes) RaiseBreach(lua, LuaBreach::kString);
  lua_pushlstring(lua, text.data(), text.size());
}

std::string_view CheckText(lua_State* lua, int argument) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(lua, argument, &size);
  return {text, size};
}

}  // namespace cairn::script_lua
