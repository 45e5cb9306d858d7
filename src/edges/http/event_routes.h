// GET /v1/events and GET /v1/orders/{id}/events: what happens, as server-sent events, for as long
// as the client listens. A stream that broke off goes on where it was with Last-Event-ID.
#pragma once

#include "edges/http/order_routes.h"
#include "edges/http/router.h"
#include "runtime/event_service.h"
#include "runtime/service.h"

#include <memory>
#include <optional>
#include <string_view>

namespace cairn::http {

// "0:42"; nothing otherwise.
std::optional<EventPosition> ParseEventId(std::string_view text);
std::string FormatEventId(EventPosition position);

// REQUIRES: the services outlive the server and every callback that they still owe.
void AddEventRoutes(Router& router, Service& orders, EventService& events,
                    std::shared_ptr<WaitCount> waits);

}  // namespace cairn::http
