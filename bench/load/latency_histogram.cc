// LatencyHistogram: the body.
#include "bench/load/latency_histogram.h"

#include <algorithm>
#include <bit>

namespace cairn::bench {

// Below 2 * 64 a bucket holds one value; above, the highest bit chooses a row of 64 buckets and the
// six bits behind it the bucket.
std::size_t LatencyHistogram::BucketOf(std::uint64_t span) {
  const auto width = static_cast<unsigned>(std::bit_width(span));
  if (width <= kFractionBits + 1) return static_cast<std::size_t>(span);
  const unsigned shift = width - kFractionBits - 1;
  return (std::size_t{shift} << kFractionBits) + static_cast<std::size_t>(span >> shift);
}

std::uint64_t LatencyHistogram::UpperEndOf(std::size_t bucket) {
  constexpr std::size_t kRow = std::size_t{1} << kFractionBits;
  if (bucket < 2 * kRow) return bucket;
  const auto shift = static_cast<unsigned>(bucket / kRow - 1);
  const std::uint64_t lead = bucket - (std::size_t{shift} << kFractionBits);
  return ((lead + 1) << shift) - 1;
}

void LatencyHistogram::Add(Nanos span) {
  const Nanos positive = std::max<Nanos>(span, 0);
  buckets_[BucketOf(static_cast<std::uint64_t>(positive))].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  Nanos max = max_.load(std::memory_order_relaxed);
  while (positive > max && !max_.compare_exchange_weak(max, positive)) {
  }
}

Nanos LatencyHistogram::Quantile(double quantile) const {
  const std::uint64_t total = count();
  if (total == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(quantile * static_cast<double>(total - 1));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket].load(std::memory_order_relaxed);
    if (seen > rank) return std::min(static_cast<Nanos>(UpperEndOf(bucket)), max());
  }
  return max();
}

}  // namespace cairn::bench
