// The commands for what waits for an answer (work orders, tasks), for cartridges, the catalog and
// the inventory, against a fake node: what is sent and what is printed.
#include "edges/cli/command_line_test.h"

namespace cairn::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WorkCommandsTest : public CommandLineTest {
 protected:
  // Answers everything alike, and keeps what was asked.
  Outcome Ask(Answer answer, std::vector<std::string> arguments) {
    FakeNode node([&](const Request&) { return answer; });
    arguments.insert(arguments.end(), {"--url", node.url()});
    const Outcome outcome = Run(arguments);
    requests_ = node.requests();
    return outcome;
  }
  std::string Sent(std::size_t i = 0) const {
    const Request& request = requests_.at(i);
    return std::string(request.method_string()) + " " + std::string(request.target()) + " " +
           request.body();
  }

  std::vector<Request> requests_;
};

constexpr const char* kOrder = R"({"id":"so-1","state":"Waiting","version":3,"productOrders":[
  {"id":"po1","technicalOrders":[{"id":"to-1-0","name":"connect","workOrders":[
    {"id":"wo-1-0","step":"check","cartridge":"hlr","operation":"check","state":"Completed"},
    {"id":"wo-1-1","step":"port","cartridge":"npc","operation":"port","state":"Waiting",
     "callbackToken":"tok/1","deadline":"2026-01-08T00:00:00Z"},
    {"id":"wo-1-2","step":"guarded","cartridge":"npc","operation":"port","state":"Waiting"}]}]}]})";

TEST_F(WorkCommandsTest, WorkOrdersAreListedWithTheirTokens) {
  const Outcome outcome = Ask({200, kOrder, ""}, {"workorder", "list", "so-1", "--waiting"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(
      outcome.out,
      "ID      STATE    PRODUCT ORDER  TECHNICAL ORDER  STEP     CALL      DEADLINE              "
      "TOKEN\n"
      "wo-1-1  Waiting  po1            connect          port     npc.port  2026-01-08T00:00:00Z  "
      "tok/1\n"
      "wo-1-2  Waiting  po1            connect          guarded  npc.port\n");
  EXPECT_THAT(Ask({200, kOrder, ""}, {"-o", "json", "workorder", "list", "so-1"}).out,
              HasSubstr("\"technicalOrder\": \"connect\""));
  const Outcome none =
      Ask({200, R"({"id":"so-1","productOrders":[]})", ""}, {"workorder", "list", "so-1"});
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(none.err, "no work orders\n");
}

TEST_F(WorkCommandsTest, AWorkOrderIsAnsweredByItsToken) {
  const Outcome outcome = Ask({204, "", ""}, {"workorder", "complete", "a/b", "--result",
                                              R"({"imsi":1.10})", "--detail", "by hand"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "completed\n");
  EXPECT_EQ(Sent(), R"(POST /v1/workOrders/a%2Fb/complete )"
                    R"({"outcome":"ok","output":{"imsi":1.10},"detail":"by hand"})");
  EXPECT_EQ(Ask({204, "", ""}, {"workorder", "fail", "a"}).err, "failed (functional)\n");
  EXPECT_EQ(Sent(), R"(POST /v1/workOrders/a/complete {"outcome":"functional"})");
  Ask({204, "", ""}, {"workorder", "fail", "a", "--technical", "--detail", "cut"});
  EXPECT_EQ(Sent(), R"(POST /v1/workOrders/a/complete {"outcome":"technical","detail":"cut"})");
}

TEST_F(WorkCommandsTest, AWorkOrderIsAnsweredByItsId) {
  FakeNode node([](const Request& request) {
    return request.method_string() == "GET" ? Answer{200, kOrder, ""} : Answer{204, "", ""};
  });
  const Outcome outcome = Run({"workorder", "complete", "wo-1-1", "--url", node.url()});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  ASSERT_EQ(node.requests().size(), 2U);
  EXPECT_EQ(node.requests()[0].target(), "/v1/orders/so-1");
  EXPECT_EQ(node.requests()[1].target(), "/v1/workOrders/tok%2F1/complete");
  for (const auto& [id, says] : {std::pair{"wo-1-0", "is Completed and waits for no answer"},
                                 std::pair{"wo-1-2", "is shown to operators only"},
                                 std::pair{"wo-1-9", "there is no work order wo-1-9"}}) {
    const Outcome refused = Run({"workorder", "complete", id, "--url", node.url()});
    EXPECT_EQ(refused.code, ExitCode::kRefused);
    EXPECT_THAT(refused.err, HasSubstr(says));
  }
  EXPECT_EQ(node.requests().size(), 5U) << "nothing was answered";
}

TEST_F(WorkCommandsTest, AResultMayComeFromAFileAndMustBeAnObject) {
  const std::string file = File("result.json", R"({"a": [1]})");
  Ask({204, "", ""}, {"task", "complete", "t-1", "--result", "@" + file});
  EXPECT_EQ(Sent(), R"(POST /v1/tasks/t-1/complete {"outcome":"ok","output":{"a":[1]}})");
  for (const char* wrong : {"[1]", "{", "7", "@/nowhere"}) {
    const Outcome outcome = Ask({204, "", ""}, {"task", "complete", "t-1", "--result", wrong});
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << wrong;
    EXPECT_TRUE(requests_.empty());
  }
}

TEST_F(WorkCommandsTest, TasksAreListedAndFailed) {
  now_ = ParseTime("2026-01-01T01:00:00Z").value();
  const Outcome outcome =
      Ask({200, R"({"items":[{"id":"wo-1-0","order":"so-1","productOrder":"po1","cartridge":"field",
        "operation":"mount","input":{"site":"LON"},"since":"2026-01-01T00:00:00Z",
        "deadline":"2026-01-08T00:00:00Z"}],"next":"c"})",
           ""},
          {"task", "list", "--cartridge", "field", "--limit", "1"});
  EXPECT_EQ(Sent(), "GET /v1/tasks?cartridge=field&limit=1 ");
  EXPECT_EQ(outcome.out,
            "ID      OPERATION  CARTRIDGE  ORDER  PRODUCT ORDER   WAITS  DEADLINE              "
            "INPUT\n"
            "wo-1-0  mount      field      so-1   po1            1h 00m  2026-01-08T00:00:00Z  "
            "{\"site\":\"LON\"}\n");
  EXPECT_THAT(outcome.err, HasSubstr("--all"));
  const Outcome late = Ask({409, R"({"title":"Conflict","detail":"it is done already"})", ""},
                           {"task", "fail", "wo-1-0"});
  EXPECT_EQ(late.code, ExitCode::kRefused);
  EXPECT_THAT(late.err, HasSubstr("it is done already\n'cairn task list' shows what still waits."));
}

