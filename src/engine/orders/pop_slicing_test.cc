// Product order processing slice by slice: barriers, what a failure stops, and the ports.
#include "engine/orders/scenario_test.h"
#include "model/limits.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

TEST(PopSlicing, SliceIsABarrierForAllThatComesLater) {
  RunScenario(R"(
    order A; B after A; C; D after C
    slices {A, C} {B, D}
    sent A, C
    order Running
    is Running A C
    is Pending B D
    answer C ok                   # D waits for A too: it is in the next slice
    is Completed C
    answer A ok
    sent B, D
    answer D ok
    answer B ok
    order Completed port=normal run=1
    is Completed A B C D
  )");
}

TEST(PopSlicing, SliceIsOneMoreThanTheHighestOfItsPredecessors) {
  RunScenario(R"(
    order A; B after A; C after B; D after A C; E; F after E
    slices {A, E} {B, F} {C} {D}
    sent A, E
    answer A ok
    answer E ok
    sent B, F
    answer B ok
    answer F ok
    sent C
    answer C ok
    sent D
    answer D ok
    order Completed port=normal
  )");
}

TEST(PopSlicing, ProcessRunsItsStepsInOrderAndInParallel) {
  RunScenario(R"(
    process P: reserve; left after reserve; right after reserve; done after left right
    product L: P
    order L
    sent L/P/reserve
    is Pending L/P/left L/P/done
    answer L/P/reserve ok
    sent L/P/left, L/P/right
    is Sent L/P/left
    answer L/P/right ok
    is Completed L/P/right
    is Running L L/P
    answer L/P/left ok
    sent L/P/done
    answer L/P/done ok
    is Completed L L/P
    order Completed port=normal
  )");
}

TEST(PopSlicing, StopAllKeepsWhatIsDoneAndNeverStartsTheNextSlice) {
  RunScenario(R"(
    settings stopAll
    order A; B; C after A B
    slices {A, B} {C}
    sent A, B
    answer A ok
    answer B functional
    order Failed port=fail
    is Completed A
    is Failed B B/B
    is FunctionalError B/B/do
    is NotExecuted C C/C C/C/do
    refused resubmit
    refused giveUp
  )");
}

TEST(PopSlicing, StopAllWithATechnicalErrorIsResubmittedWhereItStopped) {
  RunScenario(R"(
    settings stopAll
    order A; B; C after A B
    sent A, B
    answer A ok
    answer B technical
    order Held port=retry run=1
    is Partial B B/B
    is TechnicalError B/B/do
    is Pending C C/C C/C/do
    resubmit
    sent B
    order Running run=2
    is Running B
    answer B ok
    sent C
    answer C ok
    order Completed port=normal run=2
    is Completed A B C
  )");
}

TEST(PopSlicing, StopAllLetsTheRunningSliceFinish) {
  RunScenario(R"(
    settings stopAll
    process P: first; second after first
    product L: P
    order A; L; C after A L
    sent A, L/P/first
    answer A functional
    order Running                 # L goes on, with steps that were not sent yet
    answer L/P/first ok
    sent L/P/second
    answer L/P/second ok
    order Failed port=fail
    is Completed L
    is NotExecuted C
  )");
}

TEST(PopSlicing, StopDependentRunsWhatHasOnlySuccessfulPredecessors) {
  RunScenario(R"(
    order A; B after A; C; D after C
    sent A, C
    answer A functional
    is Failed A
    answer C ok
    sent D
    answer D ok
    order Failed port=fail
    is NotExecuted B B/B B/B/do
    is Completed C D
  )");
}

TEST(PopSlicing, StopDependentPassesOverASliceThatHasNothingToRun) {
  RunScenario(R"(
    order A; B after A; C after B; D; E after D; F after E; G after F; H after B
    slices {A, D} {B, E} {C, F, H} {G}
    sent A, D
    answer A ok
    answer D functional
    sent B
    answer B technical
    order Held port=retry         # nothing in the slices after it could run
    is Partial B
    is Failed D
    is Pending C E F G H
  )");
}

// One technical product order with both kinds of error, at two work orders side by side.
TEST(PopSlicing, PartialWinsWithinOneProcessUntilItIsReplayed) {
  RunScenario(R"(
    process P: left; right
    product L: P
    order L
    sent L/P/left, L/P/right
    answer L/P/left functional
    is Running L
    answer L/P/right technical
    is Partial L L/P
    is FunctionalError L/P/left
    is TechnicalError L/P/right
    order Held port=retry
    resubmit
    sent L/P/right
    answer L/P/right ok
    is Failed L L/P
    order Failed port=fail
  )");
}

