// HttpTransfer: one call's way to the target and back. The libcurl handle in it is used again for
// many calls, one after the other.
//
// Threads: one.
#pragma once

#include "adapters/cartridge_http/http_request.h"
#include "ports/cartridge.h"

#include <curl/curl.h>

#include <array>
#include <string>

namespace cairn {

class HttpTransfer {
 public:
  // `proxy` is the proxy's URL; empty: none, whatever the environment says.
  explicit HttpTransfer(const std::string& proxy);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Takes the call and makes the handle ready to be added to a multi handle. An error as from
  // BuildHttpRequest; then nothing is to be added, and call() is what was given.
  [[nodiscard]] Status Prepare(CartridgeCall call);

  // The answer to the call, after libcurl is done with it.
  CartridgeAnswer Finish(CURLcode code);

  // Lets go of the call. REQUIRES: the handle is in no multi handle.
  void Clear();

  CURL* easy() const { return easy_; }
  const CartridgeCall& call() const { return call_; }
  static HttpTransfer& Of(CURL* easy);

 private:
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  void SetMethodAndBody();

  CURL* easy_;
  curl_slist* headers_ = nullptr;
  CartridgeCall call_;
  const records::HttpOperation* operation_ = nullptr;
  HttpRequest request_;
  std::string body_;
  std::size_t body_bytes_ = 0;  // received, of which body_ holds the beginning
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace cairn
