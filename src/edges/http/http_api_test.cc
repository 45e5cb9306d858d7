// The endpoints over a real socket, against a service that does what the test tells it.

#include "base/bytes.h"
#include "edges/http/fake_service.h"
#include "edges/http/http_server.h"
#include "edges/http/submission.h"
#include "edges/http/test_client.h"
#include "edges/http/tmf641_sample.h"

#include <gtest/gtest.h>

#include <thread>

namespace cairn::http {
namespace {

constexpr std::string_view kOrder =
    R"({"externalId":"x","productOrders":[{"id":"po1","product":"p"}]})";
constexpr std::string_view kTmf = "/tmf-api/serviceOrdering/v4/serviceOrder";

class HttpApi : public ::testing::Test {
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
  void AwaitWaiters(std::size_t count) {
    while (service_.waiters() < count) std::this_thread::yield();
  }

  FakeService service_;
  std::unique_ptr<HttpServer> server_;
  std::optional<TestClient> client_;
};

TEST_F(HttpApi, ASubmissionIsCreated) {
  const TestResponse response = Ask("POST", "/v1/orders", kOrder);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.Header("location"), "/v1/orders/so-1");
  EXPECT_EQ(response.Header("content-type"), "application/json");
  EXPECT_EQ(response.body,
            R"({"id":"so-1","state":"New","submittedAt":"1970-01-02T00:00:00Z","externalId":"x"})");
  ASSERT_EQ(service_.contexts().size(), 1U);
  EXPECT_EQ(service_.contexts()[0].actor, "anonymous");
  EXPECT_EQ(service_.contexts()[0].idempotency_key, "");
}

TEST_F(HttpApi, PreferReturnMinimalGivesIdAndState) {
  const TestResponse response = Ask("POST", "/v1/orders", kOrder, "Prefer: return=minimal\r\n");
  EXPECT_EQ(response.body, R"({"id":"so-1","state":"New"})");
  EXPECT_EQ(response.Header("preference-applied"), "return=minimal");
}

TEST_F(HttpApi, AnIdempotencyKeyTravelsWithTheHashOfTheBody) {
  Ask("POST", "/v1/orders", kOrder, "Idempotency-Key: k-1\r\n");
  const TestResponse again = Ask("POST", "/v1/orders", kOrder, "Idempotency-Key: k-1\r\n");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.Text("id"), "so-1");
  EXPECT_EQ(again.Header("idempotency-replayed"), "true");
  EXPECT_EQ(service_.contexts()[0].idempotency_key, "k-1");
  EXPECT_EQ(service_.contexts()[0].body_hash, Hash64(kOrder));
  const std::string long_key(kIdempotencyKeyBytesMax + 1, 'k');
  EXPECT_EQ(Ask("POST", "/v1/orders", kOrder, "Idempotency-Key: " + long_key + "\r\n").status, 400);
  EXPECT_EQ(Ask("POST", "/v1/orders", kOrder, "Idempotency-Key: k\xc3\xa9y\r\n").status, 400);
}

TEST_F(HttpApi, ABadBodyIsAProblemWithItsErrors) {
  const TestResponse response =
      Ask("POST", "/v1/orders", R"({"productOrders":[{"id":"1"}],"x":1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.Header("content-type"), "application/problem+json");
  const Json body = response.json();
  for (const char* key : {"type", "title", "detail"}) EXPECT_TRUE(body.Find(key)->is_string());
  EXPECT_EQ(body.Find("status")->int_value(), 400);
  ASSERT_EQ(body.Find("errors")->items().size(), 2U);
  EXPECT_EQ(body.Find("errors")->items()[1].Find("field")->text(), "/productOrders/0/product");
  EXPECT_TRUE(service_.contexts().empty()) << "nothing reached the service";
}

TEST_F(HttpApi, ARefusalKeepsItsErrorsAndSaysWhenToComeBack) {
  service_.RefuseNext({ErrorCode::kRuleViolated,
                       "the key was used with another body",
                       {{"", "idempotency-key-reused", "use a new key"}},
                       0});
  const TestResponse reused = Ask("POST", "/v1/orders", kOrder);
  EXPECT_EQ(reused.status, 422);
  EXPECT_EQ(reused.json().Find("errors")->items().at(0).Find("rule")->text(),
            "idempotency-key-reused");
  service_.RefuseNext({ErrorCode::kOverloaded, "full", {}, 1500 * kMillisecond});
  const TestResponse busy = Ask("POST", "/v1/orders", kOrder);
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.Header("retry-after"), "2");
}

