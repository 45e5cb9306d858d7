// CurlMulti: libcurl's multi handle driven by epoll. It keeps the connections alive between
// transfers, and costs the same per transfer however many are under way.
//
// Threads: one thread uses it; only Wake() may be called from any other.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

namespace cairn {

class CurlMulti {
 public:
  struct Finished {
    CURL* easy = nullptr;
    CURLcode code = CURLE_OK;
  };

  // Stops the process when the system has no descriptors or memory for it.
  CurlMulti();
  // REQUIRES: every transfer that was added has been removed.
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // The transfer starts in the next Wait(). The handle stays the caller's, but for its function
  // that closes sockets.
  void Add(CURL* easy);
  void Remove(CURL* easy);

  // Waits until there is something to do or until Wake(), does it, and appends the transfers that
  // ended. They must be removed before they are added again.
  void Wait(std::vector<Finished>& finished);

  // Makes the present or else the next Wait() return.
  void Wake();

 private:
  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int OnClose(void* self, curl_socket_t socket);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);
  int WaitMs() const;
  bool Watch(curl_socket_t socket, std::uint32_t events);
  void Unwatch(curl_socket_t socket);

  CURLM* multi_;
  int epoll_;
  int wake_;  // an eventfd
  std::unordered_set<curl_socket_t> watched_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace cairn
