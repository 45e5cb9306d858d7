// Reads several orders at once and goes on when all of them are there.
//
// Any thread may call it.
#pragma once

#include "edges/http/exchange.h"
#include "runtime/service.h"

#include <functional>
#include <memory>
#include <vector>

namespace cairn::http {

using Snapshot = std::shared_ptr<const OrderSnapshot>;
using Snapshots = std::vector<Snapshot>;  // null: there is no such order

// Calls `then` on the exchange's worker, with the orders in the order of `ids`. REQUIRES: the
// service outlives its callbacks.
void GatherOrders(Service& service, const ExchangePtr& exchange, const std::vector<OrderId>& ids,
                  std::function<void(const Snapshots&)> then);

}  // namespace cairn::http
