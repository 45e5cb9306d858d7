// Time is an int64 count of nanoseconds since 1970-01-01 UTC; spans are nanoseconds too. Nothing
// here reads a clock: time comes in from outside (ports/clock.h).
//
// Pure functions; any thread.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

using Nanos =
    std::int64_t;  // a moment (since 1970 UTC) or a span, as the name of the variable says

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;
inline constexpr Nanos kMinute = 60 * kSecond;
inline constexpr Nanos kHour = 60 * kMinute;
inline constexpr Nanos kDay = 24 * kHour;
inline constexpr Nanos kNever = INT64_MAX;

// "2026-01-31T23:59:59.123456789Z"; trailing zeros of the fraction are dropped, in groups of three.
std::string FormatTime(Nanos moment);

// Takes RFC 3339 with Z or a numeric offset; up to nine digits of fraction. kInvalidArgument names
// the text otherwise.
[[nodiscard]] Result<Nanos> ParseTime(std::string_view text);

// "30s", "5ms", "2h30m", "7d", "250us", "10ns", "0s". Units in falling order, whole numbers.
std::string FormatDuration(Nanos span);
[[nodiscard]] Result<Nanos> ParseDuration(std::string_view text);

}  // namespace cairn
