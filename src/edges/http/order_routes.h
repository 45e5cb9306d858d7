// The native API of orders: /v1/orders and what is under it.
//
// The functions that it adds to the router may run on any thread of the server.
#pragma once

#include "edges/http/router.h"
#include "runtime/service.h"

#include <atomic>
#include <memory>

namespace cairn::http {

// Requests that wait for an order to change, over all connections. A client that hangs up leaves
// the wait itself behind until its time is over, so the number of connections is no limit on it.
struct WaitCount {
  std::atomic<std::size_t> now = 0;
  std::size_t max = 0;
};

// Counts one wait for as long as any copy of it lives. Null when there are too many.
using WaitTicket = std::shared_ptr<void>;
WaitTicket TryWait(const std::shared_ptr<WaitCount>& waits);

// REQUIRES: the service outlives the server and every callback it still owes.
void AddOrderRoutes(Router& router, Service& service, std::shared_ptr<WaitCount> waits);

}  // namespace cairn::http
