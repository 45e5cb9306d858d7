#include "edges/http/node_routes.h"

#include "edges/http/json_writer.h"
#include "edges/http/openapi.h"
#include "edges/http/order_json.h"
#include "edges/http/order_query.h"
#include "edges/http/problem.h"
#include "edges/http/submission.h"

namespace cairn::http {
namespace {

struct ReadinessText {
  std::string_view name;
  std::string_view reason;  // why the node is not ready; empty: it is
};

ReadinessText TextOf(Readiness readiness) {
  switch (readiness) {
    case Readiness::kReady: return {"ready", ""};
    case Readiness::kStarting: return {"starting", "the node is reading its journal"};
    case Readiness::kStopping: return {"stopping", "the node is stopping"};
    case Readiness::kNoSpace: return {"noSpace", "the disk is too full to accept orders"};
  }
  return {"unknown", "the node is in an unknown state"};
}

void Health(const ExchangePtr& exchange) {
  HttpResponse response;
  response.body = R"({"status":"ok"})";
  exchange->Respond(std::move(response));
}

void Describe(const ExchangePtr& exchange) {
  HttpResponse response;
  response.body = OpenApiDocument();
  exchange->Respond(std::move(response));
}

void Ready(Service& service, const ExchangePtr& exchange) {
  const ReadinessText text = TextOf(service.readiness());
  HttpResponse response;
  JsonWriter json;
  json.OpenObject().Key("status").Text(text.name);
  if (!text.reason.empty()) {
    json.Key("reason").Text(text.reason);
    response.status = 503;
    response.headers.emplace_back("Retry-After", "1");
  }
  json.CloseObject();
  response.body = json.Take();
  exchange->Respond(std::move(response));
}

void AdvanceClock(Service& service, const ExchangePtr& exchange) {
  constexpr ErrorStyle kStyle = ErrorStyle::kProblem;
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto advance = ParseClockJson(exchange->request().body);
  if (!advance) return exchange->Respond(BodyRefused(kStyle, advance.error()));
  Nanos to = advance->to;
  if (advance->by > 0 && __builtin_add_overflow(service.now(), advance->by, &to)) {
    return exchange->Respond(BodyRefused(
        kStyle, {{"/by", "out-of-range", "leads past the last time that can be shown"}}));
  }
  const Status moved = service.AdvanceClockTo(to);
  if (!moved) return exchange->Respond(ErrorResponse(kStyle, moved.error()));
  HttpResponse response;
  response.body = JsonWriter().OpenObject().Key("now").Time(service.now()).CloseObject().Take();
  exchange->Respond(std::move(response));
}

}  // namespace

void AddNodeRoutes(Router& router, Service& service, std::function<HttpMetrics()> http_metrics) {
  router.Add(Method::kGet, "/healthz", false, Health);
  router.Add(Method::kGet, "/openapi.json", false, Describe);
  router.Add(Method::kGet, "/readyz", false,
             [&service](const ExchangePtr& exchange) { Ready(service, exchange); });
  router.Add(
      Method::kGet, "/metrics", false,
      [&service, http_metrics = std::move(http_metrics)](const ExchangePtr& exchange) {
        HttpResponse response;
        response.content_type = kTypeMetrics;
        response.body = RenderMetrics(service.metrics(), http_metrics());
        exchange->Respond(std::move(response));
      },
      "text/plain");
  router.Add(Method::kPost, "/v1/clock/advance", true,
             [&service](const ExchangePtr& exchange) { AdvanceClock(service, exchange); });
}

}  // namespace cairn::http
