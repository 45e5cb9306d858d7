// What clients do to orders that are under way, over a real socket: cancel, abort, answers to work
// orders that wait, and batches.

#include "edges/http/fake_service.h"
#include "edges/http/http_server.h"
#include "edges/http/order_batch.h"
#include "edges/http/test_client.h"

#include <gtest/gtest.h>

#include <thread>

namespace cairn::http {
namespace {

constexpr std::string_view kOrder =
    R"({"externalId":"x","productOrders":[{"id":"po1","product":"p"}]})";

class OrderActions : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = HttpServer::Start({}, service_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    client_.emplace(server_->port());
  }
  TestResponse Ask(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view headers = {}) {
    return client_->Ask(method, target, body, headers);
  }
  TestResponse Batch(std::string_view body, std::string_view headers = {}) {
    // A connection of its own: one that refuses a body is closed.
    return TestClient(server_->port()).Ask("POST", "/v1/orders:batch", body, headers);
  }

  FakeService service_;
  std::unique_ptr<HttpServer> server_;
  std::optional<TestClient> client_;
};

// The lines of an answer of a batch.
std::vector<Json> Lines(const std::string& text) {
  std::vector<Json> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(ParseJson(text.substr(at, end - at)).value());
    at = end + 1;
  }
  return lines;
}

TEST_F(OrderActions, ACancelThatTakesEffectAtOnceIs200) {
  Ask("POST", "/v1/orders", kOrder);
  const TestResponse done = Ask("POST", "/v1/orders/so-1/cancel", R"({"description":"mistake"})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.Text("state"), "Cancelled");
  EXPECT_EQ(done.Header("etag"), "\"2\"");
  EXPECT_EQ(done.json().Find("cancelRequested")->Find("description")->text(), "mistake");
  EXPECT_FALSE(done.json().Find("cancelRequested")->Find("abort")->bool_value());
  EXPECT_EQ(service_.last_actor(), "anonymous");
  EXPECT_EQ(Ask("POST", "/v1/orders/so-1/cancel").status, 409);
  EXPECT_EQ(Ask("POST", "/v1/orders/so-1/abort").status, 409);
  EXPECT_EQ(Ask("POST", "/v1/orders/so-2/abort").status, 404);
  EXPECT_EQ(Ask("POST", "/v1/orders/so-1/abort", "", "If-Match: \"2\"\r\n").status, 409);
}

TEST_F(OrderActions, AnAbortThatMustWaitIs202) {
  Ask("POST", "/v1/orders", kOrder);
  service_.SetState(OrderId(1), OrderState::kRunning);
  const TestResponse wish = Ask("POST", "/v1/orders/so-1/abort", R"({"force":true})");
  EXPECT_EQ(wish.status, 202);
  EXPECT_EQ(wish.Text("state"), "Running");
  EXPECT_TRUE(wish.json().Find("cancelRequested")->Find("abort")->bool_value());
}

TEST_F(OrderActions, OnlyTheVersionThatIfMatchNamesIsCancelled) {
  Ask("POST", "/v1/orders", kOrder);
  service_.SetState(OrderId(1), OrderState::kRunning);
  for (const char* verb : {"cancel", "abort"}) {
    const std::string path = std::string("/v1/orders/so-1/") + verb;
    EXPECT_EQ(Ask("POST", path, "", "If-Match: \"1\"\r\n").status, 412);
    EXPECT_EQ(Ask("POST", path, "", "If-Match: none\r\n").status, 400);
  }
  EXPECT_EQ(Ask("POST", "/v1/orders/so-1/cancel", "", "If-Match: \"2\"\r\n").status, 202);
  EXPECT_EQ(Ask("POST", "/v1/orders/so-1/abort", "", "If-Match: *\r\n").status, 202);
}

TEST_F(OrderActions, WithATimeoutTheAnswerWaitsForTheEffect) {
  Ask("POST", "/v1/orders", kOrder);
  service_.SetState(OrderId(1), OrderState::kRunning);
  client_->Send("POST", "/v1/orders/so-1/cancel", R"({"timeout":"60s"})");
  while (service_.waiters() < 1) std::this_thread::yield();
  service_.SetState(OrderId(1), OrderState::kCancelled);
  const auto ended = client_->Read();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->status, 200);
  EXPECT_EQ(ended->Text("state"), "Cancelled");

  Ask("POST", "/v1/orders", kOrder);
  service_.SetState(OrderId(2), OrderState::kRunning);
  client_->Send("POST", "/v1/orders/so-2/cancel", R"({"timeout":"60s"})");
  while (service_.waiters() < 1) std::this_thread::yield();
  service_.EndWaits();
  EXPECT_EQ(client_->Read()->status, 202);
}

TEST_F(OrderActions, AWaitingWorkOrderShowsItsTokenAndDeadline) {
  Ask("POST", "/v1/orders", kOrder);
  service_.AddWaitingWorkOrder(OrderId(1), "token-1", 2 * kDay);
  const std::string body = Ask("GET", "/v1/orders/so-1").body;
  EXPECT_NE(body.find(R"("callbackToken":"token-1","deadline":"1970-01-03T00:00:00Z")"),
            std::string::npos)
      << body;
}

