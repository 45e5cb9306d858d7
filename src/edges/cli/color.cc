// The few colours that `cairn` uses: the bodies.
#include "edges/cli/color.h"

#include <fmt/format.h>

namespace cairn::cli {
namespace {

struct StateColor {
  std::string_view state;
  Color color;
};
constexpr StateColor kStateColors[] = {
    {"Completed", Color::kGreen},     {"Running", Color::kCyan},
    {"Sent", Color::kCyan},           {"New", Color::kCyan},
    {"Waiting", Color::kYellow},      {"Suspended", Color::kYellow},
    {"Held", Color::kMagenta},        {"Partial", Color::kMagenta},
    {"RollingBack", Color::kMagenta}, {"RolledBack", Color::kMagenta},
    {"Failed", Color::kRed},          {"Rejected", Color::kRed},
    {"TechnicalError", Color::kRed},  {"FunctionalError", Color::kRed},
    {"Pending", Color::kDim},         {"NotExecuted", Color::kDim},
    {"Cancelled", Color::kDim},
};

std::string_view Sequence(Color color) {
  switch (color) {
    case Color::kPlain: return "";
    case Color::kBold: return "\x1b[1m";
    case Color::kDim: return "\x1b[2m";
    case Color::kRed: return "\x1b[31m";
    case Color::kGreen: return "\x1b[32m";
    case Color::kYellow: return "\x1b[33m";
    case Color::kMagenta: return "\x1b[35m";
    case Color::kCyan: return "\x1b[36m";
  }
  return "";
}

}  // namespace

std::string Paint(std::string_view text, Color color, bool enabled) {
  if (!enabled || color == Color::kPlain || text.empty()) {
    return std::string(text);
  }
  return fmt::format("{}{}\x1b[0m", Sequence(color), text);
}

Color ColorOfState(std::string_view state) {
  for (const StateColor& entry : kStateColors) {
    if (entry.state == state) {
      return entry.color;
    }
  }
  return Color::kPlain;
}

}  // namespace cairn::cli
