// A work order that a target fails technically, over its attempts: when the next one is made.
#include "engine/orders/order_run_test.h"
#include "engine/orders/plan.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cairn {
namespace {

testing::OrderRun RunOf(const std::string& policy) {
  records::Catalog catalog;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(
        products { name: "line" actions { verb: ADD decomposition: "port" } }
        technical_product_orders {
          name: "port" steps { name: "port" cartridge: "hlr" operation: "port" }
        }
        cartridges { name: "hlr" simulated {} )" +
          policy + "}",
      &catalog));
  const auto shared = Catalog::Make(std::move(catalog));
  OrderRequest request;
  ProductOrderRequest& wanted = request.product_orders.emplace_back();
  wanted.id = "p";
  wanted.product = "line";
  const auto plan = MakePlan(request, *shared);
  EXPECT_TRUE(plan.has_value());
  testing::OrderRun run(shared, *plan);
  run.Settle();
  return run;
}

// The answer to the last attempt. Returns how long the next one waits; 0: there is none.
Nanos FailOnce(testing::OrderRun& run, Nanos retry_after) {
  const WorkOrder& work_order = run.order().work_orders[0];
  EXPECT_EQ(work_order.state, WorkOrderState::kSent);
  EXPECT_TRUE(run.TakeAnswer({.work_order = 0,
                              .run = work_order.run,
                              .attempt = work_order.attempt,
                              .outcome = Outcome::kTechnical,
                              .output = {},
                              .detail = {},
                              .retry_after = retry_after}));
  return work_order.retry_at == 0 ? 0 : work_order.retry_at - run.now();
}

TEST(PopRetry, EachWaitIsAsLongAsThePolicySays) {
  testing::OrderRun run = RunOf(
      "attempts: 4 backoff: EXPONENTIAL retry_delay_ns: 1000000000 retry_delay_max_ns: 3000000000");
  for (const Nanos wait : {kSecond, 2 * kSecond, 3 * kSecond}) {
    EXPECT_EQ(FailOnce(run, 0), wait);
    run.Wait(wait - 1);
    EXPECT_NE(run.order().work_orders[0].state, WorkOrderState::kSent);
    run.Wait(1);
  }
  EXPECT_EQ(FailOnce(run, 0), 0);
  EXPECT_EQ(run.order().state, OrderState::kHeld);
}

TEST(PopRetry, ATargetThatWantsToBeLeftAloneIs) {
  testing::OrderRun run = RunOf("attempts: 3 retry_delay_ns: 1000000000");
  EXPECT_EQ(FailOnce(run, kMinute), kMinute);
  run.Wait(kMinute - 1);
  EXPECT_NE(run.order().work_orders[0].state, WorkOrderState::kSent);
  run.Wait(1);
  EXPECT_EQ(FailOnce(run, kMillisecond), kSecond);
  run.Wait(kSecond);
  // What it wants makes no further attempt.
  EXPECT_EQ(FailOnce(run, kMinute), 0);
}

}  // namespace
}  // namespace cairn
