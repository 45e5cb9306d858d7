#include "adapters/script_lua/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace cairn::script_lua {
namespace {

constexpr std::int64_t kExponentMax = 1'000'000'000;
constexpr double kExactWholeMax = 9007199254740992.0;  // 2^53

std::int64_t ParseExponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  for (const char c : text) value = std::min(value * 10 + (c - '0'), kExponentMax);
  return negative ? -value : value;
}

std::strong_ordering CompareMagnitudes(const Decimal& a, const Decimal& b) {
  if (a.digits.empty() || b.digits.empty()) return a.digits.size() <=> b.digits.size();
  if (a.point != b.point) return a.point <=> b.point;
  return a.digits.compare(b.digits) <=> 0;
}

}  // namespace

Decimal Decimal::Parse(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  if (decimal.negative) text.remove_prefix(1);
  const std::size_t e = text.find_first_of("eE");
  const std::int64_t exponent = e == std::string_view::npos ? 0 : ParseExponent(text.substr(e + 1));
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t whole = std::min(mantissa.find('.'), mantissa.size());
  decimal.digits = mantissa.substr(0, whole);
  if (whole < mantissa.size()) decimal.digits += mantissa.substr(whole + 1);
  const std::size_t first = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  decimal.digits.erase(0, first);
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  if (decimal.digits.empty()) return Decimal{};
  decimal.point = static_cast<std::int64_t>(whole) - static_cast<std::int64_t>(first) + exponent;
  return decimal;
}

std::strong_ordering Compare(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) {
    return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return a.negative ? CompareMagnitudes(b, a) : CompareMagnitudes(a, b);
}

std::string ShortestText(double number) {
  std::array<char, 32> text{};
  const bool whole = std::fabs(number) < kExactWholeMax && std::trunc(number) == number;
  const auto written = whole ? std::to_chars(text.data(), text.data() + text.size(),
                                             static_cast<std::int64_t>(number))
                             : std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), written.ptr};
}

}  // namespace cairn::script_lua
