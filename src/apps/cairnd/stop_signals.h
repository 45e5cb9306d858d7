// StopSignals turns SIGTERM and SIGINT into a graceful stop, and a second one into an immediate
// end. SIGHUP asks to read again what was read from files. It also keeps the process alive when a
// peer closes a pipe or socket that is being written.
//
// Made before any other thread, whose signals it takes. Used by the thread that made it.
#pragma once

#include "base/time.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace cairn {

inline constexpr int kExitInterrupted = 130;

class StopSignals {
 public:
  // From here on a signal ends the process at once, with 0: nothing was promised to anybody yet.
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // From here on the first signal is what Wait returns for, and the second ends the process at once
  // with kExitInterrupted.
  void BeginGraceful();

  // True when a stop was asked for; false when `span` went by without.
  bool WaitFor(Nanos span);
  enum class Event { kStop, kReload };
  // Waits for the next one. Reloads that were asked for while nobody waited count once.
  Event Next();

 private:
  void Run();
  void OnSignal();
  void OnReload();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool graceful_ = false;
  bool requested_ = false;
  bool reload_ = false;

  int signals_ = -1;  // a signalfd
  int ended_ = -1;    // an eventfd: this object is being destroyed
  std::thread thread_;
};

}  // namespace cairn
