// Answers that come late, twice or out of order, and attempts of one work order.
#include "engine/orders/scenario_test.h"
#include "model/limits.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

TEST(PopAnswers, TechnicalErrorIsTriedAgainAfterTheDelay) {
  RunScenario(R"(
    cartridge hlr attempts=3 delay=10s
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L technical
    is Pending L/P/do
    is Running L
    order Running
    wait 9s
    sent nothing
    wait 1s
    sent L
    answer L technical
    wait 10s
    sent L
    answer L technical            # the third, and last
    wait 10s
    sent nothing
    order Held port=retry
    is TechnicalError L/P/do
  )");
}

TEST(PopAnswers, EveryRunHasAllItsAttempts) {
  RunScenario(R"(
    cartridge hlr attempts=2 delay=1s
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L technical
    wait 1s
    sent L
    answer L technical
    order Held port=retry
    resubmit
    sent L
    answer L technical
    order Running
    wait 1s
    sent L
    answer L ok
    order Completed port=normal run=2
  )");
}

TEST(PopAnswers, FunctionalErrorIsNotTriedAgain) {
  RunScenario(R"(
    cartridge hlr attempts=5 delay=1s
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L functional
    order Failed port=fail
    wait 1h
    sent nothing
  )");
}

TEST(PopAnswers, RetryWithoutADelayIsStillARetry) {
  RunScenario(R"(
    cartridge hlr attempts=2
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L technical
    order Running
    wait 1ns
    sent L
    answer L ok
    order Completed port=normal
  )");
}

TEST(PopAnswers, BarrierHoldsWhileAWorkOrderWaitsForItsRetry) {
  RunScenario(R"(
    settings stopAll
    cartridge hlr attempts=2 delay=1m
    process P: do~hlr
    product L: P
    order L; A; B after A
    sent L, A
    answer L technical
    answer A ok
    sent nothing
    order Running
    wait 1m
    sent L
    answer L ok
    sent B
    answer B ok
    order Completed port=normal
  )");
}

TEST(PopAnswers, SuccessOfAnEarlierAttemptCompletesTheWorkOrder) {
  RunScenario(R"(
    cartridge hlr attempts=3 delay=1s
    process P: do~hlr
    product L: P
    order L; A after L
    sent L
    answer L technical
    wait 1s
    sent L
    answer L ok run=1 attempt=1   # the second attempt is still under way
    is Completed L
    sent A
    answer L technical run=1 attempt=2: history
    answer L ok run=1 attempt=2: no trace
    is Completed L
    answer A ok
    order Completed port=normal
  )");
}

TEST(PopAnswers, SuccessOfAnEarlierAttemptEndsTheWaitForARetry) {
  RunScenario(R"(
    cartridge hlr attempts=3 delay=1h
    process P: do~hlr; next after do
    product L: P
    order L
    sent L/P/do
    answer L/P/do technical
    answer L/P/do ok run=1 attempt=1
    is Completed L/P/do
    sent L/P/next
    wait 1h
    sent nothing
    answer L/P/next ok
    order Completed port=normal
  )");
}

TEST(PopAnswers, LateErrorIsHistoryOnly) {
  RunScenario(R"(
    cartridge hlr attempts=3 delay=1s
    process P: do~hlr
    product L: P
    order L; A
    sent L, A
    answer L technical
    wait 1s
    sent L
    answer L functional run=1 attempt=1: no trace    # that attempt was answered
    is Sent L/P/do
    answer L ok run=1 attempt=1
    answer L functional run=1 attempt=2: history
    is Completed L
    answer A ok
    order Completed port=normal
    answer L functional run=1 attempt=2: no trace    # it has ended
  )");
}

TEST(PopAnswers, DuplicateLeavesNoTrace) {
  RunScenario(R"(
    order A; B after A
    sent A
    answer A ok
    sent B
    answer A ok: no trace
    answer A technical: no trace
    answer A functional: no trace
    is Completed A
    is Sent B/B/do
  )");
}

TEST(PopAnswers, AnswersToWhatWasNeverSentLeaveNoTrace) {
  RunScenario(R"(
    order A; B after A
    sent A
    answer B ok run=1 attempt=1: no trace
    answer A ok run=1 attempt=2: no trace
    answer A ok run=2 attempt=1: no trace
    answer A ok run=0 attempt=0: no trace
    is Sent A/A/do
  )");
}

