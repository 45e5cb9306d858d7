#include "edges/http/submission.h"

#include "base/bytes.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::http {

tl::expected<SubmitContext, HttpResponse> ContextOf(const HttpRequest& request, ErrorStyle style) {
  const std::string& key = request.idempotency_key;
  if (key.size() > kIdempotencyKeyBytesMax) {
    return tl::unexpected(ParameterError(
        style, "Idempotency-Key", "too-long",
        fmt::format("has {} bytes; at most {} are allowed", key.size(), kIdempotencyKeyBytesMax)));
  }
  const bool visible =
      std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible) {
    return tl::unexpected(
        ParameterError(style, "Idempotency-Key", "not-ascii",
                       "must be made of visible ASCII characters, without blanks"));
  }
  SubmitContext context;
  context.actor = request.caller.name;
  context.idempotency_key = key;
  if (!key.empty()) context.body_hash = Hash64(request.body);
  return context;
}

std::string TraceParentOf(const HttpRequest& request) {
  // version, trace id, parent id and flags, each of a fixed length, in lower-case hex.
  constexpr std::string_view kShape = "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  constexpr std::string_view kHex = "0123456789abcdef";
  const std::string_view text = request.trace_parent;
  if (text.size() != kShape.size() || text.starts_with("ff")) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits =
        kShape[i] == '-' ? text[i] == '-' : kHex.find(text[i]) != std::string_view::npos;
    if (!fits) return {};
  }
  const bool all_zero = text.substr(3, 32).find_first_not_of('0') == std::string_view::npos ||
                        text.substr(36, 16).find_first_not_of('0') == std::string_view::npos;
  return all_zero ? std::string() : std::string(text);
}

HttpResponse CreatedResponse(std::string location, const SubmitReply& reply) {
  HttpResponse response;
  response.status = 201;
  response.must_be_sent = true;
  response.headers.emplace_back("Location", std::move(location));
  if (reply.repeated) response.headers.emplace_back("Idempotency-Replayed", "true");
  return response;
}

HttpResponse BodyRefused(ErrorStyle style, const std::vector<FieldError>& errors) {
  const std::string detail = errors.size() == 1
                                 ? fmt::format("the body is wrong: {}", errors.front().detail)
                                 : fmt::format("the body has {} errors", errors.size());
  return ErrorResponse(style, 400, detail, errors);
}

}  // namespace cairn::http
