// Exchange: one request, and the place where its answer goes. A handler keeps the shared_ptr until
// it has answered, on whatever thread that is; the connection behind it may be long gone by then.
//
// Any thread may call any function, but the request belongs to one thread at a time: to the handler
// and what it hands it on to.
#pragma once

#include "edges/http/http_message.h"

#include <functional>
#include <memory>
#include <string>

namespace cairn::http {

class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const HttpRequest& request() const = 0;
  // What stood in place of {id} in the route's pattern.
  virtual const std::string& path_id() const = 0;

  // Frees the body and what it counts against the server's limit, as soon as it was read.
  virtual void ReleaseBody() = 0;

  // Sends the answer. Only the first call counts. An exchange that ends without one answers 500.
  virtual void Respond(HttpResponse response) = 0;

  // Runs `work` on a thread that may block and compute. Dropped without a word when the server has
  // stopped.
  virtual void RunOnWorker(std::function<void()> work) = 0;

  // Says that the answer may be long in coming: from now on a client that hangs up ends the
  // exchange at once, and a server that stops sends `if_stopped` instead of waiting.
  virtual void BeginWait(HttpResponse if_stopped) = 0;

  // Begins an answer without an end: the head of `response` and its body, then what SendPart
  // brings, for as long as the client listens and this exchange lives. In place of Respond.
  virtual void BeginStream(HttpResponse response) = 0;
  // One more part. `sent` is called on a thread of the server once the client has taken what came
  // before, and never if it hangs up: one part at a time, and a slow client holds up only itself.
  virtual void SendPart(std::string part, std::function<void()> sent) = 0;

  // True once nobody waits for the answer any more: work on it may be skipped.
  virtual bool abandoned() const = 0;
};

using ExchangePtr = std::shared_ptr<Exchange>;

}  // namespace cairn::http
