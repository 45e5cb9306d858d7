#include "engine/orders/plan_graph.h"

#include "base/check.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kCycleNamesMax = 20;  // shown of one cycle

void SortEach(Predecessors& graph) {
  for (auto& before : graph) {
    std::sort(before.begin(), before.end());
    before.erase(std::unique(before.begin(), before.end()), before.end());
  }
}

// "'a' waits for 'b' waits for 'a'"; `waits(node, before)` is what stands between two of them.
template <typename NameOf, typename Waits>
std::string CycleText(const std::vector<std::uint32_t>& cycle, NameOf name_of, Waits waits) {
  const std::size_t shown = std::min(cycle.size(), kCycleNamesMax);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    text += name_of(cycle[i]) + waits(cycle[i], cycle[(i + 1) % cycle.size()]);
  }
  if (shown < cycle.size()) text += fmt::format("({} more) waits for ", cycle.size() - shown);
  return text + name_of(cycle.front());
}

}  // namespace

void PlanGraph::AddEdge(Predecessors& graph, std::uint32_t node, std::uint32_t before) {
  if (++edges_ > kDependencyEdgesMax) return;
  graph[node].push_back(before);
}

bool PlanGraph::CheckEdges() {
  if (edges_ <= kDependencyEdgesMax) return true;
  draft_.Error(
      "", "too-many-dependencies",
      fmt::format("more than {} dependencies between the parts of the order", kDependencyEdgesMax));
  return false;
}

bool PlanGraph::ConnectProductOrders() {
  waits_.resize(draft_.product_orders.size());
  for (std::uint32_t i = 0; i < draft_.product_orders.size(); ++i) {
    for (const std::uint32_t before : draft_.product_orders[i].depends_on) {
      AddEdge(waits_, i, before);
    }
  }
  ConnectByCatalog();
  ConnectByRules();
  SortEach(waits_);
  if (!CheckEdges() || draft_.full()) return false;
  sorted_ = SortTopologically(waits_);
  for (const auto& cycle : sorted_.cycles) {
    draft_.Error(
        draft_.FieldOf(draft_.product_orders[cycle.front()].place, "/dependsOn",
                       "/serviceOrderItemRelationship"),
        "dependency-cycle",
        CycleText(
            cycle,
            [&](std::uint32_t node) { return fmt::format("'{}'", draft_.product_orders[node].id); },
            [&](std::uint32_t node, std::uint32_t before) { return StepText(node, before); }));
  }
  return !draft_.full();
}

// " waits for ", and by which rule, where nothing else asks for it.
std::string PlanGraph::StepText(std::uint32_t node, std::uint32_t before) const {
  const auto& own = draft_.product_orders[node].depends_on;
  if (std::find(own.begin(), own.end(), before) == own.end()) {
    for (const DraftSequence& sequence : draft_.sequences) {
      if (sequence.node != node || sequence.before != before) continue;
      return fmt::format(" waits by rule '{}' for ", sequence.rule->name());
    }
  }
  return " waits for ";
}

void PlanGraph::ConnectByCatalog() {
  // The product orders of each product that some other product comes after.
  std::vector<std::vector<std::uint32_t>> of_product;
  for (std::uint32_t i = 0; i < draft_.product_orders.size(); ++i) {
    const DraftProductOrder& product_order = draft_.product_orders[i];
    if (!product_order.has_product) continue;
    for (const std::string& name : draft_.ProductOf(product_order).after()) {
      if (edges_ > kDependencyEdgesMax) return;
      if (of_product.empty()) of_product = GroupByProduct();
      const auto product = draft_.catalog().FindProduct(name);
      CHECK(product.has_value());
      for (const std::uint32_t before : of_product[*product]) AddEdge(waits_, i, before);
    }
  }
}

void PlanGraph::ConnectByRules() {
  for (const DraftSequence& sequence : draft_.sequences) {
    AddEdge(waits_, sequence.node, sequence.before);
  }
}

std::vector<std::vector<std::uint32_t>> PlanGraph::GroupByProduct() const {
  std::vector<std::vector<std::uint32_t>> groups(
      static_cast<std::size_t>(draft_.catalog().records().products_size()));
  for (std::uint32_t i = 0; i < draft_.product_orders.size(); ++i) {
    const DraftProductOrder& product_order = draft_.product_orders[i];
    if (product_order.has_product) groups[product_order.product].push_back(i);
  }
  return groups;
}

