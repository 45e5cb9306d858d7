// The string library without its patterns (lua_pattern_library.cc): letters are those of ASCII,
// results have at most kScriptStringBytesMax bytes, and format knows no addresses.
#include "adapters/script_lua/lua_host.h"
#include "adapters/script_lua/lua_library.h"
#include "adapters/script_lua/lua_values.h"

#include <fmt/format.h>
#include <lua.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace cairn::script_lua {
namespace {

constexpr std::size_t kBytesPerStep = 64;
constexpr std::size_t kFormatWidthDigitsMax = 2;

template <typename Change>
int ChangeBytes(lua_State* lua, Change change) {
  const std::string_view text = CheckText(lua, 1);
  Charge(lua, text.size() / kBytesPerStep);
  std::string changed(text);
  change(changed);
  PushText(lua, changed);
  return 1;
}

int Upper(lua_State* lua) {
  return ChangeBytes(lua, [](std::string& text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
}
int Lower(lua_State* lua) {
  return ChangeBytes(lua, [](std::string& text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}
int Reverse(lua_State* lua) {
  return ChangeBytes(lua, [](std::string& text) { std::reverse(text.begin(), text.end()); });
}

int Repeat(lua_State* lua) {
  const std::string_view text = CheckText(lua, 1);
  const lua_Integer count = luaL_checkinteger(lua, 2);
  const std::string_view separator =
      lua_isnoneornil(lua, 3) ? std::string_view() : CheckText(lua, 3);
  const std::size_t piece = text.size() + separator.size();
  std::string repeated;
  if (count > 0 && piece > 0) {
    const std::size_t bytes_max = HostOf(lua).budget.limits().string_bytes;
    if (static_cast<lua_Unsigned>(count) > bytes_max / piece + 1) {
      RaiseBreach(lua, LuaBreach::kString);
    }
    // By doubling, and without the last separator.
    const std::size_t bytes = static_cast<std::size_t>(count) * piece;
    Charge(lua, bytes / kBytesPerStep);
    repeated.reserve(bytes);
    repeated.append(text).append(separator);
    while (repeated.size() < bytes) {
      repeated.append(repeated, 0, std::min(repeated.size(), bytes - repeated.size()));
    }
    repeated.resize(bytes - separator.size());
  }
  PushText(lua, repeated);
  return 1;
}

int Char(lua_State* lua) {
  std::string text;
  for (int i = 1; i <= lua_gettop(lua); ++i) {
    const lua_Integer code = luaL_checkinteger(lua, i);
    luaL_argcheck(lua, code >= 0 && code <= 255, i, "it is no byte");
    text.push_back(static_cast<char>(code));
  }
  PushText(lua, text);
  return 1;
}

// --- format

struct Conversion {
  std::string flags;  // as in C, with width and precision
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char letter = 0;

  bool left() const { return flags.find('-') != std::string::npos; }
};

class Formatter {
 public:
  explicit Formatter(lua_State* lua) : lua_(lua), format_(CheckText(lua, 1)) {}

  std::string Run() {
    while (at_ < format_.size()) {
      const char c = format_[at_++];
      if (c != '%') {
        out_.push_back(c);
      } else if (at_ < format_.size() && format_[at_] == '%') {
        out_.push_back('%');
        ++at_;
      } else {
        Convert(ReadConversion());
      }
      if (out_.size() > HostOf(lua_).budget.limits().string_bytes) {
        RaiseBreach(lua_, LuaBreach::kString);
      }
    }
    Charge(lua_, out_.size() / kBytesPerStep);
    return std::move(out_);
  }

 private:
  std::size_t ReadDigits() {
    std::size_t value = 0;
    std::size_t digits = 0;
    for (; at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
      if (++digits > kFormatWidthDigitsMax) Raise(lua_, "format: a width has at most two digits");
      value = value * 10 + static_cast<std::size_t>(format_[at_] - '0');
    }
    return value;
  }

  Conversion ReadConversion() {
    Conversion conversion;
    const std::size_t begin = at_;
    at_ = std::min(format_.find_first_not_of("-+ #0", at_), format_.size());
    if (at_ - begin > 5) Raise(lua_, "format: too many flags");
    conversion.width = ReadDigits();
    if (at_ < format_.size() && format_[at_] == '.') {
      ++at_;
      conversion.precision = ReadDigits();
    }
    conversion.flags = format_.substr(begin, at_ - begin);
    if (at_ == format_.size()) Raise(lua_, "format: it ends within a conversion");
    conversion.letter = format_[at_++];
    return conversion;
  }

  void Convert(const Conversion& conversion) {
    const int argument = ++argument_;
    switch (conversion.letter) {
      case 's': AppendText(conversion, argument); return;
      case 'c': out_.push_back(static_cast<char>(luaL_checkinteger(lua_, argument))); return;
      case 'd':
      case 'i':
      case 'o':
      case 'x':
      case 'X':
        Print("%" + conversion.flags + "ll" + conversion.letter,
              static_cast<long long>(luaL_checkinteger(lua_, argument)));
        return;
      case 'e':
      case 'E':
      case 'f':
      case 'g':
      case 'G':
        Print("%" + conversion.flags + conversion.letter, luaL_checknumber(lua_, argument));
        return;
      default: break;
    }
    Raise(lua_, fmt::format("format: there is no conversion '%{}'",
                            IsCleanUtf8({&conversion.letter, 1}) ? conversion.letter : '?'));
  }

  void AppendText(const Conversion& conversion, int argument) {
    luaL_checkany(lua_, argument);
    std::string text = ToText(lua_, argument);
    if (conversion.precision) text.resize(std::min(text.size(), *conversion.precision));
    const std::size_t blanks = conversion.width - std::min(conversion.width, text.size());
    if (!conversion.left()) out_.append(blanks, ' ');
    out_ += text;
    if (conversion.left()) out_.append(blanks, ' ');
  }

  // The largest number has 309 digits before the point; widths and precisions have two.
  template <typename Number>
  void Print(const std::string& format, Number number) {
    std::array<char, 512> text{};
    const int size = std::snprintf(text.data(), text.size(), format.c_str(), number);
    out_.append(text.data(), static_cast<std::size_t>(std::max(size, 0)));
  }

  lua_State* const lua_;
  const std::string_view format_;
  std::size_t at_ = 0;
  int argument_ = 1;
  std::string out_;
};

int Format(lua_State* lua) {
  PushText(lua, Formatter(lua).Run());
  return 1;
}

}  // namespace

void PushTextLibrary(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {{"char", Char},    {"format", Format},   {"lower", Lower},
                                     {"rep", Repeat},   {"reverse", Reverse}, {"upper", Upper},
                                     {nullptr, nullptr}};
  luaL_newlib(lua, kFunctions);
  lua_pushcfunction(lua, luaopen_string);
  lua_call(lua, 0, 1);
  for (const char* name : {"byte", "len", "sub"}) {
    lua_getfield(lua, -1, name);
    lua_setfield(lua, -3, name);
  }
  lua_pop(lua, 1);
}

}  // namespace cairn::script_lua
