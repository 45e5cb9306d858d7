// If-Match: something is to be done with an order only if it is still what the client has seen.
//
// Pure functions but for the callback that is made here; any thread.
#pragma once

#include "edges/http/exchange.h"
#include "edges/http/order_query.h"
#include "edges/http/problem.h"
#include "runtime/service.h"

#include <cstdint>
#include <string_view>

namespace cairn::http {

// The version in an ETag: "7", its quotes may be left out. 0: absent, or '*', any version will do.
// 400 for anything else; an order has one version, so a list of them is nothing that could be
// meant.
[[nodiscard]] OrRefusal<std::uint64_t> ParseIfMatch(std::string_view header, ErrorStyle style);

// A callback for an action on `order` that hands all on to `done`, except the conflict of an order
// that has another version: that is answered 412 here and names both.
Service::OrderDone UnlessChanged(Service& service, const ExchangePtr& exchange, ErrorStyle style,
                                 OrderAtVersion order, Service::OrderDone done);

}  // namespace cairn::http
