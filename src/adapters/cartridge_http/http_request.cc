#include "adapters/cartridge_http/http_request.h"

#include "base/json.h"
#include "base/text.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace cairn {
namespace {

// What the client itself decides: another value would break the framing of the connection or the
// meaning of the key.
constexpr std::array<std::string_view, 5> kOwnHeaders = {
    "idempotency-key", "content-length", "transfer-encoding", "connection", "expect"};

bool IsTokenCharacter(char c) {
  const bool letter_or_digit =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameHeader(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20U && c != '\t') || c == 0x7f;
  });
}

Result<std::string> FieldText(const Fields& input, std::string_view name) {
  const std::optional<std::string_view> json = input.Find(name);
  if (!json) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the field '{}' is missing", name));
  }
  ASSIGN_OR_RETURN(const Json value, ParseJson(*json));
  if (value.is_string() || value.is_number()) {
    return value.text();
  }
  if (value.is_bool()) {
    return std::string(value.bool_value() ? "true" : "false");
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the field '{}' must be a string, a number or a boolean to stand in a "
                          "path or a header",
                          name));
}

std::string PercentEncoded(std::string_view text) {
  const std::unique_ptr<char, void (*)(void*)> encoded(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  return encoded ? std::string(encoded.get()) : std::string();
}

// Replaces each {field} by what `value_of` gives for it. A brace without its partner stands as it
// is.
template <typename ValueOf>
Result<std::string> Expand(std::string_view pattern, const ValueOf& value_of) {
  std::string out;
  while (true) {
    const std::size_t open = pattern.find('{');
    const std::size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) {
      out.append(pattern);
      return out;
    }
    out.append(pattern.substr(0, open));
    ASSIGN_OR_RETURN(const std::string value, value_of(pattern.substr(open + 1, close - open - 1)));
    out.append(value);
    pattern.remove_prefix(close + 1);
  }
}

// Servers and proxies resolve such segments, so an input could leave the place that the catalog
// names for it.
bool HasDotSegment(std::string_view path) {
  path = path.substr(0, path.find('?'));
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment == "." || segment == "..") {
      return true;
    }
    if (slash == std::string_view::npos) {
      break;
    }
    path.remove_prefix(slash + 1);
  }
  return false;
}

Result<std::string> ExpandPath(std::string_view pattern, const Fields& input) {
  ASSIGN_OR_RETURN(
      std::string path, Expand(pattern, [&](std::string_view name) -> Result<std::string> {
        ASSIGN_OR_RETURN(const std::string text, FieldText(input, name));
        if (text.empty()) {
          return Fail(ErrorCode::kInvalidArgument,
                      fmt::format("the field '{}' is empty, but the path needs it", name));
        }
        if (text.size() > kHttpUrlBytesMax) {
          return Fail(ErrorCode::kTooLarge,
                      fmt::format("the field '{}' is longer than the {} bytes of a URL", name,
                                  kHttpUrlBytesMax));
        }
        return PercentEncoded(text);
      }));
  if (HasDotSegment(path)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the path '{}' would hold a segment '.' or '..'", pattern));
  }
  return path;
}

Result<std::string> BuildUrl(const CartridgeCall& call, const records::HttpOperation& operation) {
  std::string url = call.cartridge->http().url();
  ASSIGN_OR_RETURN(const std::string path, ExpandPath(operation.path(), call.input));
  if (!path.empty()) {
    if (!url.empty() && url.back() == '/') {
      url.pop_back();
    }
    if (path.front() != '/' && path.front() != '?') {
      url.push_back('/');
    }
    url += path;
  }
  if (url.size() > kHttpUrlBytesMax) {
    return Fail(ErrorCode::kTooLarge,
                fmt::format("the URL has {} bytes, more than {}", url.size(), kHttpUrlBytesMax));
  }
  return url;
}

Result<std::string> HeaderLine(const records::Header& header, const Fields& input) {
  const auto refused = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the header '{}' {}", CutUtf8(header.name(), 64), why));
  };
  if (!IsToken(header.name())) {
    return refused("is no name of a header");
  }
  for (const std::string_view own : kOwnHeaders) {
    if (SameHeader(own, header.name())) {
      return refused("is set by the client itself");
    }
  }
  ASSIGN_OR_RETURN(const std::string value, Expand(header.value(), [&](std::string_view name) {
                     return FieldText(input, name);
                   }));
  if (HasControlCharacter(value)) {
    return refused("would hold a control character");
  }
  if (value.find_first_not_of(" \t") == std::string::npos) {
    return header.name() + ";";
  }
  return header.name() + ": " + value;
}

// Headers of the operation stand in for those of the cartridge.
Result<std::vector<std::string>> BuildHeaders(const CartridgeCall& call,
                                              const records::HttpOperation& operation,
                                              bool has_body) {
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  bool has_content_type = false;
  const auto add = [&](const records::Header& header) -> Status {
    ASSIGN_OR_RETURN(std::string line, HeaderLine(header, call.input));
    bytes += line.size();
    has_content_type = has_content_type || SameHeader(header.name(), "content-type");
    lines.push_back(std::move(line));
    return {};
  };
  for (const records::Header& header : call.cartridge->http().headers()) {
    const bool replaced = std::any_of(
        operation.headers().begin(), operation.headers().end(),
        [&](const records::Header& own) { return SameHeader(own.name(), header.name()); });
    if (!replaced) {
      RETURN_IF_ERROR(add(header));
    }
  }
  for (const records::Header& header : operation.headers()) {
    RETURN_IF_ERROR(add(header));
  }
  if (bytes > kHttpHeadersBytesMax) {
    return Fail(ErrorCode::kTooLarge, fmt::format("the headers have {} bytes, more than {}", bytes,
                                                  kHttpHeadersBytesMax));
  }
  if (has_body && !has_content_type) {
    lines.emplace_back("Content-Type: application/json");
  }
  lines.push_back("Idempotency-Key: " + call.idempotency_key);
  // Without this libcurl asks before it sends a larger body, and waits a second for servers that
  // do not know the question.
  lines.emplace_back("Expect:");
  return lines;
}

}  // namespace

const records::HttpOperation* FindHttpOperation(const CartridgeCall& call) {
  for (const records::HttpOperation& operation : call.cartridge->http().operations()) {
    if (operation.name() == call.operation) {
      return &operation;
    }
  }
  return nullptr;
}

Result<HttpRequest> BuildHttpRequest(const CartridgeCall& call,
                                     const records::HttpOperation& operation) {
  HttpRequest request;
  request.method = operation.method().empty() ? "POST" : operation.method();
  if (!IsToken(request.method)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the method '{}' of the operation '{}' is none of HTTP",
                            request.method.substr(0, 32), operation.name()));
  }
  if (HasControlCharacter(call.idempotency_key)) {
    return Fail(ErrorCode::kInvalidArgument, "the idempotency key holds a control character");
  }
  // A HEAD has neither body; every other method may carry one.
  request.has_body = !operation.no_body() && request.method != "HEAD";
  ASSIGN_OR_RETURN(request.url, BuildUrl(call, operation));
  ASSIGN_OR_RETURN(request.header_lines, BuildHeaders(call, operation, request.has_body));
  if (request.has_body) {
    call.input.AppendJsonObject(request.body);
  }
  return request;
}

}  // namespace cairn