TEST_F(HttpApi, PreferWaitHoldsTheAnswerUntilTheOrderIsSettled) {
  client_->Send("POST", "/v1/orders", kOrder, "Prefer: wait=60\r\n");
  AwaitWaiters(1);
  service_.SetState(OrderId(1), OrderState::kRunning);
  EXPECT_EQ(service_.waiters(), 1U);
  service_.SetState(OrderId(1), OrderState::kCompleted);
  const auto response = client_->Read();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->Header("location"), "/v1/orders/so-1");
  EXPECT_EQ(response->Text("state"), "Completed");
  EXPECT_EQ(response->json().Find("productOrders")->items().size(), 1U);
}

TEST_F(HttpApi, AnOrderIsShownInFullWithItsVersion) {
  Ask("POST", "/v1/orders", kOrder);
  const TestResponse response = Ask("GET", "/v1/orders/so-1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("etag"), "\"1\"");
  const Json body = response.json();
  for (const char* key : {"id", "externalId", "priority", "state", "run", "durability",
                          "submittedAt", "catalogVersion", "flow", "module", "dataset", "slices",
                          "version", "productOrders", "errors"}) {
    EXPECT_NE(body.Find(key), nullptr) << key;
  }
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1", "", "If-None-Match: \"1\"\r\n").status, 304);
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1", "", "If-None-Match: \"0\", W/\"1\"\r\n").status, 304);
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1", "", "If-None-Match: \"2\"\r\n").status, 200);
  service_.SetState(OrderId(1), OrderState::kCompleted);
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1").json().Find("module"), nullptr);
}

TEST_F(HttpApi, ALongPollIsAnsweredWhenTheVersionRises) {
  Ask("POST", "/v1/orders", kOrder);
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1?wait=30s&version=0").status, 200);
  client_->Send("GET", "/v1/orders/so-1?wait=30s&version=1");
  AwaitWaiters(1);
  std::thread other([this] { service_.SetState(OrderId(1), OrderState::kRunning); });
  const auto response = client_->Read();
  other.join();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->Header("etag"), "\"2\"");
  EXPECT_EQ(response->Text("state"), "Running");
}

