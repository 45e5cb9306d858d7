// The partition's time over jumps of the machine's clock.
#include "runtime/partition_clock.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

class SetClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  Nanos now = 1'000 * kSecond;
};

TEST(PartitionClock, FollowsTheMachine) {
  SetClock machine;
  PartitionClock clock(machine, 0);
  EXPECT_EQ(clock.Now(), machine.now);
  machine.now += kHour;
  EXPECT_EQ(clock.Now(), machine.now);
  EXPECT_EQ(clock.TakeSetBack(), 0);
  EXPECT_EQ(clock.ByMachine(machine.now + kSecond), machine.now + kSecond);
}

TEST(PartitionClock, NeverFallsAndCatchesUpSlowly) {
  SetClock machine;
  PartitionClock clock(machine, 0);
  const Nanos before = clock.Now();
  machine.now -= kHour;
  EXPECT_EQ(clock.Now(), before);
  EXPECT_EQ(clock.TakeSetBack(), kHour);
  EXPECT_EQ(clock.TakeSetBack(), 0);
  // A wait of ten seconds takes about ten seconds, not an hour.
  machine.now += 10 * kSecond;
  EXPECT_EQ(clock.Now(), before + 9 * kSecond);
  EXPECT_EQ(clock.ByMachine(before + 9 * kSecond), machine.now);
  for (int i = 0; i < 11; ++i) {
    machine.now += kHour;
    clock.Now();
  }
  EXPECT_EQ(clock.Now(), machine.now);
}

TEST(PartitionClock, StartsWhereTheJournalEnded) {
  SetClock machine;
  PartitionClock clock(machine, machine.now + kMinute);
  EXPECT_EQ(clock.Now(), machine.now + kMinute);
  EXPECT_EQ(clock.TakeSetBack(), kMinute);
}

}  // namespace
}  // namespace cairn
