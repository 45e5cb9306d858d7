#include "runtime/token_bucket.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cairn {
namespace {

constexpr Nanos kStart = 1'700'000'000 * kSecond;

std::uint32_t TakeAll(TokenBucket& bucket, Nanos now) {
  std::uint32_t taken = 0;
  while (bucket.Take(now)) ++taken;
  return taken;
}

TEST(TokenBucket, ABurstFirstThenByTheRate) {
  TokenBucket bucket(10, 3, kStart);
  EXPECT_EQ(TakeAll(bucket, kStart), 3U);
  EXPECT_EQ(bucket.NextAt(kStart), kStart + 100 * kMillisecond);
  EXPECT_FALSE(bucket.Take(kStart + 100 * kMillisecond - 1));
  EXPECT_TRUE(bucket.Take(kStart + 100 * kMillisecond));
  EXPECT_FALSE(bucket.Take(kStart + 199 * kMillisecond));
  // What gathers in a pause is a burst and no more.
  EXPECT_EQ(TakeAll(bucket, kStart + kDay), 3U);
}

TEST(TokenBucket, ABurstOfZeroIsOne) {
  TokenBucket bucket(1, 0, kStart);
  EXPECT_EQ(TakeAll(bucket, kStart + kHour), 1U);
}

TEST(TokenBucket, ZeroIsNoLimit) {
  TokenBucket bucket(0, 0, kStart);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_EQ(bucket.NextAt(kStart), kStart);
}

// Over a long time exactly the rate, also where a second is no multiple of it, however often and
// at whatever moments somebody asks.
TEST(TokenBucket, IsExactForEveryRate) {
  Random random(1);
  for (const std::uint32_t rate : {1U, 3U, 7U, 999U, 1'000U, 65'537U}) {
    TokenBucket bucket(rate, 1, kStart);
    EXPECT_TRUE(bucket.Take(kStart));
    std::uint64_t taken = 0;
    Nanos now = kStart;
    while (true) {
      now = random.Chance(1, 4) ? now + (bucket.NextAt(now) - now) / 2 : bucket.NextAt(now);
      if (now > kStart + 3 * kSecond) break;
      if (bucket.Take(now)) ++taken;
    }
    EXPECT_LE(taken, 3U * rate);
    EXPECT_GE(taken + 1, 3U * rate) << rate;
  }
}

TEST(TokenBucket, AClockThatIsSetBackBringsNothingAndStopsNothing) {
  TokenBucket bucket(1, 1, kStart);
  EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_FALSE(bucket.Take(kStart - kHour));
  EXPECT_EQ(bucket.NextAt(kStart - kHour), kStart - kHour + kSecond);
  EXPECT_TRUE(bucket.Take(kStart - kHour + kSecond));
}

TEST(TokenBucket, NothingOverflows) {
  TokenBucket bucket(kCallsPerSecondMax, kCallsPerSecondMax, 0);
  EXPECT_EQ(TakeAll(bucket, kNever), kCallsPerSecondMax);
  TokenBucket slow(1, kCallsPerSecondMax, INT64_MIN / 2);
  EXPECT_EQ(TakeAll(slow, INT64_MAX / 2), kCallsPerSecondMax);
}

TEST(TokenBucket, ANewRateKeepsWhatHasGathered) {
  TokenBucket bucket(10, 10, kStart);
  EXPECT_EQ(TakeAll(bucket, kStart), 10U);
  bucket.SetRate(1, 10, kStart + 200 * kMillisecond);  // two have come by the old rate
  EXPECT_EQ(TakeAll(bucket, kStart + 200 * kMillisecond), 2U);
  EXPECT_EQ(TakeAll(bucket, kStart + 1'200 * kMillisecond), 1U);
  bucket.SetRate(0, 0, kStart + 2 * kSecond);
  EXPECT_TRUE(bucket.Take(kStart + 2 * kSecond));
  bucket.SetRate(5, 2, kStart + 2 * kSecond);
  EXPECT_EQ(TakeAll(bucket, kStart + 2 * kSecond), 2U);
}

}  // namespace
}  // namespace cairn
