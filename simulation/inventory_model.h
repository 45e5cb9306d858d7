// InventoryModel: what the service inventory must be, by the durable orders alone: a product order
// that completes leaves its service as it was ordered, a deleted one is terminated, and nothing
// else changes any. It follows the journal record by record and judges each record of a service,
// and what planning made of the inventory.
#pragma once

#include "engine/orders/order.h"
#include "engine/orders/stored_service.h"
#include "model/record.h"
#include "runtime/partition_state.h"

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace cairn::simulation {

class InventoryModel {
 public:
  // An order was accepted, with its plan.
  void OnAccepted(const Order& order);
  // An event of an order; `before`: the states of its product orders until then.
  void OnEvent(const Order& order, const std::vector<ProductOrderState>& before);
  // A record of a service.
  void OnRecord(const RecordView& record);
  // What a frame completes, the same frame writes.
  void OnFrameEnd() const;

  // The node knows the services that are durable, no more and no less.
  void RequireSame(const PartitionState& state) const;
  // It is there, or was.
  bool HasSeen(ServiceId id) const { return id.value() <= highest_id_; }

 private:
  struct Change {
    ServiceKey key;
    bool is_deleted = false;
    std::string parameters;
    OrderId order;
    std::string product_order;
  };

  void Complete(const Order& order, std::uint32_t product_order);
  void RequirePlan(const Order& order, std::uint32_t product_order,
                   const std::map<ServiceKey, int>& users, const std::map<ServiceKey, int>& adds);
  const StoredService* There(const ServiceKey& key) const;

  std::map<std::uint64_t, StoredService> services_;  // as the journal has them
  std::map<ServiceKey, std::uint64_t> there_;
  std::deque<Change> expected_;
  std::uint64_t highest_id_ = 0;
};

}  // namespace cairn::simulation