// What a product order's successors wait for: its technical orders, or, where it has none, what it
// would have waited for itself.
void PlanGraph::ConnectTechnicalOrders() {
  graph_.resize(draft_.technical_orders.size());
  std::vector<std::vector<std::uint32_t>> inherited(draft_.product_orders.size());
  for (const std::uint32_t i : sorted_.order) {
    std::vector<std::uint32_t> before;
    for (const std::uint32_t p : waits_[i]) {
      const std::uint32_t end = draft_.TechnicalEnd(p);
      for (std::uint32_t t = draft_.product_orders[p].first_technical; t < end; ++t) {
        before.push_back(t);
      }
      before.insert(before.end(), inherited[p].begin(), inherited[p].end());
      // What is passed on costs time like any other dependency, each time that it is.
      edges_ += inherited[p].size();
      if (edges_ > kDependencyEdgesMax) return void(CheckEdges());
    }
    // Several ways may lead to the same one.
    std::sort(before.begin(), before.end());
    before.erase(std::unique(before.begin(), before.end()), before.end());
    if (draft_.product_orders[i].first_technical != draft_.TechnicalEnd(i)) {
      ConnectTechnicalOrdersOf(i, before);
      continue;
    }
    // What is passed on takes room like any other dependency.
    edges_ += before.size();
    if (edges_ > kDependencyEdgesMax) break;
    inherited[i] = std::move(before);
  }
  ConnectTechnicalByCatalog();
  if (!CheckEdges()) return;
  SortEach(graph_);
  technical_sorted_ = SortTopologically(graph_);
  for (const auto& cycle : technical_sorted_.cycles) {
    const auto owner = [&](std::uint32_t t) -> const DraftProductOrder& {
      return draft_.product_orders[draft_.technical_orders[t].product_order];
    };
    draft_.Error(draft_.FieldOf(owner(cycle.front()).place, "", ""), "dependency-cycle",
                 CycleText(
                     cycle,
                     [&](std::uint32_t t) {
                       const std::uint32_t definition = draft_.technical_orders[t].definition;
                       return fmt::format("'{}' of '{}'",
                                          draft_.catalog().technical(definition).name(),
                                          owner(t).id);
                     },
                     [](std::uint32_t, std::uint32_t) { return " waits for "; }));
  }
}

void PlanGraph::ConnectTechnicalOrdersOf(std::uint32_t product_order,
                                         const std::vector<std::uint32_t>& before) {
  const DraftProductOrder& owner = draft_.product_orders[product_order];
  const std::uint32_t end = draft_.TechnicalEnd(product_order);
  for (std::uint32_t t = owner.first_technical; t < end && edges_ <= kDependencyEdgesMax; ++t) {
    for (const std::uint32_t b : before) AddEdge(graph_, t, b);
    if (owner.action->in_sequence() && t > owner.first_technical) AddEdge(graph_, t, t - 1);
  }
}

// Where its own product order has one that goes first, a technical order waits for that; else for
// those of the whole order.
void PlanGraph::ConnectTechnicalByCatalog() {
  std::vector<std::vector<std::uint32_t>> of_definition;
  for (std::uint32_t t = 0; t < draft_.technical_orders.size(); ++t) {
    const std::uint32_t product_order = draft_.technical_orders[t].product_order;
    const std::uint32_t definition = draft_.technical_orders[t].definition;
    for (const std::string& name : draft_.catalog().technical(definition).after()) {
      if (edges_ > kDependencyEdgesMax) return;
      const auto wanted = draft_.catalog().FindTechnical(name);
      CHECK(wanted.has_value());
      bool own = false;
      const std::uint32_t end = draft_.TechnicalEnd(product_order);
      for (std::uint32_t b = draft_.product_orders[product_order].first_technical; b < end; ++b) {
        if (draft_.technical_orders[b].definition != *wanted) continue;
        AddEdge(graph_, t, b);
        own = true;
      }
      if (own) continue;
      if (of_definition.empty()) of_definition = GroupByDefinition();
      for (const std::uint32_t b : of_definition[*wanted]) AddEdge(graph_, t, b);
    }
  }
}

std::vector<std::vector<std::uint32_t>> PlanGraph::GroupByDefinition() const {
  std::vector<std::vector<std::uint32_t>> groups(
      static_cast<std::size_t>(draft_.catalog().records().technical_product_orders_size()));
  for (std::uint32_t t = 0; t < draft_.technical_orders.size(); ++t) {
    groups[draft_.technical_orders[t].definition].push_back(t);
  }
  return groups;
}

}  // namespace cairn
