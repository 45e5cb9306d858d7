#include "edges/http/wire_exchange.h"

#include "edges/http/problem.h"

#include <spdlog/spdlog.h>

#include <exception>

namespace cairn::http {

WireExchange::WireExchange(Origin origin, HttpRequest request, std::string path_id, BodyLease lease)
    : origin_(std::move(origin)),
      request_(std::move(request)),
      path_id_(std::move(path_id)),
      lease_(std::move(lease)) {}

WireExchange::~WireExchange() {
  if (streams_.load()) Post(Mailbox::Letter::Kind::kStreamEnd, {});
  if (answered_.load()) return;
  Respond(ErrorResponse(ErrorStyleOf(request_.target.path), 500,
                        "the request ended without an answer"));
}

void WireExchange::ReleaseBody() {
  request_.body = std::string();
  lease_.Release();
}

void WireExchange::Post(Mailbox::Letter::Kind kind, HttpResponse response,
                        std::function<void()> sent) {
  origin_.mailbox->Post(
      {kind, origin_.connection, origin_.serial, std::move(response), std::move(sent)});
}

void WireExchange::BeginStream(HttpResponse response) {
  if (answered_.exchange(true)) return;
  streams_.store(true);
  Post(Mailbox::Letter::Kind::kStream, std::move(response));
}

void WireExchange::SendPart(std::string part, std::function<void()> sent) {
  HttpResponse response;
  response.body = std::move(part);
  Post(Mailbox::Letter::Kind::kPart, std::move(response), std::move(sent));
}

void WireExchange::Respond(HttpResponse response) {
  if (answered_.exchange(true)) return;
  Post(Mailbox::Letter::Kind::kAnswer, std::move(response));
}

void WireExchange::RunOnWorker(std::function<void()> work) {
  origin_.workers->Post([work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& error) {
      // The exchange ends with the work, and so answers 500.
      spdlog::error("http: a request failed on a worker: {}", error.what());
    }
  });
}

void WireExchange::BeginWait(HttpResponse if_stopped) {
  Post(Mailbox::Letter::Kind::kWait, std::move(if_stopped));
}

void Handle(const Route& route, const ExchangePtr& exchange) {
  try {
    route.handler(exchange);
  } catch (const std::exception& error) {
    spdlog::error("http: {} {} failed: {}", MethodName(exchange->request().method),
                  exchange->request().target.path, error.what());
    exchange->Respond(ErrorResponse(ErrorStyleOf(exchange->request().target.path), 500,
                                    "the request failed for a reason of the server"));
  }
}

}  // namespace cairn::http
