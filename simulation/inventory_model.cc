#include "simulation/inventory_model.h"

#include "simulation/violation.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace cairn::simulation {
namespace {

using Sorted = std::vector<std::pair<std::string, std::string>>;

Sorted SortedFields(const std::string& encoded) {
  Sorted sorted;
  const Fields fields = Fields::FromEncoded(encoded);
  for (const Fields::Field& field : fields) sorted.emplace_back(field.name, field.json);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

ServiceKey KeyOf(const Order& order, const records::ProductOrderPlan& plan) {
  return {order.catalog->product(plan.product()).name(), plan.service()};
}

std::string NameOf(const ServiceKey& key) {
  return fmt::format("service '{}' of '{}'", key.second, key.first);
}

bool Is(const records::ProductOrderPlan& plan, records::Verb verb) {
  return plan.verb() == static_cast<std::uint32_t>(verb);
}

}  // namespace

const StoredService* InventoryModel::There(const ServiceKey& key) const {
  const auto it = there_.find(key);
  return it == there_.end() ? nullptr : &services_.at(it->second);
}

void InventoryModel::OnAccepted(const Order& order) {
  std::map<ServiceKey, int> users;
  std::map<ServiceKey, int> adds;
  for (const ProductOrder& product_order : order.product_orders) {
    const records::ProductOrderPlan& plan = *product_order.plan;
    if (plan.service().empty()) continue;
    ++users[KeyOf(order, plan)];
    if (Is(plan, records::ADD)) ++adds[KeyOf(order, plan)];
  }
  for (std::uint32_t p = 0; p < order.product_orders.size(); ++p) {
    if (!order.product_orders[p].plan->service().empty()) RequirePlan(order, p, users, adds);
  }
  for (std::uint32_t p = 0; p < order.product_orders.size(); ++p) {
    if (order.product_orders[p].state == ProductOrderState::kCompleted) Complete(order, p);
  }
}

// The plan stands on the inventory as it is at the moment of the acceptance.
void InventoryModel::RequirePlan(const Order& order, std::uint32_t p,
                                 const std::map<ServiceKey, int>& users,
                                 const std::map<ServiceKey, int>& adds) {
  const records::ProductOrderPlan& plan = *order.product_orders[p].plan;
  const records::InventoryRule& rule = order.catalog->product(plan.product()).service();
  const ServiceKey key = KeyOf(order, plan);
  const StoredService* there = There(key);
  const std::string name = fmt::format("{}/{}, {}", FormatId(order.id), plan.id(), NameOf(key));
  const bool same = there != nullptr &&
                    SortedFields(there->parameters.encoded()) == SortedFields(plan.parameters());
  const bool needs_nothing = (Is(plan, records::ADD) && same) ||
                             (Is(plan, records::DELETE) && there == nullptr && !rule.must_exist());
  if (plan.dropped_by_delta()) {
    Require(rule.delta() && needs_nothing, name + ": left out, but there is something to do");
  } else {
    Require(!rule.delta() || !needs_nothing || users.at(key) > 1,
            name + ": done, but there is nothing to do");
  }
  if (there == nullptr && !Is(plan, records::ADD) && rule.must_exist()) {
    Require(adds.contains(key), name + ": it must be there, and is not");
  }
}

void InventoryModel::OnEvent(const Order& order, const std::vector<ProductOrderState>& before) {
  for (std::uint32_t p = 0; p < order.product_orders.size(); ++p) {
    const bool completed = order.product_orders[p].state == ProductOrderState::kCompleted;
    Require(completed || before[p] != ProductOrderState::kCompleted,
            FormatId(order.id) + ": what was completed is so no more");
    if (completed && before[p] != ProductOrderState::kCompleted) Complete(order, p);
  }
}

void InventoryModel::Complete(const Order& order, std::uint32_t p) {
  const records::ProductOrderPlan& plan = *order.product_orders[p].plan;
  if (plan.service().empty() || plan.dropped_by_delta()) return;
  expected_.push_back({.key = KeyOf(order, plan),
                       .is_deleted = Is(plan, records::DELETE),
                       .parameters = plan.parameters(),
                       .order = order.id,
                       .product_order = plan.id()});
}

void InventoryModel::OnRecord(const RecordView& record) {
  const std::uint64_t id = record.entity.id;
  const auto known = services_.find(id);
  if (record.type == RecordType::kRetire) {
    Require(known != services_.end() && known->second.terminated,
            FormatId(ServiceId(id)) + ": retired, but not terminated");
    services_.erase(known);
    return;
  }
  records::ServiceKept event;
  Require(
      record.event == EventType::kServiceKept && event.ParseFromString(std::string(record.payload)),
      "service_kept cannot be parsed");
  StoredService now = ServiceFromRecord(ServiceId(id), record.version, std::move(event));
  if (known != services_.end() && known->second.version == record.version) {
    Require(DumpService(known->second) == DumpService(now),
            DumpService(now) + "moved, but it was " + DumpService(known->second));
    return;
  }
  // What is deleted and is not there leaves nothing.
  while (!expected_.empty() && expected_.front().is_deleted &&
         There(expected_.front().key) == nullptr) {
    expected_.pop_front();
  }
  Require(!expected_.empty(), DumpService(now) + "has changed without an order");
  const Change change = std::move(expected_.front());
  expected_.pop_front();
  const StoredService* before = There(change.key);
  Require(ServiceKey(now.product, now.service) == change.key && now.order == change.order &&
              now.product_order == change.product_order && now.terminated == change.is_deleted,
          DumpService(now) + "is not what its order says");
  Require(change.is_deleted || now.parameters.encoded() == change.parameters,
          DumpService(now) + "has other parameters than were ordered");
  Require(before != nullptr ? before->id == now.id && before->version + 1 == now.version
                            : known == services_.end() && now.version == 1,
          DumpService(now) + "does not follow what was there");
  services_[id] = std::move(now);
  highest_id_ = std::max(highest_id_, id);
  if (change.is_deleted) {
    there_.erase(change.key);
  } else {
    there_[change.key] = id;
  }
}

void InventoryModel::OnFrameEnd() const {
  for (const Change& change : expected_) {
    Require(change.is_deleted && There(change.key) == nullptr,
            fmt::format("{}/{} has completed and left nothing of {}", FormatId(change.order),
                        change.product_order, NameOf(change.key)));
  }
}

void InventoryModel::RequireSame(const PartitionState& state) const {
  std::string durable;
  for (const auto& [id, service] : services_) durable += DumpService(service);
  std::string known;
  for (const auto& [id, service] : state.services) known += DumpService(*service);
  Require(known == durable, "the inventory is\n" + known + "and by the journal\n" + durable);
  for (const auto& [key, id] : there_) {
    const StoredServicePtr found = state.FindService(key.first, key.second);
    Require(found != nullptr && found->id.value() == id, NameOf(key) + " is not found");
  }
  Require(state.services_there.size() == there_.size(), "services are there that are not");
}

}  // namespace cairn::simulation
