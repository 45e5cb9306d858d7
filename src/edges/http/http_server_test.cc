// How the server keeps its connections: the wire's rules, its limits, slow and broken clients, many
// of them, and stopping in the middle of it all.

#include "edges/http/http_server.h"

#include "edges/http/fake_service.h"
#include "edges/http/test_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace cairn::http {
namespace {

const std::string kOrder = R"({"productOrders":[{"id":"po1","product":"p"}]})";
constexpr Nanos kShort = 100 * kMillisecond;

class HttpServerTest : public ::testing::Test {
 protected:
  void StartServer(const HttpServerOptions& options = {}) {
    auto server = HttpServer::Start(options, service_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
  }
  TestClient Connect() { return TestClient(server_->port()); }
  // What the server answers to these bytes, sent on a connection of their own.
  std::optional<TestResponse> Raw(std::string_view bytes) {
    TestClient client = Connect();
    client.Send(bytes);
    return client.Read();
  }
  int RawStatus(std::string_view bytes) {
    const auto response = Raw(bytes);
    return response ? response->status : 0;
  }
  // A gauge or counter of the server's own.
  std::uint64_t Metric(const std::string& name) {
    const std::string text = Connect().Ask("GET", "/metrics").body;
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? UINT64_MAX : std::stoull(text.substr(at + name.size() + 2));
  }
  void AwaitMetric(const std::string& name, std::uint64_t wanted) {
    while (Metric(name) != wanted) std::this_thread::yield();
  }

  FakeService service_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AddressesThatCannotBeListenedOnAreErrors) {
  HttpServerOptions options;
  options.address = "nowhere";
  EXPECT_EQ(HttpServer::Start(options, service_).error().code, ErrorCode::kInvalidArgument);
  StartServer();
  options.address = "127.0.0.1";
  options.port = server_->port();
  EXPECT_EQ(HttpServer::Start(options, service_).error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpServerTest, AConnectionServesManyRequests) {
  StartServer();
  TestClient client = Connect();
  for (int i = 0; i < 100; ++i) {
    const TestResponse response = client.Ask("POST", "/v1/orders", kOrder);
    ASSERT_EQ(response.status, 201);
    ASSERT_EQ(response.Header("connection"), "");
    ASSERT_FALSE(response.Header("date").empty());
  }
  EXPECT_EQ(service_.contexts().size(), 100U);
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  StartServer();
  service_.HoldSubmissions();
  TestClient client = Connect();
  std::string bytes = TestClient::Request("POST", "/v1/orders", kOrder);
  bytes += TestClient::Request("GET", "/nothing");
  bytes += TestClient::Request("HEAD", "/healthz");
  bytes += TestClient::Request("POST", "/v1/orders", kOrder);
  bytes += TestClient::Request("GET", "/v1/orders/so-2");
  client.Send(bytes);
  while (service_.held() < 1) std::this_thread::yield();
  service_.Release();
  EXPECT_EQ(client.Read()->status, 201);
  EXPECT_EQ(client.Read()->status, 404);
  EXPECT_EQ(client.Read(true)->status, 200);
  EXPECT_EQ(client.Read()->Text("id"), "so-2");
  EXPECT_EQ(client.Read()->Text("id"), "so-2");
}

TEST_F(HttpServerTest, ARequestMayComeByteByByte) {
  StartServer();
  TestClient client = Connect();
  const std::string bytes = "\r\n" + TestClient::Request("POST", "/v1/orders", kOrder);
  for (const char byte : bytes) ASSERT_TRUE(client.Send(std::string_view(&byte, 1)));
  EXPECT_EQ(client.Read()->status, 201);
}

TEST_F(HttpServerTest, ChunkedBodiesAreRead) {
  StartServer();
  TestClient client = Connect();
  for (int round = 0; round < 2; ++round) {
    std::string bytes = "POST /v1/orders HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char c : kOrder) bytes += fmt::format("1;ext=1\r\n{}\r\n", c);
    client.Send(bytes + "0\r\nTrailer: x\r\n\r\n");
    const auto response = client.Read();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 201) << response->body;
  }
}

TEST_F(HttpServerTest, HeadGivesTheHeadersOfGet) {
  StartServer();
  TestClient client = Connect();
  client.Ask("POST", "/v1/orders", kOrder);
  const TestResponse get = client.Ask("GET", "/v1/orders/so-1");
  const TestResponse head = client.Ask("HEAD", "/v1/orders/so-1");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), std::to_string(get.body.size()));
  EXPECT_EQ(head.Header("etag"), get.Header("etag"));
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200) << "no body came that was not announced";
}

