#include "engine/orders/plan_conditions.h"

#include "base/check.h"
#include "base/json.h"
#include "engine/orders/script.h"
#include "engine/orders/secrets.h"

#include <fmt/format.h>

namespace cairn {
namespace {

// `parameters`, `dataset`, and who asks: `order`, `productOrder`, `product`, `action`.
ScriptScope ScopeOf(const PlanDraft& draft, const DraftProductOrder& product_order,
                    const Fields& parameters) {
  const OrderRequest& request = draft.request();
  std::vector<ScriptVariable> order;
  order.push_back({"externalId", TextOrNull(request.external_id)});
  order.push_back({"customer", TextOrNull(request.customer)});
  order.push_back({"priority", request.has_priority ? std::to_string(request.priority) : "null"});
  ScriptScope scope;
  scope.push_back({"parameters", parameters});
  scope.push_back({"dataset", request.dataset});
  scope.push_back({"order", std::move(order)});
  scope.push_back({"productOrder", JsonString(product_order.id)});
  scope.push_back({"product", JsonString(draft.ProductOf(product_order).name())});
  scope.push_back({"action", JsonString(VerbName(static_cast<std::uint32_t>(product_order.verb)))});
  return scope;
}

// False when the order has run as many as it may.
bool Count(PlanDraft& draft) {
  if (draft.scripts_run < kPlanScriptsMax) {
    ++draft.scripts_run;
    return true;
  }
  if (!draft.scripts_spent) {
    draft.Error(
        "", "too-many-scripts",
        fmt::format("more than {} scripts of the catalog run to plan this order", kPlanScriptsMax));
  }
  draft.scripts_spent = true;
  return false;
}

void TellFailure(PlanDraft& draft, const DraftProductOrder& product_order,
                 const ScriptError& error) {
  // What failed may show the values that it failed with.
  const Fields given = product_order.added_by == nullptr
                           ? draft.request().product_orders[product_order.place].parameters
                           : Fields();
  SecretValues secrets;
  for (const Fields* fields : {&product_order.parameters, &given}) {
    secrets.Add(draft.ProductOf(product_order), fields->encoded(),
                draft.request().dataset.encoded());
  }
  draft.Error(draft.FieldOf(product_order.place, "", ""), "script-failed",
              fmt::format("product order '{}' (product '{}'): {}", product_order.id,
                          draft.ProductOf(product_order).name(), secrets.Hide(error.ToString())));
}

}  // namespace

bool ConditionHolds(PlanDraft& draft, const DraftProductOrder& product_order,
                    const records::Script& condition, const Fields& parameters) {
  if (condition.source().empty()) return true;
  CHECK(draft.context().scripts != nullptr);
  if (!Count(draft)) return false;
  const auto holds =
      EvaluateCondition(*draft.context().scripts, {condition.source(), condition.place()},
                        ScopeOf(draft, product_order, parameters));
  if (holds) return *holds;
  TellFailure(draft, product_order, holds.error());
  return false;
}

std::optional<std::string> ExpressionValue(PlanDraft& draft, const DraftProductOrder& product_order,
                                           const records::Script& expression) {
  CHECK(draft.context().scripts != nullptr);
  if (!Count(draft)) return std::nullopt;
  auto result = draft.context().scripts->Evaluate(
      {expression.source(), expression.place()}, ScriptForm::kExpression,
      ScopeOf(draft, product_order, product_order.parameters));
  if (result) return std::move(result->json);
  TellFailure(draft, product_order, result.error());
  return std::nullopt;
}

}  // namespace cairn
