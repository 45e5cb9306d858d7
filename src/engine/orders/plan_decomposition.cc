#include "engine/orders/plan_decomposition.h"

#include "base/check.h"
#include "model/limits.h"

#include <fmt/format.h>

namespace cairn {

bool Decompose(PlanDraft& draft) {
  const Catalog& catalog = draft.catalog();
  // Counted first: an order may name large decompositions often.
  std::size_t count = 0;
  for (const DraftProductOrder& product_order : draft.product_orders) {
    if (product_order.action == nullptr) continue;
    count += static_cast<std::size_t>(product_order.action->decomposition_size());
  }
  if (count > kTechnicalOrdersMax) {
    draft.Error("", "too-many-technical-orders",
                fmt::format("the order decomposes into {} technical product orders, the limit is "
                            "{}",
                            count, kTechnicalOrdersMax));
    return false;
  }
  draft.technical_orders.reserve(count);
  std::size_t work_orders = 0;
  for (std::uint32_t i = 0; i < draft.product_orders.size(); ++i) {
    DraftProductOrder& product_order = draft.product_orders[i];
    product_order.first_technical = static_cast<std::uint32_t>(draft.technical_orders.size());
    if (product_order.action == nullptr) continue;
    for (const std::string& name : product_order.action->decomposition()) {
      const auto definition = catalog.FindTechnical(name);
      CHECK(definition.has_value());
      draft.technical_orders.push_back({i, *definition});
      work_orders += catalog.step_count(*definition);
    }
  }
  if (work_orders > kWorkOrdersMax) {
    draft.Error("", "too-many-work-orders",
                fmt::format("the order needs {} work orders, the limit is {}", work_orders,
                            kWorkOrdersMax));
    return false;
  }
  return true;
}

}  // namespace cairn
