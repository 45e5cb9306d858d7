// The endpoints that speak of the node itself: /healthz, /readyz, /metrics, the description of the
// API at /openapi.json, and the virtual clock.
//
// The functions that it adds to the router may run on any thread of the server.
#pragma once

#include "edges/http/metrics_text.h"
#include "edges/http/router.h"
#include "runtime/service.h"

#include <functional>

namespace cairn::http {

// REQUIRES: the service and what `http_metrics` reads outlive the server.
void AddNodeRoutes(Router& router, Service& service, std::function<HttpMetrics()> http_metrics);

}  // namespace cairn::http
