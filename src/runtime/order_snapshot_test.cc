// An archived order comes back as the same order, of one part or of several.
#include "runtime/order_snapshot.h"

#include "engine/orders/random_order_test.h"
#include "model/limits.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

std::string Rebuilt(const Order& order) {
  const auto copy = OrderFromArchiveBody(ArchiveBody(order), testing::CatalogOf(order));
  return copy ? testing::DumpWhole(**copy) : copy.error().message;
}

TEST(ArchiveBodyTest, BringsBackRandomOrders) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const testing::RandomOrder made = testing::MakeRandomOrder(random);
    testing::OrderRun run(made.catalog, made.plan);
    run.Settle();
    for (int round = 0; round < 60; ++round) {
      if (const auto answer = testing::RandomAnswer(random, run.order())) run.TakeAnswer(*answer);
      run.Wait(kSecond);
      if (random.Chance(1, 3)) (void)run.Resubmit();
    }
    ASSERT_EQ(Rebuilt(run.order()), testing::DumpWhole(run.order())) << "seed " << seed;
  }
}

TEST(ArchiveBodyTest, BringsBackAnOrderOfSeveralParts) {
  testing::CatalogSketch sketch;
  sketch.NeedProduct("A");
  const auto catalog = sketch.Make();
  OrderRequest request;
  for (std::size_t i = 0; i < 2 * kOrderPartProductOrders + 7; ++i) {
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = fmt::format("p{}", i);
    wanted.product = "A";
  }
  const auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  testing::OrderRun run(catalog, *plan);
  ASSERT_EQ(run.order().further_parts.size(), 2U);
  EXPECT_EQ(Rebuilt(run.order()), testing::DumpWhole(run.order()));
}

TEST(ArchiveBodyTest, BrokenBodiesAreErrors) {
  testing::Scenario scenario;
  scenario.Run(R"(
    order A
    sent A
    answer A ok
    order Completed
  )");
  const Order& order = scenario.order();
  std::string body = ArchiveBody(order);
  for (std::size_t size = 0; size + order.trail.size() < body.size(); ++size) {
    EXPECT_FALSE(
        OrderFromArchiveBody(std::string_view(body).substr(0, size), testing::CatalogOf(order))
            .has_value());
  }
  body[0] = 99;
  const auto unknown = OrderFromArchiveBody(body, testing::CatalogOf(order));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, ErrorCode::kIncompatible);
  const auto no_catalog =
      OrderFromArchiveBody(ArchiveBody(order), [](std::uint64_t) { return nullptr; });
  ASSERT_FALSE(no_catalog.has_value());
  EXPECT_EQ(no_catalog.error().code, ErrorCode::kCorrupt);
}

TEST(ArchiveBodyTest, SummaryNamesEachProductOnce) {
  testing::Scenario scenario;
  scenario.Run(R"(
    order a=L; b=M; c=L
    sent a, b, c
    answer a ok
    answer b ok
    answer c ok
  )");
  const OrderSummary summary = SummaryOf(scenario.order());
  EXPECT_EQ(summary.products, (std::vector<std::string>{"L", "M"}));
  EXPECT_EQ(summary.state, OrderState::kCompleted);
  EXPECT_EQ(summary.port, Port::kNormal);
  EXPECT_EQ(summary.ended_at, testing::kRunStart);
}

}  // namespace
}  // namespace cairn
