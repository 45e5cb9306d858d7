// Tasks, cartridges, catalog and inventory over a real socket, against services of the test.

#include "edges/http/fake_service.h"
#include "edges/http/fake_services.h"
#include "edges/http/http_server.h"
#include "edges/http/test_client.h"

#include <gtest/gtest.h>

namespace cairn::http {
namespace {

class ServiceRoutes : public ::testing::Test {
 protected:
  void SetUp() override { StartServer(fakes_.With(service_)); }
  void StartServer(const Services& services) {
    auto server = HttpServer::Start({}, services);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    client_.emplace(server_->port());
  }
  TestResponse Ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    return client_->Ask(method, target, body);
  }

  FakeService service_;
  FakeServices fakes_;
  std::unique_ptr<HttpServer> server_;
  std::optional<TestClient> client_;
};

TEST_F(ServiceRoutes, TasksAreListedAndCompleted) {
  EXPECT_EQ(Ask("GET", "/v1/tasks?cartridge=field&limit=1&cursor=wo-0-1").body,
            R"({"items":[{"id":"wo-1-0","order":"so-1","productOrder":"po1",)"
            R"("technicalOrder":"to-1-0","step":"dig","cartridge":"field","operation":"install",)"
            R"("input":{"street":"High Street"},"since":"1970-01-02T00:00:00Z",)"
            R"("deadline":"1970-01-09T00:00:00Z"}],"next":"wo-1-0"})");
  EXPECT_EQ(fakes_.task_query.cartridge, "field");
  EXPECT_EQ(fakes_.task_query.after, "wo-0-1");
  EXPECT_EQ(fakes_.task_query.limit, 1U);
  EXPECT_EQ(Ask("GET", "/v1/tasks?limit=0").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/tasks?cartrige=x").status, 400);
  EXPECT_EQ(Ask("POST", "/v1/tasks/wo-1-0/complete", R"({"outcome":"technical"})").status, 204);
  EXPECT_EQ(fakes_.answer.outcome, Outcome::kTechnical);
  EXPECT_EQ(fakes_.answer.actor, "anonymous");
  EXPECT_EQ(Ask("POST", "/v1/tasks/wo-9-9/complete", R"({"outcome":"ok"})").status, 404);
  EXPECT_EQ(Ask("POST", "/v1/tasks/wo-1-0/complete", "{}").status, 400);
}

TEST_F(ServiceRoutes, CartridgesAreListedAndMaintained) {
  const std::string hlr = R"({"name":"hlr","type":"http","health":"up","running":3,"waiting":4,)"
                          R"("limits":{"concurrency":8,"callsPerSecond":50,"attempts":5}})";
  EXPECT_EQ(Ask("GET", "/v1/cartridges").body, R"({"items":[)" + hlr + "]}");
  const TestResponse started =
      Ask("POST", "/v1/cartridges/hlr/startMaintenance", R"({"description":"new disks"})");
  EXPECT_EQ(started.status, 200);
  EXPECT_EQ(started.Text("health"), "maintenance");
  EXPECT_EQ(fakes_.actor, "anonymous");
  EXPECT_EQ(Ask("POST", "/v1/cartridges/hlr/stopMaintenance").body, hlr);
  EXPECT_EQ(Ask("POST", "/v1/cartridges/x/stopMaintenance").status, 404);
  EXPECT_EQ(Ask("POST", "/v1/cartridges/hlr/test").body,
            R"({"outcome":"technical","detail":"refused"})");
  EXPECT_EQ(Ask("POST", "/v1/cartridges/x/test").status, 409);
  EXPECT_EQ(Ask("POST", "/v1/cartridges/hlr/test", R"({"x":1})").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/cartridges?limit=1").status, 400);
}

TEST_F(ServiceRoutes, TheCatalogIsShownAndReloaded) {
  EXPECT_EQ(Ask("GET", "/v1/catalog").body,
            R"({"version":"c0ffee","since":"1970-01-02T00:00:00Z"})");
  EXPECT_EQ(Ask("POST", "/v1/catalog/reload").body,
            R"({"version":"c0ffee","since":"1970-01-02T00:00:00Z","changed":true})");
  fakes_.problems = {{"products.yaml:12", "there is no cartridge 'hlrr'"}};
  const TestResponse refused = Ask("POST", "/v1/catalog/reload");
  EXPECT_EQ(refused.status, 422);
  const Json body = refused.json();
  EXPECT_EQ(body.Find("errors")->items().at(0).Find("field")->text(), "products.yaml:12");
  EXPECT_EQ(body.Find("errors")->items().at(0).Find("detail")->text(),
            "there is no cartridge 'hlrr'");
}

TEST_F(ServiceRoutes, TheInventoryIsListed) {
  EXPECT_EQ(Ask("GET", "/v1/inventory?customer=C-1&product=mobile-line&service=x").body,
            R"({"items":[{"id":"sv-1","service":"+447700900123","product":"mobile-line",)"
            R"("customer":"C-1","state":"active","parameters":{},"order":"so-1",)"
            R"("createdAt":"1970-01-02T00:00:00Z","changedAt":"1970-01-03T00:00:00Z"}]})");
  EXPECT_EQ(fakes_.inventory_query.customer, "C-1");
  EXPECT_EQ(fakes_.inventory_query.product, "mobile-line");
  EXPECT_EQ(fakes_.inventory_query.service, "x");
  EXPECT_EQ(Ask("GET", "/v1/inventory?colour=red").status, 400);
}

TEST_F(ServiceRoutes, WhatANodeDoesNotHaveIsNotThere) {
  Services services;
  services.orders = &service_;
  server_.reset();
  StartServer(services);
  for (const char* target : {"/v1/tasks", "/v1/cartridges", "/v1/catalog", "/v1/inventory"}) {
    EXPECT_EQ(Ask("GET", target).status, 404) << target;
  }
  EXPECT_EQ(Ask("POST", "/v1/catalog/reload").status, 404);
}

}  // namespace
}  // namespace cairn::http
