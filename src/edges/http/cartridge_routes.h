// The routes of what drives the targets: /v1/cartridges and what is under it.
//
// The functions that are added to the router may run on any thread of the server.
#pragma once

#include "edges/http/router.h"
#include "runtime/cartridge_service.h"

namespace cairn::http {

// REQUIRES: the service outlives the server and every callback it still owes.
void AddCartridgeRoutes(Router& router, CartridgeService& cartridges);

}  // namespace cairn::http
