#include "edges/http/http_connection.h"

#include "base/check.h"
#include "edges/http/host_rule.h"
#include "edges/http/wire_exchange.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include <sys/socket.h>

namespace cairn::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadBytes = std::size_t{8} << 10U;
constexpr std::size_t kBodyReadBytes = std::size_t{64} << 10U;
constexpr std::size_t kIdleBufferBytesMax = std::size_t{16} << 10U;  // larger ones are given back

Method MethodOf(bhttp::verb verb) {
  // The library's list of methods is long and ours short: a chain, since a switch would have to
  // name them all.
  if (verb == bhttp::verb::get) return Method::kGet;
  if (verb == bhttp::verb::head) return Method::kHead;
  if (verb == bhttp::verb::post) return Method::kPost;
  if (verb == bhttp::verb::put) return Method::kPut;
  if (verb == bhttp::verb::patch) return Method::kPatch;
  if (verb == bhttp::verb::delete_) return Method::kDelete;
  if (verb == bhttp::verb::options) return Method::kOptions;
  return Method::kOther;
}

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

bool HasBody(unsigned status) { return status != 204 && status != 304; }

}  // namespace

struct Connection::Parsing {
  using RequestParser = bhttp::request_parser<bhttp::string_body>;

  explicit Parsing(const HttpServerOptions& options)
      : buffer(options.header_bytes_max + 2 * kBodyReadBytes) {}

  void Reset(const HttpServerOptions& options) {
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
    parser->body_limit(options.body_bytes_max);
  }
  // REQUIRES: Reset came before.
  RequestParser& Parser() {
    CHECK(parser.has_value());
    return *parser;
  }
  const RequestParser& Parser() const {
    CHECK(parser.has_value());
    return *parser;
  }
  std::string_view Field(bhttp::field name) const { return View(Parser().get()[name]); }
  // Of a header that is a list and may stand several times.
  std::string List(bhttp::field name) const {
    std::string list;
    const auto [first, last] = Parser().get().equal_range(name);
    for (auto it = first; it != last; ++it) {
      if (!list.empty()) list += ", ";
      list += View(it->value());
    }
    return list;
  }
  std::string_view Peek() const {
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
  }

  beast::flat_buffer buffer;
  std::optional<RequestParser> parser;
};

Connection::Connection(IoLoop& loop, boost::asio::ip::tcp::socket socket)
    : loop_(loop),
      socket_(std::move(socket)),
      parsing_(std::make_unique<Parsing>(loop.shared().options)) {
  loop_.shared().AddConnection();
}

Connection::~Connection() = default;

void Connection::Start() {
  loop_.Add(shared_from_this());
  if (loop_.stopping()) return Close();
  NextRequest();
  // A new connection has something to say.
  deadline_ = loop_.now() + options().header_timeout;
}

void Connection::Refuse() {
  loop_.Add(shared_from_this());
  loop_.shared().connections_refused.fetch_add(1);
  parsing_->Reset(options());
  AnswerNow(BusyResponse(ErrorStyle::kProblem, "too many connections"));
}

void Connection::NextRequest() {
  parsing_->Reset(options());
  keep_alive_ = false;
  read_whole_ = false;
  header_bytes_ = 0;
  method_ = Method::kOther;
  target_ = {};
  match_ = {};
  caller_ = {};
  if_stopped_.reset();
  begun_at_ = loop_.now();
  if (parsing_->buffer.size() > 0) {
    phase_ = Phase::kHeader;
    deadline_ = begun_at_ + options().header_timeout;
    return Parse();
  }
  if (loop_.stopping()) return Close();
  if (parsing_->buffer.capacity() > kIdleBufferBytesMax) parsing_->buffer.shrink_to_fit();
  phase_ = Phase::kIdle;
  deadline_ = begun_at_ + options().idle_timeout;
  Read();
}

void Connection::Read() {
  const auto space = parsing_->buffer.prepare(phase_ == Phase::kBody ? kBodyReadBytes : kReadBytes);
  socket_.async_read_some(space, [self = shared_from_this()](const error_code& ec, std::size_t n) {
    self->OnRead(ec, n);
  });
}

void Connection::OnRead(const error_code& ec, std::size_t bytes) {
  if (phase_ != Phase::kIdle && phase_ != Phase::kHeader && phase_ != Phase::kBody) return;
  if (ec) return Close();
  parsing_->buffer.commit(bytes);
  if (phase_ == Phase::kIdle) {
    phase_ = Phase::kHeader;
    begun_at_ = loop_.now();
    deadline_ = begun_at_ + options().header_timeout;
  }
  Parse();
}

