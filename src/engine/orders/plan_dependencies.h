// The graph part of planning: what waits for what, without cycles, and the slices.
#pragma once

#include <cstdint>
#include <vector>

namespace cairn {

// predecessors[i]: the nodes that i waits for.
using Predecessors = std::vector<std::vector<std::uint32_t>>;

struct TopologicalOrder {
  std::vector<std::uint32_t> order;  // each node after its predecessors; ties by index
  std::vector<std::uint32_t> cycle;  // if there is one: its nodes, each waiting for the next
};

TopologicalOrder SortTopologically(const Predecessors& predecessors);

// slice = 1 + the highest slice of its predecessors, from 0. REQUIRES: `order` is topological.
std::vector<std::uint32_t> SlicesOf(const Predecessors& predecessors,
                                    const std::vector<std::uint32_t>& order);

}  // namespace cairn
