// The way out of Lua: a value as JSON, and the keys of tables in an order that is always the same.
#include "adapters/script_lua/decimal.h"
#include "adapters/script_lua/lua_host.h"
#include "adapters/script_lua/lua_reference.h"
#include "adapters/script_lua/lua_values.h"

#include <fmt/format.h>
#include <lua.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace cairn::script_lua {
namespace {

class JsonAppender {
 public:
  JsonAppender(lua_State* lua, std::string& out)
      : lua_(lua), out_(out), bytes_max_(out.size() + BytesLeft(lua)) {}

  void Append(int index, std::size_t depth);

 private:
  // One piece of a table's content, in the order in which it is written.
  struct Key {
    lua_Integer number = 0;
    std::string_view name;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  static std::size_t BytesLeft(lua_State* lua) {
    return kScriptResultBytesMax - std::min(HostOf(lua).result_bytes, kScriptResultBytesMax);
  }

  void AppendNumber(int index);
  void AppendText(std::string_view text);
  void AppendReference(const Reference& reference);
  void AppendTable(int index, std::size_t depth);
  // False: a list.
  bool ReadKeys(int index, std::vector<Key>& keys);
  void CheckSize();
  void CheckDepth(std::string_view json, std::size_t depth);

  lua_State* const lua_;
  std::string& out_;
  const std::size_t bytes_max_;
};

void JsonAppender::CheckSize() {
  if (out_.size() > bytes_max_) {
    Raise(lua_, fmt::format("the result is larger than {} bytes", kScriptResultBytesMax));
  }
}

void JsonAppender::CheckDepth(std::string_view json, std::size_t depth) {
  std::size_t deepest = depth;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  if (deepest > kJsonDepthMax) {
    Raise(lua_, fmt::format("the result is nested deeper than {} levels", kJsonDepthMax));
  }
}

void JsonAppender::Append(int index, std::size_t depth) {
  Charge(lua_, 1);
  switch (lua_type(lua_, index)) {
    case LUA_TNIL: out_ += "null"; break;
    case LUA_TBOOLEAN: out_ += lua_toboolean(lua_, index) != 0 ? "true" : "false"; break;
    case LUA_TNUMBER: AppendNumber(index); break;
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(lua_, index, &size);
      AppendText({text, size});
      break;
    }
    case LUA_TTABLE: AppendTable(index, depth + 1); break;
    default:
      if (const auto reference = ReferenceAt(lua_, index)) {
        const std::size_t before = out_.size();
        AppendReference(*reference);
        CheckSize();
        CheckDepth(std::string_view(out_).substr(before), depth);
      } else if (IsExactNumber(lua_, index)) {
        out_ += ExactText(lua_, index);
      } else {
        Raise(lua_, fmt::format("a {} is no value that can be given back", TypeName(lua_, index)));
      }
  }
  CheckSize();
}

void JsonAppender::AppendNumber(int index) {
  if (lua_isinteger(lua_, index) != 0) {
    out_ += std::to_string(lua_tointeger(lua_, index));
    return;
  }
  const double number = lua_tonumber(lua_, index);
  if (!std::isfinite(number)) {
    Raise(lua_, std::isnan(number) ? "the result of a calculation is not a number (nan)"
                                   : "the result of a calculation is infinite");
  }
  const auto& spellings = HostOf(lua_).spellings;
  const auto spelled = spellings.find(std::bit_cast<std::uint64_t>(number));
  out_ += spelled != spellings.end() ? spelled->second : ShortestText(number);
}

void JsonAppender::AppendText(std::string_view text) {
  Charge(lua_, text.size() / kJsonBytesPerStep);
  if (!IsCleanUtf8(text)) Raise(lua_, "a string is not valid UTF-8, or holds a zero byte");
  AppendJsonString(out_, text);
}

void JsonAppender::AppendReference(const Reference& reference) {
  switch (reference.kind) {
    case Reference::Kind::kJson: reference.json().SerializeTo(out_); break;
    case Reference::Kind::kFields: reference.fields().AppendJsonObject(out_); break;
    case Reference::Kind::kGroup: {
      out_.push_back('{');
      std::string_view between;
      for (const ScriptVariable& variable : reference.group()) {
        out_ += between;
        AppendJsonString(out_, variable.name);
        out_.push_back(':');
        if (const auto* json = std::get_if<std::string>(&variable.value)) {
          out_ += *json;
        } else if (const auto* fields = std::get_if<Fields>(&variable.value)) {
          fields->AppendJsonObject(out_);
        } else {
          AppendReference(
              {Reference::Kind::kGroup, std::get_if<std::vector<ScriptVariable>>(&variable.value)});
        }
        between = ",";
      }
      out_.push_back('}');
      break;
    }
  }
  Charge(lua_, out_.size() / kJsonBytesPerStep);
}

bool JsonAppender::ReadKeys(int index, std::vector<Key>& keys) {
  std::size_t names = 0;
  for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
    Charge(lua_, 1);
    if (lua_type(lua_, -2) == LUA_TSTRING) {
      // The table keeps the key, so the view lives.
      std::size_t size = 0;
      const char* text = lua_tolstring(lua_, -2, &size);
      keys.push_back({0, {text, size}});
      ++names;
    } else if (lua_isinteger(lua_, -2) != 0) {
      keys.push_back({lua_tointeger(lua_, -2), {}});
    } else {
      Raise(lua_, fmt::format("a table with a key that is a {} is no value that can be given back",
                              TypeName(lua_, -2)));
    }
  }
  std::sort(keys.begin(), keys.end());
  if (names == keys.size()) return !(keys.empty() && IsMarkedArray(lua_, index));
  const bool whole = names == 0 && keys.front().number == 1 &&
                     keys.back().number == static_cast<lua_Integer>(keys.size());
  if (!whole) {
    Raise(lua_,
          "a table that is neither a list without gaps nor an object with names is no value "
          "that can be given back");
  }
  return false;
}

