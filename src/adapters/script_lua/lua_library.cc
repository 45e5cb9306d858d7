#include "adapters/script_lua/lua_library.h"

#include "adapters/script_lua/lua_host.h"
#include "adapters/script_lua/lua_values.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <lua.hpp>

#include <array>
#include <optional>

namespace cairn::script_lua {
namespace {

// A key of the registry: its address.
constexpr char kEnvironmentKey = 'e';

int Type(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushstring(lua, TypeName(lua, 1));
  return 1;
}

int ToString(lua_State* lua) {
  luaL_checkany(lua, 1);
  PushText(lua, ToText(lua, 1));
  return 1;
}

// Upvalue 1: Lua's own.
int ToNumber(lua_State* lua) {
  if (IsExactNumber(lua, 1)) {
    lua_settop(lua, 1);
    return 1;
  }
  Charge(lua, lua_rawlen(lua, 1));
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// Upvalues: the keys, how many of them have been given.
int NextPair(lua_State* lua) {
  lua_settop(lua, 1);
  for (;;) {
    const lua_Integer i = lua_tointeger(lua, lua_upvalueindex(2)) + 1;
    lua_pushinteger(lua, i);
    lua_replace(lua, lua_upvalueindex(2));
    if (lua_rawgeti(lua, lua_upvalueindex(1), i) == LUA_TNIL) return 1;
    lua_pushvalue(lua, -1);
    lua_gettable(lua, 1);
    // What the loop itself has taken out of the table is left out; a null of the caller's is not.
    if (!lua_isnil(lua, -1) || lua_type(lua, 1) != LUA_TTABLE) return 2;
    Charge(lua, 1);
    lua_settop(lua, 1);
  }
}

int Pairs(lua_State* lua) {
  luaL_checkany(lua, 1);
  PushSortedKeys(lua, 1);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, NextPair, 2);
  lua_pushvalue(lua, 1);
  return 2;
}

int Array(lua_State* lua) {
  if (lua_isnone(lua, 1)) lua_newtable(lua);
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 1);
  MarkArray(lua);
  return 1;
}

std::optional<ScriptDataset> ParseDataset(std::string_view name) {
  if (name == "technicalOrder") return ScriptDataset::kTechnicalOrder;
  if (name == "productOrder") return ScriptDataset::kProductOrder;
  if (name == "order") return ScriptDataset::kOrder;
  return std::nullopt;
}

// set("name", value), set("order", "name", value)
int Set(lua_State* lua) {
  LuaHost& host = HostOf(lua);
  const int count = lua_gettop(lua);
  if (count != 2 && count != 3) {
    Raise(lua, "set takes a name and a value, or a dataset, a name and a value");
  }
  for (int i = 1; i < count; ++i) luaL_checktype(lua, i, LUA_TSTRING);
  ScriptChange change;
  if (count == 3) {
    const auto dataset = ParseDataset(CheckText(lua, 1));
    if (!dataset) {
      Raise(lua, fmt::format("set: there is no dataset '{}'; there are technicalOrder, "
                             "productOrder and order",
                             CheckText(lua, 1)));
    }
    change.dataset = *dataset;
  }
  const std::string_view name = CheckText(lua, count - 1);
  if (name.empty() || name.size() > kFieldNameBytesMax || !IsCleanUtf8(name)) {
    Raise(lua, fmt::format("set: a name has 1 to {} bytes of valid UTF-8", kFieldNameBytesMax));
  }
  if (host.changes.size() >= kScriptChangesMax) {
    Raise(lua, fmt::format("set: more than {} changes", kScriptChangesMax));
  }
  change.name = name;
  AppendJson(lua, count, change.json);
  host.changes.push_back(std::move(change));
  return 0;
}

// Upvalue 1: the library. What is none of the scope's names or the library's is most often
// misspelt, and nil would hide that.
int ReadName(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) Raise(lua, "a name must be a string");
  const std::string_view name = CheckText(lua, 2);
  const LuaHost& host = HostOf(lua);
  for (const ScriptVariable& variable : *host.scope) {
    if (variable.name == name) {
      PushVariable(lua, variable);
      return 1;
    }
  }
  lua_pushvalue(lua, 2);
  const bool is_set = name == "set";
  if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL && (!is_set || host.may_set)) return 1;
  if (is_set) Raise(lua, "an expression changes nothing: set is for hooks");
  std::string there;
  for (const ScriptVariable& variable : *host.scope) {
    there += (there.empty() ? "" : ", ") + variable.name;
  }
  Raise(lua, fmt::format("there is no '{}' here{}{}", name.substr(0, kFieldNameBytesMax),
                         there.empty() ? "" : "; there is ", there));
}

