// The runtime's OrderSnapshot: an immutable copy of an order, or the order itself once it has
// ended.
#pragma once

#include "engine/orders/order.h"
#include "engine/orders/secrets.h"
#include "engine/orders/snapshot.h"
#include "runtime/callback_token.h"
#include "runtime/service.h"

#include <memory>
#include <string>
#include <string_view>

namespace cairn {

// `tokens`: null where nobody is to see them.
std::shared_ptr<const OrderSnapshot> MakeOrderSnapshot(
    std::shared_ptr<const Order> order, std::shared_ptr<const CallbackTokens> tokens = nullptr);

// What the history shows of a record of the order, whose secrets are the ones given.
HistoryItem HistoryItemOf(const Order& order, const SecretValues& secrets, const RecordView& record,
                          Nanos at);

// What the archive keeps of an order: its further parts and its snapshot. The catalog is found by
// its hash.
std::string ArchiveBody(const Order& order);
[[nodiscard]] Result<std::shared_ptr<const Order>> OrderFromArchiveBody(
    std::string_view body, const FindCatalog& find_catalog);

OrderSummary SummaryOf(const Order& order);

}  // namespace cairn
