#include "engine/orders/plan_services.h"

#include "base/check.h"
#include "base/json.h"
#include "engine/orders/decimal.h"
#include "engine/orders/plan_parameters.h"
#include "engine/orders/plan_products.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace cairn {
namespace {

using Key = std::pair<std::string_view, std::string_view>;  // product, service

// The text by which the inventory knows the service. Nothing when the value names none, which the
// parameter's own check tells.
std::optional<std::string> ServiceName(std::string_view json) {
  const auto value = ParseJson(json);
  CHECK(value.has_value());
  if (value->is_string() || value->is_number()) return value->text();
  return std::nullopt;
}

std::string IdField(const PlanDraft& draft, const DraftProductOrder& product_order) {
  return draft.FieldOf(product_order.place, "/parameters", "/service/serviceCharacteristic") + "/" +
         EscapePointer(draft.ProductOf(product_order).service().id_parameter());
}

// What the order does not say stays as the inventory has it.
void AddKnown(PlanDraft& draft, const DraftProductOrder& product_order, Fields& given) {
  const std::size_t names = given.count();
  const std::size_t bytes = given.encoded().size();
  Fields all = given;
  for (const Fields::Field& field : product_order.stored->parameters) {
    if (!given.Find(field.name)) all.Add(field.name, field.json);
  }
  if (all.encoded().size() == bytes) return;
  const auto check = [&](std::string_view unit, std::size_t has, std::size_t limit) {
    if (has <= limit) return;
    draft.Error(draft.FieldOf(product_order.place, "/parameters", "/service/serviceCharacteristic"),
                "too-large",
                fmt::format("{} {} with what the inventory has of service '{}', the limit is {}",
                            has, unit, product_order.service, limit));
  };
  check("bytes", all.encoded().size(), kFieldSetBytesMax);
  if (all.count() > names) check("parameters", all.count(), kFieldsPerSetMax);
  given = std::move(all);
}

bool HaveSameValue(std::string_view a, std::string_view b) {
  return a == b || IsSameValue(ParseJson(a).value(), ParseJson(b).value());
}

// Whatever the order of the fields.
bool AreSame(const Fields& a, const Fields& b) {
  if (a.count() != b.count()) return false;
  for (const Fields::Field& field : a) {
    const auto other = b.Find(field.name);
    if (!other || !HaveSameValue(field.json, *other)) return false;
  }
  return true;
}

Key KeyOf(const PlanDraft& draft, const DraftProductOrder& product_order) {
  return {draft.ProductOf(product_order).name(), product_order.service};
}

struct Users {
  std::uint32_t count = 0;
  std::uint32_t adding = 0;
};

// By service, the product orders that are about it.
std::map<Key, Users> UsersOfServices(const PlanDraft& draft) {
  std::map<Key, Users> users;
  for (const DraftProductOrder& product_order : draft.product_orders) {
    if (product_order.service.empty() || product_order.dropped) continue;
    Users& of_service = users[KeyOf(draft, product_order)];
    ++of_service.count;
    if (product_order.verb == records::ADD) ++of_service.adding;
  }
  return users;
}

bool NeedsNothing(const PlanDraft& draft, const DraftProductOrder& product_order) {
  const records::InventoryRule& rule = draft.ProductOf(product_order).service();
  if (!rule.delta() || !product_order.sound) return false;
  if (product_order.verb == records::ADD) {
    return product_order.stored != nullptr &&
           AreSame(product_order.stored->parameters, product_order.parameters);
  }
  return NeedsNoParameters(draft, product_order);
}

void DropWhatNeedsNothing(PlanDraft& draft, const std::map<Key, Users>& users) {
  for (DraftProductOrder& product_order : draft.product_orders) {
    if (product_order.service.empty() || product_order.dropped || product_order.dropped_by_delta) {
      continue;
    }
    if (users.at(KeyOf(draft, product_order)).count > 1) continue;
    if (!NeedsNothing(draft, product_order)) continue;
    product_order.dropped_by_delta = true;
    product_order.action = nullptr;
    product_order.rules.clear();
  }
}

}  // namespace

void ResolveService(PlanDraft& draft, DraftProductOrder& product_order, Fields& given) {
  const records::Product& product = draft.ProductOf(product_order);
  if (!product.has_service()) return;
  const auto json = given.Find(product.service().id_parameter());
  if (!json) return;
  auto name = ServiceName(*json);
  if (!name) return;
  if (name->empty() || name->size() > kNameBytesMax) {
    draft.Error(IdField(draft, product_order), "parameter-value",
                fmt::format("parameter '{}' of product '{}' names a service: it must have from 1 "
                            "to {} bytes",
                            product.service().id_parameter(), product.name(), kNameBytesMax));
    return;
  }
  product_order.service = std::move(*name);
  product_order.stored = draft.FindService(product.name(), product_order.service);
  if (product_order.stored != nullptr && product_order.verb != records::ADD) {
    AddKnown(draft, product_order, given);
  }
}

bool NeedsNoParameters(const PlanDraft& draft, const DraftProductOrder& product_order) {
  const records::InventoryRule& rule = draft.ProductOf(product_order).service();
  return product_order.verb == records::DELETE && !product_order.service.empty() &&
         product_order.stored == nullptr && rule.delta() && !rule.must_exist();
}

bool DropByDelta(PlanDraft& draft) {
  DropWhatNeedsNothing(draft, UsersOfServices(draft));
  for (DraftProductOrder& product_order : draft.product_orders) {
    if (product_order.complete || product_order.dropped_by_delta || draft.full()) continue;
    CompleteProductOrder(draft, product_order);
  }
  return !draft.full();
}

bool CheckServices(PlanDraft& draft) {
  const std::map<Key, Users> users = UsersOfServices(draft);
  DropWhatNeedsNothing(draft, users);
  for (const DraftProductOrder& product_order : draft.product_orders) {
    if (product_order.service.empty() || product_order.stored != nullptr) continue;
    const records::Product& product = draft.ProductOf(product_order);
    const bool wants_it =
        product_order.verb == records::MODIFY || product_order.verb == records::DELETE;
    if (!wants_it || !product.service().must_exist()) continue;
    if (users.at(KeyOf(draft, product_order)).adding > 0) continue;
    draft.Violation(
        IdField(draft, product_order), "service-must-exist",
        fmt::format("product '{}' has no service '{}' in the inventory, and product order '{}' "
                    "wants to {} it",
                    product.name(), product_order.service, product_order.id,
                    VerbName(static_cast<std::uint32_t>(product_order.verb))));
  }
  return !draft.full();
}

}  // namespace cairn