constexpr const char* kCartridge =
    R"({"name":"hlr","type":"http","health":"maintenance","running":1,"waiting":20,
        "limits":{"concurrency":8,"callsPerSecond":50,"attempts":3}})";

TEST_F(WorkCommandsTest, CartridgesAreListedAndShown) {
  const Answer list{200, std::string(R"({"items":[)") + kCartridge + "]}", ""};
  const std::string table =
      "NAME  TYPE  HEALTH       RUNNING  WAITING  AT ONCE  A SECOND  ATTEMPTS\n"
      "hlr   http  maintenance        1       20        8        50         3\n";
  EXPECT_EQ(Ask(list, {"cartridge", "list"}).out, table);
  EXPECT_EQ(Ask(list, {"cartridge", "show", "hlr"}).out, table);
  EXPECT_EQ(Sent(), "GET /v1/cartridges ");
  const Outcome unknown = Ask(list, {"cartridge", "show", "hrl"});
  EXPECT_EQ(unknown.code, ExitCode::kRefused);
  EXPECT_THAT(unknown.err, HasSubstr("there is no cartridge 'hrl'"));
  size_ = Terminal::Size{50, 20};
  EXPECT_THAT(Ask(list, {"cartridge", "list"}).out, Not(HasSubstr("ATTEMPTS")));
}

