#include "edges/http/tmf641_routes.h"

#include "edges/http/order_query.h"
#include "edges/http/problem.h"
#include "edges/http/submission.h"
#include "edges/http/tmf641_list.h"
#include "edges/http/tmf641_query.h"
#include "edges/http/tmf641_read.h"
#include "edges/http/tmf641_render.h"

#include <fmt/format.h>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kTmf;

// Renders on a worker: how long that takes depends on the order.
Service::OrderDone ThenShow(const ExchangePtr& exchange, TmfFieldNames fields,
                            HttpResponse response) {
  return [exchange, fields = std::move(fields),
          response = std::move(response)](Result<std::shared_ptr<const OrderSnapshot>> found) {
    exchange->RunOnWorker([exchange, fields, response, found = std::move(found)] {
      if (exchange->abandoned()) return;
      if (!found) return exchange->Respond(ErrorResponse(kStyle, found.error()));
      HttpResponse shown = response;
      shown.content_type = kTypeTmfJson;
      shown.headers.emplace_back("ETag", fmt::format("\"{}\"", (*found)->version()));
      shown.body = RenderTmf641Order((*found)->View(), fields);
      exchange->Respond(std::move(shown));
    });
  };
}

void Created(Service& service, const ExchangePtr& exchange, const SubmitReply& reply,
             const std::string& document) {
  HttpResponse response =
      CreatedResponse(fmt::format("{}/{}", kTmf641Base, FormatId(reply.id)), reply);
  exchange->RunOnWorker([&service, exchange, reply, document, response] {
    // Of a repeat we only know which order it is, not how far that has come.
    if (reply.repeated || reply.state != OrderState::kNew) {
      return service.GetOrder(reply.id, ThenShow(exchange, std::nullopt, response));
    }
    HttpResponse accepted = response;
    accepted.content_type = kTypeTmfJson;
    accepted.body = RenderTmf641Accepted(document, reply);
    exchange->Respond(std::move(accepted));
  });
}

void Create(Service& service, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  auto context = ContextOf(exchange->request(), kStyle);
  if (!context) return exchange->Respond(std::move(context.error()));
  auto order = ParseTmf641Order(exchange->request().body);
  exchange->ReleaseBody();
  if (!order) return exchange->Respond(BodyRefused(kStyle, order.error()));
  service.SubmitOrder(*order, std::move(*context),
                      [&service, exchange,
                       document = order->tmf_document](tl::expected<SubmitReply, Refusal> reply) {
                        if (!reply) return exchange->Respond(ErrorResponse(kStyle, reply.error()));
                        Created(service, exchange, *reply, document);
                      });
}

void List(Service& service, const ExchangePtr& exchange) {
  auto query = ParseTmfListQuery(exchange->request().target, kTmfServiceOrder);
  if (!query) return exchange->Respond(std::move(query.error()));
  ListTmf641Orders(service, exchange, std::move(*query));
}

void Get(Service& service, const ExchangePtr& exchange) {
  const auto id = ParseOrderPathId(*exchange, kStyle);
  if (!id) return exchange->Respond(id.error());
  auto fields = ParseTmfGetQuery(exchange->request().target);
  if (!fields) return exchange->Respond(std::move(fields.error()));
  service.GetOrder(*id, ThenShow(exchange, std::move(*fields), {}));
}

}  // namespace

void AddTmf641Routes(Router& router, Service& service) {
  const auto add = [&](Method method, std::string_view pattern, bool on_worker,
                       void (*handler)(Service&, const ExchangePtr&)) {
    router.Add(
        method, pattern, on_worker,
        [&service, handler](const ExchangePtr& exchange) { handler(service, exchange); },
        kTypeJson);
  };
  add(Method::kPost, kTmf641Base, false, Create);
  add(Method::kGet, kTmf641Base, true, List);
  add(Method::kGet, fmt::format("{}/{{id}}", kTmf641Base), true, Get);
}

}  // namespace cairn::http
