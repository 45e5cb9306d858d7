// The table library: concat, insert, pack, remove, sort, unpack. What takes time with the length of
// a table is charged for it; sort is stable, so that its order is the same on every machine.
#include "adapters/script_lua/lua_host.h"
#include "adapters/script_lua/lua_library.h"
#include "adapters/script_lua/lua_values.h"

#include <fmt/format.h>
#include <lua.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace cairn::script_lua {
namespace {

constexpr lua_Integer kUnpackMax = 250;

std::size_t LengthOf(lua_State* lua, int index) {
  return static_cast<std::size_t>(std::max<lua_Integer>(luaL_len(lua, index), 0));
}

// Upvalue 1: Lua's own. Moves what stands behind the place.
int Remove(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (lua_gettop(lua) > 1) Charge(lua, LengthOf(lua, 1));
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

int Insert(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  // Without a place it is put at the end, which moves nothing.
  if (lua_gettop(lua) > 2) Charge(lua, LengthOf(lua, 1));
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

int Unpack(lua_State* lua) {
  luaL_checkany(lua, 1);
  const lua_Integer first = luaL_optinteger(lua, 2, 1);
  const lua_Integer last = lua_isnoneornil(lua, 3) ? luaL_len(lua, 1) : luaL_checkinteger(lua, 3);
  if (first > last) return 0;
  // As unsigned numbers, since the difference of two integers may be none.
  if (static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first) >=
      static_cast<lua_Unsigned>(kUnpackMax)) {
    Raise(lua, fmt::format("table.unpack: more than {} values", kUnpackMax));
  }
  const auto count = static_cast<int>(last - first) + 1;
  luaL_checkstack(lua, count, "too many values");
  for (int i = 0; i < count; ++i) lua_geti(lua, 1, first + i);
  return count;
}

int Concat(lua_State* lua) {
  luaL_checkany(lua, 1);
  const std::string separator(lua_isnoneornil(lua, 2) ? std::string_view() : CheckText(lua, 2));
  const lua_Integer first = luaL_optinteger(lua, 3, 1);
  const lua_Integer last = lua_isnoneornil(lua, 4) ? luaL_len(lua, 1) : luaL_checkinteger(lua, 4);
  const std::size_t bytes_max = HostOf(lua).budget.limits().string_bytes;
  std::string text;
  for (lua_Integer i = first; i <= last; ++i) {
    Charge(lua, 1);
    lua_geti(lua, 1, i);
    if (lua_isstring(lua, -1) == 0 && !IsExactNumber(lua, -1)) {
      Raise(lua, fmt::format("table.concat: item {} is a {}", i, TypeName(lua, -1)));
    }
    text += ToText(lua, -1);
    lua_pop(lua, 1);
    if (i == last) break;  // it may be the largest integer
    text += separator;
    if (text.size() > bytes_max) RaiseBreach(lua, LuaBreach::kString);
  }
  PushText(lua, text);
  return 1;
}

// Items are at 1 to n of the table at `items`; what is sorted are their numbers.
class Sorter {
 public:
  Sorter(lua_State* lua, int items, bool has_order)
      : lua_(lua), items_(items), has_order_(has_order) {}

  std::vector<int> Sort(int count) {
    std::vector<int> order(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) order[static_cast<std::size_t>(i)] = i + 1;
    std::vector<int> merged(order.size());
    for (std::size_t width = 1; width < order.size(); width *= 2) {
      for (std::size_t begin = 0; begin < order.size(); begin += 2 * width) {
        const std::size_t middle = std::min(begin + width, order.size());
        Merge(order, merged, begin, middle, std::min(middle + width, order.size()));
      }
      order.swap(merged);
    }
    return order;
  }

 private:
  // Ends with as many comparisons as items, whatever the script's order says.
  void Merge(const std::vector<int>& from, std::vector<int>& to, std::size_t begin,
             std::size_t middle, std::size_t end) {
    std::size_t left = begin;
    std::size_t right = middle;
    for (std::size_t i = begin; i < end; ++i) {
      const bool take_right = left == middle || (right < end && IsBefore(from[right], from[left]));
      to[i] = take_right ? from[right++] : from[left++];
    }
  }

  bool IsBefore(int a, int b) {
    Charge(lua_, 4);
    if (has_order_) lua_pushvalue(lua_, 2);
    lua_rawgeti(lua_, items_, a);
    lua_rawgeti(lua_, items_, b);
    bool before = false;
    if (has_order_) {
      lua_call(lua_, 2, 1);
      before = lua_toboolean(lua_, -1) != 0;
      lua_pop(lua_, 1);
    } else {
      Charge(lua_, lua_rawlen(lua_, -1) / 64);
      before = lua_compare(lua_, -2, -1, LUA_OPLT) != 0;
      lua_pop(lua_, 2);
    }
    return before;
  }

  lua_State* const lua_;
  const int items_;
  const bool has_order_;
};

int SortTable(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const bool has_order = !lua_isnoneornil(lua, 2);
  if (has_order) luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_settop(lua, 2);
  const std::size_t count = LengthOf(lua, 1);
  Charge(lua, count);
  lua_newtable(lua);
  for (std::size_t i = 1; i <= count; ++i) {
    lua_rawgeti(lua, 1, static_cast<lua_Integer>(i));
    lua_rawseti(lua, 3, static_cast<lua_Integer>(i));
  }
  const std::vector<int> order = Sorter(lua, 3, has_order).Sort(static_cast<int>(count));
  for (std::size_t i = 0; i < order.size(); ++i) {
    lua_rawgeti(lua, 3, order[i]);
    lua_rawseti(lua, 1, static_cast<lua_Integer>(i) + 1);
  }
  return 0;
}

}  // namespace

void PushTableLibrary(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {
      {"concat", Concat}, {"sort", SortTable}, {"unpack", Unpack}, {nullptr, nullptr}};
  luaL_newlib(lua, kFunctions);
  lua_pushcfunction(lua, luaopen_table);
  lua_call(lua, 0, 1);
  lua_getfield(lua, -1, "pack");
  lua_setfield(lua, -3, "pack");
  lua_getfield(lua, -1, "insert");
  lua_pushcclosure(lua, Insert, 1);
  lua_setfield(lua, -3, "insert");
  lua_getfield(lua, -1, "remove");
  lua_pushcclosure(lua, Remove, 1);
  lua_setfield(lua, -3, "remove");
  lua_pop(lua, 1);
}

}  // namespace cairn::script_lua
