#include "adapters/script_lua/lua_values.h"

#include "adapters/script_lua/decimal.h"
#include "adapters/script_lua/lua_host.h"
#include "adapters/script_lua/lua_reference.h"
#include "base/check.h"

#include <fmt/format.h>
#include <lua.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

namespace cairn::script_lua {
namespace {

// Keys of the registry: their addresses.
constexpr char kReferenceKey = 'r';  // metatable of references
constexpr char kExactKey = 'e';      // metatable of exact numbers
constexpr char kArrayKey = 'a';      // metatable of tables that are lists
constexpr char kSeenKey = 's';       // references by what they refer to

// Objects and lists that a condition looks into, most often.
constexpr int kSeenExpected = 8;

// Finding a member costs a step for so many members.
constexpr std::size_t kMembersPerStep = 4;

bool HasMetatable(lua_State* lua, int index, const char& key) {
  if (lua_getmetatable(lua, index) == 0) return false;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &key);
  const bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same;
}

// The table of what the script has come across, on the top.
void PushSeen(lua_State* lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &kSeenKey) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  // Growing it step by step would cost more than all else in a short condition.
  lua_createtable(lua, 0, kSeenExpected);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kSeenKey);
}

// The same reference for the same target, so that it equals itself.
void PushReference(lua_State* lua, Reference reference) {
  PushSeen(lua);
  if (lua_rawgetp(lua, -1, reference.target) == LUA_TNIL) {
    lua_pop(lua, 1);
    std::memcpy(lua_newuserdatauv(lua, sizeof(reference), 0), &reference, sizeof(reference));
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &kReferenceKey);
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, -3, reference.target);
  }
  lua_remove(lua, -2);
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text == "-0") return std::nullopt;
  return value;
}

void PushNumber(lua_State* lua, std::string_view text) {
  if (const auto integer = ParseInteger(text)) {
    lua_pushinteger(lua, *integer);
    return;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && Decimal::Parse(text) == Decimal::Parse(ShortestText(number))) {
    HostOf(lua).spellings.try_emplace(std::bit_cast<std::uint64_t>(number), text);
    lua_pushnumber(lua, number);
    return;
  }
  if (text.size() > kScriptStringBytesMax) RaiseBreach(lua, LuaBreach::kString);
  std::memcpy(lua_newuserdatauv(lua, text.size(), 0), text.data(), text.size());
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kExactKey);
  lua_setmetatable(lua, -2);
}

void PushJson(lua_State* lua, const Json& json) {
  switch (json.kind()) {
    case Json::Kind::kNull: lua_pushnil(lua); return;
    case Json::Kind::kBool: lua_pushboolean(lua, json.bool_value() ? 1 : 0); return;
    case Json::Kind::kNumber: PushNumber(lua, json.text()); return;
    case Json::Kind::kString: PushText(lua, json.text()); return;
    case Json::Kind::kArray:
    case Json::Kind::kObject: PushReference(lua, {Reference::Kind::kJson, &json}); return;
  }
}

// A list or an object is read once, however often the script comes back to it.
void PushParsed(lua_State* lua, std::string_view text) {
  const void* const key = text.data();
  PushSeen(lua);
  if (lua_rawgetp(lua, -1, key) == LUA_TNIL) {
    lua_pop(lua, 1);
    Charge(lua, text.size() / kJsonBytesPerStep);
    auto parsed = ParseJson(text);
    if (!parsed) Raise(lua, parsed.error().message);
    PushJson(lua, HostOf(lua).parsed.emplace_back(std::move(*parsed)));
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, -3, key);
  }
  lua_remove(lua, -2);
}

void PushJsonText(lua_State* lua, std::string_view text) {
  if (text == "null") return lua_pushnil(lua);
  if (text == "true" || text == "false") return lua_pushboolean(lua, text == "true" ? 1 : 0);
  if (const auto integer = ParseInteger(text)) return lua_pushinteger(lua, *integer);
  if (text.size() >= 2 && text.front() == '"' && text.find('\\') == std::string_view::npos) {
    return PushText(lua, text.substr(1, text.size() - 2));
  }
  PushParsed(lua, text);
}