TEST_F(HttpApi, WhatIsNotThereIsNotFound) {
  for (const char* target : {"/v1/orders/so-9", "/v1/orders/9", "/v1/orders/so-9/history",
                             "/v1/orders/so-9?wait=1s", "/v1/nothing", "/"}) {
    const TestResponse response = Ask("GET", target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(response.Header("content-type"), "application/problem+json") << target;
  }
  EXPECT_EQ(Ask("GET", std::string(kTmf) + "/so-9").Text("status"), "404");
}

TEST_F(HttpApi, AnActionMayNameTheVersionThatItIsFor) {
  Ask("POST", "/v1/orders", kOrder);
  service_.SetState(OrderId(1), OrderState::kHeld);
  ASSERT_EQ(Ask("GET", "/v1/orders/so-1").Header("etag"), "\"2\"");
  const auto give_up = [this](const char* if_match) {
    return Ask("POST", "/v1/orders/so-1/giveUp", "", fmt::format("If-Match: {}\r\n", if_match));
  };
  EXPECT_EQ(give_up("version 2").status, 400);
  const TestResponse changed = give_up("\"1\"");
  EXPECT_EQ(changed.status, 412);
  EXPECT_EQ(changed.Header("content-type"), "application/problem+json");
  EXPECT_NE(changed.body.find("version 2 by now, not 1"), std::string::npos) << changed.body;
  EXPECT_EQ(give_up("\"2\"").Text("state"), "Failed");
  EXPECT_EQ(give_up("\"2\"").status, 409);  // the version is right, the state is not
}

TEST_F(HttpApi, HistoryPlanAndActions) {
  Ask("POST", "/v1/orders", kOrder);
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1/history").body,
            R"({"items":[{"at":"1970-01-02T00:00:00Z","event":"Event0",)"
            R"("actor":"anonymous","detail":{"run":1}}]})");
  EXPECT_EQ(Ask("POST", "/v1/orders:plan", kOrder).body,
            R"({"catalogVersion":"c0ffee","slices":[["po1"]],"productOrders":[]})");
  EXPECT_EQ(Ask("POST", "/v1/orders/so-1/resubmit").status, 409);
  service_.SetState(OrderId(1), OrderState::kHeld);
  EXPECT_EQ(Ask("POST", "/v1/orders/so-1/giveUp", R"({"description":1})").status, 400);
  const TestResponse done = Ask("POST", "/v1/orders/so-1/giveUp", R"({"description":"enough"})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.Text("state"), "Failed");
}

TEST_F(HttpApi, ListsGoPageByPage) {
  for (int i = 0; i < 5; ++i) Ask("POST", "/v1/orders", kOrder);
  const TestResponse first = Ask("GET", "/v1/orders?limit=3&externalId=x");
  EXPECT_EQ(first.json().Find("items")->items().size(), 3U);
  EXPECT_EQ(first.json().Find("items")->items()[0].Find("id")->text(), "so-5");
  EXPECT_EQ(first.Text("next"), "so-3");
  const TestResponse second = Ask("GET", "/v1/orders?limit=3&cursor=" + first.Text("next"));
  EXPECT_EQ(second.json().Find("items")->items().size(), 2U);
  EXPECT_EQ(second.json().Find("next"), nullptr);
  EXPECT_EQ(Ask("GET", "/v1/orders?state=Held&externalId=x").body, R"({"items":[]})");
  EXPECT_EQ(service_.last_query().state, OrderState::kHeld);
}

TEST_F(HttpApi, AHistoryGoesPageByPage) {
  Ask("POST", "/v1/orders", kOrder);
  for (int i = 1; i < 5; ++i) service_.SetState(OrderId(1), OrderState::kRunning);
  std::string cursor;
  std::string events;
  do {
    const TestResponse page = Ask("GET", "/v1/orders/so-1/history?limit=2" + cursor);
    ASSERT_EQ(page.status, 200) << page.body;
    const Json body = page.json();
    for (const Json& item : body.Find("items")->items()) {
      events += item.Find("event")->text() + " ";
    }
    events += "| ";
    cursor = page.Text("next").empty() ? "" : "&cursor=" + page.Text("next");
  } while (!cursor.empty());
  EXPECT_EQ(events, "Event0 Event1 | Event2 Event3 | Event4 | ");
  const TestResponse all = Ask("GET", "/v1/orders/so-1/history?limit=5");
  EXPECT_EQ(all.json().Find("next"), nullptr);
  EXPECT_EQ(all.json().Find("items")->items().size(), 5U);
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1/history?cursor=99").body, R"({"items":[]})");
}

TEST_F(HttpApi, ParametersThatNobodyKnowsAreRefusedEverywhere) {
  Ask("POST", "/v1/orders", kOrder);
  service_.SetState(OrderId(1), OrderState::kHeld);
  for (const char* target : {"/v1/orders", "/v1/orders:plan", "/v1/orders/so-1/resubmit",
                             "/v1/orders/so-1/giveUp", "/v1/clock/advance"}) {
    const TestResponse response = Ask("POST", std::string(target) + "?dryRun=true", kOrder);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_NE(response.body.find("unknown-parameter"), std::string::npos) << response.body;
  }
  EXPECT_EQ(Ask("POST", std::string(kTmf) + "?dryRun=true", kTmf641Sample).Text("code"),
            "unknown-parameter");
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1/history?limmit=1").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/orders/so-1").Text("state"), "Held");
  EXPECT_EQ(service_.contexts().size(), 1U);
}

