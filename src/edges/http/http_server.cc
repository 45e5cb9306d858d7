#include "edges/http/http_server.h"

#include "edges/http/http_connection.h"
#include "edges/http/io_loop.h"
#include "edges/http/routes.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <vector>

namespace cairn::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Connections past the limit that are told so at the same time; further ones are just closed.
constexpr std::size_t kRefusalsMax = 256;
constexpr std::chrono::milliseconds kAcceptPause{100};  // when the process has no descriptor left

}  // namespace

struct HttpServer::State {
  ServerShared shared;
  std::vector<std::unique_ptr<IoLoop>> loops;  // the listener lives on the first
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<boost::asio::steady_timer> pause;  // of accepting
  std::size_t next_loop = 0;
  std::uint16_t port = 0;
  bool accepting = false;
  bool stopped = false;

  Status Listen();
  void Accept();
  void OnAccept(IoLoop& loop, const error_code& ec, tcp::socket socket);
  HttpMetrics Metrics() const;
};

Status HttpServer::State::Listen() {
  error_code ec;
  const auto address = boost::asio::ip::make_address(shared.options.address, ec);
  if (ec) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an IP address to listen on", shared.options.address));
  }
  const tcp::endpoint endpoint(address, shared.options.port);
  acceptor = std::make_unique<tcp::acceptor>(loops.front()->io());
  pause = std::make_unique<boost::asio::steady_timer>(loops.front()->io());
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor->bind(endpoint, ec);
  if (!ec) acceptor->listen(boost::asio::socket_base::max_listen_connections, ec);
  if (ec) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot listen on {} port {}: {}", shared.options.address,
                            shared.options.port, ec.message()));
  }
  port = acceptor->local_endpoint().port();
  return {};
}

void HttpServer::State::Accept() {
  IoLoop& loop = *loops[next_loop++ % loops.size()];
  acceptor->async_accept(loop.io(), [this, &loop](const error_code& ec, tcp::socket socket) {
    OnAccept(loop, ec, std::move(socket));
  });
}

void HttpServer::State::OnAccept(IoLoop& loop, const error_code& ec, tcp::socket socket) {
  if (!acceptor->is_open()) return;
  if (ec && ec != boost::asio::error::connection_aborted) {
    spdlog::warn("http: cannot accept a connection: {}", ec.message());
    pause->expires_after(kAcceptPause);
    pause->async_wait([this](const error_code& cancelled) {
      if (!cancelled && acceptor->is_open()) Accept();
    });
    return;
  }
  const std::size_t open = shared.connections();
  if (!ec && open < shared.options.connections_max + kRefusalsMax) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto connection = std::make_shared<Connection>(loop, std::move(socket));
    const bool refuse = open >= shared.options.connections_max;
    boost::asio::post(
        loop.io(), [connection, refuse] { refuse ? connection->Refuse() : connection->Start(); });
  }
  Accept();
}

HttpMetrics HttpServer::State::Metrics() const {
  HttpMetrics metrics;
  metrics.connections = shared.connections();
  metrics.connections_refused = shared.connections_refused.load();
  metrics.requests = shared.requests.load();
  metrics.waits = shared.waits->now.load();
  return metrics;
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() { Stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Service& orders) {
  Services services;
  services.orders = &orders;
  return Start(std::move(options), services);
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, const Services& services) {
  auto state = std::make_unique<State>();
  State* const raw = state.get();
  ServerShared& shared = state->shared;
  shared.options = std::move(options);
  shared.bodies = std::make_shared<BodyBudget>(shared.options.bodies_bytes_max);
  shared.waits = std::make_shared<WaitCount>();
  shared.waits->max = shared.options.waits_max;
  AddRoutes(shared.router, services, shared.waits, [raw] { return raw->Metrics(); });
  for (unsigned i = 0; i < std::max(shared.options.io_threads, 1U); ++i) {
    state->loops.push_back(std::make_unique<IoLoop>(shared));
  }
  RETURN_IF_ERROR(state->Listen());
  shared.workers = std::make_shared<WorkerPool>(std::max(shared.options.worker_threads, 1U));
  state->accepting = true;
  state->Accept();
  for (const auto& loop : state->loops) loop->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

std::uint16_t HttpServer::port() const { return state_->port; }

void HttpServer::StopAccepting() {
  if (!std::exchange(state_->accepting, false)) return;
  std::promise<void> closed;
  boost::asio::post(state_->loops.front()->io(), [this, &closed] {
    error_code ignored;
    state_->acceptor->close(ignored);
    state_->pause->cancel();
    closed.set_value();
  });
  closed.get_future().wait();
}

void HttpServer::Stop() {
  if (std::exchange(state_->stopped, true)) return;
  StopAccepting();
  for (const auto& loop : state_->loops) {
    boost::asio::post(loop->io(), [raw = loop.get()] { raw->BeginStop(); });
  }
  if (!state_->shared.WaitUntilNoConnection(state_->shared.options.stop_timeout)) {
    spdlog::warn("http: {} requests were cut by the stop", state_->shared.connections());
  }
  state_->shared.workers->Close();
  for (const auto& loop : state_->loops) loop->Close();
  // These two belong to the first loop.
  state_->acceptor.reset();
  state_->pause.reset();
}

}  // namespace cairn::http
