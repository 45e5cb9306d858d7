// NodeClient: the node's API as a command sees it: a path and a body in, JSON or a Failure with its
// exit code and a text for people out. It knows which requests may be repeated, and repeats those
// when the connection fails or the node is overloaded.
//
// Not thread safe: one thread uses it.
#pragma once

#include "base/json.h"
#include "base/time.h"
#include "edges/cli/failure.h"
#include "edges/cli/http_client.h"
#include "edges/cli/surroundings.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

// How requests are repeated: after 200 ms, then twice as long each time, up to 5 s; as long as the
// node asks for in Retry-After, up to a minute.
inline constexpr int kSendsMax = 6;
inline constexpr Nanos kBackoffFirst = 200 * kMillisecond;
inline constexpr Nanos kBackoffMax = 5 * kSecond;
inline constexpr Nanos kRetryAfterMax = kMinute;
inline constexpr Nanos kRequestTimeDefault = 30 * kSecond;

struct NodeReply {
  int status = 0;
  bool replayed = false;  // the node knew the Idempotency-Key: this is about that request
  std::string content_type;
  std::string text;  // the body
  Json json;         // null when the body is empty or was not asked to be JSON
};

struct NodeRequest {
  enum class Repeat : std::uint8_t {
    kNever,   // it may have been carried out: a person must look
    kIsSafe,  // repeating has no further effect
  };
  enum class Body : std::uint8_t { kJson, kText };

  std::string method;  // "GET", "POST", "PATCH" or "DELETE"
  std::string path;    // "/v1/orders", with its query
  std::string body;    // with POST and PATCH
  std::string content_type = "application/json";
  std::string accept = "application/json, application/problem+json, text/plain";
  std::vector<std::string> headers;
  Repeat repeat = Repeat::kNever;
  Body answer = Body::kJson;
  Nanos timeout = 0;  // a span; 0: until the deadline, or kRequestTimeDefault
  std::function<bool()> tick;
  std::function<bool(std::string_view bytes)> on_body;  // as HttpRequest::on_body
};

class NodeClient {
 public:
  // `url` begins with http:// or https://. `deadline` is the moment at which every wait ends;
  // kNever: none. `api_key` is sent as a bearer token; empty: none. `surroundings` outlives this.
  NodeClient(const Surroundings& surroundings, std::string url, std::string api_key,
             Nanos deadline);

  // A 2xx answer. Other answers fail with kRefused (4xx) or kUnreachable.
  [[nodiscard]] CliResult<NodeReply> Send(const NodeRequest& request);

  // As Send, once, and with the time that the node asked to wait before another try.
  struct Once {
    CliResult<NodeReply> result;
    bool answered = false;  // with whatever status
    bool may_pass = false;  // the connection failed or the node is overloaded
    std::string why;        // of a failure that may pass: in a few words, for a note
    std::optional<Nanos> retry_after;
  };
  [[nodiscard]] Once SendOnce(const NodeRequest& request);

  const std::string& url() const { return url_; }
  Nanos deadline() const { return deadline_; }

 private:
  Once FromAnswer(const NodeRequest& request, HttpResponse response) const;
  Once FromFailure(const NodeRequest& request, const HttpFailure& failure) const;

  const Surroundings& surroundings_;
  std::string url_;
  std::string api_key_;
  Nanos deadline_;
  HttpClient http_;
};

// The wait before try number `tries_before + 1`.
Nanos BackoffAfter(int tries_before, std::optional<Nanos> retry_after);

}  // namespace cairn::cli
