#include "engine/orders/plan_decomposition.h"

#include "base/check.h"
#include "engine/orders/plan_conditions.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace cairn {
namespace {

// What the mapping leads to; nothing when that is nowhere, and there is no default.
std::optional<std::string> ValueOf(PlanDraft& draft, const DraftProductOrder& product_order,
                                   const records::Mapping& mapping) {
  std::optional<std::string> json;
  if (mapping.has_literal_json()) json = mapping.literal_json();
  if (mapping.has_expression()) {
    json = ExpressionValue(draft, product_order, mapping.expression());
    // As for a reference that leads nowhere.
    if (json == "null") json.reset();
  }
  if (mapping.has_parameter()) {
    auto found = product_order.parameters.Find(mapping.parameter());
    if (!found) found = draft.request().dataset.Find(mapping.parameter());
    if (found) json = std::string(*found);
  }
  if (!json && !mapping.default_json().empty()) json = mapping.default_json();
  return json;
}

Fields DatasetOf(PlanDraft& draft, const DraftProductOrder& product_order,
                 const records::TechnicalProductOrder& definition) {
  Fields dataset;
  // What is wrong with the parameters is told already.
  if (!product_order.sound) return dataset;
  for (const records::Mapping& mapping : definition.dataset()) {
    if (const auto json = ValueOf(draft, product_order, mapping)) {
      dataset.Add(mapping.target(), *json);
    }
  }
  if (dataset.encoded().size() > kFieldSetBytesMax) {
    draft.Error(draft.FieldOf(product_order.place, "", ""), "too-large",
                fmt::format("the dataset of '{}' for product order '{}' has {} bytes, the limit is "
                            "{}",
                            definition.name(), product_order.id, dataset.encoded().size(),
                            kFieldSetBytesMax));
  }
  return dataset;
}

// The number of work orders that come of it.
std::size_t DecomposeOne(PlanDraft& draft, std::uint32_t i) {
  const Catalog& catalog = draft.catalog();
  const DraftProductOrder& product_order = draft.product_orders[i];
  const records::ProductAction& action = *product_order.action;
  std::size_t work_orders = 0;
  for (int k = 0; k < action.decomposition_size(); ++k) {
    if (k < action.decomposition_when_size()) {
      const records::Script& when = action.decomposition_when(k);
      const bool wanted = when.source().empty() ||
                          (product_order.sound &&
                           ConditionHolds(draft, product_order, when, product_order.parameters));
      if (!wanted) continue;
    }
    const auto definition = catalog.FindTechnical(action.decomposition(k));
    CHECK(definition.has_value());
    draft.technical_orders.push_back(
        {i, *definition, DatasetOf(draft, product_order, catalog.technical(*definition))});
    work_orders += catalog.step_count(*definition);
  }
  return work_orders;
}

}  // namespace

bool Decompose(PlanDraft& draft) {
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
  for (std::uint32_t i = 0; i < draft.product_orders.size() && !draft.full(); ++i) {
    draft.product_orders[i].first_technical =
        static_cast<std::uint32_t>(draft.technical_orders.size());
    if (draft.product_orders[i].action != nullptr) work_orders += DecomposeOne(draft, i);
  }
  if (work_orders > kWorkOrdersMax) {
    draft.Error("", "too-many-work-orders",
                fmt::format("the order needs {} work orders, the limit is {}", work_orders,
                            kWorkOrdersMax));
    return false;
  }
  return !draft.full();
}

}  // namespace cairn
