// OrderTree, OrderChanges and the plan: golden texts of one order in many sizes.
#include "edges/cli/order_tree.h"

#include "edges/cli/order_changes.h"
#include "edges/cli/plan_tree.h"
#include "edges/cli/text_layout.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

constexpr std::string_view kOrder = R"({
  "id": "so-1t3", "externalId": "crm-17", "customer": "C-1", "state": "Running", "port": "normal",
  "run": 1, "submittedAt": "2026-01-01T00:00:00Z", "version": 7, "errors": [],
  "productOrders": [
    {"id": "po1", "product": "mobile-line", "action": "add", "state": "Running",
     "technicalOrders": [
       {"id": "to-1", "name": "create-subscriber", "state": "Running", "workOrders": [
         {"id": "wo-1", "cartridge": "hlr", "operation": "create", "state": "Completed",
          "attempts": [{"run": 1, "n": 1, "sentAt": "2026-01-01T00:00:01Z",
                        "answeredAt": "2026-01-01T00:00:01.120Z", "outcome": "ok"}]},
         {"id": "wo-2", "cartridge": "ocs", "operation": "create", "state": "Sent",
          "attempts": [{"run": 1, "n": 1, "sentAt": "2026-01-01T00:00:02Z",
                        "answeredAt": "2026-01-01T00:00:03Z", "outcome": "technical",
                        "detail": "connection reset"},
                       {"run": 1, "n": 2, "sentAt": "2026-01-01T00:00:05Z"}]}]},
       {"id": "to-2", "name": "create-voicemail", "state": "Failed", "workOrders": [
         {"id": "wo-3", "cartridge": "vm", "operation": "create", "state": "FunctionalError",
          "attempts": [{"run": 1, "n": 1, "sentAt": "2026-01-01T00:00:01Z",
                        "answeredAt": "2026-01-01T00:00:02Z", "outcome": "functional",
                        "detail": "known"}]}]}]},
    {"id": "po2", "product": "roaming", "action": "add", "state": "Pending", "addedByRule": "R1",
     "technicalOrders": []}]})";

