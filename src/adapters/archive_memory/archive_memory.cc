#include "adapters/archive_memory/archive_memory.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

bool Holds(const std::vector<std::string>& products, const std::string& product) {
  return std::find(products.begin(), products.end(), product) != products.end();
}

bool Asked(const OrderQuery& query, const OrderSummary& order) {
  return (!query.state || order.state == *query.state) &&
         (!query.customer || order.customer == *query.customer) &&
         (!query.external_id || order.external_id == *query.external_id) &&
         (!query.product || Holds(order.products, *query.product)) &&
         order.submitted_at >= query.submitted_from && order.submitted_at <= query.submitted_to;
}

std::int64_t DayOf(Nanos moment) { return std::max<Nanos>(moment, 0) / kDay; }

}  // namespace

Status ArchiveMemory::Write(std::span<const ArchivedOrder> orders, std::uint64_t journal_sequence) {
  std::vector<ArchivedOrder> staged(orders.begin(), orders.end());
  for (const ArchivedOrder& order : staged) {
    CHECK_MSG(order.summary.id.valid(), "an order without an id");
  }
  const std::lock_guard lock(store_->mutex);
  if (const auto failure = std::exchange(fail_next_write_, std::nullopt)) {
    return Fail(*failure, "archive in memory: planted failure");
  }
  for (ArchivedOrder& order : staged) {
    const OrderId id = order.summary.id;
    store_->orders.insert_or_assign(id, std::move(order));
  }
  store_->journal_sequence = std::max(store_->journal_sequence, journal_sequence);
  return {};
}

std::uint64_t ArchiveMemory::journal_sequence() const {
  const std::lock_guard lock(store_->mutex);
  return store_->journal_sequence;
}

Result<std::optional<std::string>> ArchiveMemory::ReadBody(OrderId id) {
  const std::lock_guard lock(store_->mutex);
  const auto order = store_->orders.find(id);
  if (order == store_->orders.end()) return std::nullopt;
  return order->second.body;
}

Result<std::vector<OrderSummary>> ArchiveMemory::List(const OrderQuery& query) {
  std::vector<OrderSummary> listed;
  const std::lock_guard lock(store_->mutex);
  const auto& orders = store_->orders;
  auto at = query.before.valid() ? orders.lower_bound(query.before) : orders.end();
  while (at != orders.begin() && listed.size() < query.limit) {
    --at;
    if (Asked(query, at->second.summary)) listed.push_back(at->second.summary);
  }
  return listed;
}

Result<bool> ArchiveMemory::Remove(OrderId id) {
  const std::lock_guard lock(store_->mutex);
  return store_->orders.erase(id) > 0;
}

Status ArchiveMemory::DropBefore(Nanos moment) {
  const std::lock_guard lock(store_->mutex);
  std::erase_if(store_->orders, [first_kept = DayOf(moment)](const auto& each) {
    return DayOf(each.second.summary.ended_at) < first_kept;
  });
  return {};
}

void ArchiveMemory::FailNextWrite(ErrorCode code) {
  const std::lock_guard lock(store_->mutex);
  fail_next_write_ = code;
}

}  // namespace cairn
