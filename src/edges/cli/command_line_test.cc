// The whole command line against a fake node: what is sent, what is printed where, exit codes, and
// what happens when the node refuses, is overloaded or goes away.
#include "edges/cli/command_line_test.h"

#include "edges/cli/order_watch.h"

namespace cairn::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string OrderJson(const std::string& state, int version) {
  return R"({"id":"so-1","state":")" + state + R"(","version":)" + std::to_string(version) + "}";
}

TEST_F(CommandLineTest, WrongUsageIsToldAndExitsWith2) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"order"},
      {"order", "submit"},
      {"order", "show"},
      {"order", "list", "--state", "Foo"},
      {"order", "list", "--limit", "0"},
      {"order", "list", "--limit", "1001"},
      {"order", "list", "--timeout", "5"},
      {"order", "list", "--timeout", "0s"},
      {"order", "list", "-o", "xml"},
      {"--url", "localhost:8080", "order", "list"},
      {"clock", "advance"},
      {"clock", "advance", "--by", "2h", "--to", "2026-01-01T00:00:00Z"},
      {"clock", "advance", "--to", "tomorrow"},
      {"order", "submit", "x.json", "--idempotency-key", "a b"},
      {"fly"}};
  for (const auto& arguments : wrong) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, ExitCode::kUsage);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, StartsWith("error: "));
    EXPECT_THAT(outcome.err, HasSubstr("--help"));
  }
}

TEST_F(CommandLineTest, HelpAndVersionAreData) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"order", "--help"}, {"node", "--help"}, {"clock", "advance", "--help"}}) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, ExitCode::kOk);
    EXPECT_THAT(outcome.out, HasSubstr("Usage: cairn"));
    EXPECT_EQ(outcome.err, "");
  }
  for (const char* command : {"submit", "show", "list", "wait", "resubmit", "give-up", "plan"}) {
    EXPECT_THAT(Run({"order", command, "--help"}).out, HasSubstr("Example"));
  }
  EXPECT_THAT(Run({"--version"}).out, StartsWith("cairn "));
}

TEST_F(CommandLineTest, SubmitSendsTheFileAsItIsWithAKey) {
  FakeNode node([](const Request&) { return Answer{201, R"({"id":"so-1","state":"New"})", ""}; });
  api_key_ = "secret";
  const Outcome outcome = Run({"--url", node.url() + "/", "order", "submit", file_});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "so-1  New\n");
  EXPECT_EQ(outcome.err, "");
  ASSERT_EQ(node.requests().size(), 1U);
  const Request request = node.requests()[0];
  EXPECT_EQ(request.method_string(), "POST");
  EXPECT_EQ(request.target(), "/v1/orders");
  EXPECT_EQ(request.body(), R"({"productOrders": []})");
  EXPECT_EQ(request["Idempotency-Key"], "key-1");
  EXPECT_EQ(request["Content-Type"], "application/json");
  EXPECT_EQ(request["Authorization"], "Bearer secret");
}

