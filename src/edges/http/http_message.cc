#include "edges/http/http_message.h"

#include "base/json.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace cairn::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Calls `take` with each part of `text` between separators that stand outside of quotes, trimmed.
template <typename Take>
void Split(std::string_view text, char separator, Take take) {
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size()) {
      if (text[i] == '"') quoted = !quoted;
      if (quoted || text[i] != separator) continue;
    }
    take(Trim(text.substr(begin, i - begin)));
    begin = i + 1;
  }
}

// "q=0.0" and the like: the media range is refused.
bool IsZeroQuality(std::string_view parameter) {
  if (parameter.size() < 3 || Lower(parameter[0]) != 'q' || parameter[1] != '=') return false;
  return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

std::string_view Unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    return value.substr(1, value.size() - 2);
  }
  return value;
}

}  // namespace

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kPatch: return "PATCH";
    case Method::kDelete: return "DELETE";
    case Method::kOptions: return "OPTIONS";
    case Method::kOther: return "?";
  }
  return "?";
}

const std::string* Target::Find(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<Target> ParseTarget(std::string_view text) {
  const boost::urls::string_view view(text.data(), text.size());
  const auto url =
      text.starts_with('/') ? boost::urls::parse_origin_form(view) : boost::urls::parse_uri(view);
  if (!url) return Fail(ErrorCode::kInvalidArgument, "the request target is not a valid URL");
  Target target;
  const auto path = url->encoded_path();
  target.path.assign(path.data(), path.size());
  bool clean = true;
  const auto take = [&clean](std::string decoded) {
    clean = clean && IsCleanUtf8(decoded);
    return decoded;
  };
  for (const auto segment : url->segments()) {
    target.segments.push_back(take(std::string(segment.data(), segment.size())));
  }
  for (const auto parameter : url->params()) {
    // "?", and what "&&" stands around.
    if (parameter.key.empty() && !parameter.has_value) continue;
    std::string key = take(parameter.key);
    target.query.emplace_back(std::move(key), take(parameter.value));
  }
  if (!clean) {
    return Fail(ErrorCode::kInvalidArgument, "the request target is not UTF-8, or holds U+0000");
  }
  return target;
}

std::string_view StatusText(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

Preferences ParsePrefer(std::string_view header) {
  Preferences found;
  Split(header, ',', [&](std::string_view preference) {
    const std::string_view pair = Trim(preference.substr(0, preference.find(';')));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = Trim(pair.substr(0, equals));
    const std::string_view value = Unquoted(Trim(pair.substr(equals + 1)));
    if (EqualsIgnoreCase(name, "return")) {
      found.return_minimal = EqualsIgnoreCase(value, "minimal");
    } else if (EqualsIgnoreCase(name, "wait")) {
      unsigned seconds = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (error == std::errc{} && end == value.data() + value.size()) found.wait_s = seconds;
    }
  });
  return found;
}

bool Accepts(std::string_view accept, std::string_view type) {
  if (accept.empty()) return true;
  const std::string_view major = type.substr(0, type.find('/'));
  // The most specific range that matches decides, and only q=0 refuses.
  int best = -1;
  bool accepted = false;
  Split(accept, ',', [&](std::string_view item) {
    std::string_view range;
    bool refused = false;
    bool first = true;
    Split(item, ';', [&](std::string_view part) {
      if (first) range = part;
      if (!first) refused = refused || IsZeroQuality(part);
      first = false;
    });
    int specific = -1;
    if (range == "*/*") specific = 0;
    if (range.size() > 2 && range.ends_with("/*") &&
        EqualsIgnoreCase(range.substr(0, range.size() - 2), major)) {
      specific = 1;
    }
    if (EqualsIgnoreCase(range, type)) specific = 2;
    if (specific > best) {
      best = specific;
      accepted = !refused;
    }
  });
  return accepted;
}

bool IsJsonContentType(std::string_view content_type) {
  bool first = true;
  bool ok = true;
  Split(content_type, ';', [&](std::string_view part) {
    if (first) {
      const bool suffixed = part.size() > 17 &&
                            EqualsIgnoreCase(part.substr(0, 12), "application/") &&
                            EqualsIgnoreCase(part.substr(part.size() - 5), "+json");
      ok = part.empty() || suffixed || EqualsIgnoreCase(part, kTypeJson);
    } else if (EqualsIgnoreCase(part.substr(0, 8), "charset=")) {
      const std::string_view charset = Unquoted(part.substr(8));
      ok = ok && (EqualsIgnoreCase(charset, "utf-8") || EqualsIgnoreCase(charset, "us-ascii"));
    }
    first = false;
  });
  return ok;
}

bool IsNdjsonContentType(std::string_view content_type) {
  const std::string_view type = Trim(content_type.substr(0, content_type.find(';')));
  for (const std::string_view known : {kTypeNdjson, std::string_view("application/ndjson"),
                                       std::string_view("application/jsonl")}) {
    if (EqualsIgnoreCase(type, known)) return true;
  }
  return IsJsonContentType(content_type);
}

bool IsFromOtherSite(std::string_view sec_fetch_site, std::string_view origin,
                     std::string_view host) {
  if (!sec_fetch_site.empty()) {
    return !EqualsIgnoreCase(sec_fetch_site, "same-origin") &&
           !EqualsIgnoreCase(sec_fetch_site, "none");
  }
  if (origin.empty()) return false;
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos || !EqualsIgnoreCase(origin.substr(scheme + 3), host);
}

}  // namespace cairn::http
