#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>

extern "C" {
#include "tests/crash/power_loss_ranges.h"
}

namespace cairn {
namespace {

// Random ranges, compared with one flag a byte; and the shape that the header promises.
TEST(PowerLossRangesTest, EqualsASetOfBytes) {
  constexpr std::int64_t kBytes = 200;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    PowerLossRanges ranges = {};
    std::array<bool, kBytes> expected = {};
    for (int step = 0; step < 40; ++step) {
      const std::int64_t begin = random.Between(0, kBytes);
      const std::int64_t end = std::min(kBytes, begin + random.Between(0, 12));
      PowerLossRangesAdd(&ranges, begin, end);
      for (std::int64_t i = begin; i < end; ++i) {
        expected[static_cast<std::size_t>(i)] = true;
      }
    }
    std::array<bool, kBytes> found = {};
    std::int64_t end_before = -1;
    for (std::size_t i = 0; i < ranges.count; ++i) {
      const PowerLossRange range = ranges.items[i];
      ASSERT_LT(range.begin, range.end) << "seed " << seed;
      ASSERT_GT(range.begin, end_before) << "seed " << seed;
      end_before = range.end;
      for (std::int64_t byte = range.begin; byte < range.end; ++byte) {
        found[static_cast<std::size_t>(byte)] = true;
      }
    }
    ASSERT_EQ(found, expected) << "seed " << seed;
    PowerLossRangesClear(&ranges);
    EXPECT_EQ(ranges.count, 0U);
    PowerLossRangesFree(&ranges);
  }
}

TEST(PowerLossRangesTest, JoinsNeighboursAndIgnoresNothing) {
  PowerLossRanges ranges = {};
  PowerLossRangesAdd(&ranges, 5, 5);
  EXPECT_EQ(ranges.count, 0U);
  PowerLossRangesAdd(&ranges, 0, 4);
  PowerLossRangesAdd(&ranges, 8, INT64_MAX);
  PowerLossRangesAdd(&ranges, 4, 8);
  ASSERT_EQ(ranges.count, 1U);
  EXPECT_EQ(ranges.items[0].begin, 0);
  EXPECT_EQ(ranges.items[0].end, INT64_MAX);
  PowerLossRangesFree(&ranges);
}

}  // namespace
}  // namespace cairn
