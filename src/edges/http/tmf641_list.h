// GET /serviceOrder: a page by offset, made from the node's list by cursor.
//
// X-Total-Count is only sent when it is known: a list that would have to look at more than
// kTmfScanMax orders to know is answered without it.
#pragma once

#include "edges/http/exchange.h"
#include "edges/http/order_query.h"
#include "runtime/service.h"

namespace cairn::http {

inline constexpr std::size_t kTmfPageBytesMax = std::size_t{64} << 20U;  // then the page is cut

// Answers the exchange. REQUIRES: called on a worker; the service outlives its callbacks.
void ListTmf641Orders(Service& service, const ExchangePtr& exchange, TmfListQuery query);

}  // namespace cairn::http
