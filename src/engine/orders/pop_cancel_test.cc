// Cancel and abort in every state of an order, and changes of what it says of itself.
#include "engine/orders/scenario_test.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

TEST(PopCancel, RunningSliceEndsFirst) {
  RunScenario(R"(
    process P: s1; s2 after s1
    product L: P
    order L; A; B after L
    sent L/P/s1, A
    cancel
    order Running
    answer A ok
    answer L/P/s1 ok
    sent L/P/s2                      # what has begun goes on
    order Running
    answer L/P/s2 ok
    order Cancelled port=fail
    is Completed L A
    is Cancelled B B/B B/B/do
    answer L/P/s2 ok: no trace
    refused cancel
    refused abort
    refused resubmit
    refused giveUp
  )");
}

TEST(PopCancel, ErrorsOfTheSliceStayVisible) {
  RunScenario(R"(
    order L; A; B; C after B
    sent L, A, B
    cancel
    answer L functional
    answer A technical
    answer B ok
    order Cancelled port=fail
    is Failed L L/L
    is FunctionalError L/L/do
    is Cancelled A A/A C
    is TechnicalError A/A/do
    is Completed B
  )");
}

TEST(PopCancel, WhatRunsIsRetriedAndWaitedFor) {
  RunScenario(R"(
    cartridge hlr attempts=2 delay=10s
    process P: do~hlr
    product L: P
    order L; A; B after A
    sent L, A
    cancel
    answer A delayed
    answer L technical
    order Running
    wait 10s
    sent L
    answer L ok
    order Waiting
    answer A ok
    order Cancelled port=fail
    is Completed L A
    is Cancelled B
  )");
}

TEST(PopCancel, DependencyTreeBeginsNothingNew) {
  RunScenario(R"(
    settings DependencyTree
    order L; A; B after A; C after B
    sent L, A
    cancel
    answer A ok
    sent nothing
    order Running
    answer L ok
    order Cancelled port=fail
    is Completed L A
    is Cancelled B C
  )");
}

TEST(PopCancel, NewAndHeldOrdersEndAtOnce) {
  RunScenario(R"(
    settings start=1h
    order L
    order New
    cancel
    order Cancelled port=cancel
    is Cancelled L L/L L/L/do
    wait 2h
    sent nothing
  )");
  RunScenario(R"(
    order L; A; B after L
    sent L, A
    answer A ok
    answer L technical
    order Held port=retry
    cancel
    order Cancelled port=cancel
    is Completed A
    is Cancelled L B
    is TechnicalError L/L/do
  )");
  RunScenario(R"(
    order L
    sent L
    answer L technical
    order Held
    abort
    order Cancelled port=cancel
  )");
}

TEST(PopCancel, WaitingOrderIsCancelledWhenItsAnswerComes) {
  RunScenario(R"(
    order L; A after L
    sent L
    answer L delayed
    cancel
    order Waiting
    cancel                           # as much was asked for before
    order Waiting
    answer L ok
    order Cancelled port=fail
    is Completed L
    is Cancelled A
  )");
}

TEST(PopCancel, EndedOrdersRefuse) {
  RunScenario(R"(
    order L
    sent L
    answer L ok
    order Completed
    refused cancel
    refused abort
  )");
}

TEST(PopAbort, OnlyCallsThatAreOutAreAwaited) {
  RunScenario(R"(
    cartridge hlr attempts=2 delay=10s
    process P: s1~hlr; s2 after s1
    product L: P
    order L; A; B; C after A
    sent L/P/s1, A, B
    answer L/P/s1 technical
    answer A delayed
    abort
    is Cancelled L/P/s1 A/A/do L/P A L
    is Sent B/B/do
    order Running
    wait 10s
    sent nothing
    answer B ok
    order Cancelled port=fail
    is Completed B
    is Cancelled L A C
    is Cancelled L/P/s2
  )");
}

TEST(PopAbort, NothingOutEndsAtOnce) {
  RunScenario(R"(
    order L; A after L
    sent L
    answer L delayed
    abort
    order Cancelled port=fail
    is Cancelled L L/L L/L/do A
    answer L ok: no trace
    wait 200h
    sent nothing
  )");
}

TEST(PopAbort, AfterACancelIsStronger) {
  RunScenario(R"(
    order L; A
    sent L, A
    cancel
    answer L delayed
    order Running
    abort
    cancel
    is Cancelled L
    answer A technical
    order Cancelled port=fail
    is Cancelled A
    is TechnicalError A/A/do
  )");
}

TEST(PopAbort, AwaitedCallIsNotRetriedNorWaitedForAnyMore) {
  RunScenario(R"(
    cartridge hlr attempts=3 delay=1s
    process P: s1~hlr; s2 after s1
    product L: P
    order L; A; B
    sent L/P/s1, A, B
    abort
    answer L/P/s1 technical
    is TechnicalError L/P/s1
    answer A delayed
    is Cancelled A/A/do A
    order Running
    answer B functional
    order Cancelled port=fail
    is Failed B
    is Cancelled L
    wait 1s
    sent nothing
  )");
}

TEST(PopAbort, StepsAfterAnAwaitedCallDoNotBegin) {
  RunScenario(R"(
    process P: s1; s2 after s1
    product L: P
    order L
    sent L/P/s1
    abort
    answer L/P/s1 ok
    sent nothing
    order Cancelled port=fail
    is Completed L/P/s1
    is Cancelled L/P/s2 L/P L
  )");
}

