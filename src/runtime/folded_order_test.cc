// What is folded comes back as it was, and what is said of it meanwhile is true.
#include "runtime/folded_order.h"

#include "engine/orders/fake_scripts_test.h"
#include "engine/orders/process_tree_test.h"
#include "engine/orders/random_order_test.h"
#include "runtime/order_snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace cairn {
namespace {

// An order of one product order whose one work order was sent to a cartridge of some type.
testing::OrderRun SentOrder(const std::string& cartridge, const std::string& parameter = "x",
                            Nanos start = 0, Nanos step_deadline = 0) {
  records::Catalog catalog;
  records::Cartridge& robot = *catalog.add_cartridges();
  robot.set_name("robot");
  if (cartridge == "web") {
    robot.mutable_http()->set_url("http://127.0.0.1:1");
    robot.mutable_http()->add_operations()->set_name("port");
  } else if (cartridge == "manual") {
    robot.mutable_manual();
  } else {
    auto& operation = *robot.mutable_simulated()->add_operations();
    operation.set_name("port");
    if (cartridge == "simulated") operation.set_answer_after_ns(kHour);
  }
  auto& technical = *catalog.add_technical_product_orders();
  technical.set_name("port");
  auto& step = *technical.add_steps();
  step.set_name("port");
  step.set_cartridge("robot");
  step.set_operation("port");
  step.set_deadline_ns(step_deadline);
  auto& product = *catalog.add_products();
  product.set_name("line");
  auto& action = *product.add_actions();
  action.set_verb(records::ADD);
  action.add_decomposition("port");
  OrderRequest request;
  request.external_id = "crm-1";
  request.customer = "C-1";
  request.requested_start = start;
  request.dataset.Add("text", "\"" + parameter + "\"");
  ProductOrderRequest& wanted = request.product_orders.emplace_back();
  wanted.id = "p";
  wanted.product = "line";
  const auto made = Catalog::Make(std::move(catalog));
  auto plan = MakePlan(request, *made);
  EXPECT_TRUE(plan.has_value());
  testing::OrderRun run(made, *plan);
  run.Settle();
  return run;
}

bool Delay(testing::OrderRun& run) {
  return run.TakeAnswer({.work_order = 0,
                         .run = 1,
                         .attempt = 1,
                         .outcome = Outcome::kDelayed,
                         .output = {},
                         .detail = "in a week"});
}

std::string Noise(std::size_t bytes) {
  Random random(3);
  std::string noise;
  while (noise.size() < bytes) noise.push_back(static_cast<char>('!' + 2 + random.Below(50)));
  return noise;
}

TEST(FoldedOrderTest, RandomOrdersComeBackAsTheyWere) {
  std::size_t folded_count = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const testing::RandomOrder made = testing::MakeRandomOrder(random);
    testing::OrderRun run(made.catalog, made.plan);
    run.Settle();
    for (int round = 0; round < 30; ++round) {
      if (const auto answer = testing::RandomAnswer(random, run.order())) run.TakeAnswer(*answer);
      run.Wait(kSecond);
      if (random.Chance(1, 4)) (void)run.Resubmit();
      const Order& order = run.order();
      const auto folded = FoldedOrder::Fold(order);
      ASSERT_EQ(folded != nullptr,
                order.state == OrderState::kWaiting || order.state == OrderState::kHeld);
      if (folded == nullptr) continue;
      ++folded_count;
      ASSERT_EQ(testing::DumpWhole(*folded->Unfold()), testing::DumpWhole(order));
      ASSERT_EQ(folded->ShortSnapshotBytes(), ShortOrderSnapshotBytes(order));
      ASSERT_EQ(folded->id(), order.id);
      ASSERT_EQ(folded->state(), order.state);
      ASSERT_EQ(folded->version(), order.version);
      ASSERT_EQ(folded->waiting(), order.waiting);
      ASSERT_EQ(folded->start_at(), 0);
      if (order.waiting == 1) {
        const WorkOrder& waits = order.work_orders[folded->waiting_work_order()];
        ASSERT_EQ(waits.state, WorkOrderState::kWaiting);
        ASSERT_EQ(folded->deadline(), waits.deadline);
      }
    }
  }
  EXPECT_GT(folded_count, 60U);
}

