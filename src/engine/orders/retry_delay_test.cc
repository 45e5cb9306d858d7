#include "engine/orders/retry_delay.h"

#include "model/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace cairn {
namespace {

const WorkOrderRef kWorkOrder{OrderId::Of(0, 7), 3};

records::Cartridge Policy(records::Backoff backoff, Nanos delay, Nanos limit = 0) {
  records::Cartridge cartridge;
  cartridge.set_attempts(kAttemptsMax);
  cartridge.set_backoff(backoff);
  cartridge.set_retry_delay_ns(delay);
  cartridge.set_retry_delay_max_ns(limit);
  return cartridge;
}

std::vector<Nanos> Delays(const records::Cartridge& cartridge, std::uint32_t attempts) {
  std::vector<Nanos> delays;
  for (std::uint32_t n = 1; n <= attempts; ++n) {
    delays.push_back(RetryDelay(cartridge, kWorkOrder, 1, n, 0));
  }
  return delays;
}

TEST(RetryDelay, EachBackoffGrowsInItsWay) {
  using List = std::vector<Nanos>;
  EXPECT_EQ(Delays(Policy(records::FIXED, kSecond), 4), (List{kSecond, kSecond, kSecond, kSecond}));
  EXPECT_EQ(Delays(Policy(records::LINEAR, kSecond), 4),
            (List{kSecond, 2 * kSecond, 3 * kSecond, 4 * kSecond}));
  EXPECT_EQ(Delays(Policy(records::EXPONENTIAL, kSecond), 5),
            (List{kSecond, 2 * kSecond, 4 * kSecond, 8 * kSecond, 16 * kSecond}));
}

TEST(RetryDelay, StopsGrowingAtItsLimit) {
  using List = std::vector<Nanos>;
  EXPECT_EQ(Delays(Policy(records::LINEAR, 2 * kSecond, 5 * kSecond), 4),
            (List{2 * kSecond, 4 * kSecond, 5 * kSecond, 5 * kSecond}));
  EXPECT_EQ(Delays(Policy(records::EXPONENTIAL, kSecond, 5 * kSecond), 5),
            (List{kSecond, 2 * kSecond, 4 * kSecond, 5 * kSecond, 5 * kSecond}));
  // A limit below the delay itself counts too.
  EXPECT_EQ(RetryDelay(Policy(records::FIXED, kMinute, kSecond), kWorkOrder, 1, 1, 0), kSecond);
}

TEST(RetryDelay, NothingOverflows) {
  for (const auto backoff : {records::FIXED, records::LINEAR, records::EXPONENTIAL}) {
    for (const Nanos delay : {Nanos{0}, Nanos{1}, kHour, kRetryDelayNsMax, kNever, INT64_MIN}) {
      for (const std::uint32_t attempt : {0U, 1U, 63U, 64U, 65U, kAttemptsMax, UINT32_MAX}) {
        for (const Nanos limit : {Nanos{0}, Nanos{1}, kNever}) {
          records::Cartridge cartridge = Policy(backoff, delay, limit);
          cartridge.set_retry_jitter_percent(UINT32_MAX);
          const Nanos span = RetryDelay(cartridge, kWorkOrder, 1, attempt, 0);
          EXPECT_GE(span, 0);
          EXPECT_LE(span, kRetryDelayNsMax);
        }
      }
    }
  }
}

// Also on a clock that stands still.
TEST(RetryDelay, WithoutADelayItIsAtOnce) {
  EXPECT_EQ(RetryDelay(Policy(records::FIXED, 0), kWorkOrder, 1, 1, 0), 0);
  EXPECT_EQ(RetryDelay(Policy(records::EXPONENTIAL, 0), kWorkOrder, 1, 50, 0), 0);
}

TEST(RetryDelay, JitterTakesOffUpToItsShareAndScatters) {
  records::Cartridge cartridge = Policy(records::FIXED, 10 * kSecond);
  cartridge.set_retry_jitter_percent(50);
  std::set<Nanos> delays;
  for (std::uint32_t w = 0; w < 1'000; ++w) {
    const WorkOrderRef work_order{OrderId::Of(0, 1), w};
    const Nanos delay = RetryDelay(cartridge, work_order, 1, 1, 0);
    EXPECT_GT(delay, 5 * kSecond);
    EXPECT_LE(delay, 10 * kSecond);
    EXPECT_EQ(delay, RetryDelay(cartridge, work_order, 1, 1, 0)) << "the same each time";
    delays.insert(delay);
  }
  EXPECT_GT(delays.size(), 990U);
  EXPECT_LT(*delays.begin(), 5'100 * kMillisecond);
  EXPECT_GT(*delays.rbegin(), 9'900 * kMillisecond);
  // Other attempts and runs of one work order are scattered anew.
  EXPECT_NE(RetryDelay(cartridge, kWorkOrder, 1, 1, 0), RetryDelay(cartridge, kWorkOrder, 1, 2, 0));
  EXPECT_NE(RetryDelay(cartridge, kWorkOrder, 1, 1, 0), RetryDelay(cartridge, kWorkOrder, 2, 1, 0));
}

TEST(RetryDelay, NotBeforeTheTargetWantsIt) {
  records::Cartridge cartridge = Policy(records::FIXED, 10 * kSecond, 20 * kSecond);
  EXPECT_EQ(RetryDelay(cartridge, kWorkOrder, 1, 1, kSecond), 10 * kSecond);
  EXPECT_EQ(RetryDelay(cartridge, kWorkOrder, 1, 1, kMinute), kMinute);
  EXPECT_EQ(RetryDelay(cartridge, kWorkOrder, 1, 1, -kMinute), 10 * kSecond);
  EXPECT_EQ(RetryDelay(cartridge, kWorkOrder, 1, 1, kNever), kRetryDelayNsMax);
  cartridge.set_retry_jitter_percent(100);
  for (std::uint32_t n = 1; n < 50; ++n) {
    EXPECT_GE(RetryDelay(cartridge, kWorkOrder, 1, n, 5 * kSecond), 5 * kSecond);
  }
}

TEST(RetryDelay, OneAttemptUnlessTheCartridgeSaysMore) {
  EXPECT_EQ(AttemptsOf(records::Cartridge()), 1U);
  EXPECT_EQ(AttemptsOf(Policy(records::FIXED, 0)), kAttemptsMax);
}

}  // namespace
}  // namespace cairn
