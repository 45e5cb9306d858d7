// One connection of the ledger target: reads a request, has it answered, writes the answer, and
// so on until the peer closes, is idle for too long, or a behaviour drops the connection.
//
// Owns itself through shared_ptr while an operation is under way. One thread.
#pragma once

#include "tests/support/ledger_target/behaviours.h"
#include "tests/support/ledger_target/target.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <optional>

namespace cairn {

class LedgerSession : public std::enable_shared_from_this<LedgerSession> {
 public:
  // `target` and `behaviours` must outlive the session.
  LedgerSession(boost::asio::ip::tcp::socket socket, Target& target, Behaviours& behaviours);
  ~LedgerSession();
  LedgerSession(const LedgerSession&) = delete;
  LedgerSession& operator=(const LedgerSession&) = delete;

  void Start();

  // How many sessions there are now.
  [[nodiscard]] static std::size_t Count();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void Read();
  void Dispatch(Request request);
  void AnswerBehaviour(const Request& request);
  void Send(unsigned status, std::string body);
  void Close();

  boost::beast::tcp_stream stream_;
  Target& target_;
  Behaviours& behaviours_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Response response_;
  bool keep_alive_ = true;
  unsigned version_ = 11;
};

}  // namespace cairn
