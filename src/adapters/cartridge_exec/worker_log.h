// WorkerLog: what a worker process has to say to people, in bounded amounts: a worker that floods
// its standard error can not flood the node's log.
//
// Threads: one.
#pragma once

#include "base/time.h"

#include <functional>
#include <string>
#include <string_view>

namespace cairn {

inline constexpr std::size_t kLogLineBytesMax = 1'024;
inline constexpr int kLogLinesPerSecondMax = 100;

// Receives one line of text, valid UTF-8, without its end.
using LogLine = std::function<void(std::string_view line)>;

class WorkerLog {
 public:
  // `name` stands before each line. `log` may be empty.
  WorkerLog(std::string name, LogLine log);

  // What this node says about the worker. Always passed on.
  void Say(std::string_view text) const;

  // What the worker wrote: cut to its limit, made printable, and left out past so many lines a
  // second, of which one line then tells the number.
  void Quote(Nanos now, std::string_view kind, std::string_view text);

 private:
  std::string name_;
  LogLine log_;
  Nanos second_began_ = 0;
  int lines_ = 0;
};

}  // namespace cairn