TEST(PopAnswers, AnswerToAWorkOrderThatDoesNotExistLeavesNoTrace) {
  Scenario scenario;
  scenario.Run(R"(
    order A
    sent A
  )");
  EXPECT_FALSE(DecideAnswer(scenario.order(),
                            {.work_order = 1,
                             .run = 1,
                             .attempt = 1,
                             .outcome = Outcome::kOk,
                             .output = {},
                             .detail = {}},
                            kRunStart)
                   .has_value());
  EXPECT_FALSE(DecideRetry(scenario.order(), 1, kRunStart).has_value());
  EXPECT_FALSE(DecideRetry(scenario.order(), 0, kRunStart).has_value());
}

TEST(PopAnswers, LateSuccessWhileHeldIsNotSentAgain) {
  RunScenario(R"(
    order A; B; C after A
    sent A, B
    answer A technical
    answer B technical
    order Held port=retry
    answer A ok
    is Completed A A/A A/A/do
    order Held port=retry run=1   # nothing moves by itself
    resubmit
    sent B                        # its slice comes first again
    answer B ok
    sent C
    answer C ok
    order Completed port=normal run=2
  )");
}

TEST(PopAnswers, LateSuccessOfEverythingWhileHeldLeavesOnlyTheRest) {
  RunScenario(R"(
    order A; B after A
    sent A
    answer A technical
    order Held port=retry
    answer A ok
    order Held
    resubmit
    sent B
    answer B ok
    order Completed port=normal run=2
  )");
}

TEST(PopAnswers, LateSuccessOfTheOnlyWorkOrderThenResubmitCompletes) {
  RunScenario(R"(
    order A
    sent A
    answer A technical
    answer A ok
    order Held port=retry
    is Completed A
    resubmit
    sent nothing
    order Completed port=normal run=2
  )");
}

TEST(PopAnswers, LateSuccessWithinAProcessLeavesTheRestToAReplay) {
  RunScenario(R"(
    process P: one; two after one
    product L: P
    order L
    sent L/P/one
    answer L/P/one technical
    order Held port=retry
    answer L/P/one ok
    is Completed L/P/one
    is Pending L/P/two
    is Partial L L/P
    resubmit
    sent L/P/two
    answer L/P/two ok
    order Completed port=normal
  )");
}

// The process has not ended: it need not wait for an operator.
TEST(PopAnswers, LateSuccessInAProcessThatStillRunsGoesOn) {
  for (const char* policy : {"", "DependencyTree", "stopAll"}) {
    RunScenario(fmt::format(R"(
      settings {}
      process P: one; other; two after one; last after two other
      product L: P
      order L
      sent L/P/one, L/P/other
      answer L/P/one technical
      is Running L
      answer L/P/one ok
      is Completed L/P/one
      sent L/P/two
      answer L/P/other ok
      answer L/P/two ok
      sent L/P/last
      answer L/P/last ok
      order Completed port=normal run=1
    )",
                            policy));
  }
}

TEST(PopAnswers, DetailThatIsNoTextIsReadBackFromItsRecord) {
  Scenario scenario;
  scenario.Run(R"(
    order A; B
    sent A, B
  )");
  const auto answer = [](std::uint32_t w, Outcome outcome) {
    return Answer{.work_order = w,
                  .run = 1,
                  .attempt = 1,
                  .outcome = outcome,
                  .output = {},
                  .detail = "caf\xc3"};
  };
  ASSERT_TRUE(scenario.run().TakeAnswer(answer(0, Outcome::kTechnical)));
  EXPECT_EQ(scenario.order().Text(scenario.order().attempts[0].detail), "caf?");
  const auto copy = OrderFromSnapshot(OrderSnapshotBytes(scenario.order()),
                                      CatalogOf(scenario.order()), PartsOf(scenario.order()));
  ASSERT_TRUE(copy.has_value()) << copy.error().message;
}

TEST(PopAnswers, WhatAnOrderHoldsOfAnswersHasALimit) {
  CatalogSketch sketch;
  sketch.NeedProduct("A");
  const auto catalog = sketch.Make();
  OrderRequest request;
  request.product_orders.emplace_back().id = "a";
  request.product_orders.back().product = "A";
  const auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  const auto order =
      BuildOrder(OrderId::Of(0, 7), kRunStart, "tester", catalog, plan->accepted, {});
  while (true) {
    const auto event = DecideNext(*order, kRunStart);
    if (!event) break;
    Apply(*order, *event, kRunStart);
  }
  Fields output;
  output.Add("x", "1");
  const auto answered = [&](std::size_t text_bytes) {
    order->text.resize(text_bytes);
    const auto event = DecideAnswer(*order,
                                    {.work_order = 0,
                                     .run = 1,
                                     .attempt = 1,
                                     .outcome = Outcome::kOk,
                                     .output = output.encoded(),
                                     .detail = "done"},
                                    kRunStart);
    return std::get<records::WorkOrderAnswered>(event.value());
  };
  const std::size_t size = output.encoded().size();
  EXPECT_EQ(answered(kOrderOutputBytesMax - size).output(), output.encoded());
  EXPECT_EQ(answered(kOrderOutputBytesMax - size).detail(), "done");
  const records::WorkOrderAnswered dropped = answered(kOrderOutputBytesMax - size + 1);
  EXPECT_EQ(dropped.output(), "");
  EXPECT_EQ(dropped.detail(), "the output was dropped: the order has over 268435456 bytes");
  EXPECT_EQ(answered(kOrderTextBytesMax).detail(), "");
}

