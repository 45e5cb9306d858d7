// string.find, match, gmatch and gsub, on Pattern: each step of a match is a step of the script.
#include "adapters/script_lua/lua_host.h"
#include "adapters/script_lua/lua_library.h"
#include "adapters/script_lua/lua_values.h"
#include "adapters/script_lua/pattern.h"

#include <fmt/format.h>
#include <lua.hpp>

#include <algorithm>
#include <string>

namespace cairn::script_lua {
namespace {

constexpr std::string_view kSpecials = "^$*+?.([%-";
constexpr std::size_t kBytesPerStep = 64;

Pattern CheckPattern(lua_State* lua, int argument, Pattern::Caret caret) {
  const std::string_view text = CheckText(lua, argument);
  Charge(lua, text.size());
  auto pattern = Pattern::Parse(text, caret);
  if (!pattern) Raise(lua, pattern.error().message);
  return std::move(*pattern);
}

template <typename Search>
std::optional<PatternMatch> Run(lua_State* lua, Search search) {
  const LuaBudget& budget = HostOf(lua).budget;
  const std::uint64_t left =
      budget.limits().steps - std::min(budget.steps(), budget.limits().steps);
  std::uint64_t steps = left;
  auto match = search(steps);
  Charge(lua, left - steps);
  if (!match) RaiseBreach(lua, LuaBreach::kSteps);
  return std::move(*match);
}

std::optional<PatternMatch> Find(lua_State* lua, const Pattern& pattern, std::string_view text,
                                 std::size_t from) {
  return Run(lua, [&](std::uint64_t& steps) { return pattern.Find(text, from, steps); });
}

void PushCapture(lua_State* lua, std::string_view text, const PatternCapture& capture) {
  if (capture.is_position) {
    lua_pushinteger(lua, static_cast<lua_Integer>(capture.begin) + 1);
  } else {
    PushText(lua, text.substr(capture.begin, capture.size));
  }
}

// All captures; the whole match when there are none. Returns how many.
int PushCaptures(lua_State* lua, std::string_view text, const PatternMatch& match) {
  if (match.captures.empty()) {
    PushText(lua, text.substr(match.begin, match.end - match.begin));
    return 1;
  }
  luaL_checkstack(lua, static_cast<int>(match.captures.size()), "too many captures");
  for (const PatternCapture& capture : match.captures) PushCapture(lua, text, capture);
  return static_cast<int>(match.captures.size());
}

// From a place of Lua's, which counts from 1 and from the end. Nothing: behind the text.
std::optional<std::size_t> CheckStart(lua_State* lua, int argument, std::string_view text) {
  const auto size = static_cast<lua_Integer>(text.size());
  lua_Integer from = luaL_optinteger(lua, argument, 1);
  if (from < 0) from = from < -size ? 1 : size + from + 1;
  from = std::max<lua_Integer>(from, 1);
  if (from > size + 1) return std::nullopt;
  return static_cast<std::size_t>(from) - 1;
}

int FindPlain(lua_State* lua, std::string_view text, std::string_view wanted, std::size_t from) {
  const std::size_t searched = text.size() - from;
  Charge(lua, searched / kBytesPerStep + searched * wanted.size() / 512);
  const std::size_t found = text.find(wanted, from);
  if (found == std::string_view::npos) {
    lua_pushnil(lua);
    return 1;
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(found) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(found) + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

int FindFunction(lua_State* lua) {
  const std::string_view text = CheckText(lua, 1);
  const std::string_view wanted = CheckText(lua, 2);
  const auto from = CheckStart(lua, 3, text);
  if (!from) {
    lua_pushnil(lua);
    return 1;
  }
  const bool plain = lua_toboolean(lua, 4) != 0;
  if (plain || wanted.find_first_of(kSpecials) == std::string_view::npos) {
    return FindPlain(lua, text, wanted, *from);
  }
  const auto match = Find(lua, CheckPattern(lua, 2, Pattern::Caret::kAnchors), text, *from);
  if (!match) {
    lua_pushnil(lua);
    return 1;
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(match->begin) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(match->end));
  return match->captures.empty() ? 2 : 2 + PushCaptures(lua, text, *match);
}

int MatchFunction(lua_State* lua) {
  const std::string_view text = CheckText(lua, 1);
  const Pattern pattern = CheckPattern(lua, 2, Pattern::Caret::kAnchors);
  const auto from = CheckStart(lua, 3, text);
  const auto match = from ? Find(lua, pattern, text, *from) : std::nullopt;
  if (match) return PushCaptures(lua, text, *match);
  lua_pushnil(lua);
  return 1;
}

// Walks over the matches of a text, none of them twice: an empty one does not stand where the one
// before it has ended.
std::optional<PatternMatch> FindNext(lua_State* lua, const Pattern& pattern, std::string_view text,
                                     std::size_t from, std::size_t last_end) {
  for (; from <= text.size(); ++from) {
    auto match = Find(lua, pattern, text, from);
    if (!match || match->end != last_end) return match;
    from = match->begin;
  }
  return std::nullopt;
}

// Upvalues: the text, the pattern, where to go on, where the last match has ended (-1: none yet).
int NextMatch(lua_State* lua) {
  const std::string_view text = CheckText(lua, lua_upvalueindex(1));
  const Pattern pattern = CheckPattern(lua, lua_upvalueindex(2), Pattern::Caret::kIsACharacter);
  const auto from = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
  const auto last_end = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(4)));
  const auto match = FindNext(lua, pattern, text, from, last_end);
  if (!match) {
    lua_pushnil(lua);
    return 1;
  }
  for (const int upvalue : {3, 4}) {
    lua_pushinteger(lua, static_cast<lua_Integer>(match->end));
    lua_replace(lua, lua_upvalueindex(upvalue));
  }
  return PushCaptures(lua, text, *match);
}

int GmatchFunction(lua_State* lua) {
  const std::string_view text = CheckText(lua, 1);
  CheckText(lua, 2);
  const auto from = CheckStart(lua, 3, text);
  lua_settop(lua, 2);
  lua_pushinteger(lua, static_cast<lua_Integer>(from.value_or(text.size() + 1)));
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, NextMatch, 4);
  return 1;
}

// What a match is replaced by: argument 3, a text, a table or a function.
class Replacer {
 public:
  Replacer(lua_State* lua, std::string_view text) : lua_(lua), text_(text) {
    type_ = lua_type(lua, 3);
    const bool fits = type_ == LUA_TSTRING || type_ == LUA_TNUMBER || type_ == LUA_TTABLE ||
                      type_ == LUA_TUSERDATA || type_ == LUA_TFUNCTION;
    if (!fits) {
      Raise(lua, fmt::format("gsub: a string, table or function is expected, not a {}",
                             TypeName(lua, 3)));
    }
  }

