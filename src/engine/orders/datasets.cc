#include "engine/orders/datasets.h"

#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace cairn {
namespace {

std::uint32_t IndexIn(const Order& order, std::uint32_t technical_order,
                      records::DatasetScope scope) {
  if (scope == records::TECHNICAL_ORDER) return technical_order;
  if (scope == records::PRODUCT_ORDER) {
    return order.technical_orders[technical_order].plan->product_order();
  }
  return 0;
}

auto PlaceOf(const std::vector<AssignedFields>& assigned, records::DatasetScope scope,
             std::uint32_t index) {
  return std::lower_bound(assigned.begin(), assigned.end(), std::pair(scope, index),
                          [](const AssignedFields& a, const auto& wanted) {
                            return std::pair(a.scope, a.index) < wanted;
                          });
}

std::string_view Assigned(const Order& order, records::DatasetScope scope, std::uint32_t index) {
  const auto it = PlaceOf(order.assigned, scope, index);
  if (it == order.assigned.end() || it->scope != scope || it->index != index) return {};
  return it->fields;
}

std::string_view Given(const Order& order, std::uint32_t technical_order,
                       records::DatasetScope scope) {
  const records::TechnicalOrderPlan& plan = *order.technical_orders[technical_order].plan;
  if (scope == records::TECHNICAL_ORDER) return plan.dataset();
  if (scope == records::PRODUCT_ORDER) {
    return order.product_orders[plan.product_order()].plan->parameters();
  }
  return order.accepted->dataset();
}

constexpr records::DatasetScope kInsideOut[] = {records::TECHNICAL_ORDER, records::PRODUCT_ORDER,
                                                records::ORDER};

}  // namespace

std::optional<std::string_view> LookUpField(const Order& order, std::uint32_t technical_order,
                                            std::string_view name) {
  for (const records::DatasetScope scope : kInsideOut) {
    if (!order.assigned.empty()) {
      const auto set =
          FindField(Assigned(order, scope, IndexIn(order, technical_order, scope)), name);
      if (set) return set;
    }
    if (const auto given = FindField(Given(order, technical_order, scope), name)) return given;
  }
  return std::nullopt;
}

Fields WholeDataset(const Order& order, std::uint32_t technical_order,
                    records::DatasetScope scope) {
  const auto set = Assigned(order, scope, IndexIn(order, technical_order, scope));
  Fields given = Fields::FromEncoded(std::string(Given(order, technical_order, scope)));
  return set.empty() ? given : MergeFields(given, Fields::FromEncoded(std::string(set)));
}

Fields MergeFields(const Fields& base, const Fields& fields) {
  std::map<std::string_view, std::string_view> over;
  for (const Fields::Field& field : fields) over.insert_or_assign(field.name, field.json);
  Fields merged;
  for (const Fields::Field& field : base) {
    const auto it = over.find(field.name);
    if (it == over.end()) {
      merged.Add(field.name, field.json);
    } else if (!merged.Find(field.name)) {
      merged.Add(field.name, it->second);
    }
  }
  for (const auto& [name, json] : over) {
    if (!base.Find(name)) merged.Add(name, json);
  }
  return merged;
}

std::optional<std::string> WhyNotAssignable(const Order& order, std::uint32_t technical_order,
                                            const DatasetChanges& changes) {
  if (changes.empty()) return std::nullopt;
  std::size_t total = order.text.size();
  for (const AssignedFields& assigned : order.assigned) total += assigned.fields.size();
  std::map<records::DatasetScope, Fields> merged;
  for (const records::DatasetChange& change : changes) {
    const auto scope = static_cast<records::DatasetScope>(change.scope());
    const auto set = Assigned(order, scope, IndexIn(order, technical_order, scope));
    auto [it, added] = merged.try_emplace(scope);
    if (added) it->second = Fields::FromEncoded(std::string(set));
    it->second = MergeFields(it->second, Fields::FromEncoded(change.fields()));
  }
  for (const auto& [scope, fields] : merged) {
    if (fields.count() > kFieldsPerSetMax) {
      return fmt::format("a dataset would have {} fields; the limit is {}", fields.count(),
                         kFieldsPerSetMax);
    }
    if (fields.encoded().size() > kFieldSetBytesMax) {
      return fmt::format("a dataset would have {} bytes; the limit is {}", fields.encoded().size(),
                         kFieldSetBytesMax);
    }
    total += fields.encoded().size();
  }
  if (total > kOrderOutputBytesMax) {
    return fmt::format("the order would have over {} bytes", kOrderOutputBytesMax);
  }
  return std::nullopt;
}

void AssignFields(Order& order, std::uint32_t technical_order, const DatasetChanges& changes) {
  for (const records::DatasetChange& change : changes) {
    const auto scope = static_cast<records::DatasetScope>(change.scope());
    const std::uint32_t index = IndexIn(order, technical_order, scope);
    const auto place = PlaceOf(order.assigned, scope, index) - order.assigned.begin();
    auto it = order.assigned.begin() + place;
    if (it == order.assigned.end() || it->scope != scope || it->index != index) {
      it = order.assigned.insert(it, {.scope = scope, .index = index, .fields = {}});
    }
    it->fields = MergeFields(Fields::FromEncoded(std::move(it->fields)),
                             Fields::FromEncoded(change.fields()))
                     .TakeEncoded();
  }
}

}  // namespace cairn
