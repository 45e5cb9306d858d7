// The read, dispatch and write loop of one connection.
#include "tests/support/ledger_target/session.h"

#include "base/json.h"
#include "tests/support/ledger_target/server.h"

#include <chrono>
#include <string>
#include <utility>

namespace cairn {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

std::size_t session_count = 0;

std::string ErrorBody(std::string_view detail) {
  return R"({"error":)" + JsonString(IsCleanUtf8(detail) ? detail : "the request is not UTF-8") +
         "}";
}

}  // namespace

LedgerSession::LedgerSession(boost::asio::ip::tcp::socket socket, Target& target,
                             Behaviours& behaviours)
    : stream_(std::move(socket)), target_(target), behaviours_(behaviours) {
  ++session_count;
}

LedgerSession::~LedgerSession() { --session_count; }

std::size_t LedgerSession::Count() { return session_count; }

void LedgerSession::Start() {
  error_code ignored;
  stream_.socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  Read();
}

void LedgerSession::Read() {
  parser_.emplace();
  parser_->body_limit(kServerBodyBytesMax);
  parser_->header_limit(kServerHeaderBytesMax);
  stream_.expires_after(std::chrono::seconds(kServerIdleSecondsMax));
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const error_code& error, std::size_t) {
        if (!error) {
          self->Dispatch(self->parser_->release());
        } else if (error == http::error::body_limit || error == http::error::header_limit) {
          self->keep_alive_ = false;
          self->Send(413, ErrorBody("the request is too large"));
        } else {
          self->Close();
        }
      });
}

void LedgerSession::Dispatch(Request request) {
  stream_.expires_never();  // a delayed answer is no idle connection
  keep_alive_ = request.keep_alive();
  version_ = request.version();
  const std::string path(request.target());
  if (path == "/_ledger/summary" && request.method() == http::verb::get) {
    Send(200, target_.Summary());
    return;
  }
  if (path == "/_ledger/behaviour" && request.method() == http::verb::post) {
    AnswerBehaviour(request);
    return;
  }
  if (path.starts_with("/_ledger/")) {
    Send(404, ErrorBody("the ledger has GET /_ledger/summary and POST /_ledger/behaviour"));
    return;
  }
  LedgerCall call;
  call.method = std::string(request.method_string());
  call.path = path;
  call.key = std::string(request["Idempotency-Key"]);
  call.body = std::move(request.body());
  target_.Handle(std::move(call), [self = shared_from_this()](const TargetAnswer& answer) {
    if (answer.drop) {
      self->Close();
    } else {
      self->Send(answer.status, answer.body);
    }
  });
}

void LedgerSession::AnswerBehaviour(const Request& request) {
  const Status added = behaviours_.Add(request.body());
  if (added) {
    Send(204, "");
  } else {
    Send(400, ErrorBody(added.error().message));
  }
}

void LedgerSession::Send(unsigned status, std::string body) {
  response_ = Response();
  response_.version(version_);
  response_.result(status);
  response_.keep_alive(keep_alive_);
  if (status != 204) {
    response_.set(http::field::content_type, "application/json");
    response_.body() = std::move(body);
    response_.prepare_payload();
  }
  stream_.expires_after(std::chrono::seconds(kServerIdleSecondsMax));
  http::async_write(stream_, response_,
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      if (error || !self->keep_alive_) {
                        self->Close();
                      } else {
                        self->Read();
                      }
                    });
}

void LedgerSession::Close() {
  error_code ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
}

}  // namespace cairn