Json Order(std::string_view text = kOrder) {
  Result<Json> parsed = ParseJson(text);
  EXPECT_TRUE(parsed.has_value());
  return parsed ? *parsed : Json();
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

OrderTree::Options At(Nanos seconds_after_submission) {
  OrderTree::Options options;
  options.now = ParseTime("2026-01-01T00:00:00Z").value() + seconds_after_submission * kSecond;
  return options;
}

TEST(OrderTree, ShowsEachPartWithStateAttemptsTimeAndWhatWasSaid) {
  EXPECT_EQ(Joined(OrderTree(Order()).Render(At(10))),
            R"(so-1t3  Running  10.0s  customer C-1  external id crm-17
3 work orders: 1 Completed, 1 FunctionalError, 1 Sent
├─ po1 mobile-line add        Running
│  ├─ to-1 create-subscriber  Running
│  │  ├─ wo-1 hlr.create      Completed                    120ms
│  │  └─ wo-2 ocs.create      Sent             2 attempts  8.0s
│  └─ to-2 create-voicemail   Failed
│     └─ wo-3 vm.create       FunctionalError              1.0s     functional: known
└─ po2 roaming add            Pending                               added by rule R1
)");
}

TEST(OrderTree, NoLineIsWiderThanTheScreenAndIdsStayWhole) {
  for (std::size_t columns = 1; columns < 120; ++columns) {
    OrderTree::Options options = At(10);
    options.columns_max = columns;
    for (const std::string& line : OrderTree(Order()).Render(options)) {
      EXPECT_LE(DisplayWidth(line), columns) << line;
    }
  }
  OrderTree::Options options = At(10);
  options.columns_max = 50;
  EXPECT_EQ(Joined(OrderTree(Order()).Render(options)),
            R"(so-1t3  Running  10.0s  customer C-1  external id…
3 work orders: 1 Completed, 1 FunctionalError, 1 …
├─ po1 mobile-line …  Running
│  ├─ to-1 create-s…  Running
│  │  ├─ wo-1 hlr.c…  Completed
│  │  └─ wo-2 ocs.c…  Sent             2 attempts
│  └─ to-2 create-v…  Failed
│     └─ wo-3 vm.cr…  FunctionalError
└─ po2 roaming add    Pending
)");
}

TEST(OrderTree, ALowScreenShowsWhatRunsThenWhatFailedAndCountsTheRest) {
  OrderTree::Options options = At(10);
  options.rows_max = 8;
  EXPECT_EQ(Joined(OrderTree(Order()).Render(options)),
            R"(so-1t3  Running  10.0s  customer C-1  external id crm-17
3 work orders: 1 Completed, 1 FunctionalError, 1 Sent
└─ po1 mobile-line add        Running
   ├─ to-1 create-subscriber  Running
   │  └─ wo-2 ocs.create      Sent             2 attempts  8.0s
   └─ to-2 create-voicemail   Failed
      └─ wo-3 vm.create       FunctionalError              1.0s     functional: known
… and 2 more: 1 Completed, 1 Pending
)");
  for (std::size_t rows = 1; rows < 12; ++rows) {
    options.rows_max = rows;
    EXPECT_LE(OrderTree(Order()).Render(options).size(), rows);
  }
}

TEST(OrderTree, RejectedOrdersShowTheirErrors) {
  const Json order = Order(R"({"id": "so-2", "state": "Rejected", "port": "fail", "run": 2,
    "errors": [{"rule": "unknown-product", "field": "/productOrders/0", "detail": "no 'x'"}]})");
  EXPECT_EQ(Joined(OrderTree(order).Render(At(0))),
            "so-2  Rejected  run 2  port fail\n"
            "/productOrders/0: no 'x' (unknown-product)\n");
}

TEST(OrderTree, TextOfAServerCannotMoveTheCursor) {
  const Json order = Order(R"({"id": "so-2\u001b[1A", "state": "New", "productOrders": [
    {"id": "po1", "product": "a\nb", "state": "\u001b[31m"}]})");
  for (const std::string& line : OrderTree(order).Render(At(0))) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST(OrderTree, WhatIsNoOrderIsStillDrawn) {
  EXPECT_EQ(OrderTree(Order("[]")).Render(At(0)).size(), 1U);
  EXPECT_EQ(
      OrderTree(Order(R"({"productOrders": [1, {"technicalOrders": 7}]})")).Render(At(0)).size(),
      3U);
}

TEST(OrderTree, SettledStatesAreThoseWhereNothingHappensByItself) {
  for (const char* state : {"Completed", "Failed", "Held", "Cancelled", "Rejected", "RolledBack"}) {
    EXPECT_TRUE(IsSettled(state)) << state;
  }
  for (const char* state : {"New", "Running", "Waiting", "Suspended", "RollingBack", ""}) {
    EXPECT_FALSE(IsSettled(state)) << state;
  }
}

TEST(OrderChanges, TellsEachChangeOnce) {
  OrderChanges changes;
  const Nanos at = ParseTime("2026-01-01T00:00:09.123456Z").value();
  EXPECT_EQ(Joined(changes.Next(Order(), at)),
            R"(2026-01-01T00:00:09.123Z so-1t3 order Running
2026-01-01T00:00:09.123Z so-1t3/po1/to-1/wo-1 hlr.create Completed, attempt 1 ok
2026-01-01T00:00:09.123Z so-1t3/po1/to-1/wo-2 ocs.create Sent, attempt 2
2026-01-01T00:00:09.123Z so-1t3/po1/to-1 create-subscriber Running
2026-01-01T00:00:09.123Z so-1t3/po1/to-2/wo-3 vm.create FunctionalError, attempt 1 functional: known
2026-01-01T00:00:09.123Z so-1t3/po1/to-2 create-voicemail Failed
2026-01-01T00:00:09.123Z so-1t3/po1 mobile-line Running
)");
  EXPECT_EQ(Joined(changes.Next(Order(), at)), "");
  std::string later(kOrder);
  later.replace(later.find("\"Running\""), 9, "\"Failed\"");
  later.replace(later.find("\"Pending\""), 9, "\"NotExecuted\"");
  EXPECT_EQ(Joined(changes.Next(Order(later), at)),
            "2026-01-01T00:00:09.123Z so-1t3/po2 roaming NotExecuted\n"
            "2026-01-01T00:00:09.123Z so-1t3 order Failed\n");
}