TEST_F(CommandLineTest, ARepeatedKeyIsNoted) {
  FakeNode node([](const Request&) {
    return Answer{201, R"({"id":"so-1","state":"Running"})", "", true};
  });
  const Outcome outcome = Run({"order", "submit", file_, "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "so-1  Running\n");
  EXPECT_THAT(outcome.err, HasSubstr("this key was used before"));
}

TEST_F(CommandLineTest, ATmf641OrderGoesToItsOwnPlaceFromStandardInput) {
  FakeNode node([](const Request&) {
    return Answer{201, R"({"id":"so-1","state":"acknowledged"})", ""};
  });
  input_ = R"({"serviceOrderItem": []})";
  const Outcome outcome =
      Run({"order", "submit", "-", "--idempotency-key", "k7", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "so-1  acknowledged\n");
  EXPECT_EQ(node.requests()[0].target(), "/tmf-api/serviceOrdering/v4/serviceOrder");
  EXPECT_EQ(node.requests()[0]["Idempotency-Key"], "k7");
}

TEST_F(CommandLineTest, JsonIsWhatTheServerSent) {
  FakeNode node([](const Request&) {
    return Answer{200, R"({"id":"so-1","priority":1.10,"productOrders":[],"x":{"a":[1,"é"]}})", ""};
  });
  const Outcome outcome = Run({"-o", "json", "order", "show", "so-1", "--url", node.url()});
  EXPECT_EQ(outcome.out, R"({
  "id": "so-1",
  "priority": 1.10,
  "productOrders": [],
  "x": {
    "a": [
      1,
      "é"
    ]
  }
}
)");
}

TEST_F(CommandLineTest, UnusableFilesExitWith2AndSendNothing) {
  FakeNode node([](const Request&) { return Answer{201, "{}", ""}; });
  const std::string url = node.url();
  const auto error_of = [&](const std::string& file) {
    const Outcome outcome = Run({"order", "submit", file, "--url", url});
    EXPECT_EQ(outcome.code, ExitCode::kUsage);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  EXPECT_THAT(error_of((folder_ / "none.json").string()),
              HasSubstr("none.json: No such file or directory"));
  EXPECT_THAT(error_of(folder_.string()), HasSubstr("is a directory"));
  EXPECT_THAT(error_of(File("empty.json", "")), HasSubstr("is empty"));
  EXPECT_THAT(error_of(File("broken.json", "{\"a\": }")), HasSubstr("not valid JSON near offset"));
  EXPECT_THAT(error_of(File("list.json", "[]")), HasSubstr("an order is a JSON object"));
  EXPECT_TRUE(node.requests().empty());
}

TEST_F(CommandLineTest, ARefusalShowsEachErrorOnALine) {
  FakeNode node([](const Request&) {
    return Answer{400,
                  R"({"type":"about:blank","title":"Bad Request","status":400,
                      "detail":"the order has 2 errors","errors":[
                      {"field":"/productOrders/0/product","rule":"unknown-product",
                       "detail":"there is no product 'x'"},
                      {"field":"/customer","rule":"missing","detail":"a customer is needed"}]})",
                  ""};
  });
  const Outcome outcome = Run({"order", "submit", file_, "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "error: the server answered 400 (Bad Request): the order has 2 errors\n"
            "  /productOrders/0/product: there is no product 'x' (unknown-product)\n"
            "  /customer: a customer is needed (missing)\n");
  EXPECT_EQ(node.requests().size(), 1U);
}

TEST_F(CommandLineTest, OtherErrorBodiesAreUnderstoodToo) {
  Answer answer;
  FakeNode node([&](const Request&) { return answer; });
  const auto run = [&] { return Run({"order", "show", "so-9", "--url", node.url()}); };
  answer = {404, R"({"code":"404","reason":"Not Found","message":"there is no order so-9"})", ""};
  Outcome outcome = run();
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_EQ(outcome.err,
            "error: the server answered 404 (Not Found): there is no order so-9\n"
            "'cairn order list' shows the orders there are.\n");
  answer = {502, "<html>\x1b[31mBad gateway</html>", ""};
  outcome = run();
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("502: <html>"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("\x1b")));
  answer = {200, "hello", ""};
  outcome = run();
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("Is it a Cairn node?"));
  answer = {401, "", ""};
  EXPECT_THAT(run().err, HasSubstr("CAIRN_API_KEY"));
}

TEST_F(CommandLineTest, AnOverloadedNodeIsAskedAgainAsLongAsItSays) {
  int calls = 0;
  FakeNode node([&](const Request&) {
    if (++calls == 1) return Answer{503, R"({"title":"Service Unavailable"})", "7"};
    if (calls == 2) return Answer{503, "", ""};
    return Answer{201, R"({"id":"so-1","state":"New"})", ""};
  });
  const Outcome outcome = Run({"order", "submit", file_, "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "so-1  New\n");
  EXPECT_EQ(slept_, (std::vector<Nanos>{7 * kSecond, 400 * kMillisecond}));
  EXPECT_THAT(outcome.err, HasSubstr("trying again in 7.0s (2 of 6)"));
  const std::vector<Request> requests = node.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2]["Idempotency-Key"], requests[0]["Idempotency-Key"]);
}