TEST(FoldedOrderTest, KnowsWhenItBegins) {
  const testing::OrderRun run = SentOrder("web", "x", testing::kRunStart + kHour);
  ASSERT_EQ(run.order().state, OrderState::kNew);
  const auto folded = FoldedOrder::Fold(run.order());
  ASSERT_NE(folded, nullptr);
  EXPECT_EQ(folded->start_at(), testing::kRunStart + kHour);
  EXPECT_EQ(folded->deadline(), 0);
}

TEST(FoldedOrderTest, KnowsWhatAnswersByItself) {
  for (const auto& [cartridge, by_itself] :
       {std::pair("web", false), std::pair("simulated", true), std::pair("silent", false)}) {
    testing::OrderRun run = SentOrder(cartridge);
    EXPECT_EQ(FoldedOrder::Fold(run.order()), nullptr) << "it runs";
    ASSERT_TRUE(Delay(run));
    const auto folded = FoldedOrder::Fold(run.order());
    ASSERT_NE(folded, nullptr);
    EXPECT_EQ(folded->answers_by_itself(), by_itself) << cartridge;
    EXPECT_EQ(folded->waiting(), 1U);
  }
}

TEST(FoldedOrderTest, KnowsWhatAPersonIsToDoAndUntilWhen) {
  for (const std::string cartridge : {"web", "manual"}) {
    for (const Nanos step_deadline : {Nanos{0}, kHour}) {
      testing::OrderRun run = SentOrder(cartridge, "x", 0, step_deadline);
      ASSERT_TRUE(Delay(run));
      const auto folded = FoldedOrder::Fold(run.order());
      ASSERT_NE(folded, nullptr);
      EXPECT_EQ(folded->is_task(), cartridge == "manual");
      EXPECT_EQ(folded->has_step_deadline(), step_deadline > 0);
    }
  }
}

// A script that is to be run is the order's own business, whatever else it waits for.
TEST(FoldedOrderTest, WhatIsEvaluatedIsNotAtRest) {
  testing::FakeScripts scripts;
  testing::Part noted = testing::Undone("noted");
  noted.step.mutable_on_eval()->set_source("set order last answer.n; set order kept true");
  const testing::Part process = testing::Sequence(
      {testing::Parallel({testing::Call("waits"), noted}),
       testing::Choice({{"parameters.a == true", testing::Call("yes")}, {"", testing::Call("no")}}),
       testing::Call("last")});
  const auto catalog = testing::CheckedCatalog(testing::CatalogWith(process), &scripts);
  OrderRequest request;
  ProductOrderRequest& wanted = request.product_orders.emplace_back();
  wanted.id = "p";
  wanted.product = "line";
  wanted.parameters.Add("a", "true");
  auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  testing::OrderRun run(catalog, *plan);
  run.Settle();
  const auto answer = [&](const std::string& name, Outcome outcome, const std::string& output) {
    std::uint32_t w = 0;
    while (run.order().step(w).name() != name) ++w;
    return run.TakeAnswer({.work_order = w,
                           .run = 1,
                           .attempt = 1,
                           .outcome = outcome,
                           .output = Fields::FromJsonText(output).value().TakeEncoded(),
                           .detail = {}});
  };
  const auto comes_back = [&] {
    const auto folded = FoldedOrder::Fold(run.order());
    return folded != nullptr &&
           testing::DumpWhole(*folded->Unfold()) == testing::DumpWhole(run.order());
  };
  ASSERT_TRUE(answer("waits", Outcome::kDelayed, "{}"));
  EXPECT_FALSE(comes_back()) << "something is sent";
  ASSERT_TRUE(answer("noted", Outcome::kOk, R"({"n": 7})"));
  ASSERT_EQ(run.order().evaluations.size(), 1U);
  EXPECT_FALSE(comes_back()) << "a script is to be run";
  run.RunScript(0, scripts);
  run.Settle();
  EXPECT_EQ(run.order().state, OrderState::kWaiting);
  EXPECT_TRUE(comes_back());
  ASSERT_TRUE(answer("waits", Outcome::kOk, "{}"));
  EXPECT_FALSE(comes_back()) << "it is to choose";
  run.scripts = &scripts;
  run.Settle();
  ASSERT_TRUE(answer("yes", Outcome::kDelayed, "{}"));
  EXPECT_TRUE(comes_back()) << "with the branch that it took";
  ASSERT_TRUE(answer("yes", Outcome::kOk, "{}"));
  ASSERT_TRUE(answer("last", Outcome::kFunctional, "{}"));
  ASSERT_TRUE(answer("undo:noted", Outcome::kDelayed, "{}"));
  EXPECT_TRUE(comes_back()) << "in the middle of undoing";
}

