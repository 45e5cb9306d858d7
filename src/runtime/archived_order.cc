#include "runtime/archived_order.h"

#include "base/bytes.h"
#include "engine/orders/apply.h"
#include "runtime/order_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace cairn {

FindCatalog FindCatalogIn(const CatalogShelf& catalogs) {
  return [&catalogs](std::uint64_t hash) { return catalogs.Find(hash); };
}

Result<std::shared_ptr<const Order>> ReadArchivedOrder(Archive& archive, OrderId id,
                                                       const FindCatalog& find_catalog) {
  ASSIGN_OR_RETURN(const auto body, archive.ReadBody(id));
  if (!body) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no order {}", FormatId(id)));
  }
  return OrderFromArchiveBody(*body, find_catalog);
}

Result<std::shared_ptr<const Order>> PatchInArchive(Archive& archive, OrderId id,
                                                    const PatchOfOrder& change,
                                                    std::string_view actor, Nanos now,
                                                    const FindCatalog& find_catalog) {
  ASSIGN_OR_RETURN(const auto order, ReadArchivedOrder(archive, id, find_catalog));
  ASSIGN_OR_RETURN(const OrderEvent event, DecidePatch(*order, change));
  const auto patched = std::make_shared<Order>(*order);
  const Nanos time = std::max(now, order->ended_at);
  std::string record;
  AppendOrderEvent(record, id.value(), order->version + 1, actor, event);
  Apply(*patched, event, time);
  AppendFixed(patched->trail, time);
  patched->trail.append(record);
  const ArchivedOrder row{.summary = SummaryOf(*patched), .body = ArchiveBody(*patched)};
  RETURN_IF_ERROR(archive.Write({&row, 1}, archive.journal_sequence()));
  return std::shared_ptr<const Order>(patched);
}

}  // namespace cairn
