#include "edges/http/cartridge_routes.h"

#include "edges/http/json_writer.h"
#include "edges/http/order_json.h"
#include "edges/http/order_query.h"
#include "edges/http/submission.h"
#include "edges/http/then_respond.h"

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kProblem;

void Cartridge(JsonWriter& json, const CartridgeView& cartridge) {
  json.OpenObject().Key("name").Text(cartridge.name).Key("type").Text(cartridge.type);
  json.Key("health").Text(Name(cartridge.health));
  json.Key("running").Number(static_cast<std::int64_t>(cartridge.running));
  json.Key("waiting").Number(static_cast<std::int64_t>(cartridge.waiting));
  json.Key("limits").OpenObject().Key("concurrency").Number(cartridge.concurrency);
  if (cartridge.calls_per_second > 0) {
    json.Key("callsPerSecond").Number(cartridge.calls_per_second);
  }
  json.Key("attempts").Number(cartridge.attempts).CloseObject().CloseObject();
}

std::string RenderCartridge(const CartridgeView& cartridge) {
  JsonWriter json;
  Cartridge(json, cartridge);
  return json.Take();
}

std::string RenderTest(const CartridgeService::TestResult& result) {
  JsonWriter json;
  json.OpenObject().Key("outcome").Text(Name(result.outcome));
  if (!result.detail.empty()) json.Key("detail").Text(result.detail);
  json.CloseObject();
  return json.Take();
}

void List(CartridgeService& cartridges, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  JsonWriter json;
  json.OpenObject().Key("items").OpenArray();
  for (const CartridgeView& cartridge : cartridges.ListCartridges()) Cartridge(json, cartridge);
  json.CloseArray().CloseObject();
  HttpResponse response;
  response.body = json.Take();
  exchange->Respond(std::move(response));
}

enum class Action { kStartMaintenance, kStopMaintenance, kTest };

void Act(CartridgeService& cartridges, const ExchangePtr& exchange, Action action) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto body = ParseActionJson(exchange->request().body);
  if (!body) return exchange->Respond(BodyRefused(kStyle, body.error()));
  const std::string& actor = exchange->request().caller.name;
  switch (action) {
    case Action::kStartMaintenance:
      return cartridges.StartMaintenance(exchange->path_id(), actor,
                                         ThenRespond<CartridgeView>(exchange, RenderCartridge));
    case Action::kStopMaintenance:
      return cartridges.StopMaintenance(exchange->path_id(), actor,
                                        ThenRespond<CartridgeView>(exchange, RenderCartridge));
    case Action::kTest:
      return cartridges.TestCartridge(
          exchange->path_id(), actor,
          ThenRespond<CartridgeService::TestResult>(exchange, RenderTest));
  }
}

}  // namespace

void AddCartridgeRoutes(Router& router, CartridgeService& cartridges) {
  router.Add(Method::kGet, "/v1/cartridges", true,
             [&cartridges](const ExchangePtr& exchange) { List(cartridges, exchange); });
  const auto act = [&](std::string_view pattern, Action action) {
    router.Add(Method::kPost, pattern, true, [&cartridges, action](const ExchangePtr& exchange) {
      Act(cartridges, exchange, action);
    });
  };
  act("/v1/cartridges/{id}/startMaintenance", Action::kStartMaintenance);
  act("/v1/cartridges/{id}/stopMaintenance", Action::kStopMaintenance);
  act("/v1/cartridges/{id}/test", Action::kTest);
}

}  // namespace cairn::http
