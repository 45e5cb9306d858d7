#include "base/time.h"

#include "base/text.h"

#include <date/date.h>
#include <fmt/format.h>

#include <chrono>
#include <sstream>

namespace cairn {
namespace {

struct Unit {
  std::string_view name;
  Nanos nanos;
};
// The largest first, as FormatDuration writes them.
constexpr Unit kUnits[] = {{"d", kDay},    {"h", kHour},         {"m", kMinute},
                           {"s", kSecond}, {"ms", kMillisecond}, {"us", kMicrosecond},
                           {"ns", 1}};

const Unit* FindUnit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

using TimePoint = date::sys_time<std::chrono::nanoseconds>;

// The letters and digits of an RFC 3339 time, whatever their values. The parser of the date library
// takes seconds without digits, and computes with what it has not read when the text breaks off.
bool LooksLikeTime(std::string_view text) {
  const auto take = [&text](std::string_view shape) {
    if (text.size() < shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const bool digit = text[i] >= '0' && text[i] <= '9';
      if (shape[i] == '0' ? !digit : text[i] != shape[i]) return false;
    }
    text.remove_prefix(shape.size());
    return true;
  };
  if (!take("0000-00-00T00:00:00")) return false;
  if (take(".0")) {
    while (take("0")) {
    }
  }
  const bool zone = take("Z") || take("z") || take("+00:00") || take("-00:00");
  return zone && text.empty();
}

}  // namespace

std::string FormatTime(Nanos moment) {
  const TimePoint point{std::chrono::nanoseconds(moment)};
  const auto day = date::floor<date::days>(point);
  const date::year_month_day ymd(day);
  const Nanos in_day = std::chrono::nanoseconds(point - day).count();
  std::string text = fmt::format("{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}", int{ymd.year()},
                                 unsigned{ymd.month()}, unsigned{ymd.day()}, in_day / kHour,
                                 in_day / kMinute % 60, in_day / kSecond % 60);
  const Nanos fraction = in_day % kSecond;
  if (fraction % kMillisecond != 0) {
    text += fraction % kMicrosecond != 0 ? fmt::format(".{:09d}", fraction)
                                         : fmt::format(".{:06d}", fraction / kMicrosecond);
  } else if (fraction != 0) {
    text += fmt::format(".{:03d}", fraction / kMillisecond);
  }
  return text + "Z";
}

Result<Nanos> ParseTime(std::string_view text) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an RFC 3339 time such as 2026-01-31T23:59:59Z",
                            CutUtf8(text, 64)));
  };
  if (text.size() > 40 || !LooksLikeTime(text)) return bad();
  // Years whose nanoseconds fit an int64; checked first, since the parser would overflow.
  const std::string_view year = text.substr(0, 4);
  if (year < "1970" || year > "2261") return bad();
  const char last = text.back();
  const bool utc = last == 'Z' || last == 'z';
  std::istringstream in{std::string(utc ? text.substr(0, text.size() - 1) : text)};
  TimePoint point;
  in >> date::parse(utc ? "%FT%T" : "%FT%T%Ez", point);
  if (in.fail()) return bad();
  in.peek();
  if (!in.eof()) return bad();
  return point.time_since_epoch().count();
}

std::string FormatDuration(Nanos span) {
  if (span == 0) return "0s";
  std::string text = span < 0 ? "-" : "";
  std::uint64_t rest =
      span < 0 ? 0 - static_cast<std::uint64_t>(span) : static_cast<std::uint64_t>(span);
  for (const Unit& unit : kUnits) {
    const auto nanos = static_cast<std::uint64_t>(unit.nanos);
    if (rest >= nanos) {
      text += fmt::format("{}{}", rest / nanos, unit.name);
      rest %= nanos;
    }
  }
  return text;
}

Result<Nanos> ParseDuration(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a duration such as 30s, 5ms or 2h30m: {}",
                            CutUtf8(text, 64), why));
  };
  std::string_view rest = text;
  if (rest.empty()) return bad("it is empty");
  Nanos total = 0;
  Nanos unit_before = INT64_MAX;
  while (!rest.empty()) {
    std::size_t digits = 0;
    Nanos number = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
      if (__builtin_mul_overflow(number, Nanos{10}, &number) ||
          __builtin_add_overflow(number, Nanos{rest[digits] - '0'}, &number)) {
        return bad("too large");
      }
      ++digits;
    }
    if (digits == 0) return bad("a number is missing");
    rest.remove_prefix(digits);
    std::size_t letters = 0;
    while (letters < rest.size() && rest[letters] >= 'a' && rest[letters] <= 'z') ++letters;
    const Unit* found = FindUnit(rest.substr(0, letters));
    if (found == nullptr) return bad("a unit is missing or unknown (d, h, m, s, ms, us, ns)");
    if (found->nanos >= unit_before) return bad("units must fall");
    unit_before = found->nanos;
    if (__builtin_mul_overflow(number, found->nanos, &number) ||
        __builtin_add_overflow(total, number, &total)) {
      return bad("too large");
    }
    rest.remove_prefix(letters);
  }
  return total;
}

}  // namespace cairn
