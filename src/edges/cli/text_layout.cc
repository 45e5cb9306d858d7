// Text as it stands on a screen: the bodies.
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace cairn::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

// REQUIRES: at < text.size().
CodePoint Decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80U ? 1 : lead >= 0xf0U ? 4 : lead >= 0xe0U ? 3 : 2;
  if (length == 1 || lead < 0xc0U || at + length > text.size()) {
    return {lead, 1};
  }
  char32_t value = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) {
      return {lead, 1};
    }
    value = (value << 6U) | (byte(i) & 0x3fU);
  }
  return {value, length};
}

struct Range {
  char32_t first;
  char32_t last;
};
constexpr Range kZeroWidth[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},
                                {0x064b, 0x065f}, {0x200b, 0x200d}, {0x20d0, 0x20f0},
                                {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
constexpr Range kWide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
                           {0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                           {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
// Marks that turn the direction of what follows: text could pretend to be other text.
constexpr Range kDirection[] = {{0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}};

template <std::size_t n>
bool Within(const Range (&ranges)[n], char32_t value) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& r) { return value >= r.first && value <= r.last; });
}

std::size_t WidthOf(char32_t value) {
  if (value < 0x300) {
    return 1;
  }
  if (Within(kZeroWidth, value)) {
    return 0;
  }
  return Within(kWide, value) ? 2 : 1;
}

}  // namespace

std::string CleanForTerminal(std::string_view utf8) {
  std::string clean;
  clean.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint point = Decode(utf8, at);
    const bool lone_byte = point.value >= 0x80 && point.bytes == 1;
    if (point.value == '\n' || point.value == '\r' || point.value == '\t') {
      if (clean.empty() || clean.back() != ' ') {
        clean.push_back(' ');
      }
    } else if (point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0) || lone_byte ||
               Within(kDirection, point.value)) {
      clean += "\xef\xbf\xbd";
    } else {
      clean.append(utf8.substr(at, point.bytes));
    }
    at += point.bytes;
  }
  return clean;
}

std::size_t DisplayWidth(std::string_view utf8) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint point = Decode(utf8, at);
    width += WidthOf(point.value);
    at += point.bytes;
  }
  return width;
}

std::string CutToWidth(std::string_view utf8, std::size_t columns) {
  if (columns == 0) {
    return {};
  }
  std::size_t width = 0;
  std::size_t keep_bytes = 0;  // what fits beside the ellipsis
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint point = Decode(utf8, at);
    width += WidthOf(point.value);
    at += point.bytes;
    if (width <= columns - 1) {
      keep_bytes = at;
    }
    if (width > columns) {
      return std::string(utf8.substr(0, keep_bytes)) + "…";
    }
  }
  return std::string(utf8);
}

std::string PadToWidth(std::string_view utf8, std::size_t columns) {
  const std::size_t width = DisplayWidth(utf8);
  std::string padded(utf8);
  if (width < columns) {
    padded.append(columns - width, ' ');
  }
  return padded;
}

std::string HumanDuration(Nanos span) {
  if (span <= 0) {
    return "0ms";
  }
  if (span < kMillisecond) {
    return "<1ms";
  }
  if (span < kSecond) {
    return fmt::format("{}ms", span / kMillisecond);
  }
  if (span < kMinute) {
    return fmt::format("{}.{}s", span / kSecond, span % kSecond / (kSecond / 10));
  }
  if (span < kHour) {
    return fmt::format("{}m {:02d}s", span / kMinute, span % kMinute / kSecond);
  }
  if (span < kDay) {
    return fmt::format("{}h {:02d}m", span / kHour, span % kHour / kMinute);
  }
  return fmt::format("{}d {:02d}h", span / kDay, span % kDay / kHour);
}

std::string CountOf(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace cairn::cli
