// A name server that does not answer must hold up nobody but the calls that need it. The function
// that asks it stands in this file, so that it can be kept from answering.
#include "adapters/cartridge_http/http_cartridge.h"
#include "tests/contract/collecting_sink.h"
#include "tests/contract/http_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <netdb.h>

namespace cairn {
namespace {

constexpr const char* kStuckHost = "stuck.test";

// Questions for kStuckHost stay in Ask() until Release().
class StuckResolver {
 public:
  static StuckResolver& Instance() {
    static StuckResolver resolver;
    return resolver;
  }
  int Ask() {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    --asked_;
    changed_.notify_all();
    return EAI_AGAIN;
  }
  void AwaitQuestion() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return asked_ > 0; });
  }
  void Release() {
    std::unique_lock lock(mutex_);
    released_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return asked_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  bool released_ = false;
};

std::shared_ptr<records::Cartridge> Target(const std::string& url) {
  auto definition = std::make_shared<records::Cartridge>();
  definition->set_name("crm");
  definition->mutable_http()->set_url(url);
  records::HttpOperation* operation = definition->mutable_http()->add_operations();
  operation->set_name("/echo");
  operation->set_path("/echo");
  return definition;
}

std::vector<CartridgeCall> OneCall(const std::string& url, Nanos timeout) {
  std::vector<CartridgeCall> calls(1);
  calls[0].ticket.attempt = 1;
  calls[0].cartridge = Target(url);
  calls[0].operation = "/echo";
  calls[0].idempotency_key = "wo-7-1";
  calls[0].timeout = timeout;
  return calls;
}

TEST(StuckResolverTest, ATimeoutHoldsWithoutItsAnswerAndOthersGoOn) {
  HttpPeer peer;
  CollectingSink sink;
  {
    HttpCartridge cartridge(sink);
    cartridge.Call(OneCall(std::string("http://") + kStuckHost, 50 * kMillisecond));
    StuckResolver::Instance().AwaitQuestion();
    const std::vector<CartridgeAnswer> late = sink.Take(1);
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late[0].outcome, Outcome::kTechnical);
    EXPECT_EQ(late[0].detail, "no answer within 50ms");
    cartridge.Call(OneCall(peer.url(), kMinute));
    const std::vector<CartridgeAnswer> other = sink.Take(1);
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(other[0].outcome, Outcome::kOk);
    cartridge.Call(OneCall(std::string("http://") + kStuckHost, kMinute));
  }  // and neither does the end wait for it
  StuckResolver::Instance().Release();
}

}  // namespace
}  // namespace cairn

// Takes the place of the C library's function of this name, for libcurl too.
extern "C" int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints,
                           struct addrinfo** result) {
  if (node != nullptr && std::strcmp(node, cairn::kStuckHost) == 0) {
    return cairn::StuckResolver::Instance().Ask();
  }
  using Function = int (*)(const char*, const char*, const struct addrinfo*, struct addrinfo**);
  static const auto kReal = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return kReal(node, service, hints, result);
}
