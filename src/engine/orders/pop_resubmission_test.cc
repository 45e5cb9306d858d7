// Resubmission and giving up: where a new run begins, what it sends again and what it does not.
#include "engine/orders/scenario_test.h"
#include "model/limits.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

TEST(PopResubmission, BeginsAtTheFirstSliceWithTroubleAndSendsNothingTwice) {
  RunScenario(R"(
    order A; B after A; C after A; D after B C
    sent A
    answer A ok
    sent B, C
    answer B ok
    answer C technical
    order Held port=retry
    is Pending D
    resubmit
    sent C
    answer C technical
    order Held port=retry run=2
    resubmit
    sent C
    answer C ok
    sent D
    answer D ok
    order Completed port=normal run=3
  )");
}

TEST(PopResubmission, SkipFailedWorkOrdersByDefault) {
  RunScenario(R"(
    order A; B; C after A; D after B
    sent A, B
    answer A functional
    answer B technical
    order Held port=retry
    resubmit
    sent B
    is Failed A
    answer B ok
    sent D
    answer D ok
    order Failed port=fail run=2
    is Failed A
    is NotExecuted C
    is Completed B D
  )");
}

TEST(PopResubmission, SkipFailedFalseSendsThemAgain) {
  RunScenario(R"(
    settings skipFailedWO=false
    order A; B; C after A; D after B
    sent A, B
    answer A functional
    answer B technical
    order Held port=retry
    resubmit
    sent A, B
    answer A ok
    answer B ok
    sent C, D
    answer C ok
    answer D ok
    order Completed port=normal run=2
  )");
}

TEST(PopResubmission, SkipFailedFalseAloneDoesNotMakeAFailureReplayable) {
  RunScenario(R"(
    settings skipFailedWO=false
    order A
    sent A
    answer A functional
    order Failed port=fail
    refused resubmit
  )");
}

TEST(PopResubmission, WithinAProcessOnlyTheUnfinishedWorkOrdersRunAgain) {
  RunScenario(R"(
    settings skipFailedWO=false
    process P: one; two after one; three after one; four after two three
    product L: P
    order L
    sent L/P/one
    answer L/P/one ok
    sent L/P/two, L/P/three
    answer L/P/two functional
    answer L/P/three technical
    order Held port=retry
    is Completed L/P/one
    is Pending L/P/four
    resubmit
    sent L/P/two, L/P/three
    answer L/P/three ok
    answer L/P/two ok
    sent L/P/four
    answer L/P/four ok
    order Completed port=normal
  )");
}

TEST(PopResubmission, FirstSliceWithAFailureCountsEvenIfTheFailureIsSkipped) {
  RunScenario(R"(
    order A; B; C after B; D after C
    sent A, B
    answer A functional
    answer B ok
    sent C
    answer C technical
    order Held port=retry
    resubmit
    sent C
    answer C ok
    sent D
    answer D ok
    order Failed port=fail
    is Completed B C D
  )");
}

TEST(PopResubmission, StopAllAfterASkippedFailureStartsNoFurtherSlice) {
  RunScenario(R"(
    settings stopAll
    order A; B; C after B
    sent A, B
    answer A functional
    answer B technical
    order Held port=retry
    resubmit
    sent B
    answer B ok
    order Failed port=fail
    is NotExecuted C
  )");
}

TEST(PopResubmission, WhatIsHalfDoneRunsAgainWithItsOrder) {
  RunScenario(R"(
    settings stopAll
    process P: do
    process Q: do
    product L in sequence: P Q
    order B; A after B; L; C after A
    slices {B, L/P} {A, L/Q} {C}
    sent B, L/P
    answer L/P ok
    answer B technical
    order Held port=retry
    is Pending L
    resubmit
    sent B
    is Running L                  # one half is Completed, the other to come
    is Pending A
    answer B ok
    sent A, L/Q
    answer A ok
    answer L/Q ok
    sent C
    answer C ok
    order Completed port=normal
  )");
}

TEST(PopResubmission, OnlyAHeldOrderCanBeResubmittedOrGivenUp) {
  RunScenario(R"(
    order A
    sent A
    refused resubmit
    refused giveUp
    answer A ok
    order Completed port=normal
    refused resubmit
    refused giveUp
  )");
}

TEST(PopResubmission, GiveUpEndsTheOrderAsFailed) {
  RunScenario(R"(
    order A; B after A; C
    sent A, C
    answer A technical
    answer C ok
    order Held port=retry
    giveUp
    order Failed port=fail run=1
    is Partial A
    is TechnicalError A/A/do
    is NotExecuted B B/B B/B/do
    is Completed C
    refused resubmit
    refused giveUp
    answer A ok: no trace         # it ended: what comes changes nothing
    order Failed port=fail
    is TechnicalError A/A/do
  )");
}

TEST(PopResubmission, RunsHaveALimit) {
  Scenario scenario;
  scenario.Run(R"(
    order A
    sent A
    answer A technical
    order Held port=retry
  )");
  OrderRun& run = scenario.run();
  run.after_event = [](const OrderEvent&) {};
  for (std::size_t n = 2; n <= kRunsMax; ++n) {
    ASSERT_TRUE(run.Resubmit().has_value()) << n;
    ASSERT_TRUE(run.TakeAnswer({.work_order = 0,
                                .run = run.order().run,
                                .attempt = 1,
                                .outcome = Outcome::kTechnical,
                                .output = {},
                                .detail = {}}));
  }
  const Status refused = run.Resubmit();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(run.order().run, kRunsMax);
  EXPECT_TRUE(run.GiveUp().has_value());
  EXPECT_EQ(run.order().state, OrderState::kFailed);
}

TEST(PopResubmission, AVersionThatWasSeenMustStillBeTheOrders) {
  Scenario scenario;
  scenario.Run("order A\nsent A\nanswer A technical\norder Held port=retry\n");
  const Order& order = scenario.run().order();
  EXPECT_TRUE(RequireVersion(order, 0).has_value());
  EXPECT_TRUE(RequireVersion(order, order.version).has_value());
  const Status changed = RequireVersion(order, order.version - 1);
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().code, ErrorCode::kConflict);
  EXPECT_NE(changed.error().message.find(std::to_string(order.version - 1)), std::string::npos);
}

TEST(PopResubmission, DescriptionsOfAnOperatorAreInTheTrail) {
  Scenario scenario;
  scenario.Run(R"(
    order A
    sent A
    answer A technical
    resubmit
    sent A
    answer A technical
    giveUp
  )");
  EXPECT_NE(scenario.order().trail.find("again"), std::string::npos);
  EXPECT_NE(scenario.order().trail.find("enough"), std::string::npos);
}

}  // namespace
}  // namespace cairn::testing
