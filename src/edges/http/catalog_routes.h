// The routes of what can be ordered and of what was: /v1/catalog with its reload, /v1/inventory.
//
// The functions that they add to the router may run on any thread of the server.
#pragma once

#include "edges/http/router.h"
#include "runtime/catalog_service.h"
#include "runtime/inventory_service.h"

namespace cairn::http {

// REQUIRES, of both: the service outlives the server and every callback it still owes.
void AddCatalogRoutes(Router& router, CatalogService& catalog);
void AddInventoryRoutes(Router& router, InventoryService& inventory);

}  // namespace cairn::http
