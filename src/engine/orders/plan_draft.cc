#include "engine/orders/plan_draft.h"

#include <fmt/format.h>

namespace cairn {

void PlanDraft::Error(std::string field, std::string rule, std::string detail) {
  if (!full()) errors_.push_back({std::move(field), std::move(rule), std::move(detail)});
}

void PlanDraft::Violation(std::string field, std::string_view rule, std::string detail) {
  if (full()) return;
  errors_.push_back(
      {std::move(field), std::string(rule), std::move(detail), FieldError::Kind::kRuleViolated});
}

StoredServicePtr PlanDraft::FindService(std::string_view product, std::string_view service) {
  const auto [it, is_new] = services_.try_emplace(ServiceKey(product, service));
  if (is_new && context_.services != nullptr) {
    it->second = context_.services->Find(product, service);
  }
  return it->second;
}

std::vector<SeenService> PlanDraft::ServicesSeen() const {
  std::vector<SeenService> seen;
  seen.reserve(services_.size());
  for (const auto& [key, service] : services_) {
    seen.push_back({.key = key,
                    .id = service == nullptr ? ServiceId() : service->id,
                    .version = service == nullptr ? 0 : service->version});
  }
  return seen;
}

std::string PlanDraft::FieldOf(std::size_t place, std::string_view native,
                               std::string_view tmf) const {
  return request_.source == OrderRequest::Source::kTmf641
             ? fmt::format("/serviceOrderItem/{}{}", place, tmf)
             : fmt::format("/productOrders/{}{}", place, native);
}

}  // namespace cairn