void Connection::Parse() {
  auto& parser = parsing_->Parser();
  auto& buffer = parsing_->buffer;
  // Empty lines before a request are harmless leftovers of old clients.
  while (!parser.got_some() && buffer.size() > 0 &&
         (parsing_->Peek().front() == '\r' || parsing_->Peek().front() == '\n')) {
    buffer.consume(1);
  }
  while (!parser.is_done()) {
    if (buffer.size() == 0) return Read();
    const bool in_header = !parser.is_header_done();
    error_code ec;
    const std::size_t used = parser.put(buffer.data(), ec);
    buffer.consume(used);
    if (in_header) header_bytes_ += used;
    // The parser's own limit is for one piece of a header that comes in many.
    if (header_bytes_ > options().header_bytes_max) ec = bhttp::error::header_limit;
    const bool more = ec == bhttp::error::need_more;
    if (ec && !more) return OnParseError(ec);
    if (in_header && parser.is_header_done() && !OnHeader()) return;
    if (!in_header && !LeaseBody()) return;
    if (more && !parser.is_done()) {
      if (phase_ == Phase::kBody) ExtendBodyDeadline();
      return Read();
    }
  }
  read_whole_ = true;
  Dispatch();
}

void Connection::OnParseError(const error_code& ec) {
  if (ec == bhttp::error::body_limit) {
    return Fail(413, fmt::format("a body may have at most {} bytes", options().body_bytes_max));
  }
  if (ec == bhttp::error::header_limit || ec == bhttp::error::buffer_overflow) {
    if (View(parsing_->Parser().get().target()).empty()) {
      return Fail(414, fmt::format("a request target may have at most {} bytes",
                                   options().target_bytes_max));
    }
    return Fail(431,
                fmt::format("the headers may have at most {} bytes", options().header_bytes_max));
  }
  if (ec == bhttp::error::bad_version) return Fail(505, "only HTTP/1.0 and HTTP/1.1 are spoken");
  Fail(400, fmt::format("the request is malformed: {}", ec.message()));
}

bool Connection::OnHeader() {
  auto& parser = parsing_->Parser();
  method_ = MethodOf(parser.get().method());
  keep_alive_ = parser.get().keep_alive();
  phase_ = Phase::kBody;
  ExtendBodyDeadline();
  if (auto refusal = CheckHeader()) {
    read_whole_ = parser.is_done();
    AnswerNow(std::move(*refusal));
    return false;
  }
  if (!LeaseBody()) return false;
  const std::string_view expect = parsing_->Field(bhttp::field::expect);
  if (expect.empty() || parser.get().version() < 11 || parser.is_done()) return true;
  if (!EqualsIgnoreCase(expect, "100-continue")) {
    Fail(417, "only 100-continue can be expected");
    return false;
  }
  if (parsing_->buffer.size() > 0) return true;  // the client did not wait
  SendContinue();
  return false;
}

std::optional<HttpResponse> Connection::CheckHeader() {
  const auto& request = parsing_->Parser().get();
  if (auto refusal = CheckTarget()) return refusal;
  const ErrorStyle style = ErrorStyleOf(target_.path);
  if (request.version() != 10 && request.version() != 11) {
    return ErrorResponse(style, 505, "only HTTP/1.0 and HTTP/1.1 are spoken");
  }
  const std::size_t hosts = request.count(bhttp::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() == 11)) {
    return ErrorResponse(style, 400, "a request of HTTP/1.1 has exactly one Host header");
  }
  // Programs that speak HTTP/1.0 without the header are no browsers.
  if (hosts == 1 && !IsAllowedHost(parsing_->Field(bhttp::field::host), options().allowed_hosts)) {
    return ErrorResponse(style, 403, "the Host header has a name that this node does not go by");
  }
  if (request.count(bhttp::field::transfer_encoding) > 0 &&
      !EqualsIgnoreCase(parsing_->List(bhttp::field::transfer_encoding), "chunked")) {
    keep_alive_ = false;  // nobody knows where this request ends
    return ErrorResponse(style, 501, "the only transfer encoding is chunked");
  }
  match_ = loop_.shared().router.Find(method_, target_.segments);
  if (auto refusal = CheckCaller(style)) return refusal;
  if (match_.route == nullptr) {
    if (match_.allow.empty()) {
      return ErrorResponse(style, 404, fmt::format("there is nothing at {}", target_.path));
    }
    HttpResponse response =
        ErrorResponse(style, 405, fmt::format("{} only takes {}", target_.path, match_.allow));
    response.headers.emplace_back("Allow", match_.allow);
    return response;
  }
  const std::string accept = parsing_->List(bhttp::field::accept);
  // Lines of JSON are JSON enough for those who ask for that.
  const bool accepted = Accepts(accept, match_.route->type) ||
                        (match_.route->type == kTypeNdjson && Accepts(accept, kTypeJson));
  if (!accepted) {
    return ErrorResponse(style, 406, fmt::format("the answer is {}", match_.route->type));
  }
  if (auto refusal = CheckSender(style)) return refusal;
  return CheckBodyHeaders();
}

