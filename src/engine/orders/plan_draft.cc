#include "engine/orders/plan_draft.h"

#include <fmt/format.h>

namespace cairn {

void PlanDraft::Error(std::string field, std::string rule, std::string detail) {
  if (!full()) errors_.push_back({std::move(field), std::move(rule), std::move(detail)});
}

void PlanDraft::Violation(std::string field, const records::Rule& rule, std::string detail) {
  if (full()) return;
  errors_.push_back(
      {std::move(field), rule.name(), std::move(detail), FieldError::Kind::kRuleViolated});
}

std::string PlanDraft::FieldOf(std::size_t place, std::string_view native,
                               std::string_view tmf) const {
  return request_.source == OrderRequest::Source::kTmf641
             ? fmt::format("/serviceOrderItem/{}{}", place, tmf)
             : fmt::format("/productOrders/{}{}", place, native);
}

}  // namespace cairn