int RefuseGlobal(lua_State* lua) {
  const std::string name = ToText(lua, 2).substr(0, kFieldNameBytesMax);
  Raise(lua, fmt::format("'{}' is not local: write 'local {}' to keep a value", name, name));
}

int RefuseLibraryChange(lua_State* lua) { Raise(lua, "the library cannot be changed"); }

// Puts in place of the table on the top something that reads it and refuses changes.
void MakeReadOnly(lua_State* lua) {
  lua_newuserdatauv(lua, 0, 0);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, RefuseLibraryChange);
  lua_setfield(lua, -2, "__newindex");
  lua_pushliteral(lua, "table");
  lua_setfield(lua, -2, "__name");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

// Copies functions and constants from the table on the top into a new one, and takes its place.
template <std::size_t n>
void KeepOnly(lua_State* lua, const std::array<const char*, n>& names) {
  lua_createtable(lua, 0, static_cast<int>(n));
  for (const char* name : names) {
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
  lua_remove(lua, -2);
}

void Open(lua_State* lua, lua_CFunction open) {
  lua_pushcfunction(lua, open);
  lua_call(lua, 0, 1);
}

// Functions whose result is exact, and so the same on every machine.
constexpr std::array kMathNames = {"abs", "ceil",       "floor",     "fmod",       "huge",
                                   "max", "maxinteger", "min",       "mininteger", "modf",
                                   "pi",  "sqrt",       "tointeger", "type",       "ult"};
constexpr std::array kUtf8Names = {"char", "codepoint", "codes", "len", "offset"};
constexpr std::array kBaseNames = {"assert", "error", "ipairs", "select"};

// A function of Lua's whose time grows with the length of its first argument.
int CallWithText(lua_State* lua) {
  Charge(lua, lua_rawlen(lua, 1) / 8);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void ChargeForText(lua_State* lua, const char* name) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, CallWithText, 1);
  lua_setfield(lua, -2, name);
}

}  // namespace

void SetUpLibrary(lua_State* lua) {
  Open(lua, luaopen_base);
  lua_getfield(lua, -1, "tonumber");
  lua_pushcclosure(lua, ToNumber, 1);
  lua_setfield(lua, -2, "tonumber");
  lua_getfield(lua, -1, "tonumber");
  lua_insert(lua, -2);
  KeepOnly(lua, kBaseNames);
  lua_insert(lua, -2);
  lua_setfield(lua, -2, "tonumber");
  constexpr luaL_Reg kFunctions[] = {{"array", Array}, {"pairs", Pairs},       {"set", Set},
                                     {"type", Type},   {"tostring", ToString}, {nullptr, nullptr}};
  luaL_setfuncs(lua, kFunctions, 0);

  Open(lua, luaopen_math);
  KeepOnly(lua, kMathNames);
  MakeReadOnly(lua);
  lua_setfield(lua, -2, "math");

  Open(lua, luaopen_utf8);
  KeepOnly(lua, kUtf8Names);
  for (const char* name : {"codepoint", "len", "offset"}) ChargeForText(lua, name);
  MakeReadOnly(lua);
  lua_setfield(lua, -2, "utf8");

  PushTableLibrary(lua);
  MakeReadOnly(lua);
  lua_setfield(lua, -2, "table");

  PushTextLibrary(lua);
  AddPatternFunctions(lua);
  // ("text"):upper()
  lua_pushliteral(lua, "");
  lua_createtable(lua, 0, 1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
  MakeReadOnly(lua);
  lua_setfield(lua, -2, "string");

  lua_newuserdatauv(lua, 0, 0);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_pushcclosure(lua, ReadName, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, RefuseGlobal);
  lua_setfield(lua, -2, "__newindex");
  lua_pushliteral(lua, "table");
  lua_setfield(lua, -2, "__name");
  lua_setmetatable(lua, -2);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kEnvironmentKey);
  lua_pop(lua, 1);
}

void PushEnvironment(lua_State* lua) { lua_rawgetp(lua, LUA_REGISTRYINDEX, &kEnvironmentKey); }

}  // namespace cairn::script_lua
