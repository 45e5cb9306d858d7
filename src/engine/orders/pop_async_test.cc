// Answers that a cartridge delays: waiting, the answer, silence, and all the ways in which they
// overtake one another. And orders that begin later.
#include "engine/orders/scenario_test.h"
#include "model/limits.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

TEST(PopAsync, DelayedAnswerMakesTheOrderWait) {
  RunScenario(R"(
    order L; A after L
    sent L
    answer L delayed
    order Waiting port=waiting
    is Waiting L L/L L/L/do
    is Pending A
    sent nothing
    answer L ok
    is Completed L L/L L/L/do
    sent A
    order Running
    answer A ok
    order Completed port=normal
  )");
}

TEST(PopAsync, OrderRunsWhileAnythingOfItDoes) {
  RunScenario(R"(
    process P: s1; s2; s3 after s1
    product L: P
    order L; A
    sent L/P/s1, L/P/s2, A
    answer L/P/s1 delayed
    order Running
    is Running L L/P A
    answer L/P/s2 ok
    is Waiting L L/P L/P/s1
    order Running
    answer A ok
    order Waiting port=waiting
    answer L/P/s1 ok
    sent L/P/s3
    is Running L L/P
    order Running
    answer L/P/s3 delayed
    order Waiting
    answer L/P/s3 ok
    order Completed port=normal
  )");
}

TEST(PopAsync, ProductOrderRunsWhileOneOfItsTechnicalOrdersDoes) {
  RunScenario(R"(
    process P: do
    process Q: do
    product L: P Q
    order L
    sent L/P, L/Q
    answer L/P delayed
    is Waiting L/P
    is Running L L/Q
    answer L/Q ok
    is Waiting L
    order Waiting
    answer L/P functional
    order Failed port=fail
    is Failed L L/P
  )");
}

TEST(PopAsync, WaitForARetryIsNoWaitForAnAnswer) {
  RunScenario(R"(
    cartridge hlr attempts=2 delay=10s
    process P: do~hlr
    product L: P
    order L; A
    sent L, A
    answer A delayed
    answer L technical
    order Running
    is Running L
    wait 10s
    sent L
    answer L ok
    order Waiting
    answer A ok
    order Completed
  )");
}

TEST(PopAsync, SilenceIsATechnicalErrorAfterSevenDays) {
  RunScenario(R"(
    order L
    sent L
    answer L delayed
    wait 167h59m59s
    order Waiting
    wait 1s
    order Held port=retry
    is TechnicalError L/L/do
    resubmit
    sent L
    answer L ok
    order Completed port=normal run=2
  )");
}

TEST(PopAsync, SilenceIsRetriedLikeAnyTechnicalError) {
  Scenario scenario;
  scenario.Run(R"(
    cartridge hlr attempts=2 delay=10s within=1h
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L delayed
    wait 1h
    order Running
    is Pending L/P/do
    wait 10s
    sent L
    answer L delayed
    order Waiting
    wait 59m
    order Waiting                    # its own hour, not that of the first attempt
    answer L ok run=1 attempt=1      # what the first attempt did is done
    order Completed port=normal
  )");
  const Order& order = scenario.order();
  EXPECT_EQ(order.Text(order.attempts[0].detail), "said ok");
  EXPECT_FALSE(order.attempts[1].answered);
}

TEST(PopAsync, DeadlineSaysHowLongItWas) {
  Scenario scenario;
  scenario.Run(R"(
    cartridge hlr within=90m
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L delayed
    wait 90m
    order Held port=retry
  )");
  EXPECT_EQ(scenario.order().Text(scenario.order().attempts[0].detail), "no answer within 1h30m");
}

