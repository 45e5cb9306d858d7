// The further commands for orders (batch, cancel, abort, patch, history, drawings), events and
// keys, against a fake node: what is sent and what is printed.
#include "edges/cli/command_line_test.h"
#include "edges/cli/order_lines.h"

#include <algorithm>

namespace cairn::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class OrderCommandsTest : public CommandLineTest {};

TEST_F(OrderCommandsTest, CancelAndAbortSayWhatBecameOfIt) {
  std::string state = "Running";
  FakeNode node([&](const Request&) {
    return Answer{state == "Running" ? 202U : 200U,
                  R"({"id":"so-1","version":4,"state":")" + state + "\"}", ""};
  });
  Outcome outcome = Run({"order", "cancel", "so-1", "--description", "why", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "so-1  Running\n");
  EXPECT_THAT(outcome.err, HasSubstr("the wish is recorded"));
  state = "Cancelled";
  outcome = Run({"order", "abort", "so-1", "--wait", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << "it ended as it should";
  EXPECT_THAT(outcome.out, HasSubstr("so-1 order Cancelled"));
  state = "Completed";
  outcome = Run({"order", "cancel", "so-1", "--wait", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOrderNotCompleted);
  EXPECT_THAT(outcome.err, HasSubstr("so-1 ended as Completed"));
  const std::vector<Request> requests = node.requests();
  EXPECT_EQ(requests[0].target(), "/v1/orders/so-1/cancel");
  EXPECT_EQ(requests[0].body(), R"({"description":"why"})");
  EXPECT_EQ(requests[1].target(), "/v1/orders/so-1/abort");
}

TEST_F(OrderCommandsTest, APatchChangesWhatIsNamed) {
  FakeNode node([](const Request&) {
    return Answer{200, R"({"id":"so-1","state":"inProgress"})", ""};
  });
  const Outcome outcome = Run({"order", "patch", "so-1", "--priority", "2", "--external-id", "e",
                               "--if-version", "7", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.out, "so-1  inProgress\n");
  ASSERT_EQ(node.requests().size(), 1U);
  const Request request = node.requests()[0];
  EXPECT_EQ(request.method_string(), "PATCH");
  EXPECT_EQ(request.target(), "/tmf-api/serviceOrdering/v4/serviceOrder/so-1");
  EXPECT_EQ(request.body(), R"({"externalId":"e","priority":"2"})");
  EXPECT_EQ(request["If-Match"], "\"7\"");
  EXPECT_EQ(request["Content-Type"], "application/json");
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{}, {"--if-version", "x"}, {"--requested-start", "soon"}}) {
    std::vector<std::string> arguments = {"order", "patch", "so-1", "--url", node.url()};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(Run(arguments).code, ExitCode::kUsage);
  }
  EXPECT_EQ(node.requests().size(), 1U);
}

TEST_F(OrderCommandsTest, AnOrderThatHasEndedIsForgotten) {
  unsigned status = 204;
  FakeNode node([&](const Request&) { return Answer{status, "", ""}; });
  const Outcome outcome = Run({"order", "delete", "so-1", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.err, "so-1 is forgotten\n");
  EXPECT_EQ(node.requests()[0].method_string(), "DELETE");
  EXPECT_EQ(node.requests()[0].target(), "/tmf-api/serviceOrdering/v4/serviceOrder/so-1");
  status = 409;
  EXPECT_EQ(Run({"order", "delete", "so-1", "--url", node.url()}).code, ExitCode::kRefused);
}

TEST_F(OrderCommandsTest, AnActionMayNameTheVersionItIsFor) {
  FakeNode node([](const Request&) {
    return Answer{412, R"({"title":"Precondition Failed","detail":"it has version 8, not 7"})", ""};
  });
  for (const char* verb : {"resubmit", "give-up", "cancel", "abort"}) {
    const Outcome outcome = Run({"order", verb, "so-1", "--if-version", "7", "--url", node.url()});
    EXPECT_EQ(outcome.code, ExitCode::kRefused);
    EXPECT_THAT(outcome.err, HasSubstr("version 8, not 7\nLook at it as it is now"));
  }
  EXPECT_EQ(node.requests()[0]["If-Match"], "\"7\"");
}

TEST_F(OrderCommandsTest, ABatchPrintsALineForEachOrder) {
  FakeNode node([](const Request&) {
    return Answer{200,
                  "{\"index\":0,\"id\":\"so-1\"}\n"
                  R"({"index":1,"problem":{"detail":"it is wrong","errors":[)"
                  R"({"field":"/productOrders","rule":"empty","detail":"x"}]}})"
                  "\n",
                  ""};
  });
  const std::string file = File("orders.ndjson", "{\"a\":1}\r\n\n  \n{\"b\":2}");
  Outcome outcome =
      Run({"order", "batch", file, "--idempotency-key", "night", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_EQ(outcome.out, "0  so-1\n1  refused: it is wrong; /productOrders (empty)\n");
  EXPECT_THAT(outcome.err, HasSubstr("1 of 2 orders refused; the others are submitted"));
  const Request request = node.requests()[0];
  EXPECT_EQ(request.target(), "/v1/orders:batch");
  EXPECT_EQ(request.body(), "{\"a\":1}\r\n{\"b\":2}\n");
  EXPECT_EQ(request["Content-Type"], "application/x-ndjson");
  EXPECT_EQ(request["Idempotency-Key"], "night-0");
  outcome = Run({"-o", "json", "order", "batch", file, "--url", node.url()});
  EXPECT_THAT(outcome.out, StartsWith("{\"index\":0,\"id\":\"so-1\"}\n{\"index\":1,"));
  input_ = "{}\n";
  outcome = Run({"order", "batch", "-", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable) << "two answers to one order";
  EXPECT_EQ(Run({"order", "batch", File("empty", "\n"), "--url", node.url()}).code,
            ExitCode::kUsage);
  EXPECT_EQ(Run({"order", "batch", "/nowhere", "--url", node.url()}).code, ExitCode::kUsage);
}

TEST_F(OrderCommandsTest, ALongBatchGoesInPiecesAndCountsThrough) {
  std::vector<std::size_t> sizes;
  bool breaks = false;
  FakeNode node([&](const Request& request) -> std::optional<Answer> {
    if (breaks && sizes.size() == 1) return std::nullopt;
    const auto lines =
        static_cast<std::size_t>(std::count(request.body().begin(), request.body().end(), '\n'));
    sizes.push_back(lines);
    std::string body;
    for (std::size_t i = 0; i < lines; ++i) {
      body += R"({"index":)" + std::to_string(i) + R"(,"id":"so-1"})" + "\n";
    }
    return Answer{200, body, ""};
  });
  std::string text;
  for (std::size_t i = 0; i < kBatchLinesMax + 2; ++i) text += "{}\n";
  const std::string file = File("many.ndjson", text);
  Outcome outcome = Run({"order", "batch", file, "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(sizes, (std::vector<std::size_t>{kBatchLinesMax, 2}));
  EXPECT_THAT(outcome.out, HasSubstr("\n10001  so-1\n"));
  EXPECT_EQ(node.requests()[1]["Idempotency-Key"], "key-1-1");
  sizes.clear();
  breaks = true;
  outcome = Run({"order", "batch", file, "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("10000 orders done before. To repeat all"));
  EXPECT_THAT(outcome.err, HasSubstr("--idempotency-key key-1"));
}

TEST_F(OrderCommandsTest, HistoryHasACommandOfItsOwn) {
  FakeNode node([](const Request&) {
    return Answer{200, R"({"items":[{"at":"2026-01-01T00:00:00Z","event":"OrderAccepted",
      "actor":"crm","detail":{}}]})",
                  ""};
  });
  EXPECT_THAT(Run({"order", "history", "so-1", "--url", node.url()}).out,
              HasSubstr("2026-01-01T00:00:00Z  OrderAccepted  crm"));
}

TEST_F(OrderCommandsTest, OrdersAndPlansAreDrawn) {
  FakeNode node([](const Request&) {
    return Answer{200, R"({"id":"so-1","state":"Completed","slices":[["po1"]],"productOrders":[
      {"id":"po1","product":"line","action":"add","technicalOrders":[
        {"name":"connect","slice":0,"state":"Completed","workOrders":[]}]}]})",
                  ""};
  });
  for (const Outcome& outcome : {Run({"order", "show", "so-1", "--draw", "--url", node.url()}),
                                 Run({"order", "plan", file_, "--draw", "--url", node.url()})}) {
    EXPECT_THAT(outcome.out, StartsWith("flowchart LR\n"));
    EXPECT_THAT(outcome.out, HasSubstr("p0s0t0[\"connect\"]:::completed"));
  }
}

TEST_F(OrderCommandsTest, AListMayBeNarrowedByTime) {
  FakeNode node([](const Request&) { return Answer{200, R"({"items":[]})", ""}; });
  Run({"order", "list", "--submitted-from", "2026-01-01T00:00:00Z", "--submitted-to",
       "2026-01-02T00:00:00Z", "--url", node.url()});
  EXPECT_EQ(node.requests()[0].target(),
            "/v1/orders?submittedFrom=2026-01-01T00%3A00%3A00Z&submittedTo="
            "2026-01-02T00%3A00%3A00Z");
}

TEST_F(OrderCommandsTest, TheKeyOfTheOptionGoesBeforeThatOfTheEnvironment) {
  FakeNode node([](const Request&) { return Answer{200, R"({"items":[]})", ""}; });
  api_key_ = "from-environment";
  const std::string file = File("key.txt", "from-file\r\nmore\n");
  const std::vector<std::string> list = {"order", "list", "--url", node.url()};
  const auto with = [&](const std::string& key) {
    std::vector<std::string> arguments = list;
    arguments.insert(arguments.end(), {"--api-key", key});
    return Run(arguments);
  };
  Run(list);
  with("given");
  with("@" + file);
  ASSERT_EQ(node.requests().size(), 3U);
  EXPECT_EQ(node.requests()[0]["Authorization"], "Bearer from-environment");
  EXPECT_EQ(node.requests()[1]["Authorization"], "Bearer given");
  EXPECT_EQ(node.requests()[2]["Authorization"], "Bearer from-file");
  for (const char* wrong : {"a b", "a\r\nX-Other: 1", "@/nowhere"}) {
    const Outcome outcome = with(wrong);
    EXPECT_EQ(outcome.code, ExitCode::kUsage);
    EXPECT_THAT(outcome.err, HasSubstr("--api-key"));
  }
  EXPECT_EQ(node.requests().size(), 3U);
}

TEST_F(OrderCommandsTest, AKeyThatDoesNotSufficeIsSaidSo) {
  unsigned status = 401;
  FakeNode node([&](const Request&) { return Answer{status, R"({"title":"No"})", ""}; });
  EXPECT_THAT(Run({"order", "list", "--url", node.url()}).err,
              HasSubstr("Give a key that the node knows with --api-key"));
  status = 403;
  EXPECT_THAT(Run({"order", "list", "--url", node.url()}).err, HasSubstr("give another"));
}

Answer Events(const std::string& text) {
  return Answer{200, text, "", false, "text/event-stream; charset=utf-8"};
}

TEST_F(OrderCommandsTest, EventsAreFollowedOverBrokenConnections) {
  int calls = 0;
  FakeNode node([&](const Request&) -> std::optional<Answer> {
    ++calls;
    if (calls == 1) return Events("id: 1:5\nevent: order\ndata: {\"order\":\"so-1\"}\n\n: hm\n\n");
    if (calls == 2) return std::nullopt;
    return Events("id: 1:6\nevent: order\ndata: plain\x1b[31m\n\nid: 1:7\ndata: never\n\n");
  });
  const Outcome outcome = Run({"events", "follow", "--kinds", "order,offline", "--after", "1:4",
                               "--count", "2", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("1:5  order  {\"order\":\"so-1\"}\n1:6  order  plain"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("never")));
  const std::vector<Request> requests = node.requests();
  EXPECT_EQ(requests[0].target(), "/v1/events?kinds=order%2Coffline");
  EXPECT_EQ(requests[0]["Last-Event-ID"], "1:4");
  EXPECT_EQ(requests.back()["Last-Event-ID"], "1:5");
  EXPECT_THAT(std::string(requests[0]["Accept"]), StartsWith("text/event-stream"));
}

TEST_F(OrderCommandsTest, EventsAreLinesOfJson) {
  FakeNode node([](const Request&) {
    return Events("id: 1:5\nevent: order\ndata: {\"n\":1.10}\n\ndata: text\n\n");
  });
  const Outcome outcome =
      Run({"-o", "json", "events", "follow", "--count", "2", "--url", node.url()});
  EXPECT_EQ(outcome.out,
            "{\"id\":\"1:5\",\"event\":\"order\",\"data\":{\"n\":1.10}}\n"
            "{\"id\":\"1:5\",\"event\":\"message\",\"data\":\"text\"}\n");
}

TEST_F(OrderCommandsTest, EventsEndWithTheTimeGivenWithARefusalAndWithCtrlC) {
  std::optional<Answer> answer = Events("");
  FakeNode node([&](const Request&) { return answer; });
  const auto follow = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"events", "follow", "--url", node.url()});
    return Run(more);
  };
  EXPECT_EQ(follow({"--timeout", "3s"}).code, ExitCode::kOk);
  answer = Answer{200, "<html>", ""};
  EXPECT_THAT(follow({}).err, HasSubstr("without a stream of events"));
  answer = Answer{400, R"({"title":"Bad Request"})", ""};
  EXPECT_EQ(follow({}).code, ExitCode::kRefused);
  answer = std::nullopt;
  const Nanos begun = now_;
  EXPECT_EQ(follow({}).code, ExitCode::kUnreachable);
  EXPECT_GT(now_ - begun, kMinute);
  on_sleep_ = [&] { interrupted_.store(true); };
  EXPECT_EQ(follow({}).code, ExitCode::kInterrupted);
}

}  // namespace
}  // namespace cairn::cli