  void Append(const PatternMatch& match, std::string& out) {
    if (type_ == LUA_TSTRING || type_ == LUA_TNUMBER) return AppendTemplate(match, out);
    if (type_ == LUA_TFUNCTION) {
      lua_pushvalue(lua_, 3);
      lua_call(lua_, PushCaptures(lua_, text_, match), 1);
    } else {
      PushFirst(match);
      lua_gettable(lua_, 3);
    }
    if (lua_toboolean(lua_, -1) == 0) {
      out += text_.substr(match.begin, match.end - match.begin);
    } else if (lua_isstring(lua_, -1) != 0 || IsExactNumber(lua_, -1)) {
      out += ToText(lua_, -1);
    } else {
      Raise(lua_, fmt::format("gsub: a {} cannot replace text", TypeName(lua_, -1)));
    }
    lua_pop(lua_, 1);
  }

 private:
  void PushFirst(const PatternMatch& match) {
    if (match.captures.empty())
      return PushText(lua_, text_.substr(match.begin, match.end - match.begin));
    PushCapture(lua_, text_, match.captures.front());
  }

  void AppendTemplate(const PatternMatch& match, std::string& out) {
    const std::string_view pieces = CheckText(lua_, 3);
    Charge(lua_, pieces.size() / kBytesPerStep);
    const std::size_t bytes_max = HostOf(lua_).budget.limits().string_bytes;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      // At each piece, since each may stand for a long capture.
      if (out.size() > bytes_max) RaiseBreach(lua_, LuaBreach::kString);
      if (pieces[i] != '%') {
        out.push_back(pieces[i]);
        continue;
      }
      const char c = ++i < pieces.size() ? pieces[i] : '\0';
      if (c == '%') {
        out.push_back('%');
      } else if (c >= '0' && c <= '9') {
        AppendCapture(match, static_cast<std::size_t>(c - '0'), out);
      } else {
        Raise(lua_, "gsub: in a replacement, '%' is followed by a digit or by '%'");
      }
    }
  }

  void AppendCapture(const PatternMatch& match, std::size_t number, std::string& out) {
    if (number == 0 || (number == 1 && match.captures.empty())) {
      out += text_.substr(match.begin, match.end - match.begin);
      return;
    }
    if (number > match.captures.size()) {
      Raise(lua_, fmt::format("gsub: the pattern has no capture %{}", number));
    }
    const PatternCapture& capture = match.captures[number - 1];
    out += capture.is_position ? std::to_string(capture.begin + 1)
                               : std::string(text_.substr(capture.begin, capture.size));
  }

  lua_State* const lua_;
  const std::string_view text_;
  int type_ = 0;
};

int GsubFunction(lua_State* lua) {
  const std::string_view text = CheckText(lua, 1);
  const Pattern pattern = CheckPattern(lua, 2, Pattern::Caret::kAnchors);
  Replacer replacer(lua, text);
  const lua_Integer count_max = luaL_optinteger(lua, 4, static_cast<lua_Integer>(text.size()) + 1);
  const std::size_t bytes_max = HostOf(lua).budget.limits().string_bytes;
  std::string out;
  std::size_t at = 0;
  std::size_t last_end = std::string_view::npos;
  lua_Integer count = 0;
  while (count < count_max) {
    const auto match = pattern.anchored() ? Find(lua, pattern, text, at)
                                          : FindNext(lua, pattern, text, at, last_end);
    if (!match) break;
    ++count;
    out += text.substr(at, match->begin - at);
    replacer.Append(*match, out);
    if (out.size() > bytes_max) RaiseBreach(lua, LuaBreach::kString);
    at = match->end;
    last_end = match->end;
    if (pattern.anchored()) break;
  }
  out += text.substr(at);
  PushText(lua, out);
  lua_pushinteger(lua, count);
  return 2;
}

}  // namespace

void AddPatternFunctions(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {{"find", FindFunction},
                                     {"gmatch", GmatchFunction},
                                     {"gsub", GsubFunction},
                                     {"match", MatchFunction},
                                     {nullptr, nullptr}};
  luaL_setfuncs(lua, kFunctions, 0);
}

}  // namespace cairn::script_lua