TEST(PopSlicing, RestOfAProcessRunsToItsEndAroundAnError) {
  RunScenario(R"(
    process P: left; right; l2 after left; r2 after right; last after l2 r2
    product L: P
    order L
    sent L/P/left, L/P/right
    answer L/P/left technical
    answer L/P/right ok
    sent L/P/r2
    answer L/P/r2 ok
    order Held port=retry
    is Pending L/P/l2 L/P/last
    resubmit
    sent L/P/left
    answer L/P/left ok
    sent L/P/l2
    answer L/P/l2 ok
    sent L/P/last
    answer L/P/last ok
    order Completed port=normal
  )");
}

TEST(PopSlicing, ProductOrderIsPartialWhenAnyOfItsTechnicalOrdersIs) {
  RunScenario(R"(
    process P: do
    process Q: do
    process R: do
    product L: P Q R
    order L
    sent L/P, L/Q, L/R
    answer L/P ok
    answer L/Q functional
    answer L/R technical
    is Completed L/P
    is Failed L/Q
    is Partial L/R L
    order Held port=retry
  )");
}

struct PortCase {
  const char* settings;
  const char* first;
  const char* second;
  const char* ends;
};

// The ports, whole: A and B run side by side and give these outcomes.
TEST(PopSlicing, PortsByOutcomesAndSettings) {
  const std::vector<PortCase> cases = {
      {"", "ok", "ok", "Completed port=normal"},
      {"", "ok", "technical", "Held port=retry"},
      {"", "ok", "functional", "Failed port=fail"},
      {"", "technical", "technical", "Held port=retry"},
      {"", "functional", "functional", "Failed port=fail"},
      {"", "functional", "technical", "Held port=retry"},
      {"", "technical", "functional", "Held port=retry"},
      {"replayableSOToRetryPort=false", "ok", "ok", "Completed port=normal"},
      {"replayableSOToRetryPort=false", "ok", "technical", "Held port=retry"},
      {"replayableSOToRetryPort=false", "ok", "functional", "Failed port=fail"},
      {"replayableSOToRetryPort=false", "technical", "technical", "Held port=retry"},
      {"replayableSOToRetryPort=false", "functional", "functional", "Failed port=fail"},
      {"replayableSOToRetryPort=false", "functional", "technical", "Failed port=fail"},
      {"replayableSOToRetryPort=false", "technical", "functional", "Failed port=fail"},
  };
  for (const char* policy : {"", " DependencyTree", " stopAll", " stopAll DependencyTree"}) {
    for (const PortCase& wanted : cases) {
      for (const char* skip : {"", " skipFailedWO=false"}) {
        RunScenario(fmt::format(R"(
          settings {}{}{}
          order A; B
          sent A, B
          answer A {}
          order Running
          answer B {}
          order {}
        )",
                                wanted.settings, policy, skip, wanted.first, wanted.second,
                                wanted.ends));
      }
    }
  }
}

TEST(PopSlicing, FunctionalErrorInsideAPartialProcessAlsoRefusesTheRetryPort) {
  RunScenario(R"(
    settings replayableSOToRetryPort=false
    process P: left; right
    product L: P
    order L
    sent L/P/left, L/P/right
    answer L/P/left functional
    answer L/P/right technical
    order Failed port=fail
    is Partial L L/P
  )");
}

TEST(PopSlicing, SequentialRunsOneTechnicalOrderAtATime) {
  for (const char* policy : {"", " DependencyTree"}) {
    RunScenario(fmt::format(R"(
      settings sequentialSequencing{}
      process P: left; right
      process Q: do
      product L: P Q
      order C after L; L; A
      slices {{L/P}} {{L/Q}} {{C}} {{A}}
      sent L/P/left, L/P/right      # work orders of one process still run side by side
      answer L/P/right ok
      answer L/P/left ok
      sent L/Q
      answer L/Q ok
      sent C
      answer C ok
      sent A
      answer A ok
      order Completed port=normal
    )",
                            policy));
  }
}

