#include "adapters/cartridge_http/curl_multi.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cairn {
namespace {

using std::chrono::steady_clock;

constexpr int kEventsPerWait = 256;
// How many idle connections are kept, and how many there may be in all: the runtime's limits on
// calls are far below, these hold against a mistake there.
constexpr long kConnectionsMax = 4'096;
constexpr long kConnectionsKept = 1'024;

void InitialiseCurlOnce() {
  static const CURLcode kCode = curl_global_init(CURL_GLOBAL_ALL);
  CHECK_MSG(kCode == CURLE_OK, "libcurl can not be initialised");
}

CURLM* NewMulti() {
  InitialiseCurlOnce();
  CURLM* multi = curl_multi_init();
  CHECK_MSG(multi != nullptr, "libcurl is out of memory");
  return multi;
}

}  // namespace

CurlMulti::CurlMulti()
    : multi_(NewMulti()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK_MSG(epoll_ >= 0 && wake_ >= 0, "no descriptor left for the HTTP client");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kConnectionsMax);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kConnectionsKept);
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);
  close(wake_);
  close(epoll_);
}

void CurlMulti::Add(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::OnClose);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  CHECK(curl_multi_add_handle(multi_, easy) == CURLM_OK);
}
void CurlMulti::Remove(CURL* easy) { CHECK(curl_multi_remove_handle(multi_, easy) == CURLM_OK); }

void CurlMulti::Wait(std::vector<Finished>& finished) {
  std::array<epoll_event, kEventsPerWait> events;
  const int count = epoll_wait(epoll_, events.data(), kEventsPerWait, WaitMs());
  CHECK_MSG(count >= 0 || errno == EINTR, "epoll_wait failed");
  int running = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == wake_) {
      std::uint64_t ignored = 0;
      // It fails only when nobody has written since, which is as good.
      static_cast<void>(read(wake_, &ignored, sizeof ignored) == sizeof ignored);
      continue;
    }
    const int mask = ((event.events & EPOLLIN) != 0U ? CURL_CSELECT_IN : 0) |
                     ((event.events & EPOLLOUT) != 0U ? CURL_CSELECT_OUT : 0) |
                     ((event.events & (EPOLLERR | EPOLLHUP)) != 0U ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(multi_, event.data.fd, mask, &running);
  }
  if (deadline_ && *deadline_ <= steady_clock::now()) {
    deadline_.reset();
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) {
      finished.push_back({message->easy_handle, message->data.result});
    }
  }
}

void CurlMulti::Wake() {
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then the wait returns anyway.
  static_cast<void>(write(wake_, &one, sizeof one) == sizeof one);
}

int CurlMulti::OnSocket(CURL* /*easy*/, curl_socket_t socket, int what, void* self,
                        void* /*known*/) {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    multi.Unwatch(socket);
    return 0;
  }
  std::uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  return multi.Watch(socket, events) ? 0 : -1;
}

// libcurl may close a socket before it says that it need not be watched. By then the number may
// belong to somebody else, so the watch ends here.
int CurlMulti::OnClose(void* self, curl_socket_t socket) {
  static_cast<CurlMulti*>(self)->Unwatch(socket);
  return close(socket);
}

bool CurlMulti::Watch(curl_socket_t socket, std::uint32_t events) {
  const bool is_new = watched_.insert(socket).second;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  return epoll_ctl(epoll_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) == 0;
}

void CurlMulti::Unwatch(curl_socket_t socket) {
  if (watched_.erase(socket) == 0) return;
  epoll_event ignored{};
  epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, &ignored);
}

int CurlMulti::OnTimer(CURLM* /*multi*/, long timeout_ms, void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  multi.deadline_.reset();
  if (timeout_ms >= 0) {
    multi.deadline_ = steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  }
  return 0;
}

int CurlMulti::WaitMs() const {
  if (!deadline_) {
    return -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

}  // namespace cairn
