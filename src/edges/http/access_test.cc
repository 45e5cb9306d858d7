// Keys and roles: the pure parts, and a server that asks for keys, over a real socket.

#include "edges/http/access.h"

#include "edges/http/fake_service.h"
#include "edges/http/fake_services.h"
#include "edges/http/http_server.h"
#include "edges/http/routes.h"
#include "edges/http/test_client.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cairn::http {
namespace {

constexpr std::string_view kOrder = R"({"productOrders":[{"id":"po1","product":"p"}]})";
constexpr std::string_view kTmf = "/tmf-api/serviceOrdering/v4/serviceOrder";

TEST(Access, RolesHaveNames) {
  for (const Role role : {Role::kViewer, Role::kSubmitter, Role::kOperator, Role::kAdmin}) {
    EXPECT_EQ(ParseRole(Name(role)), role);
  }
  EXPECT_FALSE(ParseRole("anybody").has_value());
  EXPECT_FALSE(ParseRole("Viewer").has_value());
}

TEST(Access, KeysAreKnownByTheirHash) {
  // FIPS 180-4: the digest of "abc".
  const auto abc = ParseKeyHash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(abc.has_value());
  EXPECT_EQ(HashKey("abc"), *abc);
  EXPECT_EQ(ParseKeyHash("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), abc);
  EXPECT_FALSE(ParseKeyHash("ba78").has_value());
  EXPECT_FALSE(ParseKeyHash(std::string(64, 'g')).has_value());

  ApiKeys keys({{"crm", Role::kSubmitter, *abc}, {"ops", Role::kOperator, HashKey("xyz")}});
  EXPECT_EQ(keys.Find("abc")->name, "crm");
  EXPECT_EQ(keys.Find("xyz")->role, Role::kOperator);
  EXPECT_FALSE(keys.Find("abd").has_value());
  keys.Replace({{"new", Role::kViewer, HashKey("abd")}});
  EXPECT_FALSE(keys.Find("abc").has_value());
  EXPECT_EQ(keys.Find("abd")->name, "new");
}

TEST(Access, ABearerKeyIsTakenOutOfItsHeader) {
  EXPECT_EQ(BearerKey("Bearer abc"), "abc");
  EXPECT_EQ(BearerKey("bearer  abc"), "abc");
  for (const char* other : {"", "Bearer", "Bearer ", "Basic abc", "abc"}) {
    EXPECT_FALSE(BearerKey(other).has_value()) << other;
  }
  EXPECT_FALSE(BearerKey("Bearer " + std::string(kApiKeyBytesMax + 1, 'k')).has_value());
}

TEST(Access, EveryRouteIsInTheTable) {
  FakeService orders;
  FakeServices fakes;
  Router router;
  AddRoutes(router, fakes.With(orders), std::make_shared<WaitCount>(),
            [] { return HttpMetrics(); });
  for (const Route& route : router.routes()) {
    std::string pattern;
    for (const std::string& segment : route.pattern) pattern += "/" + segment;
    const auto& rules = AccessRules();
    const auto hits = std::count_if(rules.begin(), rules.end(), [&](const AccessRule& rule) {
      return rule.method == route.method && rule.pattern == pattern;
    });
    EXPECT_EQ(hits, 1) << MethodName(route.method) << " " << pattern;
    EXPECT_EQ(route.least, LeastRole(route.method, pattern));
    if (route.least == Role::kAnybody) {
      EXPECT_EQ(route.method, Method::kGet) << pattern;
    }
    if (route.least == Role::kViewer) {
      EXPECT_EQ(route.method, Method::kGet) << pattern;
    }
  }
  EXPECT_EQ(LeastRole(Method::kGet, "/v1/unheardOf"), Role::kAdmin);
}

class GuardedServer : public ::testing::Test {
 protected:
  void SetUp() override {
    HttpServerOptions options;
    keys_ = std::make_shared<ApiKeys>(std::vector<ApiKey>{
        {"watcher", Role::kViewer, HashKey("viewer-key")},
        {"crm", Role::kSubmitter, HashKey("submitter-key")},
        {"ops", Role::kOperator, HashKey("operator-key")},
        {"root", Role::kAdmin, HashKey("admin-key")},
    });
    options.keys = keys_;
    auto server = HttpServer::Start(options, service_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
  }
  // Each on a connection of its own: one that refuses a body is closed.
  TestResponse AskAs(std::string_view role, std::string_view method, std::string_view target,
                     std::string_view body = {}) {
    const std::string header =
        role.empty() ? "" : fmt::format("Authorization: Bearer {}-key\r\n", role);
    return TestClient(server_->port()).Ask(method, target, body, header);
  }

  FakeService service_;
  std::shared_ptr<ApiKeys> keys_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(GuardedServer, WithoutAKeyOnlyTheProbesAnswer) {
  EXPECT_EQ(AskAs("", "GET", "/healthz").status, 200);
  EXPECT_EQ(AskAs("", "GET", "/readyz").status, 200);
  for (const char* target : {"/v1/orders", "/metrics", "/v1/orders/so-1", "/v1/nothing"}) {
    const TestResponse refused = AskAs("", "GET", target);
    EXPECT_EQ(refused.status, 401) << target;
    EXPECT_EQ(refused.Header("www-authenticate"), R"(Bearer realm="cairn")");
    EXPECT_EQ(refused.Header("content-type"), "application/problem+json");
  }
  EXPECT_EQ(AskAs("unknown", "GET", "/v1/orders").status, 401);
  EXPECT_EQ(AskAs("", "POST", "/v1/orders", kOrder).status, 401);
  const TestResponse tmf = AskAs("", "POST", kTmf, "{}");
  EXPECT_EQ(tmf.status, 401);
  EXPECT_EQ(tmf.Text("status"), "401");
  EXPECT_EQ(tmf.Header("content-type"), "application/json;charset=utf-8");
  EXPECT_TRUE(service_.contexts().empty());
}

TEST_F(GuardedServer, TwoKeysAreNone) {
  const TestResponse both = TestClient(server_->port())
                                .Ask("GET", "/v1/orders", "",
                                     "Authorization: Bearer admin-key\r\n"
                                     "Authorization: Bearer viewer-key\r\n");
  EXPECT_EQ(both.status, 401);
}

TEST_F(GuardedServer, EachRoleMayDoItsShare) {
  EXPECT_EQ(AskAs("viewer", "POST", "/v1/orders", kOrder).status, 403);
  EXPECT_EQ(AskAs("submitter", "POST", "/v1/orders", kOrder).status, 201);
  EXPECT_EQ(service_.contexts().at(0).actor, "crm");
  EXPECT_EQ(AskAs("viewer", "GET", "/v1/orders/so-1").status, 200);
  const TestResponse refused = AskAs("submitter", "POST", "/v1/orders/so-1/cancel");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.Text("detail"), "the key 'crm' is a submitter's; this needs the role operator");
  EXPECT_EQ(AskAs("operator", "POST", "/v1/orders/so-1/cancel").status, 200);
  EXPECT_EQ(service_.last_actor(), "ops");
  EXPECT_EQ(AskAs("operator", "POST", "/v1/clock/advance", R"({"by":"1h"})").status, 403);
  EXPECT_EQ(AskAs("admin", "POST", "/v1/clock/advance", R"({"by":"1h"})").status, 200);
  EXPECT_EQ(AskAs("viewer", "POST", kTmf, "{}").Text("status"), "403");
  EXPECT_EQ(AskAs("viewer", "GET", "/v1/nothing").status, 404);
}

TEST_F(GuardedServer, OnlyOperatorsSeeCallbackTokens) {
  AskAs("admin", "POST", "/v1/orders", kOrder);
  service_.AddWaitingWorkOrder(OrderId(1), "token-1", 2 * kDay);
  const auto shown = [this](std::string_view role) {
    return AskAs(role, "GET", "/v1/orders/so-1").body.find("token-1") != std::string::npos;
  };
  EXPECT_FALSE(shown("viewer"));
  EXPECT_FALSE(shown("submitter"));
  EXPECT_TRUE(shown("operator"));
  EXPECT_TRUE(shown("admin"));
}

TEST_F(GuardedServer, KeysCanBeReplacedWhileItServes) {
  EXPECT_EQ(AskAs("viewer", "GET", "/v1/orders").status, 200);
  keys_->Replace({{"root", Role::kAdmin, HashKey("admin-key")}});
  EXPECT_EQ(AskAs("viewer", "GET", "/v1/orders").status, 401);
  EXPECT_EQ(AskAs("admin", "GET", "/v1/orders").status, 200);
}

}  // namespace
}  // namespace cairn::http
