// LineSplitter: cuts the bytes of a pipe into lines as they come. A line past the limit is not
// kept: its end is told as an overlong line.
//
// A plain value; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cairn {

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // Calls on_line(std::string_view line, bool overlong) for each line that ends in `bytes`. An
  // overlong line comes with its beginning. The view lives until on_line returns. A carriage return
  // before the end is not part of the line. Stops early when on_line returns false.
  template <typename OnLine>
  void Feed(std::string_view bytes, const OnLine& on_line) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, end);
      if (end == std::string_view::npos) {
        return Keep(piece);
      }
      bytes.remove_prefix(end + 1);
      // A whole line in one piece, the usual case, is not copied.
      const bool whole = begun_.empty() && !overlong_ && piece.size() <= line_bytes_max_;
      if (!whole) {
        Keep(piece);
      }
      const bool more = on_line(WithoutReturn(whole ? piece : std::string_view(begun_)), overlong_);
      begun_.clear();
      overlong_ = false;
      if (!more) {
        return;
      }
    }
  }

  // What came after the last line's end.
  std::string_view begun() const { return begun_; }

 private:
  static std::string_view WithoutReturn(std::string_view line) {
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    return line;
  }
  void Keep(std::string_view piece) {
    const std::size_t room = line_bytes_max_ - begun_.size();
    overlong_ = overlong_ || piece.size() > room;
    begun_.append(piece.substr(0, room));
  }

  std::size_t line_bytes_max_;
  std::string begun_;
  bool overlong_ = false;
};

}  // namespace cairn
