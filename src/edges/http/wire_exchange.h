// WireExchange: the exchange of a request that came over a connection. It may outlive connection
// and server; its answer then goes nowhere.
#pragma once

#include "edges/http/exchange.h"
#include "edges/http/io_loop.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace cairn::http {

class WireExchange final : public Exchange {
 public:
  struct Origin {
    std::weak_ptr<Connection> connection;
    std::uint64_t serial = 0;
    std::shared_ptr<Mailbox> mailbox;
    std::shared_ptr<WorkerPool> workers;
  };
  WireExchange(Origin origin, HttpRequest request, std::string path_id, BodyLease lease);
  ~WireExchange() override;

  const HttpRequest& request() const override { return request_; }
  const std::string& path_id() const override { return path_id_; }
  void ReleaseBody() override;
  void Respond(HttpResponse response) override;
  void RunOnWorker(std::function<void()> work) override;
  void BeginWait(HttpResponse if_stopped) override;
  void BeginStream(HttpResponse response) override;
  void SendPart(std::string part, std::function<void()> sent) override;
  bool abandoned() const override { return abandoned_.load(std::memory_order_relaxed); }

  void Abandon() { abandoned_.store(true, std::memory_order_relaxed); }

 private:
  void Post(Mailbox::Letter::Kind kind, HttpResponse response, std::function<void()> sent = {});

  Origin origin_;
  HttpRequest request_;
  std::string path_id_;
  BodyLease lease_;
  std::atomic<bool> answered_ = false;
  std::atomic<bool> abandoned_ = false;
  std::atomic<bool> streams_ = false;
};

// Runs the route's handler; what it throws becomes an answer 500.
void Handle(const Route& route, const ExchangePtr& exchange);

}  // namespace cairn::http