TEST_F(HttpServerTest, AnotherMethodIsToldWhatIsAllowed) {
  StartServer();
  TestClient client = Connect();
  const TestResponse response = client.Ask("DELETE", "/v1/orders");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.Header("allow"), "POST, GET, HEAD");
  EXPECT_EQ(client.Ask("BREW", "/healthz").status, 405);
  EXPECT_EQ(client.Ask("OPTIONS", "/v1/orders:plan").Header("allow"), "POST");
}

TEST_F(HttpServerTest, AListInSeveralHeadersIsOneList) {
  StartServer();
  TestClient client = Connect();
  EXPECT_EQ(client.Ask("GET", "/healthz", "", "Accept: text/html\r\nAccept: */*;q=0.1\r\n").status,
            200);
  EXPECT_EQ(
      client
          .Ask("POST", "/v1/orders", kOrder, "Prefer: respond-async\r\nPrefer: return=minimal\r\n")
          .body,
      R"({"id":"so-1","state":"New"})");
}

TEST_F(HttpServerTest, ExpectIsAnsweredBeforeTheBody) {
  StartServer();
  TestClient client = Connect();
  const std::string head = fmt::format(
      "POST /v1/orders HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
      kOrder.size());
  client.Send(head);
  EXPECT_EQ(client.Read()->status, 100);
  client.Send(kOrder);
  EXPECT_EQ(client.Read()->status, 201);
  client.Send(head + kOrder);
  EXPECT_EQ(client.Read()->status, 201) << "a client that did not wait gets no 100";
  EXPECT_EQ(RawStatus("POST /v1/orders HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                      "Content-Length: 999999999\r\n\r\n"),
            413);
  EXPECT_EQ(RawStatus("POST /v1/nothing HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                      "Content-Length: 9\r\n\r\n"),
            404);
  EXPECT_EQ(RawStatus("POST /v1/orders HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n"
                      "Content-Length: 9\r\n\r\n"),
            417);
}

TEST_F(HttpServerTest, MalformedRequestsAreRefusedAndTheConnectionEnds) {
  StartServer();
  const std::string many_headers = [] {
    std::string text;
    for (int i = 0; i < 2'000; ++i) text += fmt::format("X-{}: y\r\n", i);
    return text;
  }();
  const std::string post = "POST /v1/orders HTTP/1.1\r\nHost: h\r\n";
  const std::vector<std::pair<std::string, int>> table = {
      {"nonsense\r\n\r\n", 400},
      {"GET /healthz\r\n\r\n", 400},
      {"GET  /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /healthz HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET /healthz HTTP/1.1\r\n\r\n", 400},
      {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /healthz HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n", 400},
      {"GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\x01\r\n\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"GET /" + std::string(40'000, 'a'), 414},
      {"GET /healthz HTTP/1.1\r\nHost: h\r\n" + many_headers + "\r\n", 431},
      {post + "Content-Length: x\r\n\r\n", 400},
      {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
      {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {post + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501},
      {post + "Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 2\r\n\r\n{}", 400},
      {post + "Idempotency-Key:\r\nContent-Length: 2\r\n\r\n{}", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {post + "Content-Length: 99999999999\r\n\r\n", 413},
      {post + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415},
      {post + "Content-Type: application/json;charset=latin1\r\nContent-Length: 2\r\n\r\n{}", 415},
      {post + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415},
      {post + "Accept: text/html\r\nContent-Length: 2\r\n\r\n{}", 406},
      {"GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", 413},
  };
  for (const auto& [bytes, status] : table) {
    TestClient client = Connect();
    client.Send(bytes);
    const auto response = client.Read();
    ASSERT_TRUE(response.has_value()) << bytes.substr(0, 80);
    EXPECT_EQ(response->status, status) << bytes.substr(0, 80) << response->body;
    EXPECT_EQ(response->Header("content-type"), "application/problem+json");
    EXPECT_EQ(response->json().Find("status")->int_value(), status);
  }
  EXPECT_TRUE(service_.contexts().empty());
}

TEST_F(HttpServerTest, ARefusedRequestWithoutABodyKeepsTheConnection) {
  StartServer();
  TestClient client = Connect();
  EXPECT_EQ(client.Ask("GET", "/nothing").status, 404);
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200);
  EXPECT_EQ(client.Ask("POST", "/v1/nothing", "{}").Header("connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, ConnectionCloseAndHttp10AreKept) {
  StartServer();
  TestClient closing = Connect();
  EXPECT_EQ(closing.Ask("GET", "/healthz", "", "Connection: close\r\n").Header("connection"),
            "close");
  EXPECT_TRUE(closing.AtEnd());
  TestClient old = Connect();
  old.Send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.Read()->status, 200);
  EXPECT_TRUE(old.AtEnd());
  TestClient keeping = Connect();
  for (int i = 0; i < 2; ++i) {
    keeping.Send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(keeping.Read()->Header("connection"), "keep-alive");
  }
}

TEST_F(HttpServerTest, ABodyOverTheLimitIsRefused) {
  HttpServerOptions options;
  options.body_bytes_max = 100'000;
  StartServer(options);
  const std::string big(100'001, ' ');
  EXPECT_EQ(Connect().Ask("POST", "/v1/orders", big).status, 413);
  TestClient chunked = Connect();
  chunked.Send("POST /v1/orders HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 30; ++i) chunked.Send(fmt::format("1000\r\n{}\r\n", std::string(4096, ' ')));
  EXPECT_EQ(chunked.Read()->status, 413);
  std::string fits = kOrder;
  fits.insert(1, 100'000 - kOrder.size(), ' ');
  EXPECT_EQ(Connect().Ask("POST", "/v1/orders", fits).status, 201) << "a large body, on a worker";
}

TEST_F(HttpServerTest, AllLargeBodiesTogetherHaveALimit) {
  HttpServerOptions options;
  options.bodies_bytes_max = 300'000;
  StartServer(options);
  const std::string head = "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n";
  TestClient first = Connect();
  first.Send(head + "{");
  // The first is known to be counted once a second one no longer fits.
  while (true) {
    TestClient second = Connect();
    second.Send(
        "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 150000\r\n"
        "Expect: 100-continue\r\n\r\n");
    if (second.Read()->status == 100) {
      second.Send("x");
      second.Close();
      continue;
    }
    break;
  }
  first.Close();
  std::string fits = kOrder;
  fits.insert(1, 250'000, ' ');
  while (Connect().Ask("POST", "/v1/orders", fits).status == 503) std::this_thread::yield();
  EXPECT_EQ(service_.contexts().size(), 1U) << "the room came back";
}

TEST_F(HttpServerTest, AnswersThatAreNotTakenHaveALimit) {
  HttpServerOptions options;
  // An answer far larger than what the system keeps for a socket, and room for one of them.
  options.bodies_bytes_max = 40U << 20U;
  StartServer(options);
  std::string order = R"({"productOrders":[)";
  for (int i = 0; i < 128; ++i) {
    order += fmt::format(R"({}{{"id":"{}","product":"p","parameters":{{"x":"{}"}}}})",
                         i == 0 ? "" : ",", i, std::string(200'000, 'x'));
  }
  order += "]}";
  ASSERT_EQ(Connect().Ask("POST", "/v1/orders", order).status, 201);
  TestClient slow = Connect();
  slow.Send("GET", "/v1/orders/so-1");
  TestResponse refused;
  do {
    refused = Connect().Ask("GET", "/v1/orders/so-1");
  } while (refused.status == 200);  // until the slow one's answer is counted
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("retry-after"), "1");
  EXPECT_EQ(Connect().Ask("HEAD", "/v1/orders/so-1").status, 200) << "it takes no room";
  EXPECT_EQ(Connect().Ask("GET", "/healthz").status, 200);
  service_.SetState(OrderId(1), OrderState::kHeld);
  EXPECT_EQ(Connect().Ask("POST", "/v1/orders/so-1/giveUp").status, 200)
      << "what was done is told in any case";
  slow.Close();
  while (Connect().Ask("GET", "/v1/orders/so-1").status == 503) std::this_thread::yield();
}

TEST_F(HttpServerTest, AnAnswerLargerThanTheRoomForAllGoesAlone) {
  HttpServerOptions options;
  options.bodies_bytes_max = 150'000;
  StartServer(options);
  for (int i = 0; i < 2; ++i) {
    std::string order = R"({"productOrders":[{"id":"1","product":"p","parameters":{"x":")";
    order += std::string(100'000, 'x') + R"("}},{"id":"2","product":")" + std::string(200, 'p');
    ASSERT_EQ(Connect().Ask("POST", "/v1/orders", order + R"("}]})").status, 201);
  }
  const std::string list = std::string("/tmf-api/serviceOrdering/v4/serviceOrder");
  const TestResponse both = Connect().Ask("GET", list);
  EXPECT_EQ(both.status, 200);
  EXPECT_GT(both.body.size(), options.bodies_bytes_max);
}

TEST_F(HttpServerTest, PagesOfOtherSitesChangeNothing) {
  StartServer();
  const auto post = [this](std::string_view headers) {
    return RawStatus(
        fmt::format("POST /v1/orders HTTP/1.1\r\nHost: h:80\r\n{}"
                    "Content-Length: {}\r\n\r\n{}",
                    headers, kOrder.size(), kOrder));
  };
  for (const char* headers :
       {"Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: http://h:81\r\n",
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
        "Sec-Fetch-Site: cross-site\r\nOrigin: http://h:80\r\n"}) {
    EXPECT_EQ(post(headers), 403) << headers;
  }
  EXPECT_TRUE(service_.contexts().empty());
  for (const char* headers :
       {"", "Origin: http://h:80\r\n", "Origin: https://H:80\r\n", "Sec-Fetch-Site: none\r\n",
        "Sec-Fetch-Site: same-origin\r\nOrigin: http://outside.example\r\n"}) {
    EXPECT_EQ(post(headers), 201) << headers;
  }
  EXPECT_EQ(RawStatus("GET /healthz HTTP/1.1\r\nHost: h\r\nOrigin: http://e\r\n\r\n"), 200);
}

TEST_F(HttpServerTest, ANameThatIsNotOursIsRefused) {
  HttpServerOptions options;
  options.allowed_hosts = {"localhost", "[::1]"};
  StartServer(options);
  EXPECT_EQ(RawStatus("GET /v1/orders HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n"), 403);
  EXPECT_EQ(RawStatus("GET /healthz HTTP/1.1\r\nHost: \r\n\r\n"), 403);
  EXPECT_EQ(RawStatus("GET /healthz HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"), 200);
  EXPECT_EQ(RawStatus("GET /healthz HTTP/1.1\r\nHost: [::1]\r\n\r\n"), 200);
  EXPECT_EQ(RawStatus("GET /healthz HTTP/1.0\r\n\r\n"), 200);
}

TEST_F(HttpServerTest, SlowClientsAreCut) {
  HttpServerOptions options;
  options.header_timeout = options.idle_timeout = options.body_progress_timeout = kShort;
  options.linger = kShort;
  StartServer(options);
  TestClient silent = Connect();
  EXPECT_TRUE(silent.AtEnd());
  TestClient in_header = Connect();
  in_header.Send("GET /healthz HTTP/1.1\r\nHo");
  EXPECT_EQ(in_header.Read()->status, 408);
  EXPECT_TRUE(in_header.AtEnd());
  TestClient in_body = Connect();
  in_body.Send("POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_EQ(in_body.Read()->status, 408);
  EXPECT_TRUE(in_body.AtEnd());
  TestClient idle = Connect();
  EXPECT_EQ(idle.Ask("GET", "/healthz").status, 200);
  EXPECT_TRUE(idle.AtEnd());
}

TEST_F(HttpServerTest, ABodyThatTricklesIsCutInTheEnd) {
  HttpServerOptions options;
  options.transfer_base = kShort;
  options.body_progress_timeout = kSecond / 2;
  options.linger = kShort;
  StartServer(options);
  TestClient client = Connect();
  client.Send("POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  std::atomic<bool> done = false;
  std::thread drip([&] {
    while (!done && client.Send(" ")) std::this_thread::yield();
  });
  EXPECT_EQ(client.Read()->status, 408);
  done = true;
  drip.join();
}

TEST_F(HttpServerTest, AClientThatOnlyListensStillGetsItsAnswer) {
  StartServer();
  TestClient client = Connect();
  client.Send("POST", "/v1/orders", kOrder);
  client.EndSending();
  EXPECT_EQ(client.Read()->status, 201);
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, AClientThatHangsUpWhileItWaitsIsLetGo) {
  StartServer();
  Connect().Ask("POST", "/v1/orders", kOrder);
  TestClient closing = Connect();
  TestClient resetting = Connect();
  closing.Send("GET", "/v1/orders/so-1?wait=10m&version=1");
  resetting.Send("GET", "/v1/orders/so-1?wait=10m&version=1");
  while (service_.waiters() < 2) std::this_thread::yield();
  AwaitMetric("cairn_http_connections", 3);  // the two, and the one that asks
  closing.Close();
  resetting.Reset();
  AwaitMetric("cairn_http_connections", 1);
  EXPECT_EQ(Metric("cairn_http_waits"), 2U) << "the service still owes two answers";
  service_.SetState(OrderId(1), OrderState::kCompleted);
  AwaitMetric("cairn_http_waits", 0);
}

TEST_F(HttpServerTest, WaitsHaveALimit) {
  HttpServerOptions options;
  options.waits_max = 1;
  StartServer(options);
  Connect().Ask("POST", "/v1/orders", kOrder);
  TestClient first = Connect();
  first.Send("GET", "/v1/orders/so-1?wait=10m&version=1");
  while (service_.waiters() < 1) std::this_thread::yield();
  const TestResponse second = Connect().Ask("GET", "/v1/orders/so-1?wait=10m&version=1");
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(second.Header("retry-after"), "1");
  const TestResponse stored = Connect().Ask("POST", "/v1/orders", kOrder, "Prefer: wait=60\r\n");
  EXPECT_EQ(stored.status, 201) << "the order stands, so it is no error";
  service_.EndWaits();
  EXPECT_EQ(first.Read()->Text("state"), "New");
}

TEST_F(HttpServerTest, AThousandConnectionsAreServed) {
  HttpServerOptions options;
  options.io_threads = 2;
  StartServer(options);
  std::vector<TestClient> clients;
  for (int i = 0; i < 1'000; ++i) {
    clients.push_back(Connect());
    ASSERT_TRUE(clients.back().connected()) << i;
  }
  for (TestClient& client : clients) ASSERT_TRUE(client.Send("POST", "/v1/orders", kOrder));
  for (TestClient& client : clients) {
    const auto response = client.Read();
    ASSERT_TRUE(response.has_value());
    ASSERT_EQ(response->status, 201);
  }
  EXPECT_EQ(service_.contexts().size(), 1'000U);
}

TEST_F(HttpServerTest, TooManyConnectionsAreToldSo) {
  HttpServerOptions options;
  options.connections_max = 2;
  StartServer(options);
  TestClient first = Connect();
  TestClient second = Connect();
  EXPECT_EQ(first.Ask("GET", "/healthz").status, 200);
  EXPECT_EQ(second.Ask("GET", "/healthz").status, 200);
  TestClient third = Connect();
  const auto refused = third.Read();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->Header("retry-after"), "1");
  third.Close();
  second.Close();
  while (RawStatus(TestClient::Request("GET", "/healthz")) != 200) std::this_thread::yield();
}

TEST_F(HttpServerTest, StopLetsRunningRequestsFinish) {
  StartServer();
  service_.HoldSubmissions();
  TestClient running = Connect();
  TestClient idle = Connect();
  TestClient waiting = Connect();
  EXPECT_EQ(idle.Ask("GET", "/healthz").status, 200);
  running.Send("POST", "/v1/orders", kOrder);
  while (service_.held() < 1) std::this_thread::yield();
  waiting.Send("GET", "/v1/orders/so-1?wait=10m&version=1");
  while (service_.waiters() < 1) std::this_thread::yield();
  const std::uint16_t port = server_->port();
  server_->StopAccepting();
  EXPECT_FALSE(TestClient(port).connected());
  std::thread stopping([this] { server_->Stop(); });
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_EQ(waiting.Read()->status, 503) << "a wait does not hold up the stop";
  service_.Release();
  const auto answer = running.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->Header("connection"), "close");
  stopping.join();
  EXPECT_TRUE(running.AtEnd());
}

TEST_F(HttpServerTest, AWaitAfterASubmissionEndsWithTheOrderWhenTheServerStops) {
  StartServer();
  TestClient client = Connect();
  client.Send("POST", "/v1/orders", kOrder, "Prefer: wait=600\r\n");
  while (service_.waiters() < 1) std::this_thread::yield();
  std::thread stopping([this] { server_->Stop(); });
  const auto answer = client.Read();
  stopping.join();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->Text("id"), "so-1");
}

TEST_F(HttpServerTest, StopCutsWhatDoesNotFinishAndLateAnswersAreHarmless) {
  HttpServerOptions options;
  options.stop_timeout = kShort;
  StartServer(options);
  service_.HoldSubmissions();
  TestClient client = Connect();
  client.Send("POST", "/v1/orders", kOrder);
  TestClient half = Connect();
  half.Send("POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{");
  while (service_.held() < 1) std::this_thread::yield();
  server_->Stop();
  EXPECT_FALSE(client.Read().has_value());
  EXPECT_FALSE(half.Read().has_value());
  server_.reset();
  service_.Release();
}

}  // namespace
}  // namespace cairn::http
