#include "adapters/executor_threads/wake_flag.h"

#include "base/check.h"

#include <cerrno>
#include <chrono>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cairn {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) &&
                  std::atomic<std::uint32_t>::is_always_lock_free,
              "the kernel sleeps on the atomic itself");

// Looks at the flag so often between two looks at the clock.
constexpr int kLooksPerClockRead = 16;

void PauseCore() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void WakeFlag::Wake() {
  if (state_.exchange(kWoken) == kAsleep) WakeThread();
}

void WakeFlag::Poke() {
  std::uint32_t expected = kAsleep;
  if (state_.compare_exchange_strong(expected, kAwake)) WakeThread();
}

bool WakeFlag::SpinForWake(Nanos span) const {
  using SteadyClock = std::chrono::steady_clock;
  const auto end = SteadyClock::now() + std::chrono::nanoseconds(span);
  do {
    for (int look = 0; look < kLooksPerClockRead; ++look) {
      if (state_.load(std::memory_order_relaxed) == kWoken) return true;
      PauseCore();
    }
  } while (SteadyClock::now() < end);
  return false;
}

bool WakeFlag::PrepareSleep() {
  std::uint32_t expected = kAwake;
  return state_.compare_exchange_strong(expected, kAsleep);
}

void WakeFlag::Sleep(Nanos span) {
  timespec timeout;
  timeout.tv_sec = span / kSecond;
  timeout.tv_nsec = span % kSecond;
  const long result = syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kAsleep,
                              span == kNever ? nullptr : &timeout, nullptr, 0);
  CHECK(result == 0 || errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT);
}

void WakeFlag::WakeThread() {
  CHECK(syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0) >= 0);
}

}  // namespace cairn
