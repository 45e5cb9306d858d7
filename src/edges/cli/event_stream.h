// EventStream: the lines of text/event-stream taken apart into events, as the standard of
// server-sent events says: pieces of any length in, whole events out.
//
// A plain value owned by one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace cairn::cli {

inline constexpr std::size_t kEventBytesMax = 8U << 20U;  // of one event, and of one line

struct StreamEvent {
  std::string id;    // the last that was sent, also with an earlier event; empty: none yet
  std::string name;  // "message" where the stream gives none
  std::string data;  // lines joined by newlines
};

class EventStream {
 public:
  // Takes the next bytes and calls `on_event` for each event that they complete; when that returns
  // false nothing further is taken. False: it did, or an event is larger than kEventBytesMax.
  bool Feed(std::string_view bytes, const std::function<bool(const StreamEvent&)>& on_event);

  bool too_large() const { return too_large_; }

 private:
  void TakeField(std::string_view line);

  std::string line_;  // begun and not ended
  bool after_return_ = false;
  bool at_start_ = true;
  std::string id_;
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool too_large_ = false;
};

}  // namespace cairn::cli
