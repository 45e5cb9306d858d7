// EventStream: the body.
#include "edges/cli/event_stream.h"

#include <utility>

namespace cairn::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

void EventStream::TakeField(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  if (field == "data") {
    if (has_data_) data_ += '\n';
    has_data_ = true;
    data_ += value;
  } else if (field == "event") {
    name_ = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
  // "retry", comments (an empty name) and fields that are not known say nothing of the event.
}

bool EventStream::Feed(std::string_view bytes,
                       const std::function<bool(const StreamEvent&)>& on_event) {
  while (!bytes.empty()) {
    // A line ends with \n, \r or both; \r\n may come in two pieces.
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_ += bytes.substr(0, end);
    if (line_.size() + data_.size() > kEventBytesMax) {
      too_large_ = true;
      return false;
    }
    if (end == std::string_view::npos) {
      return true;
    }
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    std::string line = std::exchange(line_, {});
    if (std::exchange(at_start_, false) && line.starts_with(kByteOrderMark)) {
      line.erase(0, kByteOrderMark.size());
    }
    if (!line.empty()) {
      TakeField(line);
      continue;
    }
    StreamEvent event{id_, std::exchange(name_, {}), std::exchange(data_, {})};
    if (event.name.empty()) {
      event.name = "message";
    }
    if (std::exchange(has_data_, false) && !on_event(event)) {
      return false;
    }
  }
  return true;
}

}  // namespace cairn::cli
