// Clients of a running cairnd over HTTP: so many connections are kept open, and each submits one
// order after the other and waits for the answer that says that the order is complete.
//
//   http_load --port 8080 [--connections 256] [--seconds 30]
//
// Counts an order when its client has read that it is Completed. Fails when an answer says anything
// else, or when a connection breaks.
#include "base/time.h"
#include "bench/load/bench_order.h"
#include "bench/load/latency_histogram.h"
#include "bench/load/report.h"

#include <CLI/CLI.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Steady = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;

struct Settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  unsigned connections = 256;
  double seconds = 30;
  double warmup = 2;
};

// What all connections share. One thread runs them.
struct Shared {
  BenchOrderText text;
  LatencyHistogram latencies;
  std::uint64_t next = 0;
  std::uint64_t completed = 0;
  bool counting = false;
  bool stopping = false;
  std::string problem;  // the first
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(asio::io_context& context, Shared& shared) : socket_(context), shared_(shared) {}

  void Start(const Tcp::endpoint& server) {
    socket_.async_connect(server, [self = shared_from_this()](boost::system::error_code error) {
      if (error) return self->Break("connect: " + error.message());
      self->socket_.set_option(Tcp::no_delay(true));
      self->Submit();
    });
  }

 private:
  void Submit() {
    if (shared_.stopping) return;
    request_.assign(
        "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Prefer: wait=30, return=minimal\r\nContent-Length: ");
    request_ += fmt::format("{}\r\n\r\n", kBenchOrderBytes);
    request_ += shared_.text.Of(shared_.next++);
    begun_ = Steady::now();
    asio::async_write(socket_, asio::buffer(request_),
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        if (error) return self->Break("write: " + error.message());
                        self->Read();
                      });
  }

  void Read() {
    parser_.emplace();
    beast::http::async_read(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](boost::system::error_code error, std::size_t) {
          if (error) return self->Break("read: " + error.message());
          self->Judge();
        });
  }

  void Judge() {
    const auto& response = parser_.value().get();
    const bool complete = response.result() == beast::http::status::created &&
                          response.body().find("\"Completed\"") != std::string::npos;
    if (!complete) {
      return Break(fmt::format("answer {}: {}", response.result_int(), response.body()));
    }
    ++shared_.completed;
    if (shared_.counting) {
      shared_.latencies.Add(std::chrono::nanoseconds(Steady::now() - begun_).count());
    }
    if (response.keep_alive()) return Submit();
    Break("the server closes the connection");
  }

  void Break(std::string what) {
    if (shared_.problem.empty()) shared_.problem = std::move(what);
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  Tcp::socket socket_;
  Shared& shared_;
  std::string request_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::response_parser<beast::http::string_body>> parser_;
  Steady::time_point begun_;
};

Steady::duration Span(double seconds) {
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
}

int Run(const Settings& settings) {
  asio::io_context context(1);
  Shared shared;
  const Tcp::endpoint server(asio::ip::make_address(settings.address), settings.port);
  for (unsigned i = 0; i < settings.connections; ++i) {
    std::make_shared<Client>(context, shared)->Start(server);
  }
  Steady::time_point from;
  double counted_seconds = 0;
  asio::steady_timer begin(context, Span(settings.warmup));
  asio::steady_timer end(context, Span(settings.warmup + settings.seconds));
  begin.async_wait([&](boost::system::error_code) {
    shared.counting = true;
    from = Steady::now();
  });
  end.async_wait([&](boost::system::error_code) {
    shared.counting = false;
    shared.stopping = true;
    counted_seconds = std::chrono::duration<double>(Steady::now() - from).count();
  });
  context.run();  // until the last answer has been read

  const std::uint64_t counted = shared.latencies.count();
  if (!shared.problem.empty() || counted == 0 || shared.completed != shared.next) {
    fmt::print(stderr, "http_load: {} orders sent, {} completed; {}\n", shared.next,
               shared.completed, shared.problem);
    return 1;
  }
  Report report;
  report.Number("orders_per_s", static_cast<double>(counted) / counted_seconds);
  report.Count("orders", counted);
  report.Count("orders_in_all", shared.completed);
  report.Number("seconds", counted_seconds);
  report.Count("connections", settings.connections);
  report.Milliseconds("latency_ms_p50", shared.latencies.Quantile(0.5));
  report.Milliseconds("latency_ms_p99", shared.latencies.Quantile(0.99));
  report.Milliseconds("latency_ms_max", shared.latencies.max());
  report.Print();
  return 0;
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("orders over HTTP to a running cairnd");
  app.add_option("--address", settings.address, "IP address of the server");
  app.add_option("--port", settings.port, "of the server")->required();
  app.add_option("--connections", settings.connections, "kept open")->check(CLI::Range(1, 4'000));
  app.add_option("--seconds", settings.seconds, "length of what is counted");
  app.add_option("--warmup", settings.warmup, "seconds before that");
  CLI11_PARSE(app, argc, argv);
  return Run(settings);
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::Main(argc, argv); }