TEST_F(HttpApi, TheClockAdvances) {
  EXPECT_EQ(Ask("POST", "/v1/clock/advance", R"({"by":"1h"})").body,
            R"({"now":"1970-01-02T01:00:00Z"})");
  EXPECT_EQ(Ask("POST", "/v1/clock/advance", R"({"to":"1970-01-01T00:00:00Z"})").status, 400);
  EXPECT_EQ(Ask("POST", "/v1/clock/advance", R"({"by":"99999d"})").status, 200);
  EXPECT_EQ(Ask("POST", "/v1/clock/advance", R"({"by":"99999d"})").status, 400);
}

TEST_F(HttpApi, TheNodeSpeaksOfItself) {
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
  EXPECT_EQ(Ask("GET", "/readyz").status, 200);
  service_.SetReadiness(Readiness::kNoSpace);
  const TestResponse full = Ask("GET", "/readyz");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.Text("status"), "noSpace");
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
  const TestResponse metrics = Ask("GET", "/metrics");
  EXPECT_TRUE(metrics.Header("content-type").starts_with("text/plain")) << metrics.body;
  EXPECT_NE(metrics.body.find("cairn_orders_accepted_total 7"), std::string::npos);
  EXPECT_NE(
      metrics.body.find(R"(cairn_cartridge_answers_total{cartridge="hlr",outcome="functional"} 4)"),
      std::string::npos);
  EXPECT_EQ(Ask("GET", "/metrics", "", "Accept: application/json\r\n").status, 406);
}

TEST_F(HttpApi, TmfOrdersAreCreatedAndShown) {
  const TestResponse created = Ask("POST", kTmf, kTmf641Sample);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.Header("location"), std::string(kTmf) + "/so-1");
  EXPECT_EQ(created.Header("content-type"), "application/json;charset=utf-8");
  EXPECT_EQ(created.Text("state"), "acknowledged");
  EXPECT_EQ(service_.last_request().product_orders.size(), 4U);
  service_.SetState(OrderId(1), OrderState::kHeld);
  const TestResponse shown = Ask("GET", std::string(kTmf) + "/so-1");
  EXPECT_EQ(shown.Text("state"), "held");
  EXPECT_EQ(shown.Text("description"), "Service order description");
  const TestResponse chosen = Ask("GET", std::string(kTmf) + "/so-1?fields=state");
  EXPECT_EQ(chosen.body, R"({"id":"so-1","href":"/tmf-api/serviceOrdering/v4/serviceOrder/so-1",)"
                         R"("state":"held"})");
}

TEST_F(HttpApi, ARepeatedTmfCreationShowsTheOrderAsItIs) {
  Ask("POST", kTmf, kTmf641Sample, "Idempotency-Key: k\r\n");
  service_.SetState(OrderId(1), OrderState::kCompleted);
  const TestResponse again = Ask("POST", kTmf, kTmf641Sample, "Idempotency-Key: k\r\n");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.Text("state"), "completed");
}

TEST_F(HttpApi, TmfErrorsHaveTheirOwnShape) {
  const TestResponse bad = Ask("POST", kTmf, "{}");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad.Header("content-type"), "application/json;charset=utf-8");
  EXPECT_EQ(bad.Text("code"), "required");
  EXPECT_EQ(bad.Text("status"), "400");
  EXPECT_FALSE(bad.Text("reason").empty());
  EXPECT_NE(bad.Text("message").find("/serviceOrderItem"), std::string::npos);
  EXPECT_EQ(Ask("DELETE", kTmf).Text("status"), "405");
}

