#include "base/id.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

std::string FormatIdNumber(std::string_view prefix, std::uint64_t value) {
  char digits[13];
  std::size_t count = 0;
  do {
    digits[count++] = kAlphabet[value & 31U];
    value >>= 5U;
  } while (value != 0);
  std::string text;
  text.reserve(prefix.size() + 1 + count);
  text.append(prefix).push_back('-');
  while (count > 0) text.push_back(digits[--count]);
  return text;
}

Result<std::uint64_t> ParseIdNumber(std::string_view prefix, std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an id of kind '{}-': {}", CutUtf8(text, 64), prefix, why));
  };
  if (text.size() <= prefix.size() + 1 || text.substr(0, prefix.size()) != prefix ||
      text[prefix.size()] != '-') {
    return bad("the prefix is missing or another one");
  }
  const std::string_view digits = text.substr(prefix.size() + 1);
  if (digits.size() > 13) return bad("too long");
  // One thing has one name: caches, links and people compare ids as text.
  if (digits.size() > 1 && digits.front() == '0') return bad("a leading zero");
  std::uint64_t value = 0;
  for (char c : digits) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return bad("a character that base32 does not have");
    if (value >> 58U != 0) return bad("too large");
    value = (value << 5U) | digit;
  }
  if (value >> 63U != 0) return bad("too large");
  return value;
}

}  // namespace cairn
