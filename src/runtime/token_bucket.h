// TokenBucket: a rate limit. So many things may happen a second, and a number of them at once after
// a pause. Whole numbers only, and exact for any rate: a token is 10^9 parts, and each nanosecond
// brings as many parts as tokens come a second.
//
// A plain value; told the time by its owner.
#pragma once

#include "base/check.h"
#include "base/time.h"
#include "engine/orders/catalog_check.h"

#include <algorithm>
#include <cstdint>

namespace cairn {

class TokenBucket {
 public:
  // Full. A rate of 0 is no limit at all; a burst of 0 is one of 1. REQUIRES: both are at most
  // kCallsPerSecondMax.
  TokenBucket(std::uint32_t per_second, std::uint32_t burst, Nanos now)
      : per_second_(per_second), burst_(std::max(1U, burst)), parts_(capacity()), last_(now) {
    CHECK(per_second_ <= kCallsPerSecondMax && burst_ <= kCallsPerSecondMax);
  }

  std::uint32_t per_second() const { return per_second_; }
  std::uint32_t burst() const { return burst_; }

  // Another rate, with what has gathered kept.
  void SetRate(std::uint32_t per_second, std::uint32_t burst, Nanos now) {
    Fill(now);
    const TokenBucket other(per_second, burst, now);
    // Without a limit nothing was counted, so what would have gathered is a full bucket.
    const std::int64_t gathered = per_second_ == 0 ? other.capacity() : parts_;
    *this = other;
    parts_ = std::min(gathered, capacity());
  }

  // Takes a token, if there is one.
  bool Take(Nanos now) {
    if (per_second_ == 0) return true;
    Fill(now);
    if (parts_ < kToken) return false;
    parts_ -= kToken;
    return true;
  }

  // The moment at which there is one, as far as one can tell; `now` or earlier: there is.
  Nanos NextAt(Nanos now) {
    if (per_second_ == 0) return now;
    Fill(now);
    if (parts_ >= kToken) return now;
    return now + (kToken - parts_ + per_second_ - 1) / per_second_;
  }

 private:
  static constexpr std::int64_t kToken = kSecond;

  // The fraction of a token that the nanosecond in which one was complete brought beyond it is not
  // lost, also where only one token is kept.
  std::int64_t capacity() const { return kToken * burst_ + std::max(1U, per_second_) - 1; }

  // A clock that is set back brings nothing, and what comes from there on counts again.
  void Fill(Nanos now) {
    const Nanos passed = now - last_;
    last_ = now;
    if (passed <= 0 || per_second_ == 0) return;
    const Nanos until_full = (capacity() - parts_) / per_second_ + 1;
    parts_ = passed >= until_full ? capacity() : parts_ + passed * per_second_;
  }

  std::uint32_t per_second_;
  std::uint32_t burst_;
  std::int64_t parts_;
  Nanos last_;
};

}  // namespace cairn
