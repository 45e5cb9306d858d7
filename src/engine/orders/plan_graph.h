// What waits for what in an order, from four sources: the order itself, the catalog's "goes after",
// its rules, and decompositions in sequence. First between product orders, then between their
// technical product orders.
#pragma once

#include "engine/orders/plan_dependencies.h"
#include "engine/orders/plan_draft.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cairn {

class PlanGraph {
 public:
  explicit PlanGraph(PlanDraft& draft) : draft_(draft) {}
  PlanGraph(const PlanGraph&) = delete;
  PlanGraph& operator=(const PlanGraph&) = delete;

  // False when there is no telling what waits for what.
  bool ConnectProductOrders();
  // REQUIRES: the draft is decomposed, and ConnectProductOrders was true.
  void ConnectTechnicalOrders();

  // By technical order, each list sorted. REQUIRES: ConnectTechnicalOrders found nothing wrong.
  const Predecessors& predecessors() const { return graph_; }
  const std::vector<std::uint32_t>& order() const { return technical_sorted_.order; }

 private:
  void AddEdge(Predecessors& graph, std::uint32_t node, std::uint32_t before);
  bool CheckEdges();
  void ConnectByCatalog();
  void ConnectByRules();
  std::string StepText(std::uint32_t node, std::uint32_t before) const;
  void ConnectTechnicalOrdersOf(std::uint32_t product_order,
                                const std::vector<std::uint32_t>& before);
  void ConnectTechnicalByCatalog();
  std::vector<std::vector<std::uint32_t>> GroupByProduct() const;
  std::vector<std::vector<std::uint32_t>> GroupByDefinition() const;

  PlanDraft& draft_;
  Predecessors waits_;  // product orders
  TopologicalOrder sorted_;
  Predecessors graph_;  // technical orders
  TopologicalOrder technical_sorted_;
  std::size_t edges_ = 0;
};

}  // namespace cairn