TEST(PopAbort, SuccessOfWhatWasNotAwaitedIsStillTold) {
  RunScenario(R"(
    process P: s1; s2; s3 after s1
    product L: P
    order L; A
    sent L/P/s1, L/P/s2, A
    answer L/P/s1 delayed
    abort
    is Cancelled L/P/s1
    answer L/P/s1 ok                 # it was done, whatever became of the order
    is Completed L/P/s1
    sent nothing
    answer L/P/s2 ok
    is Cancelled L/P
    answer A ok
    order Cancelled port=fail
    is Completed L/P/s1 L/P/s2
    is Cancelled L/P/s3
  )");
}

TEST(PopAbort, LateErrorOfWhatWasNotAwaitedIsHistory) {
  RunScenario(R"(
    order L; A
    sent L, A
    answer L delayed
    abort
    answer L functional: history
    is Cancelled L/L/do
    answer A ok
    order Cancelled
  )");
}

TEST(PopAbort, DependencyTree) {
  RunScenario(R"(
    settings DependencyTree stopAll
    order L; A; B after A
    sent L, A
    abort
    answer A ok
    sent nothing
    answer L ok
    order Cancelled port=fail
    is Completed L A
    is Cancelled B
  )");
}

TEST(PopCancel, PointOfNoReturn) {
  RunScenario(R"(
    process P: s1; s2! after s1; s3 after s2
    product L: P
    order L
    sent L/P/s1
    answer L/P/s1 ok
    sent L/P/s2
    refused cancel
    refused abort
    answer L/P/s2 technical
    order Held
    refused cancel
    resubmit
    sent L/P/s2
    answer L/P/s2 ok
    sent L/P/s3
    refused abort
    answer L/P/s3 ok
    order Completed
  )");
  RunScenario(R"(
    process P: s1; s2! after s1
    product L: P
    order L
    sent L/P/s1
    abort                            # not there yet
    answer L/P/s1 ok
    order Cancelled port=fail
  )");
}

TEST(PopCancel, IsForgottenOnceTheSliceHasPassedAPointOfNoReturn) {
  RunScenario(R"(
    process P: s1; s2! after s1
    product L: P
    order L
    sent L/P/s1
    cancel
    answer L/P/s1 ok
    sent L/P/s2
    refused cancel
    answer L/P/s2 ok
    order Completed port=normal
  )");
}

TEST(PopCancel, RefusalNamesTheStep) {
  Scenario scenario;
  scenario.Run(R"(
    process P: cut!
    product L: P
    order line=L
    sent line
  )");
  const Status refused = scenario.run().Cancel(CancelVerb::kCancel);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(
      refused.error().message,
      "order " + FormatId(scenario.order().id) +
          " has passed a point of no return: the step cut of the product order line was sent");
}

TEST(PopPatch, SaysSomethingElseOfItself) {
  Scenario scenario;
  scenario.Run("order L\nsent L\nanswer L delayed");
  OrderRun& run = scenario.run();
  const std::uint64_t version = scenario.order().version;
  PatchOfOrder patch;
  patch.expected_version = version;
  patch.external_id = "crm-2";
  patch.priority = 2;
  patch.description = "corrected";
  ASSERT_TRUE(run.Patch(patch).has_value());
  EXPECT_EQ(scenario.order().external_id(), "crm-2");
  EXPECT_EQ(scenario.order().priority(), 2);
  EXPECT_TRUE(scenario.order().has_priority());
  EXPECT_EQ(scenario.order().tmf_document(), "");
  EXPECT_EQ(scenario.order().state, OrderState::kWaiting);
  EXPECT_EQ(scenario.order().version, version + 1);

  const Status stale = run.Patch(patch);
  ASSERT_FALSE(stale.has_value());
  EXPECT_EQ(stale.error().code, ErrorCode::kConflict);

  PatchOfOrder document;
  document.tmf_document = "{}";
  ASSERT_TRUE(run.Patch(document).has_value());
  EXPECT_EQ(scenario.order().external_id(), "crm-2");
  EXPECT_EQ(scenario.order().tmf_document(), "{}");

  PatchOfOrder start;
  start.requested_start = run.now() + kHour;
  EXPECT_EQ(run.Patch(start).error().code, ErrorCode::kConflict);
}

TEST(PopPatch, MovesAStartThatIsStillToCome) {
  Scenario scenario;
  scenario.Run("settings start=1h\norder L\norder New");
  PatchOfOrder patch;
  patch.requested_start = kRunStart + kMinute;
  ASSERT_TRUE(scenario.run().Patch(patch).has_value());
  scenario.Run(R"(
    wait 59s
    order New
    wait 1s
    sent L
    answer L ok
    order Completed
  )");
  patch.requested_start = kRunStart + kHour;
  EXPECT_EQ(scenario.run().Patch(patch).error().code, ErrorCode::kConflict);
}

TEST(PopPatch, AnOrderThatEndedCanStillBeDescribed) {
  Scenario scenario;
  scenario.Run("order L\nsent L\nanswer L ok\norder Completed");
  PatchOfOrder patch;
  patch.external_id = "crm-3";
  ASSERT_TRUE(scenario.run().Patch(patch).has_value());
  EXPECT_EQ(scenario.order().external_id(), "crm-3");
  EXPECT_EQ(scenario.order().state, OrderState::kCompleted);
}

TEST(PopPatch, HasALimit) {
  Scenario scenario;
  scenario.Run("settings start=1h\norder L");
  for (std::uint32_t i = 0; i < kPatchesMax; ++i) {
    ASSERT_TRUE(scenario.run().Patch({}).has_value());
  }
  EXPECT_EQ(scenario.run().Patch({}).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace cairn::testing