// Before anything is said of what there is: whoever has no key does not learn the paths either.
std::optional<HttpResponse> Connection::CheckCaller(ErrorStyle style) {
  const ApiKeys* keys = options().keys.get();
  if (keys == nullptr) return std::nullopt;
  const Role least = match_.route == nullptr ? Role::kViewer : match_.route->least;
  if (least == Role::kAnybody) return std::nullopt;
  const auto headers = parsing_->Parser().get().equal_range(bhttp::field::authorization);
  std::optional<Caller> caller;
  const bool is_one = headers.first != headers.second && std::next(headers.first) == headers.second;
  if (is_one) {
    if (const auto key = BearerKey(View(headers.first->value()))) caller = keys->Find(*key);
  }
  if (!caller) {
    HttpResponse response = ErrorResponse(
        style, 401, "this node asks for a key that it knows, as Authorization: Bearer KEY");
    response.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="cairn")");
    return response;
  }
  if (caller->role < least) {
    return ErrorResponse(style, 403,
                         fmt::format("the key '{}' is a {}'s; this needs the role {}", caller->name,
                                     Name(caller->role), Name(least)));
  }
  caller_ = std::move(*caller);
  return std::nullopt;
}

std::optional<HttpResponse> Connection::CheckSender(ErrorStyle style) {
  if (match_.route->method == Method::kGet) return std::nullopt;
  // A page that somebody on this machine looks at can send requests here too, and this port may
  // have no other guard than that only this machine reaches it.
  if (IsFromOtherSite(parsing_->Field(bhttp::field::sec_fetch_site),
                      parsing_->Field(bhttp::field::origin), parsing_->Field(bhttp::field::host))) {
    return ErrorResponse(style, 403, "pages of other sites may not change anything here");
  }
  const auto keys = parsing_->Parser().get().equal_range("Idempotency-Key");
  if (keys.first == keys.second) return std::nullopt;
  // Whoever means to send a key relies on it.
  if (std::next(keys.first) != keys.second) {
    return ParameterError(style, "Idempotency-Key", "repeated-parameter", "stands more than once");
  }
  if (keys.first->value().empty()) {
    return ParameterError(style, "Idempotency-Key", "empty", "must not be empty");
  }
  return std::nullopt;
}

std::optional<HttpResponse> Connection::CheckTarget() {
  const std::string_view text = View(parsing_->Parser().get().target());
  if (text.size() > options().target_bytes_max) {
    return ErrorResponse(
        ErrorStyleOf(text), 414,
        fmt::format("a request target may have at most {} bytes", options().target_bytes_max));
  }
  Result<Target> target = ParseTarget(text);
  if (!target) return ErrorResponse(ErrorStyleOf(text), target.error());
  target_ = std::move(*target);
  return std::nullopt;
}

std::optional<HttpResponse> Connection::CheckBodyHeaders() {
  auto& parser = parsing_->Parser();
  const ErrorStyle style = ErrorStyleOf(target_.path);
  if (match_.route->method == Method::kGet) {
    // A body here means nothing, so it may not cost much.
    if (parser.content_length().value_or(0) > kInlineBodyBytesMax) {
      return ErrorResponse(style, 413, "this request takes no body");
    }
    parser.body_limit(kInlineBodyBytesMax);
    return std::nullopt;
  }
  const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  if (!has_body) return std::nullopt;
  const std::string_view encoding = parsing_->Field(bhttp::field::content_encoding);
  if (!encoding.empty() && !EqualsIgnoreCase(encoding, "identity")) {
    return ErrorResponse(style, 415, "a body must not be compressed");
  }
  const std::string_view type = parsing_->Field(bhttp::field::content_type);
  if (match_.route->type == kTypeNdjson ? !IsNdjsonContentType(type) : !IsJsonContentType(type)) {
    return ErrorResponse(style, 415, "the body must be application/json in UTF-8");
  }
  return std::nullopt;
}

