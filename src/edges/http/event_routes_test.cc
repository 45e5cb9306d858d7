// Streams of events and the hub over a real socket, against events of the test.
#include "edges/http/event_routes.h"

#include "edges/http/fake_service.h"
#include "edges/http/fake_services.h"
#include "edges/http/http_server.h"
#include "edges/http/test_client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cairn::http {
namespace {

constexpr const char* kOrder = R"({"productOrders":[{"id":"po1","product":"line"}]})";
constexpr std::string_view kHub = "/tmf-api/serviceOrdering/v4/hub";

PublishedEvent EventOf(std::uint64_t sequence, OrderId order) {
  PublishedEvent event;
  event.position = {0, sequence};
  event.at = kDay;
  event.kind = "order";
  event.event = "work_orders_sent";
  event.order = order;
  event.state = OrderState::kRunning;
  event.detail = R"({"workOrders":["wo-1-0"]})";
  return event;
}

class EventRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = HttpServer::Start({}, fakes_.With(service_));
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    client_.emplace(server_->port());
  }
  TestResponse Ask(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view headers = {}) {
    return TestClient(server_->port()).Ask(method, target, body, headers);
  }
  // Opens a stream and reads what it begins with.
  std::string Open(std::string_view target, std::string_view headers = {}) {
    client_->Send("GET", target, {}, headers);
    const auto head = client_->Read();
    EXPECT_TRUE(head.has_value());
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->Header("content-type"), "text/event-stream");
    EXPECT_EQ(head->Header("content-length"), "");
    return client_->ReadUntil("\n\n");
  }

  FakeService service_;
  FakeServices fakes_;
  std::unique_ptr<HttpServer> server_;
  std::optional<TestClient> client_;
};

TEST_F(EventRoutes, AStreamBringsWhatComes) {
  EXPECT_EQ(Open("/v1/events"), "retry: 1000\n:\n\n");
  for (const std::uint64_t sequence : {7U, 9U}) {
    fakes_.events.AwaitReaders(1);
    fakes_.events.Publish(EventOf(sequence, OrderId(1)));
    EXPECT_EQ(client_->ReadUntil("\n\n"),
              fmt::format("id: 0:{0}\nevent: order\ndata: "
                          R"({{"id":"0:{0}","at":"1970-01-02T00:00:00Z","kind":"order",)"
                          R"("event":"work_orders_sent","order":"so-1","state":"Running",)"
                          R"("detail":{{"workOrders":["wo-1-0"]}}}})"
                          "\n\n",
                          sequence));
  }
}

TEST_F(EventRoutes, AStreamGoesOnWhereItBrokeOff) {
  for (const std::uint64_t sequence : {5U, 6U, 7U}) {
    fakes_.events.Publish(EventOf(sequence, OrderId(1)));
  }
  const std::string first = Open("/v1/events?kinds=order", "Last-Event-ID: 0:5\r\n");
  EXPECT_TRUE(first.starts_with("retry: 1000\nid: 0:6\n")) << first;
  EXPECT_TRUE(client_->ReadUntil("\n\n").starts_with("id: 0:7\n"));

  fakes_.events.Forget(6);
  client_.emplace(server_->port());
  EXPECT_EQ(Open("/v1/events?after=0:2"), "retry: 1000\nevent: reset\ndata: {}\n\n");
  EXPECT_TRUE(client_->ReadUntil("\n\n").starts_with("id: 0:7\n"));
}

TEST_F(EventRoutes, AStreamOfOneOrder) {
  Ask("POST", "/v1/orders", kOrder);
  Open("/v1/orders/so-1/events");
  EXPECT_EQ(fakes_.events.last_query().order, OrderId(1));
  fakes_.events.AwaitReaders(1);
  fakes_.events.Publish(EventOf(3, OrderId(2)));
  fakes_.events.AwaitReaders(1);
  fakes_.events.Publish(EventOf(4, OrderId(1)));
  EXPECT_TRUE(client_->ReadUntil("\n\n").starts_with("id: 0:4\n"));
  EXPECT_EQ(Ask("GET", "/v1/orders/so-2/events").status, 404);
}

TEST_F(EventRoutes, WhatIsWrongIsRefused) {
  EXPECT_EQ(Ask("GET", "/v1/events?kinds=offline").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/events?sort=up").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/events?after=5").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/events?after=0:0").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/events", {}, "Last-Event-ID: x:1\r\n").status, 400);
  EXPECT_EQ(Ask("GET", "/v1/events", {}, "Accept: application/json\r\n").status, 406);
  EXPECT_EQ(Ask("HEAD", "/v1/events").status, 200);
}

TEST_F(EventRoutes, AServerThatStopsEndsItsStreams) {
  Open("/v1/events");
  fakes_.events.AwaitReaders(1);
  server_->Stop();
  EXPECT_TRUE(client_->AtEnd());
  fakes_.events.Publish(EventOf(3, OrderId(1)));  // what is still owed does no harm
}

TEST_F(EventRoutes, TheHubRegistersShowsAndForgets) {
  const std::string body =
      R"({"callback":"http://127.0.0.1:1/in","query":"eventType=ServiceOrderCreateEvent"})";
  const TestResponse created = Ask("POST", kHub, body);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.Text("callback"), "http://127.0.0.1:1/in");
  EXPECT_EQ(created.Text("query"), "eventType=ServiceOrderCreateEvent");
  const std::string path = created.Header("location");
  EXPECT_EQ(path, fmt::format("{}/{}", kHub, created.Text("id")));
  EXPECT_EQ(Ask("GET", path).body, created.body);
  EXPECT_EQ(Ask("GET", kHub).body, "[" + created.body + "]");
  EXPECT_EQ(Ask("DELETE", path).status, 204);
  EXPECT_EQ(Ask("DELETE", path).status, 404);
  EXPECT_EQ(Ask("GET", path).status, 404);
}

TEST_F(EventRoutes, TheHubRefusesWhatItCannotCall) {
  for (const char* callback :
       {"", "/in", "ftp://a/b", "http://", "http://user:word@a/b", "http://a/b#c", "a b"}) {
    EXPECT_EQ(Ask("POST", kHub, fmt::format(R"({{"callback":"{}"}})", callback)).status, 400)
        << callback;
  }
  EXPECT_EQ(Ask("POST", kHub, "{}").status, 400);
  EXPECT_EQ(Ask("POST", kHub, R"({"callback":5})").status, 400);
  EXPECT_EQ(Ask("POST", kHub, R"({"callback":"http://a/","query":"eventType=Nothing"})").status,
            400);
}

}  // namespace
}  // namespace cairn::http
