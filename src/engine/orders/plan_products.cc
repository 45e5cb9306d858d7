#include "engine/orders/plan_products.h"

#include "engine/orders/catalog_check.h"
#include "engine/orders/plan_conditions.h"
#include "engine/orders/plan_parameters.h"
#include "engine/orders/plan_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace cairn {
namespace {

// A near name is looked for so often in one order, in catalogs of so many products at most.
constexpr int kSuggestionsMax = 10;
constexpr int kSuggestAmongMax = 10'000;

int Match(const records::Selector& selector, const ProductOrderRequest::Service& service) {
  int fields = 0;
  const auto holds = [&](const std::string& wanted, bool equal) {
    if (wanted.empty()) return true;
    ++fields;
    return equal;
  };
  const bool all = holds(selector.service_specification(),
                         selector.service_specification() == service.specification_id ||
                             selector.service_specification() == service.specification_name) &&
                   holds(selector.service_type(), selector.service_type() == service.type) &&
                   holds(selector.service_id(), selector.service_id() == service.id) &&
                   holds(selector.characteristic(),
                         std::find(service.characteristics.begin(), service.characteristics.end(),
                                   selector.characteristic()) != service.characteristics.end());
  return all ? fields : 0;
}

std::optional<std::uint32_t> SelectProduct(PlanDraft& draft, std::uint32_t place) {
  const records::Catalog& catalog = draft.catalog().records();
  const auto& service = draft.request().product_orders[place].service;
  int best = -1;
  int rival = -1;
  int best_fields = 0;
  for (int p = 0; p < catalog.products_size(); ++p) {
    for (const auto& selector : catalog.products(p).selectors()) {
      const int fields = Match(selector, service);
      if (fields == 0 || fields < best_fields) continue;
      if (fields > best_fields) {
        rival = -1;
      } else if (best != p) {
        rival = best;
      }
      best = p;
      best_fields = fields;
    }
  }
  if (best < 0) {
    draft.Error(draft.FieldOf(place, "", "/service"), "unknown-product",
                "no product of the catalog selects this service (specification, type, id, "
                "characteristics)");
    return std::nullopt;
  }
  if (rival >= 0) {
    draft.Error(draft.FieldOf(place, "", "/service"), "ambiguous-product",
                fmt::format("products '{}' and '{}' both select this service",
                            catalog.products(rival).name(), catalog.products(best).name()));
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(best);
}

// "; did you mean 'mobile-line'?", or nothing where no name is near, or too much is to be compared.
std::string SuggestProduct(PlanDraft& draft, std::string_view name) {
  const auto& products = draft.catalog().records().products();
  if (products.size() > kSuggestAmongMax || draft.suggestions >= kSuggestionsMax) return {};
  ++draft.suggestions;
  std::vector<std::string_view> names;
  names.reserve(static_cast<std::size_t>(products.size()));
  for (const records::Product& product : products) names.emplace_back(product.name());
  const std::string_view nearest = NearestName(name, names);
  return nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
}

std::optional<std::uint32_t> WantedProduct(PlanDraft& draft, std::uint32_t place) {
  const ProductOrderRequest& wanted = draft.request().product_orders[place];
  if (wanted.product.empty()) return SelectProduct(draft, place);
  const auto product = draft.catalog().FindProduct(wanted.product);
  if (!product) {
    draft.Error(draft.FieldOf(place, "/product", "/service"), "unknown-product",
                fmt::format("the catalog has no product '{}'{}", wanted.product,
                            SuggestProduct(draft, wanted.product)));
  }
  return product;
}

// What an added product order is given: those of its product's parameters that stand in the
// product orders that it was added for, from the nearest on, or in the order's dataset.
Fields LookUpParameters(const PlanDraft& draft, const DraftProductOrder& added) {
  Fields found;
  for (const records::Parameter& parameter : draft.ProductOf(added).parameters()) {
    std::optional<std::string_view> json;
    const DraftProductOrder* at = &added;
    while (!json && at->added_by != nullptr) {
      at = &draft.product_orders[at->added_for];
      json = at->parameters.Find(parameter.name());
    }
    if (!json) json = draft.request().dataset.Find(parameter.name());
    if (json) found.Add(parameter.name(), *json);
  }
  return found;
}

Fields GivenParameters(const PlanDraft& draft, const DraftProductOrder& product_order) {
  return product_order.added_by != nullptr
             ? LookUpParameters(draft, product_order)
             : draft.request().product_orders[product_order.place].parameters;
}

// ", which rule 'R1' added", where one did.
std::string Origin(const DraftProductOrder& product_order) {
  return product_order.added_by == nullptr
             ? std::string()
             : fmt::format(" (rule '{}' added it)", product_order.added_by->name());
}

// The product in whose place it is ordered now; nothing when that goes round and round.
bool Substitute(PlanDraft& draft, DraftProductOrder& product_order) {
  for (;;) {
    const records::Rule* found = nullptr;
    for (const records::RuleUse& use : draft.ProductOf(product_order).rules()) {
      const records::Rule& rule = draft.catalog().rule(use.rule());
      if (rule.kind_case() != records::Rule::kSubstitution) continue;
      if (use.has_when() && !ConditionHolds(draft, product_order, use.when(),
                                            WithDefaults(draft.ProductOf(product_order),
                                                         GivenParameters(draft, product_order)))) {
        continue;
      }
      found = &rule;
      break;
    }
    if (found == nullptr) return true;
    const std::uint32_t next = draft.catalog().FindProduct(found->substitution().product()).value();
    auto& former = product_order.former;
    former.push_back(product_order.product);
    if (former.size() > kSubstitutionsMax ||
        std::find(former.begin(), former.end(), next) != former.end()) {
      std::string names;
      for (const std::uint32_t p : former) {
        names += fmt::format("'{}' -> ", draft.catalog().product(p).name());
      }
      draft.Error(draft.FieldOf(product_order.place, "/product", "/service"), "substitution-cycle",
                  fmt::format("rules replace products without end: {}'{}'{}", names,
                              draft.catalog().product(next).name(), Origin(product_order)));
      return false;
    }
    product_order.product = next;
  }
}

void CollectRules(PlanDraft& draft, DraftProductOrder& product_order) {
  for (const records::RuleUse& use : draft.ProductOf(product_order).rules()) {
    const records::Rule& rule = draft.catalog().rule(use.rule());
    if (rule.kind_case() == records::Rule::kSubstitution) continue;
    const bool holds = !use.has_when() ||
                       (product_order.sound &&
                        ConditionHolds(draft, product_order, use.when(), product_order.parameters));
    if (holds) product_order.rules.push_back(&rule);
  }
}

// REQUIRES: its product is that which was asked for.
void Resolve(PlanDraft& draft, DraftProductOrder& product_order) {
  const bool changes = product_order.verb != records::NO_CHANGE;
  if (changes && !Substitute(draft, product_order)) return;
  const records::Product& product = draft.ProductOf(product_order);
  product_order.action = Catalog::FindAction(product, product_order.verb);
  if (product_order.action == nullptr && changes) {
    draft.Error(draft.FieldOf(product_order.place, "/action", "/action"), "unknown-action",
                fmt::format("product '{}' has no action '{}'{}", product.name(),
                            VerbName(static_cast<std::uint32_t>(product_order.verb)),
                            Origin(product_order)));
    return;
  }
  product_order.known = true;
  Fields given = GivenParameters(draft, product_order);
  const std::string field =
      draft.FieldOf(product_order.place, "/parameters", "/service/serviceCharacteristic");
  if (product_order.action == nullptr) {
    CheckGivenParameters(draft.catalog(), product_order.product, given, field, draft.errors());
    product_order.parameters = std::move(given);
    return;
  }
  if (changes) ResolveService(draft, product_order, given);
  product_order.parameters = std::move(given);
  if (product_order.added_by == nullptr && NeedsNoParameters(draft, product_order)) {
    CheckGivenParameters(draft.catalog(), product_order.product, product_order.parameters, field,
                         draft.errors());
    product_order.complete = false;
    return;
  }
  CompleteProductOrder(draft, product_order);
}

bool IsTaken(const PlanDraft& draft, std::string_view id) {
  const auto it = std::lower_bound(draft.by_id.begin(), draft.by_id.end(),
                                   std::pair<std::string_view, std::uint32_t>(id, 0));
  return (it != draft.by_id.end() && it->first == id) || draft.added_ids.contains(id);
}

// The product's name, or where that is an id already, with a number behind it.
std::string_view NewId(PlanDraft& draft, const std::string& product) {
  std::string id = product;
  for (int n = 2; IsTaken(draft, id); ++n) id = fmt::format("{}-{}", product, n);
  return *draft.added_ids.insert(std::move(id)).first;
}

}  // namespace

void CompleteProductOrder(PlanDraft& draft, DraftProductOrder& product_order) {
  const std::size_t errors = draft.errors().size();
  product_order.parameters = CheckParameters(
      draft.catalog(), product_order.product, product_order.parameters,
      draft.FieldOf(product_order.place, "/parameters", "/service/serviceCharacteristic"),
      draft.errors());
  product_order.complete = true;
  product_order.sound = draft.errors().size() == errors;
  for (std::size_t e = errors; e < draft.errors().size(); ++e) {
    draft.errors()[e].detail += Origin(product_order);
  }
  if (product_order.verb != records::NO_CHANGE) CollectRules(draft, product_order);
}

bool ResolveProductOrders(PlanDraft& draft) {
  const auto& wanted = draft.request().product_orders;
  draft.product_orders.reserve(wanted.size());
  for (std::uint32_t i = 0; i < wanted.size(); ++i) {
    draft.by_id.emplace_back(wanted[i].id, i);
    DraftProductOrder& product_order = draft.product_orders.emplace_back();
    product_order.id = wanted[i].id;
    product_order.verb = wanted[i].verb;
    product_order.place = i;
    if (const auto product = WantedProduct(draft, i)) {
      product_order.product = *product;
      product_order.has_product = true;
      Resolve(draft, product_order);
    }
    if (draft.full()) return false;
  }
  auto& by_id = draft.by_id;
  std::sort(by_id.begin(), by_id.end());
  for (std::size_t i = 1; i < by_id.size(); ++i) {
    if (by_id[i].first == by_id[i - 1].first) {
      draft.Error(draft.FieldOf(by_id[i].second, "/id", "/id"), "duplicate-id",
                  fmt::format("the id '{}' stands twice in the order", by_id[i].first));
    }
  }
  return !draft.full();
}

void AddProductOrder(PlanDraft& draft, std::uint32_t product, std::uint32_t added_for,
                     const records::Rule& rule) {
  const std::string_view id = NewId(draft, draft.catalog().product(product).name());
  DraftProductOrder& added = draft.product_orders.emplace_back();
  const DraftProductOrder& owner = draft.product_orders[added_for];
  added.id = id;
  added.verb = owner.verb;
  added.place = owner.place;
  added.product = product;
  added.has_product = true;
  added.added_by = &rule;
  added.added_for = added_for;
  Resolve(draft, added);
}

bool ResolveDependsOn(PlanDraft& draft) {
  for (DraftProductOrder& product_order : draft.product_orders) {
    const auto& ids = draft.request().product_orders[product_order.place].depends_on;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const auto it = std::lower_bound(draft.by_id.begin(), draft.by_id.end(),
                                       std::pair<std::string_view, std::uint32_t>(ids[k], 0));
      if (it == draft.by_id.end() || it->first != ids[k]) {
        draft.Error(draft.FieldOf(product_order.place, fmt::format("/dependsOn/{}", k),
                                  fmt::format("/serviceOrderItemRelationship/{}", k)),
                    "unknown-product-order",
                    fmt::format("the order has no product order '{}'", ids[k]));
        continue;
      }
      // Which of two it means is anybody's guess.
      const bool ambiguous = it + 1 != draft.by_id.end() && (it + 1)->first == it->first;
      if (!ambiguous) product_order.depends_on.push_back(it->second);
    }
  }
  return !draft.full();
}

}  // namespace cairn
