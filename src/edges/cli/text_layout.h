// Text as it stands on a screen: how wide it is, how it is cut and padded, and how durations and
// counts read. Everything that comes from a server passes CleanForTerminal before it is printed to
// a terminal, so that no escape sequence in a detail can take the screen over.
//
// Pure functions; any thread.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace cairn::cli {

// Line breaks and tabs become one space, other control characters (also those of C1 and those that
// turn the writing direction) become U+FFFD.
std::string CleanForTerminal(std::string_view utf8);

// Columns on a terminal: 2 for wide East Asian characters and emoji, 0 for combining marks. Bytes
// that are not UTF-8 count one each.
std::size_t DisplayWidth(std::string_view utf8);

// The text if it fits `columns`, else its beginning and "…". Zero columns give an empty text.
std::string CutToWidth(std::string_view utf8, std::size_t columns);

// The text with spaces after it up to `columns`; a longer text stays as it is.
std::string PadToWidth(std::string_view utf8, std::size_t columns);

// "120ms", "3.1s", "2m 05s", "3h 12m", "4d 03h"; a negative span reads "0ms".
std::string HumanDuration(Nanos span);

// "1 attempt", "2 attempts".
std::string CountOf(std::size_t count, std::string_view noun);

}  // namespace cairn::cli
