// Terminal and LiveScreen: the bodies. The sequences are those of every terminal since the VT100.
#include "edges/cli/terminal.h"

#include "base/check.h"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

namespace cairn::cli {
namespace {

constexpr Terminal::Size kSizeUnknown = {80, 24};

}  // namespace

Terminal Terminal::OfDescriptor(std::ostream& out, int fd, bool wants_color) {
  const bool is_terminal = isatty(fd) == 1;
  return Terminal(out, fd, is_terminal, is_terminal && wants_color, std::nullopt);
}

Terminal Terminal::Fixed(std::ostream& out, std::optional<Size> size, bool color) {
  return Terminal(out, -1, size.has_value(), color, size);
}

Terminal::Size Terminal::size() const {
  if (fixed_) {
    return *fixed_;
  }
  if (!is_terminal_) {
    return {};
  }
  winsize window{};
  if (ioctl(fd_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) {
    return kSizeUnknown;
  }
  return {window.ws_col, window.ws_row};
}

LiveScreen::LiveScreen(const Terminal& terminal) : terminal_(terminal) {
  CHECK(terminal.is_terminal());
  terminal_.out() << "\x1b[?25l";
}

LiveScreen::~LiveScreen() { terminal_.out() << "\x1b[?25h" << std::flush; }

void LiveScreen::Draw(const std::vector<std::string>& lines) {
  const Terminal::Size size = terminal_.size();
  std::string text;
  if (rows_drawn_ > 0 && size != size_drawn_) {
    // Terminals differ in how they wrap old lines when their size changes, so that nobody can tell
    // where those stand now: begin anew.
    text = "\x1b[H\x1b[2J";
  } else if (rows_drawn_ > 0) {
    text = fmt::format("\r\x1b[{}A", rows_drawn_);
  }
  for (const std::string& line : lines) {
    text += line + "\x1b[K\n";
  }
  text += "\x1b[J";
  // One write: a half-drawn frame would flicker.
  terminal_.out() << text << std::flush;
  rows_drawn_ = lines.size();
  size_drawn_ = size;
}

}  // namespace cairn::cli
