#include "adapters/script_lua/lua_source.h"

#include <algorithm>
#include <string>

namespace cairn::script_lua {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {}

  std::optional<int> FindPower() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '^') return Line();
      if (c == '"' || c == '\'') {
        SkipQuoted(c);
      } else if (Rest().starts_with("--")) {
        at_ += 2;
        if (!SkipLong()) at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (!SkipLong()) {
        ++at_;
      }
    }
    return std::nullopt;
  }

 private:
  std::string_view Rest() const { return source_.substr(at_); }
  int Line() const {
    return 1 + static_cast<int>(std::count(source_.begin(), source_.begin() + Offset(at_), '\n'));
  }
  static std::string_view::difference_type Offset(std::size_t at) {
    return static_cast<std::string_view::difference_type>(at);
  }

  // Ends behind the closing quote, or, where there is none, with the line or the text: what follows
  // is no script that Lua would take.
  void SkipQuoted(char quote) {
    ++at_;
    while (at_ < source_.size() && source_[at_] != quote) {
      if (source_[at_] != '\\') {
        ++at_;
        continue;
      }
      const bool skips_blanks = at_ + 1 < source_.size() && source_[at_ + 1] == 'z';
      at_ = std::min(at_ + 2, source_.size());
      if (skips_blanks) {
        at_ = std::min(source_.find_first_not_of(" \t\r\n\v\f", at_), source_.size());
      }
    }
    at_ = std::min(at_ + 1, source_.size());
  }

  // [[...]] or [==[...]==]. False when none begins here.
  bool SkipLong() {
    if (!Rest().starts_with('[')) return false;
    const std::size_t level_end = source_.find_first_not_of('=', at_ + 1);
    if (level_end == std::string_view::npos || source_[level_end] != '[') return false;
    const std::string close = "]" + std::string(level_end - at_ - 1, '=') + "]";
    const std::size_t end = source_.find(close, level_end + 1);
    at_ = end == std::string_view::npos ? source_.size() : end + close.size();
    return true;
  }

  const std::string_view source_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<int> FindPowerOperator(std::string_view source) {
  return Scanner(source).FindPower();
}

}  // namespace cairn::script_lua
