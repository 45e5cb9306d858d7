// The body of a submission, `POST /v1/orders` and `POST /v1/orders:plan`, from JSON text to an
// OrderRequest. What is checked here is syntax, types, names and limits; whether products exist and
// dependencies make sense is the planner's to say.
//
// Pure functions; any thread.
#pragma once

#include "base/json.h"
#include "model/catalog.pb.h"
#include "model/order_request.h"
#include "runtime/service.h"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

class FieldErrors;
class Place;

using FieldErrorList = std::vector<FieldError>;

// All errors of the body at once, at most kFieldErrorsMax, each with the JSON pointer of its field.
// A body that is not JSON is one error: field "", rule "json-syntax".
[[nodiscard]] tl::expected<OrderRequest, FieldErrorList> ParseOrderJson(std::string_view body);

// The body of an action such as resubmit, or nothing at all:
// {"description": "...", "force": false, "timeout": "60s"}.
struct ActionBody {
  std::string description;
  bool force = false;
  Nanos timeout = 0;  // a span, at most kAwaitMax: how long to wait for the action to take effect
};
[[nodiscard]] tl::expected<ActionBody, FieldErrorList> ParseActionJson(std::string_view body);

// The answer to a work order that waits: {"outcome": "ok", "output": {}, "detail": "..."}.
[[nodiscard]] tl::expected<LateAnswer, FieldErrorList> ParseAnswerJson(std::string_view body);

// What the clock is to do: exactly one of {"by": "2h30m"} and {"to": "2026-01-31T23:59:59Z"}.
struct ClockAdvance {
  Nanos by = 0;  // a span; where `to` is 0
  Nanos to = 0;  // a moment
};
[[nodiscard]] tl::expected<ClockAdvance, FieldErrorList> ParseClockJson(std::string_view body);

// JSON text as a tree, or the one error "json-syntax".
[[nodiscard]] tl::expected<Json, FieldErrorList> ParseBody(std::string_view body);

// add, modify, delete, noChange. Absent (null): ADD. Reports anything else.
records::Verb ReadAction(const Json* value, const Place& place, FieldErrors& errors);

}  // namespace cairn::http