bool Connection::LeaseBody() {
  const auto& parser = parsing_->Parser();
  // A length that was announced is taken at once: the parser reserves that much.
  const std::size_t announced =
      parser.chunked() ? 0 : static_cast<std::size_t>(parser.content_length().value_or(0));
  const std::size_t bytes = std::max(announced, parser.get().body().size());
  if (bytes <= kInlineBodyBytesMax) return true;
  if (!lease_.held()) lease_ = BodyLease(loop_.shared().bodies);
  if (lease_.RaiseTo(bytes)) return true;
  AnswerNow(BusyResponse(ErrorStyleOf(target_.path), "too many large bodies are being received"));
  return false;
}

void Connection::ExtendBodyDeadline() {
  const Nanos now = loop_.now();
  const auto received = static_cast<Nanos>(parsing_->Parser().get().body().size());
  const auto rate = static_cast<Nanos>(options().transfer_bytes_per_s_min);
  deadline_ = std::min(now + options().body_progress_timeout,
                       begun_at_ + options().transfer_base + received / rate * kSecond);
}

void Connection::SendContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  boost::asio::async_write(socket_, boost::asio::buffer(kContinue.data(), kContinue.size()),
                           [self = shared_from_this()](const error_code& ec, std::size_t) {
                             if (self->phase_ != Phase::kBody) return;
                             if (ec) return self->Close();
                             self->Parse();
                           });
}

HttpRequest Connection::TakeRequest() {
  auto& message = parsing_->Parser().get();
  HttpRequest request;
  request.method = method_;
  request.target = std::move(target_);
  request.prefer = parsing_->List(bhttp::field::prefer);
  request.if_match = parsing_->List(bhttp::field::if_match);
  request.if_none_match = parsing_->List(bhttp::field::if_none_match);
  request.host = View(message[bhttp::field::host]);
  request.trace_parent = View(message["traceparent"]);
  request.last_event_id = View(message["Last-Event-ID"]);
  request.caller = std::move(caller_);
  request.idempotency_key = View(message["Idempotency-Key"]);
  request.body = std::move(message.body());
  return request;
}

void Connection::Dispatch() {
  phase_ = Phase::kHandling;
  deadline_ = kNever;
  ++serial_;
  ServerShared& shared = loop_.shared();
  shared.requests.fetch_add(1, std::memory_order_relaxed);
  const Route& route = *match_.route;
  HttpRequest request = TakeRequest();
  const bool on_worker = route.on_worker || request.body.size() > kInlineBodyBytesMax;
  const auto exchange = std::make_shared<WireExchange>(
      WireExchange::Origin{weak_from_this(), serial_, loop_.mailbox(), shared.workers},
      std::move(request), std::move(match_.id), std::exchange(lease_, BodyLease()));
  exchange_ = exchange;
  if (on_worker) {
    shared.workers->Post([&route, exchange] { Handle(route, exchange); });
  } else {
    Handle(route, exchange);
  }
}

void Connection::OnAnswer(std::uint64_t serial, HttpResponse response) {
  if (phase_ != Phase::kHandling || serial != serial_) return;
  Write(std::move(response));
}

void Connection::OnWait(std::uint64_t serial, HttpResponse if_stopped) {
  if (phase_ != Phase::kHandling || serial != serial_) return;
  if (loop_.stopping()) return Write(std::move(if_stopped));
  if_stopped_ = std::move(if_stopped);
  WatchForHangUp();
}

void Connection::WatchForHangUp() {
  socket_.async_wait(boost::asio::socket_base::wait_read, [self = shared_from_this(),
                                                           serial = serial_](const error_code& ec) {
    const bool waits = self->phase_ == Phase::kHandling || self->phase_ == Phase::kStreaming;
    if (!waits || self->serial_ != serial) return;
    if (ec) return self->Close();
    self->OnReadable();
  });
}

void Connection::OnReadable() {
  char byte = 0;
  const ssize_t n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0) return;  // the next request, early: from here on a hang-up shows only at the answer
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return WatchForHangUp();
  Close();
}

void Connection::OnServerStops() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kStreaming) return Close();
  if (phase_ == Phase::kHandling && if_stopped_) {
    if (const auto exchange = exchange_.lock()) exchange->Abandon();
    Write(std::move(*if_stopped_));
  }
}

void Connection::OnDeadline() {
  switch (phase_) {
    case Phase::kHeader: return Fail(408, "the header took too long");
    case Phase::kBody: return Fail(408, "the body took too long");
    case Phase::kIdle:
    case Phase::kStreaming:
    case Phase::kWriting:
    case Phase::kLingering: return Close();
    case Phase::kHandling:
    case Phase::kClosed: return;
  }
}

void Connection::Fail(unsigned status, std::string_view detail) {
  const std::string_view target = View(parsing_->Parser().get().target());
  AnswerNow(ErrorResponse(ErrorStyleOf(target), status, detail));
}

