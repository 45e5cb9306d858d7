// The TMF641 hub: POST, GET and DELETE of the listeners that are told of events.
#pragma once

#include "edges/http/router.h"
#include "runtime/event_service.h"

#include <string_view>

namespace cairn::http {

inline constexpr std::string_view kTmf641HubBase = "/tmf-api/serviceOrdering/v4/hub";

// REQUIRES: the service outlives the server and every callback that it still owes.
void AddTmf641HubRoutes(Router& router, EventService& events);

}  // namespace cairn::http
