// One HTTP request and one answer as the handlers see them: plain values, free of the wire.
//
// Plain values; any thread.
#pragma once

#include "base/result.h"
#include "edges/http/access.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
std::string_view MethodName(Method method);

// A request target, taken apart and percent-decoded.
struct Target {
  std::string path;                   // as it was sent, without the query: for messages
  std::vector<std::string> segments;  // "/v1/orders:plan" -> "v1", "orders:plan"
  std::vector<std::pair<std::string, std::string>> query;  // "?a" has an empty value

  // The first parameter of that name.
  const std::string* Find(std::string_view name) const;
};

// Takes the origin form ("/v1/orders?limit=5") and the absolute form ("http://host/v1/orders").
// kInvalidArgument otherwise, and when decoding yields anything but clean UTF-8.
[[nodiscard]] Result<Target> ParseTarget(std::string_view text);

struct HttpRequest {
  Method method = Method::kOther;
  Target target;
  // Headers that a handler may need; empty: not sent.
  std::string prefer;  // of several, joined by commas
  std::string idempotency_key;
  std::string if_match;
  std::string if_none_match;
  std::string host;           // what the client calls this server by
  std::string trace_parent;   // W3C trace context
  std::string last_event_id;  // of a stream that broke off
  Caller caller;              // who sends it
  std::string body;
};

inline constexpr std::string_view kTypeJson = "application/json";
inline constexpr std::string_view kTypeTmfJson = "application/json;charset=utf-8";
inline constexpr std::string_view kTypeProblem = "application/problem+json";
inline constexpr std::string_view kTypeNdjson = "application/x-ndjson";
inline constexpr std::string_view kTypeEvents = "text/event-stream";
inline constexpr std::string_view kTypeMetrics = "text/plain; version=0.0.4; charset=utf-8";

struct HttpResponse {
  unsigned status = 200;
  std::string_view content_type = kTypeJson;  // REQUIRES: a constant
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // True: it tells of something that was done, so it is sent even when there is no room for more
  // large answers. Any other can be asked for again.
  bool must_be_sent = false;
};

// "Not Found"; a generic word for a status without a name here.
std::string_view StatusText(unsigned status);

// What a client prefers (RFC 7240). Preferences that are unknown or malformed are passed over, as
// the RFC has it.
struct Preferences {
  std::optional<unsigned> wait_s;
  bool return_minimal = false;
};
Preferences ParsePrefer(std::string_view header);

// True if an Accept header lets a body of `type` ("application/json") through. Empty: anything.
bool Accepts(std::string_view accept, std::string_view type);

// True for application/json and application/...+json, in UTF-8. Empty: true, the body decides.
bool IsJsonContentType(std::string_view content_type);
// True for what is called so, application/x-ndjson and its like, and for all that JSON may be.
bool IsNdjsonContentType(std::string_view content_type);

// True if a browser sends this for a page of another site, by what it says in the headers
// Sec-Fetch-Site and Origin; empty: not sent. Programs that are no browsers send neither.
bool IsFromOtherSite(std::string_view sec_fetch_site, std::string_view origin,
                     std::string_view host);

// ASCII only; header names and tokens are nothing else.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace cairn::http
