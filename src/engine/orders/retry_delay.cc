#include "engine/orders/retry_delay.h"

#include "base/random.h"

#include <algorithm>

namespace cairn {
namespace {

constexpr unsigned kShareBits = 20;

// Both spans are at most kRetryDelayNsMax, so nothing here leaves the range of a span.
Nanos Grown(const records::Cartridge& cartridge, Nanos delay, std::uint32_t attempt, Nanos limit) {
  if (cartridge.backoff() == records::LINEAR) {
    return delay > limit / attempt ? limit : delay * attempt;
  }
  if (cartridge.backoff() == records::EXPONENTIAL) {
    for (std::uint32_t n = 1; n < attempt && delay > 0 && delay < limit; ++n) delay *= 2;
  }
  return delay;
}

// Up to `percent` of the delay, by the bits of `hash`.
Nanos TakenOff(Nanos delay, std::uint32_t percent, std::uint64_t hash) {
  const auto most = static_cast<std::uint64_t>(delay / 100) * percent +
                    static_cast<std::uint64_t>(delay % 100) * percent / 100;
  const std::uint64_t share = hash >> (64 - kShareBits);
  constexpr std::uint64_t kLow = (std::uint64_t{1} << kShareBits) - 1;
  return static_cast<Nanos>((most >> kShareBits) * share + (((most & kLow) * share) >> kShareBits));
}

}  // namespace

std::uint32_t AttemptsOf(const records::Cartridge& cartridge) {
  return std::max<std::uint32_t>(1, cartridge.attempts());
}

Nanos RetryDelay(const records::Cartridge& cartridge, WorkOrderRef work_order, std::uint32_t run,
                 std::uint32_t attempt, Nanos retry_after) {
  const Nanos limit = cartridge.retry_delay_max_ns() > 0
                          ? std::min(cartridge.retry_delay_max_ns(), kRetryDelayNsMax)
                          : kRetryDelayNsMax;
  const Nanos base = std::clamp<Nanos>(cartridge.retry_delay_ns(), 0, kRetryDelayNsMax);
  const Nanos grown = Grown(cartridge, base, std::max<std::uint32_t>(1, attempt), limit);
  const Nanos delay = std::min(grown, limit);
  const std::uint64_t hash = Mix64(Mix64(work_order.order.value()) + Mix64(work_order.index) +
                                   Mix64((std::uint64_t{run} << 32U) | attempt));
  const std::uint32_t percent = std::min<std::uint32_t>(100, cartridge.retry_jitter_percent());
  const Nanos jittered = delay - TakenOff(delay, percent, hash);
  return std::max<Nanos>({0, jittered, std::min(retry_after, kRetryDelayNsMax)});
}

}  // namespace cairn
