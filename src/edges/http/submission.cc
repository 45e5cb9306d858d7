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
  context.actor = kActor;
  context.idempotency_key = key;
  if (!key.empty()) context.body_hash = Hash64(request.body);
  return context;
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
