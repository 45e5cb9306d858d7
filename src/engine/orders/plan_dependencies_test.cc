#include "engine/orders/plan_dependencies.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PlanDependencies, NothingIsSortedToNothing) {
  const TopologicalOrder sorted = SortTopologically({});
  EXPECT_THAT(sorted.order, IsEmpty());
  EXPECT_THAT(sorted.cycles, IsEmpty());
  EXPECT_THAT(SlicesOf({}, {}), IsEmpty());
}

TEST(PlanDependencies, TiesGoByIndex) {
  EXPECT_THAT(SortTopologically({{}, {}, {}}).order, ElementsAre(0, 1, 2));
  EXPECT_THAT(SortTopologically({{2}, {}, {}}).order, ElementsAre(1, 2, 0));
  EXPECT_THAT(SortTopologically({{1}, {2}, {}}).order, ElementsAre(2, 1, 0));
}

TEST(PlanDependencies, SliceIsOneMoreThanTheHighestBefore) {
  const Predecessors graph = {{}, {0}, {1}, {0, 2}, {}};
  const TopologicalOrder sorted = SortTopologically(graph);
  EXPECT_THAT(SlicesOf(graph, sorted.order), ElementsAre(0, 1, 2, 3, 0));
}

TEST(PlanDependencies, CycleNamesItsNodesEachWaitingForTheNext) {
  EXPECT_THAT(SortTopologically({{0}}).cycles, ElementsAre(ElementsAre(0)));
  EXPECT_THAT(SortTopologically({{}, {2}, {3}, {1}}).cycles, ElementsAre(ElementsAre(1, 2, 3)));
  // 0 waits for the cycle without being on it.
  const TopologicalOrder sorted = SortTopologically({{1}, {2}, {1}});
  EXPECT_THAT(sorted.cycles, ElementsAre(ElementsAre(1, 2)));
  EXPECT_THAT(sorted.order, ElementsAre(0));
}

TEST(PlanDependencies, EveryCycleIsFoundAlsoBehindAnotherOne) {
  // 3 and 4 wait for each other, and 3 for the cycle of 0 and 1 as well; 2 for nobody.
  const TopologicalOrder sorted = SortTopologically({{1}, {0}, {}, {0, 4}, {3}, {5}});
  EXPECT_THAT(sorted.cycles, ElementsAre(ElementsAre(0, 1), ElementsAre(3, 4), ElementsAre(5)));
  EXPECT_THAT(sorted.order, ElementsAre(2));
}

TEST(PlanDependencies, CyclesHaveALimit) {
  for (const std::size_t count : {kCyclesMax, kCyclesMax + 1}) {
    Predecessors graph(count);
    for (std::uint32_t node = 0; node < count; ++node) graph[node].push_back(node);
    EXPECT_EQ(SortTopologically(graph).cycles.size(), kCyclesMax);
  }
}

TEST(PlanDependencies, LongChainNeedsNoDeepStack) {
  constexpr std::uint32_t kNodes = 200'000;
  Predecessors graph(kNodes);
  for (std::uint32_t i = 0; i + 1 < kNodes; ++i) graph[i].push_back(i + 1);
  const TopologicalOrder sorted = SortTopologically(graph);
  ASSERT_EQ(sorted.order.size(), kNodes);
  EXPECT_EQ(SlicesOf(graph, sorted.order).front(), kNodes - 1);
  graph[kNodes - 1].push_back(0);
  const auto cycles = SortTopologically(graph).cycles;
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_EQ(cycles.front().size(), kNodes);
}

// Each cycle goes round by edges of the graph, and every node is in one of them or is sorted.
void ExpectCycles(const Predecessors& graph, const TopologicalOrder& sorted) {
  std::vector<bool> seen(graph.size(), false);
  for (const std::uint32_t node : sorted.order) seen[node] = true;
  for (const auto& cycle : sorted.cycles) {
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const auto& before = graph[cycle[i]];
      const std::uint32_t next = cycle[(i + 1) % cycle.size()];
      EXPECT_NE(std::find(before.begin(), before.end(), next), before.end());
      EXPECT_FALSE(seen[cycle[i]]) << "each node once";
      seen[cycle[i]] = true;
    }
  }
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](bool one) { return one; }));
}

TEST(PlanDependencies, RandomGraphsAgreeWithTheirDefinition) {
  Random random(20260101);
  int cycles = 0;
  for (int round = 0; round < 2000; ++round) {
    const auto count = static_cast<std::uint32_t>(1 + random.Below(9));
    Predecessors graph(count);
    for (std::uint32_t node = 0; node < count; ++node) {
      for (std::uint32_t before = 0; before < count; ++before) {
        if (random.Chance(1, 6)) graph[node].push_back(before);
      }
    }
    const TopologicalOrder sorted = SortTopologically(graph);
    if (!sorted.cycles.empty()) {
      ++cycles;
      ExpectCycles(graph, sorted);
      continue;
    }
    ASSERT_EQ(sorted.order.size(), count);
    std::vector<std::uint32_t> at(count, count);
    for (std::uint32_t i = 0; i < count; ++i) at[sorted.order[i]] = i;
    const std::vector<std::uint32_t> slices = SlicesOf(graph, sorted.order);
    for (std::uint32_t node = 0; node < count; ++node) {
      ASSERT_LT(at[node], count) << "each node once";
      std::uint32_t slice = 0;
      for (const std::uint32_t before : graph[node]) {
        EXPECT_LT(at[before], at[node]);
        slice = std::max(slice, slices[before] + 1);
      }
      EXPECT_EQ(slices[node], slice);
    }
  }
  EXPECT_GT(cycles, 100);
  EXPECT_LT(cycles, 1900);
}

}  // namespace
}  // namespace cairn