TEST_F(CommandLineTest, ALostConnectionIsTriedAgainWithTheSameKeyAndNotForEver) {
  FakeNode node([](const Request&) { return std::nullopt; });
  const Outcome outcome = Run({"order", "submit", file_, "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_EQ(slept_.size(), 5U);
  EXPECT_EQ(slept_.back(), 3200 * kMillisecond);
  EXPECT_THAT(outcome.err, HasSubstr("--idempotency-key key-1"));
  for (const Request& request : node.requests()) EXPECT_EQ(request["Idempotency-Key"], "key-1");
  EXPECT_GE(node.requests().size(), 6U);
}

TEST_F(CommandLineTest, RetriesEndWithTheTimeGiven) {
  FakeNode node([](const Request&) { return Answer{503, "", "30"}; });
  const Outcome outcome = Run({"order", "submit", file_, "--timeout", "10s", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_TRUE(slept_.empty());
  EXPECT_EQ(node.requests().size(), 1U);
}

TEST_F(CommandLineTest, ANodeThatIsAwayIsNamedWithWhatToDo) {
  std::string url;
  {
    const FakeNode node([](const Request&) { return std::nullopt; });
    url = node.url();
  }
  const Outcome outcome = Run({"order", "list", "--url", url});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, StartsWith("error: cannot reach " + url +
                                      ": connection refused. Is cairnd running? Start it with: "
                                      "cairnd --data-dir data --catalog examples/catalog\n"));
  EXPECT_TRUE(slept_.empty());
}

TEST_F(CommandLineTest, AnActionIsNotRepeatedWhenItMayHaveHappened) {
  FakeNode node([](const Request&) { return std::nullopt; });
  const Outcome outcome = Run({"order", "give-up", "so-1", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_TRUE(slept_.empty());
  EXPECT_THAT(outcome.err, HasSubstr("It may have been carried out"));
}

TEST_F(CommandLineTest, WaitPollsByVersionAndPrintsChanges) {
  int calls = 0;
  FakeNode node([&](const Request& request) {
    if (request.method_string() == "POST") return Answer{201, R"({"id":"so-1","state":"New"})", ""};
    ++calls;
    return Answer{200, OrderJson(calls < 3 ? "Running" : "Completed", calls), ""};
  });
  const Outcome outcome = Run({"order", "submit", file_, "--wait", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out,
            "2026-01-01T00:00:00Z so-1 order Running\n"
            "2026-01-01T00:00:00.200Z so-1 order Completed\n");
  EXPECT_EQ(outcome.err, "");
  const std::vector<Request> requests = node.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[1].target(), "/v1/orders/so-1");
  EXPECT_EQ(requests[2].target(), "/v1/orders/so-1?wait=30s&version=1");
  EXPECT_EQ(requests[3].target(), "/v1/orders/so-1?wait=30s&version=2");
  EXPECT_EQ(slept_, (std::vector<Nanos>{kPollPause, kPollPause}));
}

TEST_F(CommandLineTest, WaitTellsHowItEndedByExitCodeAndWhatToDo) {
  std::string state;
  FakeNode node([&](const Request&) { return Answer{200, OrderJson(state, 1), ""}; });
  const auto run = [&] { return Run({"order", "wait", "so-1", "--url", node.url()}); };
  state = "Held";
  Outcome outcome = run();
  EXPECT_EQ(outcome.code, ExitCode::kOrderNotCompleted);
  EXPECT_THAT(outcome.err, HasSubstr("cairn order resubmit so-1 --wait"));
  for (const char* ended : {"Failed", "Cancelled", "Rejected", "RolledBack"}) {
    state = ended;
    outcome = run();
    EXPECT_EQ(outcome.code, ExitCode::kOrderNotCompleted);
    EXPECT_THAT(outcome.err, HasSubstr("so-1 ended as " + state));
  }
}

TEST_F(CommandLineTest, WaitWithJsonPrintsTheSettledOrderOnly) {
  int calls = 0;
  FakeNode node([&](const Request&) {
    ++calls;
    return Answer{200, OrderJson(calls < 3 ? "Running" : "Completed", calls), ""};
  });
  const Outcome outcome = Run({"-o", "json", "order", "wait", "so-1", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out,
            "{\n  \"id\": \"so-1\",\n  \"state\": \"Completed\",\n  \"version\": 3\n}\n");
}

TEST_F(CommandLineTest, WaitEndsWithTheTimeGiven) {
  FakeNode node([&](const Request&) { return Answer{200, OrderJson("Running", 1), ""}; });
  const Outcome outcome = Run({"order", "wait", "so-1", "--timeout", "1s", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOrderNotCompleted);
  EXPECT_THAT(outcome.err, HasSubstr("so-1 is still Running and goes on"));
  EXPECT_EQ(node.requests()[1].target(), "/v1/orders/so-1?wait=900ms&version=1");
}

TEST_F(CommandLineTest, WaitOutlivesARestartOfTheNode) {
  std::unique_ptr<FakeNode> node;
  node = std::make_unique<FakeNode>([](const Request&) {
    return Answer{200, OrderJson("Running", 1), ""};
  });
  const std::uint16_t port = node->port();
  const std::string url = node->url();
  on_sleep_ = [&] {
    if (slept_.size() == 1) node.reset();
    if (slept_.size() == 4) {
      node = std::make_unique<FakeNode>(
          [](const Request&) {
            return Answer{200, OrderJson("Completed", 2), ""};
          },
          port);
    }
  };
  const Outcome outcome = Run({"order", "wait", "so-1", "--url", url});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(slept_, (std::vector<Nanos>{kPollPause, 200 * kMillisecond, 400 * kMillisecond,
                                        800 * kMillisecond}));
  EXPECT_THAT(outcome.err, HasSubstr("connection refused; trying again\n"));
  EXPECT_THAT(outcome.err, HasSubstr(url + " answers again\n"));
  // After the outage it asks for the order as it is.
  EXPECT_EQ(node->requests()[0].target(), "/v1/orders/so-1");
}

TEST_F(CommandLineTest, WaitGivesUpOnANodeThatStaysAway) {
  auto node = std::make_unique<FakeNode>([](const Request&) {
    return Answer{200, OrderJson("Running", 1), ""};
  });
  const std::string url = node->url();
  on_sleep_ = [&] { node.reset(); };
  const Nanos begun = now_;
  const Outcome outcome = Run({"order", "wait", "so-1", "--url", url});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_GT(now_ - begun, kReconnectTimeMax);
  EXPECT_LT(now_ - begun, kReconnectTimeMax + kMinute);
}

TEST_F(CommandLineTest, AnUnknownOrderIsNotWaitedFor) {
  FakeNode node([](const Request&) { return Answer{404, R"({"title":"Not Found"})", ""}; });
  EXPECT_EQ(Run({"order", "wait", "so-9", "--url", node.url()}).code, ExitCode::kRefused);
}

TEST_F(CommandLineTest, CtrlCLeavesTheOrderAlone) {
  FakeNode node([&](const Request&) { return Answer{200, OrderJson("Running", 1), ""}; });
  on_sleep_ = [&] { interrupted_.store(true); };
  const Outcome outcome = Run({"order", "wait", "so-1", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kInterrupted);
  EXPECT_THAT(outcome.err, HasSubstr("the order goes on"));
}

TEST_F(CommandLineTest, ATerminalIsDrawnInPlaceAndGetsItsCursorBack) {
  size_ = Terminal::Size{40, 10};
  int calls = 0;
  FakeNode node([&](const Request&) {
    ++calls;
    return Answer{200, OrderJson(calls < 2 ? "Running" : "Completed", calls), ""};
  });
  const Outcome outcome = Run({"order", "wait", "so-1", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_THAT(outcome.out, StartsWith("\x1b[?25lso-1  Running\x1b[K\n\x1b[J"));
  EXPECT_THAT(outcome.out, HasSubstr("\r\x1b[1Aso-1  Completed\x1b[K\n\x1b[J\x1b[?25h"));
}

TEST_F(CommandLineTest, ATerminalIsDrawnOnceForEachChange) {
  size_ = Terminal::Size{40, 10};
  int calls = 0;
  FakeNode node([&](const Request&) {
    ++calls;
    return Answer{200, OrderJson(calls < 4 ? "Running" : "Completed", calls), ""};
  });
  const Outcome outcome = Run({"order", "wait", "so-1", "--url", node.url()});
  std::size_t drawings = 0;
  for (std::size_t at = 0; (at = outcome.out.find("\x1b[J", at)) != std::string::npos; ++at) {
    ++drawings;
  }
  EXPECT_EQ(drawings, 4U) << "the clock of this test moves by less than kRedrawTime";
}

// Takes a few bytes, as a pipe does whose reader goes away.
class ShortBuffer final : public std::streambuf {
 public:
  explicit ShortBuffer(int room) : room_(room) {}

 protected:
  int_type overflow(int_type c) override { return room_-- > 0 ? c : traits_type::eof(); }

 private:
  int room_;
};

TEST_F(CommandLineTest, WaitEndsWhenNobodyReadsTheOutput) {
  int calls = 0;
  FakeNode node([&](const Request&) {
    ++calls;
    return Answer{200, OrderJson(calls % 2 == 0 ? "Running" : "Waiting", calls), ""};
  });
  std::istringstream in;
  ShortBuffer buffer(100);
  std::ostream out(&buffer);
  std::ostringstream err;
  CommandLine line(Surroundings{&in, Terminal::Fixed(out, std::nullopt, false),
                                Terminal::Fixed(err, std::nullopt, false), [this] { return now_; },
                                [this](Nanos span) { now_ += span; },
                                [] { return std::string("key-1"); }, api_key_, &interrupted_});
  EXPECT_EQ(line.Run({"order", "wait", "so-1", "--url", node.url()}), ExitCode::kUsage);
  EXPECT_THAT(err.str(), HasSubstr("standard output cannot be written"));
}

TEST_F(CommandLineTest, AProxyIsNotAskedForThisMachine) {
  FakeNode node([](const Request&) { return Answer{200, R"({"items":[]})", ""}; });
  FakeNode proxy([](const Request&) { return Answer{502, "", ""}; });
  // The test runs on one thread here; the nodes read no environment.
  ::setenv("http_proxy", proxy.url().c_str(), 1);  // NOLINT(concurrency-mt-unsafe): as above
  const Outcome here = Run({"order", "list", "--url", node.url()});
  const Outcome there = Run({"order", "list", "--url", "http://node.example"});
  ::unsetenv("http_proxy");  // NOLINT(concurrency-mt-unsafe): as above
  EXPECT_EQ(here.code, ExitCode::kOk) << here.err;
  EXPECT_EQ(there.code, ExitCode::kUnreachable);
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_EQ(proxy.requests()[0].target(), "http://node.example/v1/orders");
}

TEST_F(CommandLineTest, ListNarrowsAndFollowsTheCursor) {
  FakeNode node([](const Request& request) {
    const std::string target(request.target());
    if (target.find("cursor=so-2") != std::string::npos) {
      return Answer{200, R"({"items":[{"id":"so-1","state":"Completed","run":1,
        "submittedAt":"2025-12-31T23:00:00Z","endedAt":"2025-12-31T23:00:01.500Z"}]})",
                    ""};
    }
    return Answer{200, R"({"items":[{"id":"so-2","state":"Held","run":2,"port":"retry",
      "externalId":"e 1","customer":"C-1","products":["a","b"],
      "submittedAt":"2025-12-31T23:49:50.250999Z"}],"next":"so-2"})",
                  ""};
  });
  Outcome outcome = Run({"order", "list", "--state", "Held", "--customer", "C&1", "--external-id",
                         "e 1", "--product", "a", "--limit", "5", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(node.requests()[0].target(),
            "/v1/orders?state=Held&customer=C%261&externalId=e%201&product=a&limit=5");
  EXPECT_EQ(
      outcome.out,
      "ID    STATE  PORT   RUN  EXTERNAL ID  CUSTOMER  PRODUCTS  SUBMITTED                    "
      "TIME\n"
      "so-2  Held   retry    2  e 1          C-1       a, b      2025-12-31T23:49:50.250Z  "
      "10m 09s\n");
  EXPECT_THAT(outcome.err, HasSubstr("--all"));
  outcome = Run({"order", "list", "--all", "--url", node.url()});
  EXPECT_THAT(outcome.out, HasSubstr("so-2"));
  EXPECT_THAT(outcome.out, HasSubstr("so-1"));
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(node.requests()[2].target(), "/v1/orders?limit=1000&cursor=so-2");
}

TEST_F(CommandLineTest, HistoryIsATable) {
  FakeNode node([](const Request&) {
    return Answer{200, R"({"items":[{"at":"2026-01-01T00:00:00Z","event":"OrderAccepted",
      "actor":"api","detail":{"priority":2}},{"at":"2026-01-01T00:00:01Z","event":"OrderEnded",
      "detail":{}}]})",
                  ""};
  });
  const Outcome outcome = Run({"order", "show", "so-1", "--history", "--url", node.url()});
  EXPECT_EQ(outcome.out,
            "AT                    EVENT          ACTOR  DETAIL\n"
            "2026-01-01T00:00:00Z  OrderAccepted  api    {\"priority\":2}\n"
            "2026-01-01T00:00:01Z  OrderEnded\n");
  EXPECT_EQ(node.requests()[0].target(), "/v1/orders/so-1/history?limit=1000");
}