void PushMember(lua_State* lua, const Reference& reference, std::string_view name) {
  switch (reference.kind) {
    case Reference::Kind::kJson: {
      Charge(lua, reference.json().members().size() / kMembersPerStep);
      const Json* found = reference.json().Find(name);
      return found == nullptr ? lua_pushnil(lua) : PushJson(lua, *found);
    }
    case Reference::Kind::kFields: {
      Charge(lua, reference.fields().encoded().size() / (kMembersPerStep * kJsonBytesPerStep));
      const auto found = reference.fields().Find(name);
      return found ? PushJsonText(lua, *found) : lua_pushnil(lua);
    }
    case Reference::Kind::kGroup:
      for (const ScriptVariable& variable : reference.group()) {
        if (variable.name == name) return PushVariable(lua, variable);
      }
      return lua_pushnil(lua);
  }
}

// Of a metamethod, which only references have.
Reference SelfOf(lua_State* lua) {
  const std::optional<Reference> reference = ReferenceAt(lua, 1);
  CHECK(reference.has_value());
  return *reference;
}

int Index(lua_State* lua) {
  const Reference reference = SelfOf(lua);
  if (reference.is_list()) {
    int is_integer = 0;
    const lua_Integer i = lua_tointegerx(lua, 2, &is_integer);
    const auto& items = reference.json().items();
    const bool within = lua_type(lua, 2) == LUA_TNUMBER && is_integer != 0 && i >= 1 &&
                        static_cast<std::uint64_t>(i) <= items.size();
    within ? PushJson(lua, items[static_cast<std::size_t>(i) - 1]) : lua_pushnil(lua);
  } else if (lua_type(lua, 2) == LUA_TSTRING) {
    PushMember(lua, reference, CheckText(lua, 2));
  } else {
    lua_pushnil(lua);
  }
  return 1;
}

int Length(lua_State* lua) {
  const Reference reference = SelfOf(lua);
  lua_pushinteger(
      lua, reference.is_list() ? static_cast<lua_Integer>(reference.json().items().size()) : 0);
  return 1;
}

int RefuseChange(lua_State* lua) {
  const char* key = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "an item";
  Raise(lua, fmt::format("'{}' cannot be changed here: what is given only reads", key));
}

// --- exact numbers

int RefuseArithmetic(lua_State* lua) {
  const int index = IsExactNumber(lua, 1) ? 1 : 2;
  Raise(lua, fmt::format("{} has more digits than can be calculated with", ExactText(lua, index)));
}

// Any of the two may be a number of Lua's.
std::strong_ordering CompareNumbers(lua_State* lua) {
  const auto decimal = [&](int index) {
    if (IsExactNumber(lua, index)) {
      Charge(lua, ExactText(lua, index).size() / kJsonBytesPerStep);
      return Decimal::Parse(ExactText(lua, index));
    }
    if (lua_type(lua, index) != LUA_TNUMBER) {
      Raise(lua, fmt::format("attempt to compare number with {}", TypeName(lua, index)));
    }
    if (lua_isinteger(lua, index) != 0) {
      return Decimal::Parse(std::to_string(lua_tointeger(lua, index)));
    }
    const double number = lua_tonumber(lua, index);
    if (std::isnan(number)) Raise(lua, "attempt to compare a number with what is none (nan)");
    // Further than any number's exponent.
    if (std::isinf(number)) return Decimal::Parse(number > 0 ? "1e1000000000" : "-1e1000000000");
    return Decimal::Parse(ShortestText(number));
  };
  const Decimal left = decimal(1);
  return Compare(left, decimal(2));
}

int ExactEqual(lua_State* lua) {
  const bool numbers = IsExactNumber(lua, 1) && IsExactNumber(lua, 2);
  const bool equal = numbers && CompareNumbers(lua) == std::strong_ordering::equal;
  lua_pushboolean(lua, equal ? 1 : 0);
  return 1;
}
int ExactLess(lua_State* lua) {
  lua_pushboolean(lua, CompareNumbers(lua) == std::strong_ordering::less ? 1 : 0);
  return 1;
}
int ExactLessOrEqual(lua_State* lua) {
  lua_pushboolean(lua, CompareNumbers(lua) != std::strong_ordering::greater ? 1 : 0);
  return 1;
}
int ExactConcat(lua_State* lua) {
  for (const int index : {1, 2}) {
    if (lua_isstring(lua, index) == 0 && !IsExactNumber(lua, index)) {
      Raise(lua, fmt::format("attempt to concatenate a {} value", TypeName(lua, index)));
    }
  }
  PushText(lua, ToText(lua, 1) + ToText(lua, 2));
  return 1;
}

