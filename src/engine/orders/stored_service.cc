#include "engine/orders/stored_service.h"

#include "engine/orders/order.h"
#include "model/catalog.pb.h"

namespace cairn {

bool IsAsSeen(const SeenService& seen, const StoredService* now) {
  if (now == nullptr) return !seen.id.valid();
  return now->id == seen.id && now->version == seen.version;
}

records::ServiceKept ServiceRecord(const StoredService& service) {
  records::ServiceKept record;
  record.set_product(service.product);
  record.set_service(service.service);
  record.set_customer(service.customer);
  record.set_terminated(service.terminated);
  record.set_parameters(service.parameters.encoded());
  record.set_order(service.order.value());
  record.set_product_order(service.product_order);
  record.set_catalog_hash(service.catalog_hash);
  record.set_created_at(service.created_at);
  record.set_changed_at(service.changed_at);
  return record;
}

StoredService ServiceFromRecord(ServiceId id, std::uint64_t version, records::ServiceKept record) {
  return {.id = id,
          .version = version,
          .product = std::move(*record.mutable_product()),
          .service = std::move(*record.mutable_service()),
          .customer = std::move(*record.mutable_customer()),
          .terminated = record.terminated(),
          .parameters = Fields::FromEncoded(std::move(*record.mutable_parameters())),
          .order = OrderId(record.order()),
          .product_order = std::move(*record.mutable_product_order()),
          .catalog_hash = record.catalog_hash(),
          .created_at = record.created_at(),
          .changed_at = record.changed_at()};
}

bool ConcernsService(const records::ProductOrderPlan& plan) {
  return !plan.service().empty() && !plan.dropped_by_delta();
}

std::shared_ptr<StoredService> ServiceAfter(const Order& order, std::uint32_t product_order,
                                            const StoredService* before, Nanos now) {
  const records::ProductOrderPlan& plan = *order.product_orders[product_order].plan;
  const bool is_deleted = plan.verb() == static_cast<std::uint32_t>(records::DELETE);
  if (is_deleted && before == nullptr) return nullptr;
  auto after = std::make_shared<StoredService>();
  if (before != nullptr) *after = *before;
  after->product = order.catalog->product(plan.product()).name();
  after->service = plan.service();
  if (before == nullptr || !order.accepted->customer().empty()) {
    after->customer = order.accepted->customer();
  }
  // What a deleted one was stays to be seen.
  if (!is_deleted) after->parameters = Fields::FromEncoded(plan.parameters());
  after->terminated = is_deleted;
  after->order = order.id;
  after->product_order = plan.id();
  after->catalog_hash = order.accepted->catalog_hash();
  if (before == nullptr) after->created_at = now;
  after->changed_at = now;
  return after;
}

}  // namespace cairn