TEST(PopAsync, AttemptTellsThatItWasDelayedAndThenWhatCame) {
  Scenario scenario;
  scenario.Run(R"(
    order L
    sent L
    answer L delayed
  )");
  const Attempt& attempt = scenario.order().attempts[0];
  EXPECT_FALSE(attempt.answered);
  EXPECT_EQ(attempt.outcome, Outcome::kDelayed);
  EXPECT_EQ(attempt.answered_at, kRunStart);
  EXPECT_EQ(scenario.order().work_orders[0].deadline, kRunStart + kDefaultAnswerWithinNs);
  scenario.Run(R"(
    wait 5s
    answer L ok
  )");
  EXPECT_TRUE(attempt.answered);
  EXPECT_EQ(attempt.outcome, Outcome::kOk);
  EXPECT_EQ(attempt.answered_at, kRunStart + 5 * kSecond);
  EXPECT_EQ(scenario.order().work_orders[0].deadline, 0);
}

TEST(PopAsync, AnswerMayOvertakeTheDelay) {
  RunScenario(R"(
    order L; A after L
    sent L
    answer L ok                      # by the callback, before the cartridge has said "delayed"
    sent A
    answer L delayed: no trace
    is Completed L
    answer A functional
    order Failed port=fail
    answer A delayed: no trace
  )");
}

TEST(PopAsync, SecondDelayChangesNothing) {
  Scenario scenario;
  scenario.Run(R"(
    order L
    sent L
    answer L delayed
    wait 1h
    answer L delayed: no trace
    order Waiting
  )");
  EXPECT_EQ(scenario.order().work_orders[0].deadline, kRunStart + kDefaultAnswerWithinNs);
}

TEST(PopAsync, DelayOfAnAttemptThatIsOverIsNothing) {
  RunScenario(R"(
    cartridge hlr attempts=3 delay=1s
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L technical
    answer L delayed: no trace       # while it waits for the retry
    is Pending L/P/do
    wait 1s
    sent L
    answer L delayed run=1 attempt=1: no trace
    is Sent L/P/do
    answer L delayed run=1 attempt=2
    is Waiting L/P/do
    answer L functional run=1 attempt=2
    order Failed port=fail
  )");
}

TEST(PopAsync, AnswersToWhatWaitsCountOnce) {
  RunScenario(R"(
    order L; A
    sent L, A
    answer L delayed
    answer L ok
    answer L ok: no trace
    answer L functional: no trace
    answer L technical: no trace
    is Completed L
    answer A ok
    order Completed
  )");
}

TEST(PopAsync, LateErrorOfAnEarlierAttemptDoesNotEndTheWait) {
  RunScenario(R"(
    cartridge hlr attempts=2 delay=1s within=1h
    process P: do~hlr
    product L: P
    order L
    sent L
    answer L delayed
    wait 1h
    wait 1s
    sent L
    answer L delayed
    answer L functional run=1 attempt=1: no trace
    order Waiting
    answer L technical run=1 attempt=2
    order Held port=retry
    resubmit
    sent L
    answer L ok run=1 attempt=2: no trace
    answer L ok
    order Completed
  )");
}

TEST(PopAsync, BarrierHoldsWhileSomethingWaits) {
  RunScenario(R"(
    settings stopAll
    order L; A; B after A
    sent L, A
    answer L delayed
    answer A ok
    sent nothing
    order Waiting
    answer L functional
    order Failed port=fail
    is NotExecuted B
  )");
}

TEST(PopAsync, DependencyTreeGoesOnBesideWhatWaits) {
  RunScenario(R"(
    settings DependencyTree
    order L; A; B after A
    sent L, A
    answer L delayed
    answer A ok
    sent B
    order Running
    answer B ok
    order Waiting
    answer L ok
    order Completed port=normal
  )");
}

TEST(PopAsync, OrderBeginsAtItsRequestedStart) {
  RunScenario(R"(
    settings start=10s
    order L
    sent nothing
    order New
    wait 9s
    sent nothing
    order New
    wait 1s
    sent L
    answer L ok
    order Completed port=normal
  )");
}

TEST(PopAsync, StartInThePastIsNow) {
  RunScenario(R"(
    settings start=past
    order L
    sent L
    answer L ok
    order Completed port=normal
  )");
}

}  // namespace
}  // namespace cairn::testing
