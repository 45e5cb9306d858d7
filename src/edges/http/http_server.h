// HttpServer: Cairn's HTTP edge. It reads requests off TCP connections, hands them to the native
// API (/v1), the TMF641 API (/tmf-api) and the endpoints of the node, and writes the answers.
//
// Requests of one connection are answered one at a time and in their order. A client that is slow,
// silent or too greedy is cut off; every limit is in the options.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "edges/http/access.h"
#include "model/limits.h"
#include "runtime/service.h"
#include "runtime/services.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cairn::http {

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address
  std::uint16_t port = 0;             // 0: any free one
  unsigned io_threads = 1;
  unsigned worker_threads = 1;
  std::vector<std::string> allowed_hosts;  // see host_rule.h; empty: any
  std::shared_ptr<const ApiKeys> keys;     // null: nobody is asked who they are

  std::size_t body_bytes_max = kOrderBodyBytesMax;
  std::size_t header_bytes_max = std::size_t{16} << 10U;
  std::size_t target_bytes_max = std::size_t{8} << 10U;
  // All bodies over kInlineBodyBytesMax that are in memory at once, those of requests and those of
  // answers that clients have not taken yet; past it: 503.
  std::size_t bodies_bytes_max = std::size_t{512} << 20U;
  std::size_t connections_max = 4'096;  // past it: 503 and close
  std::size_t waits_max = 10'000;       // requests that wait for an order; past it: 503

  // Spans. A body, and an answer that the client does not take, may also last transfer_base and as
  // long as its bytes take at transfer_bytes_per_s_min.
  Nanos header_timeout = 10 * kSecond;  // from the first byte, or from the connection
  Nanos idle_timeout = 120 * kSecond;   // between two requests
  Nanos body_progress_timeout = 10 * kSecond;
  Nanos transfer_base = 60 * kSecond;
  std::size_t transfer_bytes_per_s_min = std::size_t{64} << 10U;
  Nanos linger = 2 * kSecond;         // for the client to read a last answer
  Nanos stop_timeout = 10 * kSecond;  // for running requests, when the server stops
};

// Larger bodies are read and planned on a worker thread.
inline constexpr std::size_t kInlineBodyBytesMax = std::size_t{64} << 10U;

class HttpServer {
 public:
  using Options = HttpServerOptions;

  // Listens and serves from here on. kInvalidArgument when the address is none, kUnavailable when
  // it cannot be bound. REQUIRES: there is a service of orders; the services outlive the server and
  // every callback that they still owe.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Start(Options options,
                                                                 const Services& services);
  // Orders only.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Start(Options options, Service& orders);
  ~HttpServer();  // stops

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;  // the one it listens on

  // Closes the listener: new connections are refused from here on. Running ones go on.
  void StopAccepting();

  // StopAccepting, then closes idle connections, answers those that wait for an order, and gives
  // the other requests options.stop_timeout to be answered. What remains is cut. Afterwards no
  // thread of the server runs; a callback that the service still owes is harmless. Calls from one
  // thread; a second call does nothing.
  void Stop();

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::http
