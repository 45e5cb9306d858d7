// Jobs go in, results come back once each, whatever runs them.
#include "runtime/evaluator.h"

#include "adapters/executor_threads/system_clock.h"
#include "adapters/executor_threads/thread_executor.h"
#include "base/random.h"
#include "simulation/sim_executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace cairn {
namespace {

// Gives the source back; "fail" fails.
class Echo final : public ScriptEngine {
 public:
  tl::expected<void, ScriptError> Check(ScriptText, ScriptForm) override { return {}; }
  tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText script, ScriptForm,
                                                   const ScriptScope& scope) override {
    ++evaluations;
    if (script.source == "fail") {
      return tl::unexpected(ScriptError{std::string(script.place), 1, "it fails", false});
    }
    return ScriptResult{script.source == "name" ? scope.at(0).name : std::string(script.source),
                        {}};
  }
  std::atomic<int> evaluations{0};
};

EvaluationJob JobOf(std::vector<std::string> sources, EvaluationJob::Until until,
                    std::vector<std::string>& shown) {
  EvaluationJob job;
  for (std::string& source : sources) job.scripts.push_back({std::move(source), "place"});
  job.scope = std::make_shared<const ScriptScope>(ScriptScope{{"the-name", "1"}});
  job.until = until;
  job.done = [&shown](const std::vector<EvaluationResult>& results) {
    for (const EvaluationResult& result : results) {
      shown.push_back(result ? result->json : "error: " + result.error().message);
    }
  };
  return job;
}

using Until = EvaluationJob::Until;
using Texts = std::vector<std::string>;

class EvaluatorInSimulation : public testing::Test {
 protected:
  Texts RunJob(Texts sources, Until until) {
    Texts shown;
    EvaluationJob job = JobOf(std::move(sources), until, shown);
    EXPECT_TRUE(evaluator_.Submit(job));
    EXPECT_TRUE(shown.empty());
    while (executor_.RunOne()) {
    }
    return shown;
  }

  Random random_{1};
  simulation::SimClock clock_{kSecond};
  simulation::SimExecutor executor_{clock_, random_};
  Echo echo_;
  Evaluator evaluator_{executor_, echo_, 2, 3};
};

TEST_F(EvaluatorInSimulation, RunsWhatTheJobAsksFor) {
  EXPECT_EQ(RunJob({"1", "fail", "true", "name"}, Until::kAll),
            (Texts{"1", "error: it fails", "true", "the-name"}));
  EXPECT_EQ(RunJob({"true", "fail", "2"}, Until::kFirstError), (Texts{"true", "error: it fails"}));
  EXPECT_EQ(RunJob({"false", "true", "fail"}, Until::kFirstTrue), (Texts{"false", "true"}));
  EXPECT_EQ(RunJob({"false", "fail", "true"}, Until::kFirstTrue),
            (Texts{"false", "error: it fails"}));
  EXPECT_EQ(RunJob({}, Until::kAll), Texts{});
}

TEST_F(EvaluatorInSimulation, AFullQueueLeavesTheJobWithItsCaller) {
  Texts shown;
  for (int i = 0; i < 3; ++i) {
    EvaluationJob job = JobOf({std::to_string(i)}, Until::kAll, shown);
    EXPECT_TRUE(evaluator_.Submit(job));
  }
  EvaluationJob job = JobOf({"last"}, Until::kAll, shown);
  EXPECT_FALSE(evaluator_.Submit(job));
  EXPECT_EQ(evaluator_.queued(), 3U);
  ASSERT_EQ(job.scripts.size(), 1U);
  EXPECT_EQ(job.scripts[0].source, "last");
  while (executor_.RunOne()) {
  }
  EXPECT_EQ(evaluator_.queued(), 0U);
  EXPECT_TRUE(evaluator_.Submit(job));
  while (executor_.RunOne()) {
  }
  EXPECT_EQ(shown, (Texts{"0", "1", "2", "last"}));
}

TEST_F(EvaluatorInSimulation, AFunctionEvaluatesWhatItLikes) {
  std::string shown;
  Evaluator::Function function = [&](ScriptEngine& engine) {
    const ScriptScope scope{{"a", "1"}};
    const auto first = engine.Evaluate({"name", "p"}, ScriptForm::kExpression, scope);
    shown = engine.Evaluate({first->json, "p"}, ScriptForm::kExpression, scope)->json;
  };
  EXPECT_TRUE(evaluator_.Submit(function));
  while (executor_.RunOne()) {
  }
  EXPECT_EQ(shown, "a");
}

TEST(Evaluator, ManyThreadsLoseNothing) {
  constexpr std::ptrdiff_t kClients = 3;
  constexpr std::ptrdiff_t kJobs = 500;
  SystemClock clock;
  ThreadExecutor executor(clock);
  Echo echo;
  Evaluator evaluator(executor, echo, 2);
  std::latch done(kClients * kJobs);
  std::vector<std::jthread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&] {
      for (int i = 0; i < kJobs; ++i) {
        Evaluator::Function function = [&](ScriptEngine& engine) {
          EXPECT_TRUE(engine.Evaluate({"1", "p"}, ScriptForm::kExpression, {}).has_value());
          done.count_down();
        };
        while (!evaluator.Submit(function)) std::this_thread::yield();
      }
    });
  }
  done.wait();
  EXPECT_EQ(echo.evaluations, kClients * kJobs);
}

TEST(Evaluator, WhatHasNotBegunIsDroppedAtTheEnd) {
  Random random(1);
  simulation::SimClock clock(kSecond);
  simulation::SimExecutor executor(clock, random);
  Echo echo;
  Texts shown;
  {
    Evaluator evaluator(executor, echo, 1);
    EvaluationJob job = JobOf({"1"}, Until::kAll, shown);
    EXPECT_TRUE(evaluator.Submit(job));
  }
  while (executor.RunOne()) {
  }
  EXPECT_TRUE(shown.empty());
  EXPECT_EQ(echo.evaluations, 0);
}

}  // namespace
}  // namespace cairn
