// HttpRequest: what is sent for one call, made from the cartridge's definition and the input.
//
// A `{field}` in a path or in the value of a header stands for that field of the input: a string, a
// number or a boolean. In a path the value is percent-encoded, so that it can not add segments or
// parameters; a value that would name the parent, the current or an empty segment is refused. In a
// header no value can begin another header: control characters are refused.
//
// Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "ports/cartridge.h"

#include <string>
#include <string_view>
#include <vector>

namespace cairn {

inline constexpr std::size_t kHttpUrlBytesMax = 16U << 10U;
inline constexpr std::size_t kHttpHeadersBytesMax = 64U << 10U;

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::string> header_lines;  // "Name: value"; a value that is empty: "Name;"
  std::string body;                       // meaningful if has_body
  bool has_body = false;
};

// The operation that the call names; null when the cartridge has none of that name.
// REQUIRES: call.cartridge is of the http type.
const records::HttpOperation* FindHttpOperation(const CartridgeCall& call);

// kInvalidArgument with a text for the answer's detail: a missing field, a field of the wrong kind,
// a refused header. kTooLarge past a limit.
// REQUIRES: `operation` is one of call.cartridge.
[[nodiscard]] Result<HttpRequest> BuildHttpRequest(const CartridgeCall& call,
                                                   const records::HttpOperation& operation);

}  // namespace cairn
