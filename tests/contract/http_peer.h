// HttpPeer: a small HTTP server on a free port of the loopback, whose behaviour the request's path
// chooses:
//
//   /echo          200, what the request was: method, target, body, key, type, and X-Test
//   /status/<n>    that status with the body "because <n>"
//   /busy          503 with Retry-After: 3
//   /text          200 and no JSON
//   /large, /huge  200 and a JSON object of 100 KB, of 4 MB
//   /redirect      302 to /echo
//   /silent        no answer while the peer lives
//   /half          a reset in the middle of the body
//   /close         the connection closes instead of an answer
//   /raw           the bytes given to AnswerRaw(), and the connection closes
//
// Each connection has a thread. Any thread may ask for the counts.
#pragma once

#include "base/json.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace cairn {

class HttpPeer {
 public:
  HttpPeer()
      : acceptor_(context_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        thread_([this] { Accept(); }) {}

  ~HttpPeer() {
    stopping_ = true;
    // A connection of our own ends the waiting accept on every system.
    Tcp::socket last(context_);
    boost::system::error_code ignored;
    last.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
    {
      const std::lock_guard lock(mutex_);
      for (Session& session : sessions_) {
        session.socket.shutdown(Tcp::socket::shutdown_both, ignored);
      }
    }
    for (Session& session : sessions_) {
      session.thread.join();
    }
  }
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  // What /raw answers. Before the request is sent.
  void AnswerRaw(std::string bytes) { raw_answer_ = std::move(bytes); }
  int connections() const { return connections_; }
  int requests() const { return requests_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  struct Session {
    explicit Session(Tcp::socket connected) : socket(std::move(connected)) {}
    Tcp::socket socket;
    std::thread thread;
  };

  void Accept() {
    while (true) {
      boost::system::error_code error;
      Tcp::socket socket(context_);
      acceptor_.accept(socket, error);
      if (stopping_) {
        return;
      }
      if (error) {
        continue;
      }
      ++connections_;
      const std::lock_guard lock(mutex_);
      Session& session = sessions_.emplace_back(std::move(socket));
      session.thread = std::thread([this, &session] { Serve(session.socket); });
    }
  }

  void Serve(Tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    while (true) {
      Request request;
      boost::beast::http::read(socket, buffer, request, error);
      if (error) {
        break;
      }
      ++requests_;
      if (!Answer(socket, request)) {
        break;
      }
    }
    // Only shut down here: the descriptor stays open, and so its number ours, until the end.
    socket.shutdown(Tcp::socket::shutdown_both, error);
  }

  // False: the connection is to be closed.
  bool Answer(Tcp::socket& socket, const Request& request) {
    boost::system::error_code error;
    const std::string target(request.target());
    if (target == "/close") {
      return false;
    }
    if (target == "/silent") {
      char byte = 0;
      boost::asio::read(socket, boost::asio::buffer(&byte, 1), error);  // until either side ends
      return false;
    }
    if (target == "/raw") {
      boost::asio::write(socket, boost::asio::buffer(raw_answer_), error);
      return false;
    }
    if (target == "/half") {
      const std::string_view half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":";
      boost::asio::write(socket, boost::asio::buffer(half.data(), half.size()), error);
      return false;
    }
    Response response(boost::beast::http::status::ok, request.version());
    response.keep_alive(request.keep_alive());
    Fill(target, request, response);
    response.prepare_payload();
    if (request.method() == boost::beast::http::verb::head) {
      response.body().clear();
    }
    boost::beast::http::write(socket, response, error);
    return !error && request.keep_alive();
  }

  static void Fill(const std::string& target, const Request& request, Response& response) {
    constexpr std::string_view kStatus = "/status/";
    if (target.starts_with(kStatus)) {
      const std::string number = target.substr(kStatus.size());
      response.result(static_cast<unsigned>(std::stoi(number)));
      if (number != "204") {
        response.body() = "because " + number;
      }
    } else if (target == "/redirect") {
      response.result(302);
      response.set("Location", "/echo");
    } else if (target == "/busy") {
      response.result(503);
      response.set("Retry-After", "3");
    } else if (target == "/text") {
      response.body() = "fine, thanks";
    } else if (target == "/large" || target == "/huge") {
      const std::size_t bytes = target == "/large" ? 100'000 : 4'000'000;
      response.body() = R"({"text":")" + std::string(bytes, 'x') + R"("})";
    } else {
      Json echo = Json::Object();
      const auto set = [&](const char* name, auto text) {
        echo.Set(name, Json::String(std::string(text.data(), text.size())));
      };
      set("method", request.method_string());
      set("target", request.target());
      set("body", std::string_view(request.body()));
      set("key", request["Idempotency-Key"]);
      set("type", request["Content-Type"]);
      set("test", request["X-Test"]);
      response.body() = echo.Serialize();
    }
  }

  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::string raw_answer_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::list<Session> sessions_;
  std::thread thread_;
};

}  // namespace cairn
