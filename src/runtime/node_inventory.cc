#include "runtime/node_inventory.h"

#include "engine/orders/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cairn {
namespace {

constexpr const char* kTooMany = "too many questions wait";

}  // namespace

ServiceView NodeInventory::View(const StoredService& service) const {
  ServiceView view{.id = FormatId(service.id),
                   .service = service.service,
                   .product = service.product,
                   .customer = service.customer,
                   .state = service.terminated ? "terminated" : "active",
                   .parameters = service.parameters,
                   .order = service.order,
                   .created_at = service.created_at,
                   .changed_at = service.changed_at};
  const auto catalog = catalogs_.Find(service.catalog_hash);
  const auto product = catalog == nullptr ? std::nullopt : catalog->FindProduct(service.product);
  if (!product) return view;
  SecretValues secrets;
  secrets.Add(catalog->product(*product), service.parameters.encoded(), {});
  if (!secrets.empty()) view.parameters = secrets.Hide(service.parameters);
  return view;
}

void NodeInventory::ListServices(InventoryQuery query, ListDone done) {
  ListServicesCommand command;
  if (!query.after.empty()) {
    const auto after = ParseId<ServiceTag>(query.after);
    if (!after) return done(Fail(after.error()));
    command.after = *after;
  }
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kListLimitMax);
  query.limit = limit + 1;  // one more: is there a next?
  command.query = std::move(query);
  command.done = [this, limit, done](std::vector<StoredServicePtr> rows) {
    archive_.Ask([this, limit, done, rows = std::move(rows)](Archive&) mutable {
      InventoryList list;
      if (rows.size() > limit) {
        rows.resize(limit);
        list.next = FormatId(rows.back()->id);
      }
      for (const StoredServicePtr& service : rows) list.items.push_back(View(*service));
      done(std::move(list));
    });
  };
  if (!partition_.PutOperator(std::move(command))) done(Fail(ErrorCode::kOverloaded, kTooMany));
}

void NodeInventory::GetService(std::string id, ServiceDone done) {
  const auto parsed = ParseId<ServiceTag>(id);
  if (!parsed) return done(Fail(parsed.error()));
  const auto found = [this, id, done](StoredServicePtr service) {
    if (service == nullptr) {
      return done(Fail(ErrorCode::kNotFound, fmt::format("there is no service {}", id)));
    }
    archive_.Ask([this, done, service = std::move(service)](Archive&) { done(View(*service)); });
  };
  if (!partition_.PutOperator(ReadService{*parsed, found})) {
    done(Fail(ErrorCode::kOverloaded, kTooMany));
  }
}

}  // namespace cairn
