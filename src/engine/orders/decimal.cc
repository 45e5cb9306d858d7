#include "engine/orders/decimal.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace cairn {
namespace {

// 0.DIGITS x 10^exponent, the first digit not 0; no digits: zero.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
};

constexpr std::int64_t kExponentMax = std::int64_t{1} << 62;

std::int64_t ReadExponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value > kExponentMax) value = kExponentMax;
  return negative ? -value : value;
}

Decimal Read(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  if (decimal.negative) text.remove_prefix(1);
  const std::size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t point = mantissa.find('.');
  decimal.digits = mantissa.substr(0, point);
  decimal.exponent = static_cast<std::int64_t>(decimal.digits.size());
  if (point != std::string_view::npos) decimal.digits += mantissa.substr(point + 1);
  const std::size_t zeros = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  decimal.digits.erase(0, zeros);
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  decimal.exponent -= static_cast<std::int64_t>(zeros);
  if (e != std::string_view::npos) decimal.exponent += ReadExponent(text.substr(e + 1));
  if (decimal.digits.empty()) return Decimal{};
  return decimal;
}

int Sign(const Decimal& decimal) { return decimal.digits.empty() ? 0 : decimal.negative ? -1 : 1; }

}  // namespace

int CompareDecimals(std::string_view a, std::string_view b) {
  const Decimal x = Read(a);
  const Decimal y = Read(b);
  const int sign = Sign(x);
  if (sign != Sign(y)) return sign - Sign(y);
  if (x.exponent != y.exponent) return x.exponent < y.exponent ? -sign : sign;
  // Without zeros at their ends, the longer of two that begin alike is the larger.
  return sign * x.digits.compare(y.digits);
}

bool IsSameValue(const Json& a, const Json& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Json::Kind::kNull: return true;
    case Json::Kind::kBool: return a.bool_value() == b.bool_value();
    case Json::Kind::kNumber: return CompareDecimals(a.text(), b.text()) == 0;
    case Json::Kind::kString: return a.text() == b.text();
    case Json::Kind::kArray:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        IsSameValue);
    case Json::Kind::kObject:
      return a.members().size() == b.members().size() &&
             std::all_of(a.members().begin(), a.members().end(), [&](const Json::Member& member) {
               const Json* other = b.Find(member.key);
               return other != nullptr && IsSameValue(member.value, *other);
             });
  }
  return false;
}

}  // namespace cairn
