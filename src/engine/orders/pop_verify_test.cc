// What becomes of a work order when its target was asked whether it had been carried out.
#include "engine/orders/order_run_test.h"
#include "engine/orders/plan.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cairn {
namespace {

using ::testing::HasSubstr;

class PopVerifyTest : public ::testing::Test {
 protected:
  PopVerifyTest() : run_(RunOf()) {}

  static testing::OrderRun RunOf() {
    records::Catalog catalog;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"(
        products { name: "line" actions { verb: ADD decomposition: "port" } }
        technical_product_orders {
          name: "port"
          steps { name: "port" cartridge: "hlr" operation: "port" }
          steps { name: "tell" cartridge: "sms" operation: "tell" after: 0 }
        }
        cartridges { name: "hlr" simulated {} verify: "look" attempts: 2 retry_delay_ns: 1000 }
        cartridges { name: "sms" simulated {} attempts: 2 }
        )",
        &catalog));
    const auto shared = testing::CheckedCatalog(std::move(catalog));
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

  const WorkOrder& port() const { return run_.order().work_orders[0]; }

  // What is said of the last attempt, taken as a partition takes it. False: it left no trace.
  bool Say(Outcome outcome, std::string output = {}, std::string detail = {}) {
    auto verification = DecideVerification(run_.order(), {.work_order = 0,
                                                          .run = port().run,
                                                          .attempt = port().attempt,
                                                          .outcome = outcome,
                                                          .output = std::move(output),
                                                          .detail = std::move(detail)});
    if (!verification) return false;
    run_.Take(verification->event);
    answered_ = verification->answer.has_value();
    if (answered_) {
      EXPECT_TRUE(run_.TakeAnswer(std::move(*verification->answer)));
    }
    return true;
  }

  testing::OrderRun run_;
  bool answered_ = false;
};

TEST_F(PopVerifyTest, IsAskedOnlyWhereTheTargetCanTellAndThereIsDoubt) {
  EXPECT_TRUE(MustVerify(run_.order(), 0, true));
  EXPECT_FALSE(MustVerify(run_.order(), 0, false));
  EXPECT_FALSE(MustVerify(run_.order(), 1, true)) << "it has no such operation";
}

TEST_F(PopVerifyTest, WhatWasDoneIsNotDoneAgain) {
  Fields output;
  output.Add("imsi", "\"234\"");
  ASSERT_TRUE(Say(Outcome::kOk, std::string(output.encoded())));
  EXPECT_EQ(port().state, WorkOrderState::kCompleted);
  EXPECT_EQ(run_.order().Text(port().output), output.encoded());
  EXPECT_EQ(run_.order().work_orders[1].state, WorkOrderState::kSent) << "the process goes on";
  EXPECT_FALSE(Say(Outcome::kOk)) << "it counts once";
}

TEST_F(PopVerifyTest, WhatWasNotDoneIsStillToBeSent) {
  const std::uint32_t attempt = port().attempt;
  ASSERT_TRUE(Say(Outcome::kFunctional));
  EXPECT_FALSE(answered_);
  EXPECT_EQ(port().state, WorkOrderState::kSent);
  EXPECT_EQ(port().attempt, attempt);
  EXPECT_FALSE(MustVerify(run_.order(), 0, false));
  EXPECT_TRUE(run_.TakeAnswer({.work_order = 0,
                               .run = 1,
                               .attempt = 1,
                               .outcome = Outcome::kOk,
                               .output = {},
                               .detail = {}}));
  EXPECT_EQ(port().state, WorkOrderState::kCompleted);
}

TEST_F(PopVerifyTest, WhereNobodyKnowsTheNextAttemptAsksAgain) {
  ASSERT_TRUE(Say(Outcome::kTechnical, {}, "link down"));
  EXPECT_EQ(port().state, WorkOrderState::kPending);
  EXPECT_THAT(std::string(run_.order().Text(run_.order().attempts[0].detail)),
              HasSubstr("not known whether it was carried out: link down"));
  run_.Wait(kSecond);
  EXPECT_EQ(port().state, WorkOrderState::kSent);
  EXPECT_EQ(port().attempt, 2U);
  EXPECT_TRUE(MustVerify(run_.order(), 0, false));
  // Its attempts end like those of any other technical error; a replay asks too.
  ASSERT_TRUE(Say(Outcome::kDelayed));
  EXPECT_EQ(port().state, WorkOrderState::kTechnicalError);
  EXPECT_EQ(run_.order().state, OrderState::kHeld);
  ASSERT_TRUE(run_.Resubmit().has_value());
  EXPECT_TRUE(MustVerify(run_.order(), 0, false));
  ASSERT_TRUE(Say(Outcome::kFunctional));
  EXPECT_FALSE(MustVerify(run_.order(), 0, false)) << "the doubt is gone";
}

TEST_F(PopVerifyTest, AnswersToOtherAttemptsLeaveNoTrace) {
  const auto of = [](std::uint32_t work_order, std::uint32_t run, std::uint32_t attempt) {
    return Answer{
        .work_order = work_order, .run = run, .attempt = attempt, .output = {}, .detail = {}};
  };
  EXPECT_FALSE(DecideVerification(run_.order(), of(0, 1, 2)));
  EXPECT_FALSE(DecideVerification(run_.order(), of(0, 2, 1)));
  EXPECT_FALSE(DecideVerification(run_.order(), of(1, 1, 1))) << "it was not sent yet";
  EXPECT_FALSE(DecideVerification(run_.order(), of(9, 1, 1)));
  EXPECT_TRUE(DecideVerification(run_.order(), of(0, 1, 1)));
}

TEST_F(PopVerifyTest, AnAbortLeavesUndoneWhatWasNotDone) {
  ASSERT_TRUE(run_.Cancel(CancelVerb::kAbort).has_value());
  ASSERT_TRUE(Say(Outcome::kFunctional));
  EXPECT_TRUE(answered_);
  EXPECT_EQ(port().state, WorkOrderState::kTechnicalError);
  EXPECT_EQ(run_.order().state, OrderState::kCancelled);
}

}  // namespace
}  // namespace cairn
