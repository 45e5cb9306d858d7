// The few colours that `cairn` uses, and which state has which. Colour never carries meaning alone:
// the word is always there too.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::cli {

enum class Color : std::uint8_t { kPlain, kBold, kDim, kRed, kGreen, kYellow, kMagenta, kCyan };

// The text between the terminal's sequences for the colour; the text itself when not `enabled`.
std::string Paint(std::string_view text, Color color, bool enabled);

// Of the state of an order or of one of its parts, by the name that the API gives it.
Color ColorOfState(std::string_view state);

}  // namespace cairn::cli
