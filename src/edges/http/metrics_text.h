// The node's counters in the text format that Prometheus reads.
//
// A pure function; any thread.
#pragma once

#include "runtime/service.h"

#include <string>

namespace cairn::http {

// What the HTTP server itself counts.
struct HttpMetrics {
  std::uint64_t connections = 0;          // open now
  std::uint64_t connections_refused = 0;  // there were too many
  std::uint64_t requests = 0;
  std::uint64_t waits = 0;  // requests that wait for an order now
};

std::string RenderMetrics(const NodeMetrics& node, const HttpMetrics& http);

}  // namespace cairn::http
