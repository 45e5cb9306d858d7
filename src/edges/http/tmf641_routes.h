// The TMF641 v4.1 API of service orders: /tmf-api/serviceOrdering/v4/serviceOrder.
//
// The functions that it adds to the router may run on any thread of the server.
#pragma once

#include "edges/http/router.h"
#include "runtime/service.h"

namespace cairn::http {

// REQUIRES: the service outlives the server and every callback it still owes.
void AddTmf641Routes(Router& router, Service& service);

}  // namespace cairn::http