TEST_F(CommandLineTest, ActionsCarryTheirDescription) {
  FakeNode node([](const Request&) { return Answer{200, OrderJson("Running", 2), ""}; });
  EXPECT_EQ(
      Run({"order", "resubmit", "so-1", "--description", "HLR \"back\"", "--url", node.url()}).out,
      "so-1  Running\n");
  EXPECT_EQ(Run({"order", "give-up", "so/1", "--url", node.url()}).code, ExitCode::kOk);
  EXPECT_EQ(Run({"clock", "advance", "--by", "2h", "--url", node.url()}).code, ExitCode::kOk);
  const std::vector<Request> requests = node.requests();
  EXPECT_EQ(requests[0].target(), "/v1/orders/so-1/resubmit");
  EXPECT_EQ(requests[0].body(), R"({"description":"HLR \"back\""})");
  EXPECT_EQ(requests[1].target(), "/v1/orders/so%2F1/giveUp");
  EXPECT_EQ(requests[1].body(), "{}");
  EXPECT_EQ(requests[2].target(), "/v1/clock/advance");
  EXPECT_EQ(requests[2].body(), R"({"by":"2h"})");
}

TEST_F(CommandLineTest, ATmf641OrderCannotBePlanned) {
  const std::string file = File("tmf.json", R"({"serviceOrderItem": []})");
  const Outcome outcome = Run({"order", "plan", file});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("cannot be planned"));
}

TEST_F(CommandLineTest, StatusShowsReadinessAndFigures) {
  unsigned ready = 200;
  FakeNode node([&](const Request& request) {
    if (request.target() == "/readyz") return Answer{ready, "starting", ""};
    return Answer{200,
                  "# HELP cairn_orders_accepted_total Orders\ncairn_orders_accepted_total 42\n"
                  "cairn_work{cartridge=\"h l\"} 3\ncairn_t_bucket{le=\"1\"} 9\nprocess_cpu 7\n",
                  ""};
  });
  Outcome outcome = Run({"node", "status", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out,
            "FIGURE                 VALUE\n"
            "ready                    yes\n"
            "orders_accepted_total     42\n"
            "work{cartridge=\"h l\"}      3\n");
  outcome = Run({"-o", "json", "node", "status", "--url", node.url()});
  EXPECT_THAT(outcome.out, HasSubstr("\"cairn_orders_accepted_total\": 42"));
  ready = 503;
  outcome = Run({"node", "status", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.out, HasSubstr("no"));
  EXPECT_THAT(outcome.err, HasSubstr("is not ready"));
}

}  // namespace
}  // namespace cairn::cli
