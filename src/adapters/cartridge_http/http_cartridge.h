// HttpCartridge: drives targets that speak HTTP. A call becomes one request, as its cartridge's
// definition says; the response's status decides the outcome, a JSON object in its body is the
// output.
//
// Each request carries the call's idempotency key. libcurl sends a request again by itself when a
// connection that was kept turns out to be closed before any byte of an answer came: the target may
// then see the same key twice, as it may after a timeout.
//
// Redirects are not followed, no proxy is taken from the environment, and no more of a response is
// read than its limit.
//
// Threads: one of its own carries all transfers and calls the sink. Call() and Stop() are never
// called at the same time.
#pragma once

#include "adapters/cartridge_http/curl_multi.h"
#include "adapters/cartridge_http/http_transfer.h"
#include "ports/cartridge.h"

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace cairn {

class HttpCartridge final : public Cartridge {
 public:
  struct Options {
    std::string proxy;  // URL of a proxy for all requests; empty: none
  };

  // The sink must outlive this object.
  HttpCartridge(AnswerSink& sink, Options options);
  explicit HttpCartridge(AnswerSink& sink) : HttpCartridge(sink, Options{}) {}
  ~HttpCartridge() override;

  HttpCartridge(const HttpCartridge&) = delete;
  HttpCartridge& operator=(const HttpCartridge&) = delete;

  // REQUIRES: every call names a cartridge of the http type.
  void Call(std::vector<CartridgeCall> calls) override;
  void Stop() override;

 private:
  void Run();
  bool TakeIncoming(std::vector<CartridgeCall>& calls);  // false: stop
  void Start(CartridgeCall call, std::vector<CartridgeAnswer>& answers);
  CartridgeAnswer End(HttpTransfer& transfer, CURLcode code);
  std::unique_ptr<HttpTransfer> TakeIdle();
  void PutIdle(std::unique_ptr<HttpTransfer> transfer);

  AnswerSink& sink_;
  const Options options_;
  CurlMulti multi_;

  std::mutex mutex_;
  std::vector<CartridgeCall> incoming_;
  bool stopping_ = false;

  // Of the own thread only.
  std::vector<std::unique_ptr<HttpTransfer>> idle_;
  std::unordered_map<HttpTransfer*, std::unique_ptr<HttpTransfer>> active_;

  std::thread thread_;
};

}  // namespace cairn
