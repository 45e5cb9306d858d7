#include "adapters/script_lua/pattern.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::script_lua {
namespace {

using Set = std::bitset<256>;

unsigned char Byte(char c) { return static_cast<unsigned char>(c); }

void AddRange(Set& set, unsigned char first, unsigned char last) {
  for (unsigned c = first; c <= last; ++c) set.set(c);
}

Set RangeSet(std::string_view pairs) {
  Set set;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    AddRange(set, Byte(pairs[i]), Byte(pairs[i + 1]));
  }
  return set;
}

constexpr bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// What %c means: a class, or the character itself.
Set EscapedSet(char c) {
  Set set;
  switch (Lower(c)) {
    case 'a': set = RangeSet("azAZ"); break;
    case 'c': AddRange(set, 0, 31), set.set(127); break;
    case 'd': set = RangeSet("09"); break;
    case 'g': AddRange(set, 33, 126); break;
    case 'l': set = RangeSet("az"); break;
    case 'p': set = RangeSet("!/:@[`{~"); break;
    case 's': AddRange(set, 9, 13), set.set(' '); break;
    case 'u': set = RangeSet("AZ"); break;
    case 'w': set = RangeSet("azAZ09"); break;
    case 'x': set = RangeSet("09afAF"); break;
    default: set.set(Byte(c)); return set;
  }
  return IsUpper(c) ? ~set : set;
}

}  // namespace

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}

  Status Parse(Pattern& pattern, Pattern::Caret caret) {
    if (caret == Pattern::Caret::kAnchors && text_.starts_with('^')) {
      pattern.anchored_ = true;
      at_ = 1;
    }
    while (at_ < text_.size()) RETURN_IF_ERROR(ParseItem(pattern));
    if (!open_.empty()) return Malformed("a capture has no ')'");
    return {};
  }

 private:
  using Item = Pattern::Item;
  using Kind = Pattern::Kind;

  static tl::unexpected<Error> Malformed(std::string what) {
    return Fail(ErrorCode::kInvalidArgument, "malformed pattern: " + std::move(what));
  }

  Status ParseItem(Pattern& pattern) {
    const char c = text_[at_];
    if (c == '(') return ParseOpen(pattern);
    if (c == ')') return ParseClose(pattern);
    if (c == '$' && at_ + 1 == text_.size()) {
      ++at_;
      pattern.items_.push_back(Item{.kind = Kind::kEnd});
      return {};
    }
    if (c == '%' && at_ + 1 < text_.size()) {
      const char next = text_[at_ + 1];
      if (next == 'b') return ParseBalanced(pattern);
      if (next == 'f') return ParseFrontier(pattern);
      if (next >= '0' && next <= '9') return ParseSame(pattern, next);
    }
    return ParseSingle(pattern);
  }

  Status ParseOpen(Pattern& pattern) {
    if (pattern.captures_ >= kPatternCapturesMax) {
      return Malformed(fmt::format("more than {} captures", kPatternCapturesMax));
    }
    const std::uint8_t capture = pattern.captures_++;
    if (text_.substr(at_).starts_with("()")) {
      at_ += 2;
      closed_.push_back(capture);
      pattern.items_.push_back(Item{.kind = Kind::kPosition, .capture = capture});
      return {};
    }
    ++at_;
    open_.push_back(capture);
    pattern.items_.push_back(Item{.kind = Kind::kOpen, .capture = capture});
    return {};
  }

  Status ParseClose(Pattern& pattern) {
    if (open_.empty()) return Malformed("a ')' has no '('");
    ++at_;
    closed_.push_back(open_.back());
    pattern.items_.push_back(Item{.kind = Kind::kClose, .capture = open_.back()});
    open_.pop_back();
    return {};
  }

  Status ParseSame(Pattern& pattern, char digit) {
    const auto capture = static_cast<std::uint8_t>(digit - '1');
    if (digit == '0' || std::find(closed_.begin(), closed_.end(), capture) == closed_.end()) {
      return Malformed(fmt::format("%{} names no capture before it", digit));
    }
    at_ += 2;
    pattern.items_.push_back(Item{.kind = Kind::kSame, .capture = capture});
    return {};
  }

  Status ParseBalanced(Pattern& pattern) {
    if (at_ + 4 > text_.size()) return Malformed("%b needs two characters");
    pattern.items_.push_back(
        Item{.kind = Kind::kBalanced, .open = Byte(text_[at_ + 2]), .close = Byte(text_[at_ + 3])});
    at_ += 4;
    return {};
  }

  Status ParseFrontier(Pattern& pattern) {
    at_ += 2;
    if (at_ >= text_.size() || text_[at_] != '[') return Malformed("%f needs a set [...]");
    Item item{.kind = Kind::kFrontier};
    RETURN_IF_ERROR(ParseSet(item.set));
    pattern.items_.push_back(item);
    return {};
  }

  Status ParseSingle(Pattern& pattern) {
    Item item;
    const char c = text_[at_];
    if (c == '[') {
      RETURN_IF_ERROR(ParseSet(item.set));
    } else if (c == '%') {
      if (at_ + 1 == text_.size()) return Malformed("it ends with '%'");
      item.set = EscapedSet(text_[at_ + 1]);
      at_ += 2;
    } else {
      c == '.' ? item.set.set() : item.set.set(Byte(c));
      ++at_;
    }
    const char quantifier = at_ < text_.size() ? text_[at_] : '\0';
    if (quantifier == '?') item.kind = Kind::kOptional;
    if (quantifier == '*' || quantifier == '+') item.kind = Kind::kAny;
    if (quantifier == '+') item.minimum = 1;
    if (quantifier == '-') item.kind = Kind::kFew;
    if (item.kind != Kind::kOne) ++at_;
    pattern.items_.push_back(item);
    return {};
  }

  // From '[' on. A ']' that stands first is a member.
  Status ParseSet(Set& set) {
    const bool negated = text_.substr(at_).starts_with("[^");
    const std::size_t begin = at_ + (negated ? 2 : 1);
    std::size_t end = begin;
    do {
      if (end >= text_.size()) return Malformed("a set has no ']'");
      end += text_[end] == '%' ? 2U : 1U;
    } while (end >= text_.size() || text_[end] != ']');
    for (std::size_t i = begin; i < end; ++i) {
      if (text_[i] == '%') {
        set |= EscapedSet(text_[++i]);
      } else if (i + 2 < end && text_[i + 1] == '-') {
        AddRange(set, Byte(text_[i]), Byte(text_[i + 2]));
        i += 2;
      } else {
        set.set(Byte(text_[i]));
      }
    }
    at_ = end + 1;
    if (negated) set.flip();
    return {};
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::uint8_t> open_;  // captures, the innermost last
  std::vector<std::uint8_t> closed_;
};