TEST(PopAnswers, AnswerOfAnEarlierRunIsHistoryOnly) {
  RunScenario(R"(
    cartridge hlr attempts=2 delay=1s
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L technical
    wait 1s
    sent L
    answer L technical
    order Held port=retry
    resubmit
    sent L
    answer L ok run=1 attempt=1: no trace       # answered before, and its run is over
    is Sent L/P/do
    answer L ok run=2 attempt=1
    order Completed port=normal
  )");
}

// A slice that stopDependent went past is taken up again when a late success frees it.
TEST(PopAnswers, LateSuccessFreesWhatWasPassedOver) {
  RunScenario(R"(
    order A; B after A; C; D after C; E after B
    slices {A, C} {B, D} {E}
    sent A, C
    answer A technical
    answer C ok
    sent D
    answer A ok
    is Completed A
    answer D ok
    sent B
    answer B ok
    sent E
    answer E ok
    order Completed port=normal run=1
  )");
}

TEST(PopAnswers, LateSuccessWhileHeldFreesASliceBeforeTheFirstOneWithTrouble) {
  RunScenario(R"(
    order A; B after A; C; D after C; E after D
    slices {A, C} {B, D} {E}
    sent A, C
    answer A technical
    answer C ok
    sent D
    answer D ok
    sent E
    answer E technical
    order Held port=retry
    answer A ok
    resubmit
    sent E
    answer E ok
    sent B
    answer B ok
    order Completed port=normal run=2
  )");
}

TEST(PopAnswers, FinalOrderIgnoresEveryAnswer) {
  RunScenario(R"(
    cartridge hlr attempts=2 delay=1s
    process P: do~hlr
    product L: P
    settings stopAll
    order L
    sent L
    answer L technical
    wait 1s
    sent L
    answer L functional
    order Failed port=fail
    answer L ok run=1 attempt=1: no trace
    answer L ok run=1 attempt=2: no trace
    is FunctionalError L/P/do
    order Failed port=fail
  )");
}

// How many ignored answers an order remembers has a limit.
TEST(PopAnswers, IgnoredAnswersAreRecordedUpToALimit) {
  constexpr std::uint32_t kWorkOrders = kIgnoredAnswersRecordedMax + 5;
  CatalogSketch sketch;
  sketch.Cartridge("hlr attempts=2");
  std::string process = "P:";
  for (std::uint32_t i = 0; i <= kWorkOrders; ++i) process += fmt::format(" s{}~hlr;", i);
  sketch.Process(process);
  sketch.NeedProduct("P");
  const auto catalog = sketch.Make();
  OrderRequest request;
  request.product_orders.emplace_back().id = "p";
  request.product_orders.back().product = "P";
  const auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  OrderRun run(catalog, *plan);
  run.Settle();
  const auto answer = [&](std::uint32_t w, std::uint32_t attempt, Outcome outcome) {
    return run.TakeAnswer({.work_order = w,
                           .run = 1,
                           .attempt = attempt,
                           .outcome = outcome,
                           .output = {},
                           .detail = {}});
  };
  for (std::uint32_t w = 0; w < kWorkOrders; ++w) {
    ASSERT_TRUE(answer(w, 1, Outcome::kTechnical));
    run.Wait(1);
    ASSERT_TRUE(answer(w, 1, Outcome::kOk));
  }
  for (std::uint32_t w = 0; w < kWorkOrders; ++w) {
    EXPECT_EQ(answer(w, 2, Outcome::kFunctional), w < kIgnoredAnswersRecordedMax) << w;
  }
  EXPECT_EQ(run.order().ignored_answers, kIgnoredAnswersRecordedMax);
  ASSERT_TRUE(answer(kWorkOrders, 1, Outcome::kOk));  // the one that kept the order going
  EXPECT_EQ(run.order().state, OrderState::kCompleted);
}

}  // namespace
}  // namespace cairn::testing