void JsonAppender::AppendTable(int index, std::size_t depth) {
  if (depth > kJsonDepthMax) {
    Raise(lua_, fmt::format("the result is nested deeper than {} levels", kJsonDepthMax));
  }
  luaL_checkstack(lua_, 4, "the result is nested too deep");
  std::vector<Key> keys;
  const bool is_object = ReadKeys(index, keys);
  out_.push_back(is_object ? '{' : '[');
  std::string_view between;
  for (const Key& key : keys) {
    out_ += between;
    if (is_object) {
      AppendText(key.name);
      out_.push_back(':');
      lua_pushlstring(lua_, key.name.data(), key.name.size());
    } else {
      lua_pushinteger(lua_, key.number);
    }
    lua_rawget(lua_, index);
    Append(lua_gettop(lua_), depth);
    lua_pop(lua_, 1);
    between = ",";
  }
  out_.push_back(is_object ? '}' : ']');
}

// --- keys in their order

// Pushes the keys of a reference.
std::size_t PushReferenceKeys(lua_State* lua, const Reference& reference) {
  std::vector<std::string_view> names;
  switch (reference.kind) {
    case Reference::Kind::kJson:
      if (reference.is_list()) {
        const std::size_t count = reference.json().items().size();
        for (std::size_t i = 1; i <= count; ++i) {
          Charge(lua, 1);
          lua_pushinteger(lua, static_cast<lua_Integer>(i));
          lua_rawseti(lua, -2, static_cast<lua_Integer>(i));
        }
        return count;
      }
      for (const Json::Member& member : reference.json().members()) names.push_back(member.key);
      break;
    case Reference::Kind::kFields:
      for (const Fields::Field& field : reference.fields()) names.push_back(field.name);
      break;
    case Reference::Kind::kGroup:
      for (const ScriptVariable& variable : reference.group()) names.push_back(variable.name);
      break;
  }
  std::sort(names.begin(), names.end());
  // Fields may repeat a name; the first one is found.
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    Charge(lua, 1 + names[i].size() / kJsonBytesPerStep);
    lua_pushlstring(lua, names[i].data(), names[i].size());
    lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
  }
  return names.size();
}

struct OrderedKey {
  int rank = 0;  // numbers, strings, booleans
  double number = 0;
  lua_Integer integer = 0;
  std::string_view text;
  lua_Integer at = 0;  // in the table of keys

  friend bool operator<(const OrderedKey& a, const OrderedKey& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.number != b.number) return a.number < b.number;
    if (a.integer != b.integer) return a.integer < b.integer;
    return a.text < b.text;
  }
};

OrderedKey ReadKey(lua_State* lua, int index) {
  OrderedKey key;
  switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
      key.number = lua_tonumber(lua, index);
      key.integer = lua_isinteger(lua, index) != 0 ? lua_tointeger(lua, index) : 0;
      return key;
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(lua, index, &size);
      key.rank = 1;
      key.text = {text, size};
      return key;
    }
    case LUA_TBOOLEAN:
      key.rank = 2;
      key.integer = lua_toboolean(lua, index);
      return key;
    default: break;
  }
  Raise(lua, fmt::format("pairs: a key that is a {} has no order", TypeName(lua, index)));
}

}  // namespace

void AppendJson(lua_State* lua, int index, std::string& out) {
  const std::size_t before = out.size();
  JsonAppender(lua, out).Append(lua_absindex(lua, index), 0);
  HostOf(lua).result_bytes += out.size() - before;
}

std::size_t PushSortedKeys(lua_State* lua, int index) {
  index = lua_absindex(lua, index);
  const auto reference = ReferenceAt(lua, index);
  if (!reference && lua_type(lua, index) != LUA_TTABLE) {
    Raise(lua, fmt::format("pairs: a table is expected, not a {}",
                           lua_isuserdata(lua, index) != 0 ? "library" : TypeName(lua, index)));
  }
  lua_newtable(lua);
  if (reference) return PushReferenceKeys(lua, *reference);
  const int list = lua_gettop(lua);
  std::vector<OrderedKey> keys;
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
    Charge(lua, 4);
    keys.push_back(ReadKey(lua, -2));
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const OrderedKey& key = keys[i];
    if (key.rank == 1) {
      lua_pushlstring(lua, key.text.data(), key.text.size());
    } else if (key.rank == 2) {
      lua_pushboolean(lua, static_cast<int>(key.integer));
    } else if (key.integer != 0 || key.number == 0) {
      lua_pushinteger(lua, key.integer);
    } else {
      lua_pushnumber(lua, key.number);
    }
    lua_rawseti(lua, list, static_cast<lua_Integer>(i) + 1);
  }
  return keys.size();
}

}  // namespace cairn::script_lua
