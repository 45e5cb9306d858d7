// Sends arbitrary bytes to a running HTTP server over a socket. Whatever they are, the server must
// answer or hang up, and serve the next client.

#include "base/check.h"
#include "edges/http/fake_service.h"
#include "edges/http/http_server.h"
#include "edges/http/test_client.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

namespace {

struct Node {
  Node() {
    cairn::http::HttpServerOptions options;
    options.linger = cairn::kMillisecond;
    options.waits_max = 0;  // nothing ever changes here, so nobody may wait for it
    auto started = cairn::http::HttpServer::Start(options, service);
    CHECK(started.has_value());
    server = std::move(*started);
  }
  cairn::http::FakeService service;
  std::unique_ptr<cairn::http::HttpServer> server;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Node node;
  std::optional<cairn::http::TestClient> client;
  do {
    client.emplace(node.server->port());
  } while (!client->connected() && errno == EINTR);  // by the fuzzer's own timer
  CHECK_MSG(client->connected(), std::strerror(errno));
  client->Send({reinterpret_cast<const char*>(data), size});
  client->EndSending();
  CHECK(client->ReadToEnd());
  client->Reset();  // no port is kept waiting: one run has many connections
  return 0;
}