TEST_F(WorkCommandsTest, CartridgesGoIntoMaintenanceAndAreTested) {
  EXPECT_EQ(Ask({200, kCartridge, ""},
                {"cartridge", "maintenance", "hlr", "start", "--description", "upgrade"})
                .code,
            ExitCode::kOk);
  EXPECT_EQ(Sent(), R"(POST /v1/cartridges/hlr/startMaintenance {"description":"upgrade"})");
  Ask({200, kCartridge, ""}, {"cartridge", "maintenance", "hlr", "stop"});
  EXPECT_EQ(Sent(), "POST /v1/cartridges/hlr/stopMaintenance {}");
  EXPECT_EQ(Ask({200, kCartridge, ""}, {"cartridge", "maintenance", "hlr", "pause"}).code,
            ExitCode::kUsage);
  EXPECT_EQ(Ask({200, R"({"outcome":"ok"})", ""}, {"cartridge", "test", "hlr"}).out, "hlr  ok\n");
  const Outcome sick = Ask({200, R"({"outcome":"technical","detail":"no answer"})", ""},
                           {"cartridge", "test", "hlr"});
  EXPECT_EQ(sick.code, ExitCode::kUnreachable);
  EXPECT_EQ(sick.out, "hlr  technical  no answer\n");
  EXPECT_THAT(sick.err, HasSubstr("cairn cartridge maintenance hlr start"));
}

TEST_F(WorkCommandsTest, ACatalogIsShownAndReloaded) {
  EXPECT_EQ(Ask({200, R"({"version":"00ff","since":"2026-01-01T00:00:00.123456Z"})", ""},
                {"catalog", "show"})
                .out,
            "00ff  since 2026-01-01T00:00:00.123Z\n");
  EXPECT_EQ(Ask({200, R"({"version":"00ff","changed":false})", ""}, {"catalog", "reload"}).out,
            "00ff  unchanged\n");
  EXPECT_EQ(Sent(), "POST /v1/catalog/reload {}");
  const Outcome broken =
      Ask({422, R"({"title":"Unprocessable Content","detail":"1 problem","errors":[
                                {"field":"a.yaml:3","rule":"catalog","detail":"no such thing"}]})",
           ""},
          {"catalog", "reload"});
  EXPECT_EQ(broken.code, ExitCode::kRefused);
  EXPECT_THAT(broken.err, HasSubstr("  a.yaml:3: no such thing (catalog)\n'cairn catalog check"));
}

TEST_F(WorkCommandsTest, ServicesAreListedAndShown) {
  const Answer list{200, R"({"items":[{"id":"sv-1","service":"+44","product":"line",
    "customer":"C-1","state":"active","parameters":{"msisdn":"+44","n":2},"order":"so-1",
    "createdAt":"2026-01-01T00:00:00Z","changedAt":"2026-01-02T00:00:00Z"}]})",
                    ""};
  const Outcome rows = Ask(list, {"inventory", "list", "--customer", "C-1", "--product", "line"});
  EXPECT_EQ(Sent(), "GET /v1/inventory?customer=C-1&product=line ");
  EXPECT_EQ(rows.out,
            "ID    SERVICE  PRODUCT  CUSTOMER  STATE   ORDER  CHANGED               PARAMETERS\n"
            "sv-1  +44      line     C-1       active  so-1   2026-01-02T00:00:00Z  "
            "{\"msisdn\":\"+44\",\"n\":2}\n");
  const Outcome one = Ask(list, {"inventory", "show", "+44"});
  EXPECT_EQ(Sent(), "GET /v1/inventory?service=%2B44&limit=1000 ");
  EXPECT_THAT(one.out, HasSubstr("parameter msisdn  +44\nparameter n       2\n"));
  const Outcome none = Ask({200, R"({"items":[]})", ""}, {"inventory", "show", "+44"});
  EXPECT_EQ(none.code, ExitCode::kRefused);
  EXPECT_THAT(none.err, HasSubstr("'cairn inventory list'"));
}

TEST_F(WorkCommandsTest, WhatANodeDoesNotOfferIsSaidSo) {
  const Outcome outcome =
      Ask({404, R"({"title":"Not Found","detail":"there is nothing at /v1/tasks"})", ""},
          {"task", "list"});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_THAT(outcome.err, HasSubstr("This node does not offer that; 'cairn node openapi'"));
  EXPECT_THAT(Ask({200, R"({"openapi":"3.1.0"})", ""}, {"node", "openapi"}).out,
              HasSubstr("\"openapi\": \"3.1.0\""));
}

}  // namespace
}  // namespace cairn::cli
