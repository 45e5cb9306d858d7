// All routes of the server, over the services that the node has.
#pragma once

#include "edges/http/metrics_text.h"
#include "edges/http/order_routes.h"
#include "edges/http/router.h"
#include "runtime/services.h"

#include <functional>
#include <memory>

namespace cairn::http {

// A service that is null has no routes: what is under them is as unknown as any other path.
// REQUIRES: `services.orders` is there; services, and what `http_metrics` reads, outlive the server
// and every callback that they still owe.
void AddRoutes(Router& router, const Services& services, std::shared_ptr<WaitCount> waits,
               std::function<HttpMetrics()> http_metrics);

}  // namespace cairn::http
