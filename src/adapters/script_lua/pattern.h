// Pattern: the patterns of Lua's string functions, matched with a count of steps. A pattern that
// would backtrack for ages ends with the steps that it was given; its recursion is never deeper
// than the pattern is long.
//
// Letters, digits and the other classes are those of ASCII, whatever the machine's language.
//
// A Pattern is a plain value; any thread.
#pragma once

#include "base/result.h"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cairn::script_lua {

inline constexpr std::size_t kPatternBytesMax = 1'024;
inline constexpr std::size_t kPatternCapturesMax = 32;

struct PatternCapture {
  std::size_t begin = 0;
  std::size_t size = 0;
  bool is_position = false;  // written (): it captures where it stands
};

struct PatternMatch {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<PatternCapture> captures;
};

class Pattern {
 public:
  enum class Caret { kAnchors, kIsACharacter };

  // kInvalidArgument: it is malformed, and how; kTooLarge: over kPatternBytesMax.
  [[nodiscard]] static Result<Pattern> Parse(std::string_view pattern, Caret caret);

  bool anchored() const { return anchored_; }

  // The first match at or after `from`, in at most `steps` steps, which are counted down. kTooLarge
  // when they do not suffice.
  [[nodiscard]] Result<std::optional<PatternMatch>> Find(std::string_view text, std::size_t from,
                                                         std::uint64_t& steps) const;
  // A match that begins exactly there.
  [[nodiscard]] Result<std::optional<PatternMatch>> MatchAt(std::string_view text,
                                                            std::size_t begin,
                                                            std::uint64_t& steps) const;

 private:
  friend class PatternParser;
  friend class PatternRun;

  using Set = std::bitset<256>;
  enum class Kind : std::uint8_t {
    kOne,       // a character of the set
    kOptional,  // the same, ?
    kAny,       // *; at least `minimum`, as many as possible
    kFew,       // -; as few as possible
    kOpen,      // a capture begins
    kClose,     // and ends
    kPosition,  // ()
    kSame,      // %1: what that capture has
    kBalanced,  // %bxy
    kFrontier,  // %f[set]
    kEnd,       // $
  };
  struct Item {
    Kind kind = Kind::kOne;
    Set set{};
    std::uint8_t minimum = 0;
    std::uint8_t capture = 0;
    unsigned char open = 0;
    unsigned char close = 0;
  };

  bool anchored_ = false;
  std::uint8_t captures_ = 0;
  std::vector<Item> items_;
};

}  // namespace cairn::script_lua
