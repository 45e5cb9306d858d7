#include "edges/http/problem.h"

#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::http {
namespace {

constexpr std::size_t kErrorsInTextMax = 10;  // of a TMF Error's message

std::string ProblemBody(unsigned status, std::string_view detail,
                        const std::vector<FieldError>& errors) {
  std::string body = R"({"type":"about:blank","title":)";
  AppendJsonString(body, StatusText(status));
  body += fmt::format(R"(,"status":{},"detail":)", status);
  AppendJsonString(body, detail);
  if (!errors.empty()) {
    body += R"(,"errors":[)";
    for (const FieldError& error : errors) {
      if (body.back() == '}') body.push_back(',');
      body += R"({"field":)";
      AppendJsonString(body, error.field);
      body += R"(,"rule":)";
      AppendJsonString(body, error.rule);
      body += R"(,"detail":)";
      AppendJsonString(body, error.detail);
      body.push_back('}');
    }
    body.push_back(']');
  }
  body += "}\n";
  return body;
}

// The code is what a program acts on: the rule of the first field, or the status in words.
std::string TmfBody(unsigned status, std::string_view detail,
                    const std::vector<FieldError>& errors) {
  std::string message(detail);
  for (std::size_t i = 0; i < errors.size() && i < kErrorsInTextMax; ++i) {
    message += fmt::format("; {} ({}): {}", errors[i].field, errors[i].rule, errors[i].detail);
  }
  if (errors.size() > kErrorsInTextMax) {
    message += fmt::format("; and {} more", errors.size() - kErrorsInTextMax);
  }
  std::string body = R"({"code":)";
  AppendJsonString(body, errors.empty() ? std::to_string(status) : errors.front().rule);
  body += R"(,"reason":)";
  AppendJsonString(body, StatusText(status));
  body += R"(,"message":)";
  AppendJsonString(body, message);
  body += fmt::format(R"(,"status":"{}"}})", status);
  body.push_back('\n');
  return body;
}

bool IsForLater(unsigned status) { return status == 503; }

}  // namespace

ErrorStyle ErrorStyleOf(std::string_view path) {
  return path.starts_with("/tmf-api/") ? ErrorStyle::kTmf : ErrorStyle::kProblem;
}

unsigned StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return 400;
    case ErrorCode::kRuleViolated: return 422;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kTooLarge: return 413;
    case ErrorCode::kUnauthorized: return 403;
    case ErrorCode::kOverloaded:
    case ErrorCode::kNoSpace:
    case ErrorCode::kTimeout:
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kCorrupt:
    case ErrorCode::kIo:
    case ErrorCode::kIncompatible:
    case ErrorCode::kLocked: return 500;
  }
  return 500;
}

HttpResponse ErrorResponse(ErrorStyle style, unsigned status, std::string_view detail,
                           const std::vector<FieldError>& errors) {
  HttpResponse response;
  response.status = status;
  if (style == ErrorStyle::kTmf) {
    response.content_type = kTypeTmfJson;
    response.body = TmfBody(status, detail, errors);
  } else {
    response.content_type = kTypeProblem;
    response.body = ProblemBody(status, detail, errors);
  }
  return response;
}

HttpResponse ErrorResponse(ErrorStyle style, const Error& error) {
  return ErrorResponse(style, Refusal{error.code, error.message, {}, 0});
}

HttpResponse ErrorResponse(ErrorStyle style, const Refusal& refusal) {
  const unsigned status = StatusOf(refusal.code);
  HttpResponse response = ErrorResponse(style, status, refusal.detail, refusal.errors);
  if (IsForLater(status)) {
    const Nanos seconds = (refusal.retry_after + kSecond - 1) / kSecond;
    response.headers.emplace_back("Retry-After", std::to_string(std::max<Nanos>(seconds, 1)));
  }
  return response;
}

HttpResponse ParameterError(ErrorStyle style, std::string_view name, std::string_view rule,
                            std::string_view detail) {
  return ErrorResponse(style, 400, fmt::format("the parameter {} is wrong", name),
                       {{std::string(name), std::string(rule), std::string(detail)}});
}

HttpResponse BusyResponse(ErrorStyle style, std::string_view detail) {
  return ErrorResponse(style, Refusal{ErrorCode::kOverloaded, std::string(detail), {}, kSecond});
}

}  // namespace cairn::http