void Connection::AnswerNow(HttpResponse response) {
  if (!read_whole_) keep_alive_ = false;
  loop_.shared().requests.fetch_add(1, std::memory_order_relaxed);
  Write(std::move(response));
}

void Connection::WriteHead(const HttpResponse& response) {
  head_.clear();
  const auto add = [this](std::string_view name, std::string_view value) {
    head_ += name;
    head_ += ": ";
    head_ += value;
    head_ += "\r\n";
  };
  head_ += "HTTP/1.1 ";
  head_ += std::to_string(response.status);
  head_ += ' ';
  head_ += StatusText(response.status);
  head_ += "\r\n";
  add("Date", loop_.DateHeader());
  if (HasBody(response.status)) {
    add("Content-Type", response.content_type);
    if (!is_endless_) add("Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) add(name, value);
  if (close_after_) {
    add("Connection", "close");
  } else if (parsing_->Parser().get().version() == 10) {
    add("Connection", "keep-alive");
  }
  head_ += "\r\n";
}

// What slow clients have not taken yet counts like what they have not sent yet.
void Connection::LeaseAnswer(HttpResponse& response) {
  const std::size_t bytes = response.body.size();
  if (bytes <= kInlineBodyBytesMax || method_ == Method::kHead) return;
  BodyBudget& budget = *loop_.shared().bodies;
  lease_ = BodyLease(loop_.shared().bodies);
  // One that is larger than the budget goes alone, so that it can be had at all.
  if (lease_.RaiseTo(std::min(bytes, budget.bytes_max()))) return;
  if (response.must_be_sent) return lease_.RaiseAnyway(bytes);
  response = BusyResponse(ErrorStyleOf(View(parsing_->Parser().get().target())),
                          "too many large answers wait for their clients");
}

void Connection::Write(HttpResponse response) {
  phase_ = Phase::kWriting;
  LeaseAnswer(response);
  const Nanos now = loop_.now();
  close_after_ = !keep_alive_ || loop_.stopping();
  WriteHead(response);
  body_ = std::move(response.body);
  if (method_ == Method::kHead || !HasBody(response.status)) body_.clear();
  const auto rate = static_cast<Nanos>(options().transfer_bytes_per_s_min);
  deadline_ = now + options().transfer_base + static_cast<Nanos>(body_.size()) / rate * kSecond;
  const auto level = response.status == 500 ? spdlog::level::warn : spdlog::level::debug;
  if (spdlog::should_log(level)) {
    // A target is only printable characters by the grammar.
    spdlog::log(level, "http: {} {} {} {} bytes {} us", MethodName(method_),
                View(parsing_->Parser().get().target()), response.status, body_.size(),
                (now - begun_at_) / kMicrosecond);
  }
  const std::array<boost::asio::const_buffer, 2> parts = {boost::asio::buffer(head_),
                                                          boost::asio::buffer(body_)};
  boost::asio::async_write(
      socket_, parts,
      [self = shared_from_this()](const error_code& ec, std::size_t) { self->OnWritten(ec); });
}

void Connection::OnWritten(const error_code& ec) {
  if (phase_ != Phase::kWriting) return;
  if (ec) return Close();
  body_ = std::string();
  lease_.Release();
  if (!close_after_) return NextRequest();
  // Closing over bytes that were not read would reset the connection, and the client might lose
  // the answer to that.
  if (read_whole_ && parsing_->buffer.size() == 0) return Close();
  Linger();
}

void Connection::Linger() {
  error_code ec;
  socket_.shutdown(boost::asio::socket_base::shutdown_send, ec);
  if (ec) return Close();
  phase_ = Phase::kLingering;
  deadline_ = loop_.now() + options().linger;
  parsing_->buffer.clear();
  lease_.Release();
  ReadAndDrop();
}

void Connection::ReadAndDrop() {
  const auto space = parsing_->buffer.prepare(kBodyReadBytes);
  socket_.async_read_some(space, [self = shared_from_this()](const error_code& ec, std::size_t) {
    if (self->phase_ != Phase::kLingering) return;
    if (ec) return self->Close();
    self->ReadAndDrop();
  });
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  Abort();
  loop_.Remove(this);  // may end this object
}

void Connection::Abort() {
  phase_ = Phase::kClosed;
  deadline_ = kNever;
  error_code ec;
  socket_.close(ec);
  lease_.Release();
  if (const auto exchange = exchange_.lock()) exchange->Abandon();
  if (std::exchange(counted_, false)) loop_.shared().RemoveConnection();
}

}  // namespace cairn::http
