// What the submissions of both APIs have in common: who submits and under which key, and how the
// answer is addressed.
//
// Pure functions; any thread.
#pragma once

#include "edges/http/http_message.h"
#include "edges/http/problem.h"
#include "runtime/service.h"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

inline constexpr std::size_t kIdempotencyKeyBytesMax = 256;

// The actor, the Idempotency-Key and the hash of the body; or the answer that refuses the key.
[[nodiscard]] tl::expected<SubmitContext, HttpResponse> ContextOf(const HttpRequest& request,
                                                                  ErrorStyle style);

// The W3C trace context that a request came with; empty when it has none or a malformed one, which
// is to be passed over.
std::string TraceParentOf(const HttpRequest& request);

// 201 with Location. A repeat of an earlier submission says so in Idempotency-Replayed.
HttpResponse CreatedResponse(std::string location, const SubmitReply& reply);

// 400 with everything that is wrong with the body.
HttpResponse BodyRefused(ErrorStyle style, const std::vector<FieldError>& errors);

}  // namespace cairn::http
