#include "edges/http/catalog_routes.h"

#include "edges/http/field_errors.h"
#include "edges/http/json_writer.h"
#include "edges/http/order_json.h"
#include "edges/http/order_query.h"
#include "edges/http/submission.h"
#include "edges/http/then_respond.h"

#include <fmt/format.h>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kProblem;

void CatalogFields(JsonWriter& json, const CatalogView& view) {
  json.Key("version").Text(view.version);
  if (view.since != 0) json.Key("since").Time(view.since);
}

void Get(CatalogService& catalog, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  JsonWriter json;
  json.OpenObject();
  CatalogFields(json, catalog.CurrentCatalog());
  json.CloseObject();
  HttpResponse response;
  response.body = json.Take();
  exchange->Respond(std::move(response));
}

HttpResponse ReloadResponse(const CatalogService::Reloaded& reloaded) {
  if (!reloaded.problems.empty()) {
    std::vector<FieldError> errors;
    for (const CatalogProblemView& problem : reloaded.problems) {
      if (errors.size() == kFieldErrorsMax) break;
      errors.push_back({problem.place, "catalog", problem.detail});
    }
    return ErrorResponse(
        kStyle, 422,
        fmt::format("the catalog has {} problems; the old one stays", reloaded.problems.size()),
        errors);
  }
  JsonWriter json;
  json.OpenObject();
  CatalogFields(json, reloaded.current);
  json.Key("changed").Bool(reloaded.changed).CloseObject();
  HttpResponse response;
  response.must_be_sent = true;
  response.body = json.Take();
  return response;
}

void Reload(CatalogService& catalog, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto body = ParseActionJson(exchange->request().body);
  if (!body) return exchange->Respond(BodyRefused(kStyle, body.error()));
  catalog.ReloadCatalog(exchange->request().caller.name,
                        [exchange](Result<CatalogService::Reloaded> reloaded) {
                          if (!reloaded) {
                            return exchange->Respond(ErrorResponse(kStyle, reloaded.error()));
                          }
                          exchange->Respond(ReloadResponse(*reloaded));
                        });
}

std::string RenderServices(const InventoryList& list) {
  JsonWriter json;
  json.OpenObject().Key("items").OpenArray();
  for (const ServiceView& service : list.items) {
    json.OpenObject().Key("id").Text(service.id).Key("service").Text(service.service);
    json.Key("product").Text(service.product);
    if (!service.customer.empty()) json.Key("customer").Text(service.customer);
    json.Key("state").Text(service.state).Key("parameters").Object(service.parameters);
    json.Key("order").Text(FormatId(service.order));
    json.Key("createdAt").Time(service.created_at).Key("changedAt").Time(service.changed_at);
    json.CloseObject();
  }
  json.CloseArray();
  if (!list.next.empty()) json.Key("next").Text(list.next);
  json.CloseObject();
  return json.Take();
}

}  // namespace

void AddCatalogRoutes(Router& router, CatalogService& catalog) {
  router.Add(Method::kGet, "/v1/catalog", true,
             [&catalog](const ExchangePtr& exchange) { Get(catalog, exchange); });
  router.Add(Method::kPost, "/v1/catalog/reload", true,
             [&catalog](const ExchangePtr& exchange) { Reload(catalog, exchange); });
}

void AddInventoryRoutes(Router& router, InventoryService& inventory) {
  router.Add(Method::kGet, "/v1/inventory", true, [&inventory](const ExchangePtr& exchange) {
    auto query = ParseInventoryQuery(exchange->request().target);
    if (!query) return exchange->Respond(std::move(query.error()));
    inventory.ListServices(std::move(*query), ThenRespond<InventoryList>(exchange, RenderServices));
  });
}

}  // namespace cairn::http
