#include "engine/orders/plan_dependencies.h"

#include "base/check.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace cairn {
namespace {

// Every node that is left waits for another one that is left, so walking back must meet itself.
std::vector<std::uint32_t> FindCycle(const Predecessors& predecessors,
                                     const std::vector<bool>& done) {
  std::uint32_t node = 0;
  while (done[node]) ++node;
  std::vector<std::uint32_t> path;
  std::vector<bool> seen(predecessors.size(), false);
  while (!seen[node]) {
    seen[node] = true;
    path.push_back(node);
    const auto& before = predecessors[node];
    const auto it =
        std::find_if(before.begin(), before.end(), [&](std::uint32_t p) { return !done[p]; });
    CHECK(it != before.end());
    node = *it;
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), node));
  return path;
}

}  // namespace

TopologicalOrder SortTopologically(const Predecessors& predecessors) {
  const std::size_t count = predecessors.size();
  std::vector<std::uint32_t> open(count, 0);
  std::vector<std::vector<std::uint32_t>> successors(count);
  for (std::uint32_t node = 0; node < count; ++node) {
    open[node] = static_cast<std::uint32_t>(predecessors[node].size());
    for (const std::uint32_t before : predecessors[node]) successors[before].push_back(node);
  }
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free;
  for (std::uint32_t node = 0; node < count; ++node) {
    if (open[node] == 0) free.push(node);
  }
  TopologicalOrder result;
  std::vector<bool> done(count, false);
  std::size_t left = count;
  const auto release_successors = [&](std::uint32_t node) {
    for (const std::uint32_t after : successors[node]) {
      if (--open[after] == 0 && !done[after]) free.push(after);
    }
  };
  for (;;) {
    while (!free.empty()) {
      const std::uint32_t node = free.top();
      free.pop();
      done[node] = true;
      --left;
      result.order.push_back(node);
      release_successors(node);
    }
    if (left == 0 || result.cycles.size() == kCyclesMax) return result;
    // With its members taken out, the rest can be sorted, or shows a further cycle.
    const auto& cycle = result.cycles.emplace_back(FindCycle(predecessors, done));
    for (const std::uint32_t node : cycle) done[node] = true;
    left -= cycle.size();
    for (const std::uint32_t node : cycle) release_successors(node);
  }
}

std::vector<std::uint32_t> SlicesOf(const Predecessors& predecessors,
                                    const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> slices(predecessors.size(), 0);
  for (const std::uint32_t node : order) {
    for (const std::uint32_t before : predecessors[node]) {
      slices[node] = std::max(slices[node], slices[before] + 1);
    }
  }
  return slices;
}

}  // namespace cairn
