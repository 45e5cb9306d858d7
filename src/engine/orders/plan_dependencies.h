// The graph part of planning: what waits for what, without cycles, and the slices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cairn {

// predecessors[i]: the nodes that i waits for.
using Predecessors = std::vector<std::vector<std::uint32_t>>;

// So many cycles are looked for in one graph, then it is enough.
inline constexpr std::size_t kCyclesMax = 100;

struct TopologicalOrder {
  // Each node after its predecessors; ties by index. Without the members of cycles, and, past
  // kCyclesMax cycles, without what waits for them.
  std::vector<std::uint32_t> order;
  // No node is on two of them. Each: its nodes, every one waiting for the next, the last for the
  // first.
  std::vector<std::vector<std::uint32_t>> cycles;
};

TopologicalOrder SortTopologically(const Predecessors& predecessors);

// slice = 1 + the highest slice of its predecessors, from 0. REQUIRES: `order` is topological.
std::vector<std::uint32_t> SlicesOf(const Predecessors& predecessors,
                                    const std::vector<std::uint32_t>& order);

}  // namespace cairn
