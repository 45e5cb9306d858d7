// An answer of the node that is no success, as a text for people: problem+json with one line for
// each error, the error body of TMF641, or whatever came, and what can be done about it.
//
// A pure function; any thread.
#pragma once

#include <string>
#include <string_view>

namespace cairn::cli {

// `status` is the HTTP status, `body` the answer as it came, `path` what was asked for: it decides
// what the reader is told to do next. Several lines, no newline at the end.
std::string RefusalText(int status, std::string_view body, std::string_view path);

}  // namespace cairn::cli
