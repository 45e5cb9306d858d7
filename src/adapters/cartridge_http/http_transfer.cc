#include "adapters/cartridge_http/http_transfer.h"

#include "adapters/cartridge_http/http_answer.h"
#include "base/check.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <utility>

namespace cairn {
namespace {

// Beyond what is kept of a body the rest is read and dropped, so that the connection can be used
// again; beyond this the connection is closed instead.
constexpr std::size_t kBodyBytesReadMax = 1U << 20U;
// A handle that waits for its next call holds on to no more than this.
constexpr std::size_t kIdleBytesMax = 16U << 10U;
constexpr std::size_t kErrorCharactersMax = 200;
constexpr Nanos kRetryAfterMax = kDay;  // what a target may ask for

long TimeoutMs(Nanos timeout) {
  constexpr Nanos kMs = kMillisecond;
  const Nanos rounded_up = timeout / kMs + (timeout % kMs != 0 ? 1 : 0);
  return static_cast<long>(std::clamp<Nanos>(rounded_up, 1, INT_MAX));
}

// What no further attempt with the same catalog and input can change: libcurl refuses the request
// before it has sent any of it. The same codes later tell of what the target answered.
bool IsMistake(CURLcode code, bool request_sent) {
  return !request_sent && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
                           code == CURLE_BAD_FUNCTION_ARGUMENT);
}

// Why there is no answer, in libcurl's words where those say it.
std::string DetailOf(CURLcode code, bool request_sent, const char* words) {
  // libcurl takes a line of a header only up to a limit and then claims to be out of memory.
  if (request_sent && code == CURLE_OUT_OF_MEMORY) {
    return "the answer's header is too large: a line of it has more than 100 KB";
  }
  std::string text = OneCleanLine(words, kErrorCharactersMax);
  if (text.empty()) text = curl_easy_strerror(code);
  if (request_sent && (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)) {
    return "the answer is not HTTP: " + text;
  }
  return text;
}

}  // namespace

HttpTransfer::HttpTransfer(const std::string& proxy) : easy_(curl_easy_init()) {
  CHECK_MSG(easy_ != nullptr, "libcurl is out of memory");
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &HttpTransfer::OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_PROXY, proxy.c_str());
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  // Without this the end of a transfer waits until the resolver has answered, on the thread that
  // carries all others. With it the resolver's own thread is left to end by itself.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "cairn");
}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

HttpTransfer& HttpTransfer::Of(CURL* easy) {
  HttpTransfer* transfer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  CHECK(transfer != nullptr);
  return *transfer;
}

Status HttpTransfer::Prepare(CartridgeCall call) {
  call_ = std::move(call);
  CHECK(call_.cartridge != nullptr && call_.cartridge->has_http());
  operation_ = FindHttpOperation(call_);
  if (operation_ == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the cartridge '{}' has no operation '{}'",
                                                         call_.cartridge->name(), call_.operation));
  }
  ASSIGN_OR_RETURN(request_, BuildHttpRequest(call_, *operation_));
  for (const std::string& line : request_.header_lines) {
    curl_slist* longer = curl_slist_append(headers_, line.c_str());
    CHECK_MSG(longer != nullptr, "libcurl is out of memory");
    headers_ = longer;
  }
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, TimeoutMs(call_.timeout));
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, TimeoutMs(call_.timeout));
  SetMethodAndBody();
  return {};
}

void HttpTransfer::SetMethodAndBody() {
  const std::string& method = request_.method;
  // Servers expect a length, be it 0, of those that usually carry a body.
  const bool says_length =
      request_.has_body || method == "POST" || method == "PUT" || method == "PATCH";
  curl_easy_setopt(easy_, CURLOPT_NOBODY, 0L);
  if (method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (says_length) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

CartridgeAnswer HttpTransfer::Finish(CURLcode code) {
  CartridgeAnswer answer;
  answer.ticket = call_.ticket;
  const bool body_cut = body_bytes_ > body_.size();
  // We end the transfer of an endless body ourselves; its status still counts.
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && body_cut)) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    FillFromResponse(*operation_, static_cast<std::uint32_t>(status), body_, body_cut, answer);
    // Retry-After, given as seconds or as a date; 0 without it.
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &seconds);
    if (answer.outcome == Outcome::kTechnical) {
      answer.retry_after = std::clamp<Nanos>(seconds, 0, kRetryAfterMax / kSecond) * kSecond;
    }
    return answer;
  }
  long request_bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &request_bytes);
  const bool request_sent = request_bytes > 0;
  answer.outcome = IsMistake(code, request_sent) ? Outcome::kFunctional : Outcome::kTechnical;
  answer.detail = code == CURLE_OPERATION_TIMEDOUT
                      ? "no answer within " + FormatDuration(call_.timeout)
                      : DetailOf(code, request_sent, error_.data());
  return answer;
}

void HttpTransfer::Clear() {
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(std::exchange(headers_, nullptr));
  call_ = {};
  operation_ = nullptr;
  request_ = {};
  body_.clear();
  if (body_.capacity() > kIdleBytesMax) {
    std::string().swap(body_);
  }
  body_bytes_ = 0;
  error_[0] = '\0';
}

std::size_t HttpTransfer::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const std::size_t bytes = size * count;
  transfer.body_bytes_ += bytes;
  const std::size_t room = kOutputBytesMax - transfer.body_.size();
  transfer.body_.append(data, std::min(bytes, room));
  return transfer.body_bytes_ > kBodyBytesReadMax ? 0 : bytes;
}

}  // namespace cairn
