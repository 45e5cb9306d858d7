// The inventory: what completed product orders leave of services, what planning saw of them, and
// questions about them. And the versions of the catalog.
#include "base/check.h"
#include "runtime/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kListWalkPerCommand = 2'000;  // services looked at by one command

bool Matches(const StoredService& service, const InventoryQuery& query) {
  return (query.customer.empty() || service.customer == query.customer) &&
         (query.product.empty() || service.product == query.product) &&
         (query.service.empty() || service.service == query.service);
}

}  // namespace

// In the same frame as what completed the product order.
void Partition::KeepService(const Order& order, std::uint32_t product_order) {
  const records::ProductOrderPlan& plan = *order.product_orders[product_order].plan;
  if (!ConcernsService(plan)) return;
  const std::string& product = order.catalog->product(plan.product()).name();
  const StoredServicePtr before = state_.FindService(product, plan.service());
  const std::shared_ptr<StoredService> after =
      ServiceAfter(order, product_order, before.get(), state_.time);
  if (after == nullptr) return;
  if (!after->id.valid()) after->id = ServiceId::Of(state_.partition, NewCounter());
  const EntityKey key{EntityKind::kService, after->id.value()};
  after->version = ++state_.versions[key];
  RecordEntity(key, RecordType::kSnapshot, EventType::kServiceKept,
               ServiceRecord(*after).SerializeAsString());
  state_.PutService(after);
  // Before the replies of those who then order something for it.
  batch_->replies.push_back([this, after = StoredServicePtr(after)] { services_.Publish(after); });
  if (after->terminated) DropTerminatedServices();
}

// What became Completed with its order's acceptance: there was nothing to do.
void Partition::KeepServicesAtOnce(const Order& order) {
  for (std::uint32_t p = 0; p < order.product_orders.size(); ++p) {
    if (order.product_orders[p].state == ProductOrderState::kCompleted) KeepService(order, p);
  }
}

// As with keys, time alone changes nothing that is stored; each termination brings one and may drop
// two, so the dropping keeps up.
void Partition::DropTerminatedServices() {
  for (int n = 0; n < 2 && !state_.terminated_services.empty(); ++n) {
    const auto [at, id] = *state_.terminated_services.begin();
    const bool stays = at + kTerminatedServiceTime > state_.time &&
                       state_.terminated_services.size() <= limits_.terminated_services;
    if (stays) return;
    state_.DropService(id);
    RecordEntity({EntityKind::kService, id}, RecordType::kRetire, EventType::kNone, {});
  }
}

void Partition::MoveService(EntityKey key) {
  RecordEntity(key, RecordType::kSnapshot, EventType::kServiceKept,
               ServiceRecord(*state_.services.at(key.id)).SerializeAsString());
}

// True when the plan does not stand on what is there now; then nothing was done, and the order must
// be planned again.
bool Partition::IsStale(const AcceptOrder& command) const {
  return std::any_of(
      command.services_seen.begin(), command.services_seen.end(), [&](const SeenService& seen) {
        return !IsAsSeen(seen, state_.FindService(seen.key.first, seen.key.second).get());
      });
}

void Partition::Decide(RefuseOrder& command) {
  if (AnswerRepeat(command.key, command.body_hash, command.done)) return;
  batch_->replies.push_back(
      [done = std::move(command.done), refusal = std::move(command.refusal)]() mutable {
        done(tl::unexpected(std::move(refusal)));
      });
}

void Partition::Decide(ReadService& command) {
  const auto it = state_.services.find(command.id.value());
  batch_->replies.push_back(
      [done = std::move(command.done), found = it == state_.services.end() ? nullptr : it->second] {
        done(found);
      });
}

// True when the walk has come to its end; else it goes on with the next command.
bool Partition::Decide(ListServicesCommand& command) {
  std::size_t looked_at = 0;
  auto it = state_.services.upper_bound(command.after.value());
  for (; it != state_.services.end() && command.rows.size() < command.query.limit; ++it) {
    if (looked_at++ == kListWalkPerCommand) return false;
    command.after = ServiceId(it->first);
    if (Matches(*it->second, command.query)) command.rows.push_back(it->second);
  }
  batch_->replies.push_back([done = std::move(command.done),
                             rows = std::move(command.rows)]() mutable { done(std::move(rows)); });
  return true;
}

void Partition::KeepCatalog(const std::shared_ptr<const Catalog>& catalog, std::string_view actor) {
  if (state_.FindCatalog(catalog->hash()) != nullptr) return;
  records::CatalogStored stored;
  stored.set_catalog(catalog->serialized());
  stored.set_hash(catalog->hash());
  state_.catalogs[catalog->hash()] = catalog;
  RecordEntity({EntityKind::kCatalog, catalog->hash() >> 1U}, RecordType::kEvent,
               EventType::kCatalogStored, stored.SerializeAsString(), actor);
}

void Partition::Decide(StoreCatalog& command) {
  Status stored;
  if (state_.FindCatalog(command.catalog->hash()) == nullptr &&
      state_.catalogs.size() >= limits_.catalogs) {
    stored = Fail(ErrorCode::kTooLarge,
                  fmt::format("the journal holds {} versions of the catalog, which is the limit",
                              state_.catalogs.size()));
  } else {
    KeepCatalog(command.catalog, command.actor);
  }
  batch_->replies.push_back(
      [done = std::move(command.done), stored = std::move(stored)] { done(stored); });
}

}  // namespace cairn
