// HttpClient: the body, one easy handle of libcurl.
#include "edges/cli/http_client.h"

#include "base/check.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

namespace cairn::cli {
namespace {

constexpr std::int64_t kRetryAfterSecondsMax = kDay / kSecond;

struct Received {
  HttpResponse response;
  CURL* curl = nullptr;
  const HttpRequest* request = nullptr;
  bool too_large = false;
  bool stopped = false;
};

int StatusOf(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* to) {
  auto& received = *static_cast<Received*>(to);
  const std::size_t bytes = size * count;
  const auto& on_body = received.request->on_body;
  if (const int status = on_body ? StatusOf(received.curl) : 0; status >= 200 && status <= 299) {
    received.stopped = !on_body(std::string_view(data, bytes));
    return received.stopped ? 0 : bytes;
  }
  if (received.response.body.size() + bytes > kResponseBytesMax) {
    received.too_large = true;
    return 0;
  }
  received.response.body.append(data, bytes);
  return bytes;
}

// The value of a header line if it is that of `name` (in lower case, with its colon).
std::optional<std::string_view> ValueOf(std::string_view line, std::string_view name) {
  const bool is_it =
      line.size() >= name.size() &&
      std::equal(name.begin(), name.end(), line.begin(), [](char wanted, char c) {
        return wanted == static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
  if (!is_it) {
    return std::nullopt;
  }
  line.remove_prefix(name.size());
  while (!line.empty() && line.front() == ' ') {
    line.remove_prefix(1);
  }
  return line;
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* to) {
  auto& response = static_cast<Received*>(to)->response;
  const std::string_view line(data, size * count);
  if (const auto replayed = ValueOf(line, "idempotency-replayed:")) {
    response.replayed = replayed->substr(0, 4) == "true";
  }
  if (auto text = ValueOf(line, "retry-after:")) {
    std::int64_t seconds = 0;
    bool any = false;
    for (; !text->empty() && text->front() >= '0' && text->front() <= '9'; text->remove_prefix(1)) {
      seconds = std::min(seconds * 10 + (text->front() - '0'), kRetryAfterSecondsMax);
      any = true;
    }
    if (any) {
      response.retry_after = seconds * kSecond;
    }
  }
  return size * count;
}

int OnProgress(void* to, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& tick = static_cast<const Received*>(to)->request->tick;
  return tick && !tick() ? 1 : 0;
}

std::string LowerFirst(std::string text) {
  if (!text.empty()) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

HttpFailure Explain(CURL* curl, CURLcode code, const char* detail, const Received& received) {
  using Kind = HttpFailure::Kind;
  long os_error = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
  long connects = 0;
  curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects);
  double connect_seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME, &connect_seconds);
  const std::string reason =
      LowerFirst(*detail != '\0' ? std::string(detail) : std::string(curl_easy_strerror(code)));
  if (received.too_large) {
    return {Kind::kTooLarge, "the answer is too large"};
  }
  // The codes number a hundred; those not named here mean that an exchange broke off.
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return {Kind::kBadUrl, reason};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK || received.stopped) {
    return {Kind::kStopped, "stopped"};
  }
  if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
    return {Kind::kNotSent, LowerFirst(std::system_category().message(static_cast<int>(os_error)))};
  }
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
      code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_SSL_CONNECT_ERROR ||
      code == CURLE_PEER_FAILED_VERIFICATION) {
    return {Kind::kNotSent, reason};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    const bool never_connected = connects > 0 && connect_seconds == 0;
    return never_connected ? HttpFailure{Kind::kNotSent, "no connection in time"}
                           : HttpFailure{Kind::kTimeout, "no answer in time"};
  }
  return {Kind::kLost, "the connection broke off: " + reason};
}

// A proxy of the environment is for other machines: this one's own ports are not to be had there.
bool IsOnThisMachine(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  CHECK(parsed != nullptr);
  char* part = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) {
    return false;
  }
  const std::string host = part;
  curl_free(part);
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace

std::string UrlEscape(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      escaped.push_back(c);
    } else {
      escaped += {'%', kHex[byte >> 4U], kHex[byte & 0xfU]};
    }
  }
  return escaped;
}

struct HttpClient::State {
  CURL* curl = nullptr;
  char error[CURL_ERROR_SIZE] = {};
};

HttpClient::HttpClient() : state_(std::make_unique<State>()) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(kReady == CURLE_OK);
  state_->curl = curl_easy_init();
  CHECK(state_->curl != nullptr);
}

HttpClient::~HttpClient() { curl_easy_cleanup(state_->curl); }

tl::expected<HttpResponse, HttpFailure> HttpClient::Send(const HttpRequest& request) {
  CHECK(request.timeout > 0);
  CURL* curl = state_->curl;
  curl_easy_reset(curl);  // keeps the connection
  state_->error[0] = '\0';
  Received received;
  received.curl = curl;
  received.request = &request;
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : request.headers) {
    headers = curl_slist_append(headers, header.c_str());
  }
  const auto to_ms = [](Nanos span) {
    return static_cast<long>(std::clamp<Nanos>(span / kMillisecond, 1, INT32_MAX));
  };
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  if (IsOnThisMachine(request.url)) {
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
  }
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, state_->error);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, to_ms(request.timeout));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   to_ms(std::min(request.timeout, kConnectTimeMax)));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &received);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &received);
  if (request.on_body) {
    // A stream may be silent for long: a peer that went away without a word must show all the same.
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  }
  if (request.method == "POST" || request.method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  } else if (request.method == "DELETE") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "DELETE");
  } else {
    CHECK(request.method == "GET");
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(headers);
  if (code != CURLE_OK) {
    return tl::unexpected<HttpFailure>(Explain(curl, code, state_->error, received));
  }
  received.response.status = StatusOf(curl);
  const char* content_type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &content_type);
  received.response.content_type = content_type == nullptr ? "" : content_type;
  return std::move(received.response);
}

}  // namespace cairn::cli