constexpr std::string_view kPlan = R"({"catalogVersion": "c0ffee",
  "slices": [["po1"], ["po1", "po2"]],
  "productOrders": [
    {"id": "po1", "product": "mobile-line", "action": "add", "slice": 0, "technicalOrders": [
      {"id": "to-1", "name": "create-subscriber", "slice": 0, "workOrders": [
        {"id": "wo-1", "cartridge": "hlr", "operation": "create"},
        {"id": "wo-2", "cartridge": "ocs", "operation": "create"}]},
      {"id": "to-2", "name": "notify", "slice": 1, "workOrders": [
        {"id": "wo-3", "cartridge": "sms", "operation": "send"}]}]},
    {"id": "po2", "product": "roaming", "action": "add", "slice": 1, "dependsOn": ["po1"],
     "addedByRule": "R1", "technicalOrders": [
      {"id": "to-3", "name": "roam", "slice": 1, "workOrders": []}]},
    {"id": "po3", "product": "handset", "action": "noChange", "technicalOrders": []}]})";

TEST(PlanTree, ShowsSliceBySliceWhatRuns) {
  EXPECT_EQ(Joined(RenderPlan(Order(kPlan), 0, false)),
            R"(2 slices, 3 product orders, 3 technical orders, 3 work orders  catalog c0ffee
slice 1 of 2
  po1 mobile-line add
  └─ to-1 create-subscriber
     ├─ wo-1 hlr.create
     └─ wo-2 ocs.create
slice 2 of 2
  po1 mobile-line add (goes on)
  └─ to-2 notify
     └─ wo-3 sms.send
  po2 roaming add  after po1  added by rule R1
  └─ to-3 roam
nothing to do
  po3 handset noChange
)");
}

TEST(OrderTree, NamesStepsThatNobodyIsCalledForAndWhatIsWaitedFor) {
  const auto order = ParseJson(R"({"id":"so-1","state":"Running","cancelRequested":{"abort":true},
    "productOrders":[{"id":"p","product":"line","state":"Running","technicalOrders":[
      {"id":"t","name":"line","state":"Running","workOrders":[
        {"id":"w0","step":"which","kind":"choice","state":"TechnicalError","detail":"no field"},
        {"id":"w1","step":"undo","kind":"compensation","compensates":"create","cartridge":"hlr",
         "operation":"remove","state":"Pending"},
        {"id":"w2","cartridge":"npc","operation":"port","state":"Waiting",
         "deadline":"2026-01-08T00:00:00Z",
         "attempts":[{"run":1,"n":1,"outcome":"delayed"}]}]}]}]})");
  ASSERT_TRUE(order);
  std::string text;
  for (const std::string& line : OrderTree(*order).Render({})) text += line + "\n";
  EXPECT_NE(text.find("so-1  Running  abort requested\n"), std::string::npos) << text;
  EXPECT_NE(text.find("w0 choice which "), std::string::npos) << text;
  EXPECT_NE(text.find("no field\n"), std::string::npos) << text;
  EXPECT_NE(text.find("w1 hlr.remove, undoes create "), std::string::npos) << text;
  EXPECT_NE(text.find("delayed, answer until 2026-01-08T00:00:00Z\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace cairn::cli