TEST_F(OrderActions, AWorkOrderIsAnsweredByItsToken) {
  const TestResponse done = Ask("POST", "/v1/workOrders/good/complete",
                                R"({"outcome":"ok","output":{"imsi":"234"},"detail":"late"})");
  EXPECT_EQ(done.status, 204);
  EXPECT_EQ(done.body, "");
  EXPECT_EQ(service_.last_answer().outcome, Outcome::kOk);
  EXPECT_EQ(service_.last_answer().output.ToJsonObject(), R"({"imsi":"234"})");
  EXPECT_EQ(service_.last_answer().detail, "late");
  EXPECT_EQ(service_.last_answer().actor, "anonymous");
  EXPECT_EQ(Ask("POST", "/v1/workOrders/spent/complete", R"({"outcome":"ok"})").status, 409);
  EXPECT_EQ(Ask("POST", "/v1/workOrders/false/complete", R"({"outcome":"ok"})").status, 404);
  EXPECT_EQ(Ask("POST", "/v1/workOrders/good/complete", R"({"outcome":"so-so"})").status, 400);
  EXPECT_EQ(Ask("POST", "/v1/workOrders/good/complete?x=1", R"({"outcome":"ok"})").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/workOrders/good/complete").status, 405);
}

TEST_F(OrderActions, ATraceParentTravelsWithTheOrderUnlessItIsMalformed) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Ask("POST", "/v1/orders", kOrder, "traceparent: " + trace + "\r\n");
  EXPECT_EQ(service_.last_request().trace_parent, trace);
  for (const char* bad : {"00-4bf9", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"}) {
    EXPECT_EQ(Ask("POST", "/v1/orders", kOrder, fmt::format("traceparent: {}\r\n", bad)).status,
              201);
    EXPECT_EQ(service_.last_request().trace_parent, "") << bad;
  }
}

TEST_F(OrderActions, ABatchAnswersEachLineInItsPlace) {
  const TestResponse done =
      Batch(fmt::format("{0}\n\n{{\"productOrders\":1}}\r\n{0}\nnonsense\n{0}", kOrder));
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.Header("content-type"), "application/x-ndjson");
  const std::vector<Json> lines = Lines(done.body);
  ASSERT_EQ(lines.size(), 5U);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].Find("index")->int_value(), static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(lines[0].Find("id")->text(), "so-1");
  EXPECT_EQ(lines[1].Find("problem")->Find("status")->int_value(), 400);
  EXPECT_EQ(lines[1].Find("problem")->Find("errors")->items().at(0).Find("rule")->text(),
            "wrong-type");
  EXPECT_EQ(lines[2].Find("id")->text(), "so-2");
  EXPECT_EQ(lines[3].Find("problem")->Find("errors")->items().at(0).Find("rule")->text(),
            "json-syntax");
  EXPECT_EQ(lines[4].Find("id")->text(), "so-3");
}

TEST_F(OrderActions, ABatchKeepsABoundedNumberUnderWay) {
  service_.HoldSubmissions();
  std::string body;
  constexpr std::size_t kCount = 3 * kBatchOrdersAtOnce;
  for (std::size_t i = 0; i < kCount; ++i) body += std::string(kOrder) + "\n";
  client_->Send("POST", "/v1/orders:batch", body, "Idempotency-Key: k\r\n");
  while (service_.held() < kBatchOrdersAtOnce) std::this_thread::yield();
  EXPECT_EQ(service_.contexts().size(), kBatchOrdersAtOnce);
  service_.Release();
  const auto done = client_->Read();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(Lines(done->body).size(), kCount);
  EXPECT_EQ(service_.contexts().size(), kCount);
}

TEST_F(OrderActions, ARepeatedBatchIsTheSameOrders) {
  const std::string body = fmt::format("{0}\n{0}\n", kOrder);
  const TestResponse first = Batch(body, "Idempotency-Key: k\r\n");
  const TestResponse again = Batch(body, "Idempotency-Key: k\r\n");
  EXPECT_EQ(first.body, "{\"index\":0,\"id\":\"so-1\"}\n{\"index\":1,\"id\":\"so-2\"}\n");
  EXPECT_EQ(again.body, first.body);
  // The key of the batch is not the key of an order.
  EXPECT_EQ(Ask("POST", "/v1/orders", kOrder, "Idempotency-Key: k\r\n").Text("id"), "so-3");
}

TEST_F(OrderActions, ABatchIsHeldToItsLimits) {
  EXPECT_EQ(Batch("").status, 400);
  EXPECT_EQ(Batch(" \n\n").status, 400);
  EXPECT_EQ(Batch(kOrder, "Accept: text/plain\r\n").status, 406);
  EXPECT_EQ(Batch(kOrder, "Accept: application/json\r\n").status, 200);
  std::string many;
  for (std::size_t i = 0; i <= kBatchLinesMax; ++i) many += "1\n";
  EXPECT_EQ(Batch(many).status, 413);
  EXPECT_EQ(service_.contexts().size(), 1U);
  const std::string request = fmt::format(
      "POST /v1/orders:batch HTTP/1.1\r\nHost: t\r\nContent-Type: application/x-ndjson"
      "\r\nContent-Length: {}\r\n\r\n{}",
      kOrder.size(), kOrder);
  client_->Send(request);
  EXPECT_EQ(client_->Read()->status, 200);
}

}  // namespace
}  // namespace cairn::http
