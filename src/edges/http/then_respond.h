// ThenRespond: the callback that turns what a service answers into the answer of a request. It
// works on a worker, since how long that takes depends on what is shown.
//
// Any thread.
#pragma once

#include "edges/http/exchange.h"
#include "edges/http/problem.h"

#include <functional>
#include <string>
#include <utility>

namespace cairn::http {

// `render` makes the body of a 200 out of a T.
template <typename T, typename Render>
std::function<void(Result<T>)> ThenRespond(ExchangePtr exchange, Render render) {
  return [exchange = std::move(exchange), render = std::move(render)](Result<T> result) {
    exchange->RunOnWorker([exchange, render, result = std::move(result)] {
      if (!result) {
        return exchange->Respond(ErrorResponse(ErrorStyle::kProblem, result.error()));
      }
      HttpResponse response;
      response.body = render(*result);
      exchange->Respond(std::move(response));
    });
  };
}

// 204 when it was done.
inline std::function<void(Status)> ThenRespondEmpty(ExchangePtr exchange) {
  return [exchange = std::move(exchange)](Status status) {
    if (!status) return exchange->Respond(ErrorResponse(ErrorStyle::kProblem, status.error()));
    HttpResponse response;
    response.status = 204;
    exchange->Respond(std::move(response));
  };
}

}  // namespace cairn::http
