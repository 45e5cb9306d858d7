// Decimal: the value of a JSON number's text, exactly. Two texts are compared as numbers without
// the loss of a digit.
//
// Plain values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::script_lua {

struct Decimal {
  bool negative = false;
  std::string digits;      // without zeros at either end; empty: zero
  std::int64_t point = 0;  // the value is 0.DIGITS x 10^point

  // REQUIRES: a number by the JSON grammar. Exponents past a billion count as a billion.
  static Decimal Parse(std::string_view text);

  friend bool operator==(const Decimal&, const Decimal&) = default;
};

std::strong_ordering Compare(const Decimal& a, const Decimal& b);

// The shortest text that reads back as this number; as a whole number where it is one below 2^53.
// REQUIRES: finite.
std::string ShortestText(double number);

}  // namespace cairn::script_lua
