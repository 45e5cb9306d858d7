// Terminal: one output stream with what is known of it: whether a person watches it, how large it
// is now, and whether it takes colours. LiveScreen: lines at the bottom of a terminal that are
// drawn over and over in the same place.
//
// Both are owned by one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace cairn::cli {

class Terminal {
 public:
  struct Size {
    std::size_t columns = 0;
    std::size_t rows = 0;
    friend bool operator==(const Size&, const Size&) = default;
  };

  // `out` writes to the file descriptor `fd`; both outlive this. Colours are used when `fd` is a
  // terminal and they are wanted.
  static Terminal OfDescriptor(std::ostream& out, int fd, bool wants_color);
  // Of a given size, or no terminal at all.
  static Terminal Fixed(std::ostream& out, std::optional<Size> size, bool color);

  std::ostream& out() const { return *out_; }
  bool is_terminal() const { return is_terminal_; }
  bool color() const { return color_; }
  void DisableColor() { color_ = false; }

  // As it is at this moment: people resize. {0, 0} when it is no terminal; 80 x 24 when it does not
  // say.
  Size size() const;

 private:
  Terminal(std::ostream& out, int fd, bool is_terminal, bool color, std::optional<Size> fixed)
      : out_(&out), fd_(fd), is_terminal_(is_terminal), color_(color), fixed_(fixed) {}

  std::ostream* out_;
  int fd_;
  bool is_terminal_;
  bool color_;
  std::optional<Size> fixed_;
};

class LiveScreen {
 public:
  // REQUIRES: terminal.is_terminal(); it outlives this. Hides the cursor; the destructor shows it
  // again and leaves the last lines where they are.
  explicit LiveScreen(const Terminal& terminal);
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  // Replaces what the last call drew. REQUIRES: no line is wider, and there are fewer lines, than
  // the terminal has.
  void Draw(const std::vector<std::string>& lines);

 private:
  const Terminal& terminal_;
  std::size_t rows_drawn_ = 0;
  Terminal::Size size_drawn_;
};

}  // namespace cairn::cli
