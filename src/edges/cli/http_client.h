// HttpClient: one request after the other over a connection that is kept open (libcurl). It tells
// apart what a caller must tell apart when it fails: whether the request can have been carried out.
//
// Not thread safe: one thread uses it.
#pragma once

#include "base/time.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

inline constexpr std::size_t kResponseBytesMax = 512U << 20U;
inline constexpr Nanos kConnectTimeMax = 5 * kSecond;

struct HttpRequest {
  std::string method;                // "GET", "POST", "PATCH" or "DELETE"
  std::string url;                   // absolute, http or https
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  Nanos timeout = 0;  // a span for the whole exchange; > 0
  // Called about once a second while waiting; false gives up (kStopped). May be empty.
  std::function<bool()> tick;
  // Takes the body of a 2xx answer piece by piece as it comes, instead of HttpResponse::body, for
  // answers that have no end; false gives up (kStopped). May be empty.
  std::function<bool(std::string_view bytes)> on_body;
};

struct HttpResponse {
  int status = 0;
  std::string content_type;  // as it was sent; empty: none
  std::string body;
  bool replayed = false;             // the server marked it as the answer to an earlier request
  std::optional<Nanos> retry_after;  // a span, when the server named one in seconds
};

struct HttpFailure {
  enum class Kind : std::uint8_t {
    kBadUrl,    // there is no such address
    kNotSent,   // no connection: nothing was carried out
    kLost,      // the connection broke: it may have been carried out
    kTimeout,   // no answer in time: it may have been carried out
    kTooLarge,  // more than kResponseBytesMax
    kStopped,   // the tick or on_body said so
  };
  Kind kind = Kind::kNotSent;
  std::string reason;  // for people, without the address: "connection refused"
};

// The text with all but letters, digits and -._~ percent-encoded: for one part of a path or query.
std::string UrlEscape(std::string_view text);

class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // An answer of any status is a response. Redirects are not followed.
  [[nodiscard]] tl::expected<HttpResponse, HttpFailure> Send(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cairn::cli
