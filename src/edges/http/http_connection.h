// Connection: one client on one TCP connection. Reads a request, has it handled, writes the answer,
// and only then looks at the next request, so answers keep the order of the requests.
//
// Everything here runs on the loop's thread. Instead of a timer for each step there is one
// deadline, which the loop looks at now and then.
#pragma once

#include "edges/http/http_message.h"
#include "edges/http/io_loop.h"
#include "edges/http/problem.h"
#include "edges/http/router.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cairn::http {

class WireExchange;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(IoLoop& loop, boost::asio::ip::tcp::socket socket);
  ~Connection();

  void Start();
  // Answers 503 and closes: there are too many connections.
  void Refuse();

  // From the mailbox. A letter for an earlier request is passed over.
  void OnAnswer(std::uint64_t serial, HttpResponse response);
  void OnWait(std::uint64_t serial, HttpResponse if_stopped);
  void OnStream(std::uint64_t serial, HttpResponse response);
  void OnPart(std::uint64_t serial, std::string part, std::function<void()> sent);
  void OnStreamEnd(std::uint64_t serial);

  void OnServerStops();
  Nanos deadline() const { return deadline_; }
  void OnDeadline();

  // Ends the connection when its loop no longer runs.
  void Abort();

 private:
  enum class Phase { kIdle, kHeader, kBody, kHandling, kStreaming, kWriting, kLingering, kClosed };
  struct Parsing;  // the buffer and the parser

  void NextRequest();
  void Read();
  void OnRead(const boost::system::error_code& ec, std::size_t bytes);
  void Parse();
  void OnParseError(const boost::system::error_code& ec);
  // True: go on with the body. False: an answer is on its way, or will be when more was written.
  bool OnHeader();
  std::optional<HttpResponse> CheckHeader();
  std::optional<HttpResponse> CheckTarget();
  std::optional<HttpResponse> CheckCaller(ErrorStyle style);
  std::optional<HttpResponse> CheckSender(ErrorStyle style);
  std::optional<HttpResponse> CheckBodyHeaders();
  // False: there is no room for the body, and that answer is on its way.
  bool LeaseBody();
  void SendContinue();
  void Dispatch();
  HttpRequest TakeRequest();
  void WatchForHangUp();
  void OnReadable();

  // Answers without a handler. Closes afterwards where the request was not read to its end.
  void AnswerNow(HttpResponse response);
  void Fail(unsigned status, std::string_view detail);
  void Write(HttpResponse response);
  void LeaseAnswer(HttpResponse& response);
  void WriteHead(const HttpResponse& response);
  void OnWritten(const boost::system::error_code& ec);
  void WritePart(std::function<void()> sent);
  void Linger();
  void ReadAndDrop();
  void Close();
  void ExtendBodyDeadline();

  const HttpServerOptions& options() const { return loop_.shared().options; }

  IoLoop& loop_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<Parsing> parsing_;
  Phase phase_ = Phase::kIdle;
  Nanos deadline_ = kNever;   // of the loop's clock
  std::uint64_t serial_ = 0;  // of the request that is handled
  bool counted_ = true;       // among the server's connections

  // The request that is read or handled now.
  Method method_ = Method::kOther;
  Target target_;
  Router::Match match_;
  Caller caller_;
  BodyLease lease_;
  bool keep_alive_ = false;
  bool read_whole_ = false;       // to its end
  std::size_t header_bytes_ = 0;  // read of its header
  Nanos begun_at_ = 0;
  std::weak_ptr<WireExchange> exchange_;
  std::optional<HttpResponse> if_stopped_;  // set: it waits

  // The answer that is written now.
  std::string head_;
  std::string body_;
  bool close_after_ = false;
  // Of an answer without an end.
  bool is_endless_ = false;
  bool part_under_way_ = false;
  bool ends_after_part_ = false;  // what comes while a part is under way:
  std::string next_part_;
  std::function<void()> next_sent_;
};

}  // namespace cairn::http
