#include "edges/http/routes.h"

#include "base/check.h"
#include "edges/http/answer_routes.h"
#include "edges/http/cartridge_routes.h"
#include "edges/http/catalog_routes.h"
#include "edges/http/event_routes.h"
#include "edges/http/node_routes.h"
#include "edges/http/order_batch.h"
#include "edges/http/tmf641_hub_routes.h"
#include "edges/http/tmf641_routes.h"

namespace cairn::http {

void AddRoutes(Router& router, const Services& services, std::shared_ptr<WaitCount> waits,
               std::function<HttpMetrics()> http_metrics) {
  CHECK(services.orders != nullptr);
  Service& orders = *services.orders;
  AddOrderRoutes(router, orders, waits);
  AddOrderBatchRoute(router, orders);
  AddWorkOrderRoutes(router, orders);
  if (services.tasks != nullptr) AddTaskRoutes(router, *services.tasks);
  if (services.cartridges != nullptr) AddCartridgeRoutes(router, *services.cartridges);
  if (services.catalog != nullptr) AddCatalogRoutes(router, *services.catalog);
  if (services.inventory != nullptr) AddInventoryRoutes(router, *services.inventory);
  if (services.events != nullptr) {
    AddEventRoutes(router, orders, *services.events, waits);
    AddTmf641HubRoutes(router, *services.events);
  }
  AddTmf641Routes(router, orders);
  AddNodeRoutes(router, orders, std::move(http_metrics));
}

}  // namespace cairn::http
