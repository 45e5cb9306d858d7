// Result<T> is what a function returns that may fail for a reason in the world: bad input, a full
// disk, a peer that is gone. Our own bugs are not results: see check.h.
//
// Any thread may use these types; they hold no shared state.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace cairn {

// A code exists only if some caller acts on it; everything else that there is to say goes into the
// text. The groups: try again later, the caller's mistake, and stop.
enum class ErrorCode {
  // The caller's mistake.
  kInvalidArgument,  // the input breaks a rule that the text names
  kRuleViolated,     // well-formed input that a rule of the catalog refuses
  kNotFound,         // no such thing
  kConflict,         // the thing exists, but its state forbids this
  kTooLarge,         // a limit is exceeded
  kUnauthorized,     // not allowed
  // Try again later.
  kOverloaded,   // a queue is full or the node is stopping
  kNoSpace,      // the disk is full
  kTimeout,      // no answer in time; whether it happened is unknown
  kUnavailable,  // the peer cannot be reached
  // Stop.
  kCorrupt,       // stored bytes are not what was written
  kIo,            // the operating system failed a call that must not fail
  kIncompatible,  // written by a version that this one may not read
  kLocked,        // another process owns it
};

// The code's name as it stands in logs and metrics, for example "rule_violated".
std::string_view ErrorCodeName(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// return Fail(ErrorCode::kCorrupt, "segment 7 at 4096: header checksum");
inline tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace cairn

#define CAIRN_CONCAT_INNER(a, b) a##b
#define CAIRN_CONCAT(a, b) CAIRN_CONCAT_INNER(a, b)

// Leaves the function with the error of `expression`, if it has one.
#define RETURN_IF_ERROR(expression)                                  \
  do {                                                               \
    auto status_of_expression = (expression);                        \
    if (!status_of_expression) {                                     \
      return ::cairn::Fail(std::move(status_of_expression).error()); \
    }                                                                \
  } while (false)

// ASSIGN_OR_RETURN(auto value, MightFail());
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(CAIRN_CONCAT(result_of_line_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                   \
  if (!result) return ::cairn::Fail(std::move(result).error()); \
  declaration = std::move(*result)
