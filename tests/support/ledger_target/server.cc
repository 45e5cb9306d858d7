// Listening and accepting.
#include "tests/support/ledger_target/server.h"

#include "tests/support/ledger_target/session.h"

#include <charconv>
#include <chrono>
#include <memory>
#include <utility>

namespace cairn {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

LedgerServer::LedgerServer(asio::io_context& context, Target& target, Behaviours& behaviours)
    : context_(context),
      target_(target),
      behaviours_(behaviours),
      acceptor_(context),
      accept_again_(context) {}

Status LedgerServer::Listen(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::uint16_t port = 0;
  const char* begin = colon == std::string::npos ? nullptr : address.data() + colon + 1;
  const char* end = address.data() + address.size();
  error_code error;
  const asio::ip::address ip = asio::ip::make_address(host, error);
  if (begin == nullptr || begin == end || error || std::from_chars(begin, end, port).ptr != end) {
    return Fail(ErrorCode::kInvalidArgument,
                "listen: '" + address + "' is not an IP address, a colon and a port up to 65535");
  }
  const tcp::endpoint endpoint(ip, port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) {
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor_.bind(endpoint, error);
  }
  if (!error) {
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return Fail(ErrorCode::kIo, "cannot listen on " + address + ": " + error.message());
  }
  Accept();
  return {};
}

std::string LedgerServer::Address() const {
  const tcp::endpoint endpoint = acceptor_.local_endpoint();
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

void LedgerServer::Accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) {
      return;
    }
    if (error) {
      // Out of descriptors: a pause lets some connections end, in place of a busy loop.
      accept_again_.expires_after(std::chrono::milliseconds(50));
      accept_again_.async_wait([this](const error_code& stopped) {
        if (!stopped) {
          Accept();
        }
      });
      return;
    }
    if (LedgerSession::Count() < kServerSessionsMax) {
      std::make_shared<LedgerSession>(std::move(socket), target_, behaviours_)->Start();
    }
    Accept();
  });
}

}  // namespace cairn
