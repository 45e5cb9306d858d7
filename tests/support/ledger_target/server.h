// The HTTP side of the ledger target: accepts connections, keeps them alive, and hands each call
// to the target. Two paths are its own and are not in the ledger:
//
//   GET  /_ledger/summary      200, what Target::Summary says
//   POST /_ledger/behaviour    204; the body is one rule (behaviours.h); a bad one is 400
//
// One thread: the one that runs the io_context.
#pragma once

#include "base/result.h"
#include "tests/support/ledger_target/behaviours.h"
#include "tests/support/ledger_target/target.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <string>

namespace cairn {

inline constexpr std::size_t kServerSessionsMax = 4'096;  // past it connections are closed at once
inline constexpr std::size_t kServerBodyBytesMax = 16U << 20U;
inline constexpr std::size_t kServerHeaderBytesMax = 64U << 10U;
inline constexpr std::int64_t kServerIdleSecondsMax = 300;

class LedgerServer {
 public:
  // All three must outlive the server.
  LedgerServer(boost::asio::io_context& context, Target& target, Behaviours& behaviours);

  // Listens on "HOST:PORT", where HOST is an IPv4 address or an IPv6 address in brackets, and
  // port 0 takes a free one. Connections are accepted as soon as the io_context runs.
  [[nodiscard]] Status Listen(const std::string& address);

  // "HOST:PORT" as bound. REQUIRES: Listen has succeeded.
  [[nodiscard]] std::string Address() const;

 private:
  void Accept();

  boost::asio::io_context& context_;
  Target& target_;
  Behaviours& behaviours_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer accept_again_;
};

}  // namespace cairn
