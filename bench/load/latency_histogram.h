// LatencyHistogram counts spans of time in buckets that are at most 1/64 wide, so that a quantile
// of millions of them costs a few kilobytes and is exact to 1.6 %.
//
// Any thread.
#pragma once

#include "base/time.h"

#include <array>
#include <atomic>
#include <cstdint>

namespace cairn::bench {

class LatencyHistogram {
 public:
  // Negative spans count as 0.
  void Add(Nanos span);

  std::uint64_t count() const { return count_.load(); }
  Nanos max() const { return max_.load(); }
  // The upper end of the bucket in which the quantile lies; 0 without spans. `quantile` from 0
  // to 1.
  Nanos Quantile(double quantile) const;

 private:
  static constexpr unsigned kFractionBits = 6;
  static constexpr std::size_t kBuckets = std::size_t{64 - kFractionBits + 1} << kFractionBits;

  static std::size_t BucketOf(std::uint64_t span);
  static std::uint64_t UpperEndOf(std::size_t bucket);

  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<std::uint64_t> count_{0};
  std::atomic<Nanos> max_{0};
};

}  // namespace cairn::bench
