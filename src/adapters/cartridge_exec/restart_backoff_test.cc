// When an ended worker is started again, with times that the test makes up.
#include "adapters/cartridge_exec/restart_backoff.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(RestartBackoffTest, DoublesUpToTheMaximum) {
  RestartBackoff backoff;
  Nanos now = kHour;
  for (const Nanos delay_ms : {100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000}) {
    EXPECT_EQ(backoff.OnEnd(now - kSecond, now), now + delay_ms * kMillisecond);
    now += kMinute;
  }
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(backoff.OnEnd(now, now), now + kRestartDelayMax);
}

TEST(RestartBackoffTest, AHealthyRunIsANewBeginning) {
  RestartBackoff backoff;
  for (int i = 0; i < 5; ++i) backoff.OnEnd(0, 1);
  EXPECT_EQ(backoff.ends_in_a_row(), 5);
  EXPECT_EQ(backoff.OnEnd(0, kHealthyRun - 1), kHealthyRun - 1 + 3'200 * kMillisecond);
  EXPECT_EQ(backoff.OnEnd(0, kHealthyRun), kHealthyRun + kRestartDelayFirst);
  EXPECT_EQ(backoff.ends_in_a_row(), 1);
}

}  // namespace
}  // namespace cairn