TEST_F(HttpApi, TmfOrdersArePatchedAndDeleted) {
  Ask("POST", kTmf, kTmf641Sample);
  service_.SetState(OrderId(1), OrderState::kHeld);
  const std::string path = std::string(kTmf) + "/so-1";
  EXPECT_EQ(Ask("GET", path).Header("etag"), "\"2\"");
  constexpr std::string_view kPatch = R"({"description":"x"})";
  EXPECT_EQ(Ask("PATCH", path, kPatch, "If-Match: \"1\"\r\n").status, 412);
  EXPECT_EQ(Ask("PATCH", path, kPatch, "If-Match: \"2\"\r\n").status, 200);
  EXPECT_EQ(Ask("PATCH", path, R"({"id":"so-2"})").Text("code"), "not-patchable");
  EXPECT_EQ(Ask("PATCH", path + "9", kPatch).status, 404);
  EXPECT_EQ(Ask("DELETE", path).status, 204);
  EXPECT_EQ(Ask("DELETE", path + "?force=true").Text("code"), "unknown-parameter");
  const TestResponse put = Ask("PUT", path, "{}");
  EXPECT_EQ(put.Text("status"), "405");
  EXPECT_EQ(put.Header("allow"), "GET, HEAD, PATCH, DELETE");
}

TEST_F(HttpApi, TmfListsCountAndFilter) {
  for (int i = 0; i < 60; ++i) Ask("POST", "/v1/orders", kOrder);
  for (std::uint64_t i = 1; i <= 7; ++i) {
    service_.SetState(OrderId(i), i <= 3 ? OrderState::kFailed : OrderState::kHeld);
  }
  const auto list = [this](const std::string& query) {
    return Ask("GET", std::string(kTmf) + query);
  };
  const TestResponse all = list("?offset=50&limit=55");
  EXPECT_EQ(all.Header("x-total-count"), "60");
  EXPECT_EQ(all.Header("x-result-count"), "10");
  EXPECT_EQ(all.json().items().size(), 10U);
  EXPECT_EQ(all.json().items().at(0).Find("id")->text(), "so-a");
  EXPECT_EQ(list("?limit=55").json().items().size(), 55U) << "more than are read at once";
  EXPECT_EQ(list("?state=held").Header("x-total-count"), "4");
  EXPECT_EQ(list("?state=failed").Header("x-total-count"), "3");
  EXPECT_EQ(list("?state=partial").Header("x-total-count"), "0");
  EXPECT_EQ(list("?state=failed,partial&externalId=x").Header("x-total-count"), "3");
  EXPECT_EQ(list("?state=pending").body, "[]");
  EXPECT_EQ(list("?externalId=y").Header("x-total-count"), "0");
  EXPECT_EQ(list("?offset=99").body, "[]");
  EXPECT_EQ(list("?limit=55").status, 206);
  EXPECT_EQ(list("?limit=60").status, 200);
  EXPECT_EQ(list("?sort=id&limit=1").json().items().at(0).Find("id")->text(), "so-1");
  EXPECT_EQ(list("?sort=-orderDate&limit=1").json().items().at(0).Find("id")->text(), "so-1w");
  EXPECT_EQ(list("?id=so-3,so-2,so-9999,x&sort=-id").Header("x-total-count"), "2");
  EXPECT_EQ(list("?serviceOrderItem.id=po1&state.ne=held").Header("x-total-count"), "56");
  EXPECT_EQ(list("?serviceOrderItem.id=po2").Header("x-total-count"), "0");
  EXPECT_EQ(list("?colour=red").Text("code"), "unknown-parameter");
  EXPECT_EQ(list("?limit=1&fields=state&state=held").body,
            R"([{"id":"so-7","href":"/tmf-api/serviceOrdering/v4/serviceOrder/so-7",)"
            R"("state":"held"}])");
}

}  // namespace
}  // namespace cairn::http
