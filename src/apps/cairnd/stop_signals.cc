// StopSignals: the body. A thread of its own reads the signals, so that a second one is heard while
// the stop is under way.
#include "apps/cairnd/stop_signals.h"

#include "base/check.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace cairn {

StopSignals::StopSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  ended_ = eventfd(0, EFD_CLOEXEC);
  CHECK(signals_ >= 0 && ended_ >= 0);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "signals");
    Run();
  });
}

StopSignals::~StopSignals() {
  const std::uint64_t one = 1;
  CHECK(write(ended_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(signals_);
  close(ended_);
}

void StopSignals::Run() {
  while (true) {
    std::array<pollfd, 2> watched{{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
    if (poll(watched.data(), watched.size(), -1) < 0) {
      CHECK(errno == EINTR);
      continue;
    }
    if (watched[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) != sizeof info) continue;
    info.ssi_signo == SIGHUP ? OnReload() : OnSignal();
  }
}

void StopSignals::OnSignal() {
  const std::lock_guard lock(mutex_);
  if (!graceful_) {
    spdlog::info("stopped before it was ready");
    _exit(0);
  }
  if (requested_) {
    spdlog::warn("a second signal: ending at once");
    _exit(kExitInterrupted);
  }
  requested_ = true;
  changed_.notify_all();
}

void StopSignals::OnReload() {
  const std::lock_guard lock(mutex_);
  reload_ = true;
  changed_.notify_all();
}

void StopSignals::BeginGraceful() {
  const std::lock_guard lock(mutex_);
  graceful_ = true;
}

bool StopSignals::WaitFor(Nanos span) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::nanoseconds(span), [this] { return requested_; });
}

StopSignals::Event StopSignals::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return requested_ || reload_; });
  if (requested_) return Event::kStop;
  reload_ = false;
  return Event::kReload;
}

}  // namespace cairn