TEST(PopSlicing, SequentialWithStopDependentGoesOnWithWhatDoesNotDepend) {
  RunScenario(R"(
    settings sequentialSequencing
    order A; B after A; C
    slices {A} {B} {C}
    sent A
    answer A functional
    sent C
    answer C ok
    order Failed port=fail
    is NotExecuted B
  )");
}

TEST(PopSlicing, SequentialWithStopAllStops) {
  RunScenario(R"(
    settings sequentialSequencing stopAll
    order A; B; C
    sent A
    answer A ok
    sent B
    answer B technical
    order Held port=retry
    is Pending C
  )");
}

TEST(PopSlicing, TechnicalOrdersOfOneProductOrderMayLieInSeveralSlices) {
  RunScenario(R"(
    process P: do
    process Q: do
    product L in sequence: P Q
    order L; A after L; B
    slices {L/P, B} {L/Q} {A}
    sent L/P, B
    answer L/P ok
    is Running L
    answer B ok
    sent L/Q
    answer L/Q ok
    is Completed L
    sent A
    answer A ok
    order Completed port=normal
  )");
}

TEST(PopSlicing, HeldLeavesWhatIsBegunAndCannotGoOnPending) {
  RunScenario(R"(
    settings stopAll
    process P: do
    process Q: do
    product L in sequence: P Q
    order L; B
    sent L/P, B
    answer L/P ok
    is Running L
    answer B technical
    order Held port=retry
    is Pending L L/Q
    is Completed L/P
    resubmit
    sent B
    answer B ok
    sent L/Q
    answer L/Q ok
    order Completed port=normal
  )");
}

// An order of many slices in which one error stops nearly all is not made longer by each of them.
TEST(PopSlicing, SlicesThatArePassedOverLeaveNoEvent) {
  CatalogSketch sketch;
  sketch.NeedProduct("A");
  const auto catalog = sketch.Make();
  OrderRequest request;
  request.sequential = true;
  for (int i = 0; i < 300; ++i) {
    ProductOrderRequest& product_order = request.product_orders.emplace_back();
    product_order.id = fmt::format("p{}", i);
    product_order.product = "A";
    if (i > 0 && i < 299) product_order.depends_on = {"p0"};
  }
  const auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  OrderRun run(catalog, *plan);
  std::vector<std::uint32_t> slices;
  run.before_event = [&](const OrderEvent& event) {
    if (const auto* started = std::get_if<records::SliceStarted>(&event)) {
      slices.push_back(started->slice());
    }
  };
  run.Settle();
  const auto answer = [](std::uint32_t w, Outcome outcome) {
    return Answer{
        .work_order = w, .run = 1, .attempt = 1, .outcome = outcome, .output = {}, .detail = {}};
  };
  ASSERT_TRUE(run.TakeAnswer(answer(0, Outcome::kFunctional)));
  EXPECT_EQ(run.TakeSent(), (std::vector<std::uint32_t>{0, 299}));
  ASSERT_TRUE(run.TakeAnswer(answer(299, Outcome::kOk)));
  EXPECT_EQ(run.order().state, OrderState::kFailed);
  EXPECT_EQ(slices, (std::vector<std::uint32_t>{0, 299}));
}

// More than are sent at once go out in pieces; the barrier holds for all of them.
TEST(PopSlicing, WideSliceGoesOutInPieces) {
  const std::size_t width = 2 * kSendsPerCommand + 3;
  CatalogSketch sketch;
  sketch.NeedProduct("A");
  const auto catalog = sketch.Make();
  OrderRequest request;
  for (std::size_t i = 0; i < width; ++i) {
    ProductOrderRequest& product_order = request.product_orders.emplace_back();
    product_order.id = fmt::format("p{}", i);
    product_order.product = "A";
  }
  const auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  OrderRun run(catalog, *plan);
  std::vector<std::size_t> pieces;
  run.before_event = [&](const OrderEvent& event) {
    if (const auto* sent = std::get_if<records::WorkOrdersSent>(&event)) {
      pieces.push_back(static_cast<std::size_t>(sent->work_orders_size()));
    }
  };
  run.Settle();
  EXPECT_EQ(pieces, (std::vector<std::size_t>{kSendsPerCommand, kSendsPerCommand, 3}));
  const auto sent = run.TakeSent();
  ASSERT_EQ(sent.size(), width);
  for (std::uint32_t w = 0; w < width; ++w) EXPECT_EQ(sent[w], w);
}

}  // namespace
}  // namespace cairn::testing
