// GET /serviceOrder: a page by offset, made from the node's list by cursor.
//
// What the node cannot choose by is chosen here, over a bounded walk: at most kTmfScanMax orders
// are looked at, and the details of at most kTmfDetailsMax. A list that needs more is refused with
// what to narrow, unless it is the newest that are asked for and they were found by then: these are
// given, without X-Total-Count. The walk goes by ids, so an order that moves to the archive
// meanwhile is neither passed over nor seen twice.
#pragma once

#include "edges/http/exchange.h"
#include "edges/http/tmf641_query.h"
#include "runtime/service.h"

#include <cstddef>
#include <optional>
#include <string>

namespace cairn::http {

inline constexpr std::size_t kTmfPageBytesMax = std::size_t{64} << 20U;  // then the page is cut

// A page of a list: 206 when it is not all of it. Without `total` nobody knows how many there are.
HttpResponse TmfPage(std::string body, std::size_t count, std::optional<std::size_t> total);

// Answers the exchange. REQUIRES: called on a worker; the service outlives its callbacks.
void ListTmf641Orders(Service& service, const ExchangePtr& exchange, TmfListQuery query);

}  // namespace cairn::http
