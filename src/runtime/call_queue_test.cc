#include "runtime/call_queue.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cairn {
namespace {

CartridgeCall Call(std::uint32_t index, std::int64_t priority) {
  CartridgeCall call;
  call.ticket.work_order.index = index;
  call.priority = priority;
  return call;
}

TEST(CallQueue, LowerNumbersFirstAndInOrderWithinOne) {
  CallQueue queue;
  queue.Put(Call(0, 4));
  queue.Put(Call(1, 0));
  queue.Put(Call(2, 4));
  queue.Put(Call(3, -7));
  queue.Put(Call(4, 0));
  std::vector<std::uint32_t> taken;
  while (!queue.empty()) taken.push_back(queue.Take().ticket.work_order.index);
  EXPECT_EQ(taken, (std::vector<std::uint32_t>{3, 1, 4, 0, 2}));
}

// Against a list that is searched.
TEST(CallQueue, BehavesLikeASortedList) {
  struct Expected {
    std::int64_t priority = 0;
    std::uint32_t index = 0;
    CallQueue::Place place;
  };
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    CallQueue queue;
    std::vector<Expected> expected;
    const std::uint64_t priorities = 1 + random.Below(40);
    for (std::uint32_t i = 0; i < 500; ++i) {
      if (random.Chance(1, 2) || expected.empty()) {
        const auto priority = static_cast<std::int64_t>(random.Below(priorities)) - 5;
        expected.push_back({priority, i, queue.Put(Call(i, priority))});
      } else if (random.Chance(1, 3)) {
        const std::size_t which = random.Below(expected.size());
        queue.Remove(expected[which].place);
        expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(which));
      } else {
        const auto first = std::min_element(
            expected.begin(), expected.end(),
            [](const Expected& a, const Expected& b) { return a.priority < b.priority; });
        EXPECT_EQ(queue.Take().ticket.work_order.index, first->index);
        expected.erase(first);
      }
      ASSERT_EQ(queue.size(), expected.size());
      ASSERT_EQ(queue.empty(), expected.empty());
    }
  }
}

}  // namespace
}  // namespace cairn
