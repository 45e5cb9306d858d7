#include "adapters/cartridge_exec/worker_log.h"

#include "base/json.h"

#include <fmt/format.h>

#include <utility>

namespace cairn {
namespace {

std::string Printable(std::string_view text) {
  std::string line(text.substr(0, kLogLineBytesMax));
  // Not cut in the middle of a character.
  while (text.size() > line.size() && !line.empty() && !IsCleanUtf8(line) &&
         (static_cast<unsigned char>(line.back()) & 0x80U) != 0U) {
    const bool lead = (static_cast<unsigned char>(line.back()) & 0x40U) != 0U;
    line.pop_back();
    if (lead) {
      break;
    }
  }
  const bool clean = IsCleanUtf8(line);
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte == 0x7fU) {
      c = ' ';
    }
    if (!clean && byte >= 0x80U) {
      c = '?';
    }
  }
  return line;
}

}  // namespace

WorkerLog::WorkerLog(std::string name, LogLine log)
    : name_(std::move(name)), log_(std::move(log)) {}

void WorkerLog::Say(std::string_view text) const {
  if (log_) {
    log_(fmt::format("{}: {}", name_, text));
  }
}

void WorkerLog::Quote(Nanos now, std::string_view kind, std::string_view text) {
  if (now - second_began_ >= kSecond) {
    if (lines_ > kLogLinesPerSecondMax) {
      Say(fmt::format("{} more lines are left out", lines_ - kLogLinesPerSecondMax));
    }
    second_began_ = now;
    lines_ = 0;
  }
  if (++lines_ <= kLogLinesPerSecondMax) {
    Say(fmt::format("{}: {}", kind, Printable(text)));
  }
}

}  // namespace cairn