// One attempt at one place of a text.
class PatternRun {
 public:
  PatternRun(const Pattern& pattern, std::string_view text, std::uint64_t& steps)
      : items_(pattern.items_), text_(text), steps_(steps) {}

  bool MatchFrom(std::size_t begin) { return Match(0, begin); }
  bool exhausted() const { return exhausted_; }
  std::size_t end() const { return end_; }
  const PatternCapture& capture(std::size_t i) const { return captures_.at(i); }

 private:
  using Item = Pattern::Item;
  using Kind = Pattern::Kind;

  bool Charge(std::uint64_t steps) {
    if (steps > steps_) exhausted_ = true;
    steps_ -= std::min(steps, steps_);
    return !exhausted_;
  }
  bool Has(const Item& item, std::size_t at) const {
    return at < text_.size() && item.set.test(Byte(text_[at]));
  }

  // A capture is written anew on every way that leads past it, so nothing is undone.
  bool Match(std::size_t i, std::size_t at) {
    for (; i < items_.size(); ++i) {
      if (!Charge(1)) return false;
      const Item& item = items_[i];
      if (item.kind == Kind::kAny) return MatchAny(i, at);
      if (item.kind == Kind::kFew) return MatchFew(i, at);
      if (item.kind == Kind::kOptional) {
        if (Has(item, at) && Match(i + 1, at + 1)) return true;
        if (exhausted_) return false;
      } else if (!Pass(item, at)) {
        return false;
      }
    }
    end_ = at;
    return true;
  }

