// /tmf-api/serviceOrdering/v4/cancelServiceOrder: wishes to cancel an order.
//
// The functions that it adds to the router may run on any thread of the server.
#pragma once

#include "edges/http/router.h"
#include "runtime/service.h"

namespace cairn::http {

// The list shows the tasks of orders that are cancelled or are to be; one that came too late is
// found by its id, or by its order's.
// REQUIRES: the service outlives the server and every callback it still owes.
void AddTmf641CancelRoutes(Router& router, Service& service);

}  // namespace cairn::http