void SetMetatable(lua_State* lua, const char& key, const char* name, const luaL_Reg* functions) {
  lua_newtable(lua);
  luaL_setfuncs(lua, functions, 0);
  // What error messages call a value of this type.
  lua_pushstring(lua, name);
  lua_setfield(lua, -2, "__name");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &key);
}

constexpr luaL_Reg kReferenceFunctions[] = {
    {"__index", Index}, {"__len", Length}, {"__newindex", RefuseChange}, {nullptr, nullptr}};

constexpr luaL_Reg kExactFunctions[] = {
    {"__eq", ExactEqual},        {"__lt", ExactLess},          {"__le", ExactLessOrEqual},
    {"__concat", ExactConcat},   {"__add", RefuseArithmetic},  {"__sub", RefuseArithmetic},
    {"__mul", RefuseArithmetic}, {"__div", RefuseArithmetic},  {"__mod", RefuseArithmetic},
    {"__unm", RefuseArithmetic}, {"__idiv", RefuseArithmetic}, {nullptr, nullptr}};

}  // namespace

std::optional<Reference> ReferenceAt(lua_State* lua, int index) {
  if (lua_type(lua, index) != LUA_TUSERDATA || !HasMetatable(lua, index, kReferenceKey)) {
    return std::nullopt;
  }
  Reference reference;
  std::memcpy(&reference, lua_touserdata(lua, index), sizeof(reference));
  return reference;
}

std::string_view ExactText(lua_State* lua, int index) {
  return {static_cast<const char*>(lua_touserdata(lua, index)), lua_rawlen(lua, index)};
}

bool IsMarkedArray(lua_State* lua, int index) { return HasMetatable(lua, index, kArrayKey); }

void SetUpValues(lua_State* lua) {
  SetMetatable(lua, kReferenceKey, "table", kReferenceFunctions);
  SetMetatable(lua, kExactKey, "number with many digits", kExactFunctions);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kArrayKey);
  // There, so that ForgetValues needs no memory.
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kSeenKey);
}

void ForgetValues(lua_State* lua) {
  lua_pushnil(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kSeenKey);
  LuaHost& host = HostOf(lua);
  host.parsed.clear();
  host.spellings.clear();
  host.changes.clear();
  host.result_bytes = 0;
}

void PushVariable(lua_State* lua, const ScriptVariable& variable) {
  if (const auto* json = std::get_if<std::string>(&variable.value)) {
    PushJsonText(lua, *json);
  } else if (const auto* fields = std::get_if<Fields>(&variable.value)) {
    PushReference(lua, {Reference::Kind::kFields, fields});
  } else {
    PushReference(
        lua, {Reference::Kind::kGroup, std::get_if<std::vector<ScriptVariable>>(&variable.value)});
  }
}

const char* TypeName(lua_State* lua, int index) {
  if (lua_type(lua, index) != LUA_TUSERDATA) return luaL_typename(lua, index);
  return IsExactNumber(lua, index) ? "number" : "table";
}

std::string ToText(lua_State* lua, int index) {
  switch (lua_type(lua, index)) {
    case LUA_TSTRING:
    case LUA_TNUMBER: {
      // lua_tolstring would turn a number on the stack into a string.
      lua_pushvalue(lua, index);
      std::size_t size = 0;
      const char* text = lua_tolstring(lua, -1, &size);
      std::string copy(text, size);
      lua_pop(lua, 1);
      return copy;
    }
    case LUA_TBOOLEAN: return lua_toboolean(lua, index) != 0 ? "true" : "false";
    case LUA_TUSERDATA:
      if (IsExactNumber(lua, index)) return std::string(ExactText(lua, index));
      break;
    default: break;
  }
  return TypeName(lua, index);
}

bool IsExactNumber(lua_State* lua, int index) {
  return lua_type(lua, index) == LUA_TUSERDATA && HasMetatable(lua, index, kExactKey);
}

void MarkArray(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kArrayKey);
  lua_setmetatable(lua, -2);
}

}  // namespace cairn::script_lua