  // Moves `at` behind an item that can match in one way only.
  bool Pass(const Item& item, std::size_t& at) {
    switch (item.kind) {
      case Kind::kOne: return Has(item, at++);
      case Kind::kOpen: captures_[item.capture] = {at, 0, false}; return true;
      case Kind::kClose:
        captures_[item.capture].size = at - captures_[item.capture].begin;
        return true;
      case Kind::kPosition: captures_[item.capture] = {at, 0, true}; return true;
      case Kind::kSame: return SkipSame(item, at);
      case Kind::kBalanced: return SkipBalanced(item, at);
      case Kind::kFrontier: return IsFrontier(item, at);
      case Kind::kEnd: return at == text_.size();
      case Kind::kAny:
      case Kind::kFew:
      case Kind::kOptional: break;
    }
    CHECK_MSG(false, "an item that can match in several ways");
    return false;
  }

  // The text is followed, and preceded, by a zero byte.
  bool IsFrontier(const Item& item, std::size_t at) const {
    const std::size_t before = at == 0 ? 0U : Byte(text_[at - 1]);
    const std::size_t after = at == text_.size() ? 0U : Byte(text_[at]);
    return !item.set.test(before) && item.set.test(after);
  }

  bool MatchAny(std::size_t i, std::size_t at) {
    const Item& item = items_[i];
    std::size_t count = 0;
    while (Has(item, at + count)) ++count;
    if (!Charge(count)) return false;
    for (; count + 1 > item.minimum; --count) {
      if (Match(i + 1, at + count)) return true;
      if (exhausted_ || count == 0) return false;
    }
    return false;
  }

  bool MatchFew(std::size_t i, std::size_t at) {
    const Item& item = items_[i];
    for (;;) {
      if (Match(i + 1, at)) return true;
      if (exhausted_ || !Has(item, at) || !Charge(1)) return false;
      ++at;
    }
  }

  bool SkipSame(const Item& item, std::size_t& at) {
    const PatternCapture& capture = captures_[item.capture];
    const std::string_view same =
        capture.is_position ? std::string_view() : text_.substr(capture.begin, capture.size);
    if (!Charge(same.size()) || !text_.substr(at).starts_with(same)) return false;
    at += same.size();
    return true;
  }

  bool SkipBalanced(const Item& item, std::size_t& at) {
    if (at >= text_.size() || Byte(text_[at]) != item.open) return false;
    std::size_t depth = 1;
    for (std::size_t next = at + 1; next < text_.size(); ++next) {
      if (!Charge(1)) return false;
      const unsigned char c = Byte(text_[next]);
      if (c == item.close) {
        if (--depth == 0) {
          at = next + 1;
          return true;
        }
      } else if (c == item.open) {
        ++depth;
      }
    }
    return false;
  }

  const std::vector<Item>& items_;
  const std::string_view text_;
  std::uint64_t& steps_;
  bool exhausted_ = false;
  std::size_t end_ = 0;
  std::array<PatternCapture, kPatternCapturesMax> captures_{};
};

Result<Pattern> Pattern::Parse(std::string_view pattern, Caret caret) {
  if (pattern.size() > kPatternBytesMax) {
    return Fail(ErrorCode::kTooLarge, fmt::format("a pattern has at most {} bytes, and this one {}",
                                                  kPatternBytesMax, pattern.size()));
  }
  Pattern parsed;
  RETURN_IF_ERROR(PatternParser(pattern).Parse(parsed, caret));
  return parsed;
}

Result<std::optional<PatternMatch>> Pattern::MatchAt(std::string_view text, std::size_t begin,
                                                     std::uint64_t& steps) const {
  PatternRun run(*this, text, steps);
  const bool matched = run.MatchFrom(begin);
  if (run.exhausted()) return Fail(ErrorCode::kTooLarge, "the pattern takes too many steps");
  if (!matched) return std::optional<PatternMatch>();
  PatternMatch match{.begin = begin, .end = run.end(), .captures = {}};
  for (std::size_t i = 0; i < captures_; ++i) match.captures.push_back(run.capture(i));
  return std::optional<PatternMatch>(std::move(match));
}

Result<std::optional<PatternMatch>> Pattern::Find(std::string_view text, std::size_t from,
                                                  std::uint64_t& steps) const {
  for (std::size_t begin = from; begin <= text.size(); ++begin) {
    ASSIGN_OR_RETURN(std::optional<PatternMatch> match, MatchAt(text, begin, steps));
    if (match || anchored_) return match;
    // An attempt costs something even where the pattern is empty of steps.
    if (steps == 0) return Fail(ErrorCode::kTooLarge, "the pattern takes too many steps");
    --steps;
  }
  return std::optional<PatternMatch>();
}

}  // namespace cairn::script_lua
