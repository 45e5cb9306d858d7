// The execution policy Dependency Tree: each technical product order starts when its own
// predecessors have completed, whatever its slice.
#include "engine/orders/scenario_test.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

TEST(PopDependencyTree, StartsEachWhenItsOwnPredecessorsCompleted) {
  RunScenario(R"(
    settings DependencyTree
    order A; B after A; C; D after C
    slices {A, C} {B, D}
    sent A, C
    answer C ok
    sent D                        # while A still runs
    answer D ok
    answer A ok
    sent B
    answer B ok
    order Completed port=normal
  )");
}

TEST(PopDependencyTree, WaitsForAllOfItsPredecessors) {
  RunScenario(R"(
    settings DependencyTree
    order A; B; C after A B; D after A
    sent A, B
    answer A ok
    sent D
    answer B ok
    sent C
    answer C ok
    answer D ok
    order Completed port=normal
  )");
}

TEST(PopDependencyTree, StopDependentRunsEverythingThatDoesNotDependOnTheFailure) {
  RunScenario(R"(
    settings DependencyTree
    order A; B after A; C; D after C; E after B D
    sent A, C
    answer A functional
    answer C ok
    sent D
    answer D ok
    order Failed port=fail
    is NotExecuted B E
    is Completed C D
  )");
}

TEST(PopDependencyTree, StopAllStartsNothingNewAfterAFailureButFinishesWhatRuns) {
  RunScenario(R"(
    settings DependencyTree stopAll
    process P: first; second after first
    product L: P
    order A; L; D after L; E after A
    sent A, L/P/first
    answer A technical
    answer L/P/first ok
    sent L/P/second
    answer L/P/second ok
    order Held port=retry
    is Pending D E
    is Completed L
    resubmit
    sent A, D
    answer A ok
    sent E
    answer D ok
    answer E ok
    order Completed port=normal run=2
  )");
}

TEST(PopDependencyTree, StopAllWithAFunctionalErrorRepeatsTechnicalErrorsOnly) {
  RunScenario(R"(
    settings DependencyTree stopAll
    order A; B; C; D after C
    sent A, B, C
    answer A functional
    answer B technical
    answer C ok
    order Held port=retry
    is Pending D
    resubmit
    sent B
    answer B ok
    order Failed port=fail        # A stays failed, so nothing new was started
    is Failed A
    is Completed B C
    is NotExecuted D
  )");
}

TEST(PopDependencyTree, ResubmissionGoesOnFromWhatCompleted) {
  RunScenario(R"(
    settings DependencyTree
    order A; B after A; C; D after C; E after B D
    sent A, C
    answer A technical
    answer C ok
    sent D
    answer D ok
    order Held port=retry
    is Pending B E
    resubmit
    sent A
    answer A ok
    sent B
    answer B ok
    sent E
    answer E ok
    order Completed port=normal
  )");
}

TEST(PopDependencyTree, LateSuccessWhileRunningStartsWhatWaitedForIt) {
  RunScenario(R"(
    settings DependencyTree
    order A; B after A; C
    sent A, C
    answer A technical
    is Partial A
    answer A ok
    is Completed A
    sent B
    answer B ok
    answer C ok
    order Completed port=normal run=1
  )");
}

TEST(PopDependencyTree, LateSuccessUnderStopAllTakesUpWhatWasHeldBack) {
  RunScenario(R"(
    settings DependencyTree stopAll
    order A; B; C after B; D
    sent A, B, D
    answer A technical
    answer B ok                   # C is held back: something failed
    answer A ok                   # nothing failed any more
    answer D ok
    sent C
    answer C ok
    order Completed port=normal run=1
  )");
}

}  // namespace
}  // namespace cairn::testing
