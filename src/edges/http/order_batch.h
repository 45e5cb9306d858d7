// POST /v1/orders:batch: many orders in one request, a line each (NDJSON), and a line of answer for
// each, in the same order.
//
// The function that is added to the router may run on any thread of the server.
#pragma once

#include "edges/http/router.h"
#include "runtime/service.h"

#include <cstddef>

namespace cairn::http {

inline constexpr std::size_t kBatchLinesMax = 100'000;           // orders in one request
inline constexpr std::size_t kBatchOrdersAtOnce = 256;           // submitted and not answered yet
inline constexpr std::size_t kBatchAnswerBytesMax = 64U << 20U;  // past it errors are cut short
inline constexpr std::size_t kBatchErrorsPerLineMax = 10;

// REQUIRES: the service outlives the server and every callback it still owes.
void AddOrderBatchRoute(Router& router, Service& service);

}  // namespace cairn::http
