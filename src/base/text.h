// Cutting text that is shown or stored: where UTF-8 may end. Half a character in a stored text
// makes its whole record unreadable.
//
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace cairn {

// The beginning of valid UTF-8: at most `bytes_max` bytes, and no character cut in two.
inline std::string_view CutUtf8(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace cairn
