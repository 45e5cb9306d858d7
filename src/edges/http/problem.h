// Errors on the wire: RFC 9457 problems under /v1 and everywhere else, TMF Errors under /tmf-api.
//
// Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "edges/http/http_message.h"
#include "runtime/service.h"

#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

enum class ErrorStyle { kProblem, kTmf };

// By the path that was asked for.
ErrorStyle ErrorStyleOf(std::string_view path);

// The HTTP status of an error.
unsigned StatusOf(ErrorCode code);

// An answer with `status` that says why.
HttpResponse ErrorResponse(ErrorStyle style, unsigned status, std::string_view detail,
                           const std::vector<FieldError>& errors = {});
HttpResponse ErrorResponse(ErrorStyle style, const Error& error);
// With Retry-After where trying again later makes sense.
HttpResponse ErrorResponse(ErrorStyle style, const Refusal& refusal);
// 400 with one error of a parameter of the query or of a header.
HttpResponse ParameterError(ErrorStyle style, std::string_view name, std::string_view rule,
                            std::string_view detail);
// 503: the server has no room for this request now.
HttpResponse BusyResponse(ErrorStyle style, std::string_view detail);

}  // namespace cairn::http