TEST(FoldedOrderTest, WhatAQueryAsks) {
  testing::OrderRun run = SentOrder("web");
  ASSERT_TRUE(Delay(run));
  const auto folded = FoldedOrder::Fold(run.order());
  ASSERT_NE(folded, nullptr);
  OrderQuery query;
  EXPECT_TRUE(folded->MayMatch(query));
  query.state = OrderState::kWaiting;
  query.customer = "C-1";
  query.external_id = "crm-1";
  query.product = "line";
  query.submitted_from = query.submitted_to = testing::kRunStart;
  EXPECT_TRUE(folded->MayMatch(query));
  const auto with = [&](auto member, auto value) {
    OrderQuery other = query;
    other.*member = value;
    return folded->MayMatch(other);
  };
  EXPECT_FALSE(with(&OrderQuery::state, OrderState::kHeld));
  EXPECT_FALSE(with(&OrderQuery::customer, "C-2"));
  EXPECT_FALSE(with(&OrderQuery::external_id, "crm-2"));
  EXPECT_FALSE(with(&OrderQuery::submitted_from, testing::kRunStart + 1));
  EXPECT_FALSE(with(&OrderQuery::submitted_to, testing::kRunStart - 1));
  std::size_t others = 0;
  for (int i = 0; i < 100; ++i) {
    others += with(&OrderQuery::product, fmt::format("other-{}", i)) ? 1U : 0U;
  }
  EXPECT_LT(others, 10U);
}

TEST(FoldedOrderTest, LongTextComesBackToo) {
  testing::OrderRun run = SentOrder("web", Noise(kFoldBytesMax / 2));
  ASSERT_TRUE(Delay(run));
  const auto folded = FoldedOrder::Fold(run.order());
  ASSERT_NE(folded, nullptr);
  EXPECT_EQ(testing::DumpWhole(*folded->Unfold()), testing::DumpWhole(run.order()));
}

TEST(FoldedOrderTest, LargeOrdersStayAsTheyAre) {
  testing::OrderRun run = SentOrder("web", Noise(kFoldBytesMax));
  ASSERT_TRUE(Delay(run));
  EXPECT_EQ(FoldedOrder::Fold(run.order()), nullptr);
}

TEST(FoldedOrderTest, AnOrderWhosePiecesLieElsewhereStaysAsItIs) {
  testing::OrderRun run = SentOrder("web");
  ASSERT_TRUE(Delay(run));
  Order cut = run.order();
  cut.trail_chunks.push_back({.id = 9, .bytes = 10});
  EXPECT_EQ(FoldedOrder::Fold(cut), nullptr);
  Order in_parts = run.order();
  in_parts.further_parts.push_back(std::make_shared<records::OrderPart>());
  EXPECT_EQ(FoldedOrder::Fold(in_parts), nullptr);
}

}  // namespace
}  // namespace cairn
