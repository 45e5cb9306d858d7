// FakeNode: a tiny HTTP server for the tests of the command line. It answers on a free loopback
// port with what its handler says, one connection at a time, and can break a connection off instead
// of answering.
//
// The handler runs on the server's own thread; Stop (or the destructor) joins it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cairn::cli {

class FakeNode {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  struct Answer {
    unsigned status = 200;
    std::string body;
    std::string retry_after;        // seconds; empty: no such header
    bool replayed = false;          // the header that marks a repeated key
    std::string content_type = {};  // empty: none
  };
  // Nothing: the connection is closed without an answer.
  using Handler = std::function<std::optional<Answer>(const Request&)>;

  // `port` 0 takes a free one.
  explicit FakeNode(Handler handler, std::uint16_t port = 0)
      : handler_(std::move(handler)), acceptor_(context_) {
    const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(boost::asio::socket_base::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeNode() { Stop(); }
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  void Stop() {
    if (!thread_.joinable()) return;
    stopping_.store(true);
    // Wakes whichever of the two blocking calls the thread is in.
    boost::system::error_code ignored;
    {
      const std::lock_guard lock(mutex_);
      if (socket_ != nullptr) {
        socket_->shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
      }
    }
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket knock(context);
    knock.connect({boost::asio::ip::address_v4::loopback(), port_}, ignored);
    thread_.join();
    acceptor_.close(ignored);
  }

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    while (!stopping_.load()) {
      boost::system::error_code error;
      boost::asio::ip::tcp::socket socket(context_);
      acceptor_.accept(socket, error);
      if (error || stopping_.load()) continue;
      Hold(&socket);
      ServeConnection(socket);
      Hold(nullptr);
    }
  }

  void Hold(boost::asio::ip::tcp::socket* socket) {
    const std::lock_guard lock(mutex_);
    socket_ = socket;
  }

  void ServeConnection(boost::asio::ip::tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    while (!stopping_.load()) {
      Request request;
      boost::system::error_code error;
      boost::beast::http::read(socket, buffer, request, error);
      if (error) return;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::optional<Answer> answer = handler_(request);
      if (!answer) return;
      boost::beast::http::response<boost::beast::http::string_body> response;
      response.version(request.version());
      response.result(answer->status);
      if (!answer->retry_after.empty()) {
        response.set(boost::beast::http::field::retry_after, answer->retry_after);
      }
      if (!answer->content_type.empty()) {
        response.set(boost::beast::http::field::content_type, answer->content_type);
      }
      if (answer->replayed) {
        response.set("Idempotency-Replayed", "true");
      }
      response.keep_alive(request.keep_alive());
      response.body() = answer->body;
      response.prepare_payload();
      boost::beast::http::write(socket, response, error);
      if (error) return;
    }
  }

  Handler handler_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  boost::asio::ip::tcp::socket* socket_ = nullptr;
  std::thread thread_;
};

}  // namespace cairn::cli
