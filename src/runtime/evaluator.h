// Evaluator: runs scripts on worker threads, so that a partition never waits for one. A job goes in
// with what it may see, and its results come back in one call.
//
// Jobs are begun in the order in which they came; with several workers they may end in another one.
// Evaluation is pure: a job that was lost, with its node, can be run again.
//
// Submit and the figures: any thread. It may be destroyed by any thread but its workers'.
#pragma once

#include "engine/orders/script.h"
#include "ports/executor.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cairn {

// Jobs that wait. Past it, the caller keeps its job and comes again.
inline constexpr std::size_t kEvaluationsQueuedMax = 10'000;

// Owned, so that it outlives the catalog that it is from.
struct EvaluationScript {
  std::string source;
  std::string place;
  ScriptForm form = ScriptForm::kExpression;

  ScriptText text() const { return {source, place}; }
};

using EvaluationResult = tl::expected<ScriptResult, ScriptError>;

struct EvaluationJob {
  enum class Until {
    kAll,         // all scripts are run; one that fails does not stop the others
    kFirstError,  // up to and with the first that fails
    kFirstTrue,   // guards: up to and with the first that is `true`, or fails
  };
  std::vector<EvaluationScript> scripts;
  std::shared_ptr<const ScriptScope> scope;  // not null; the same for all scripts
  Until until = Until::kAll;
  // Called once, on a worker's thread; must not block. One result for each script that was run.
  std::function<void(std::vector<EvaluationResult>)> done;
};

class Evaluator {
 public:
  // `executor` and `engine` must outlive it. REQUIRES: at least one worker.
  Evaluator(Executor& executor, ScriptEngine& engine, std::size_t workers,
            std::size_t queued_max = kEvaluationsQueuedMax);
  // Waits for the jobs that are running. Those that still wait are dropped: their `done` is not
  // called.
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // Never blocks. False, and the job is left as it is: the queue is full.
  [[nodiscard]] bool Submit(EvaluationJob& job);
  // The same for a function that evaluates what it likes, several scripts with what each has left
  // for the next one for example. It runs on a worker's thread.
  using Function = std::function<void(ScriptEngine&)>;
  [[nodiscard]] bool Submit(Function& function);

  std::size_t queued() const;

 private:
  class Thread;

  Function TakeOrRest(Thread& thread);

  ScriptEngine& engine_;
  const std::size_t queued_max_;
  mutable std::mutex mutex_;
  std::deque<Function> queue_;
  // Behind the queue, which the threads use until they are gone.
  std::vector<std::unique_ptr<Thread>> threads_;
};

// Runs the scripts of a job, without calling `done`.
std::vector<EvaluationResult> RunEvaluation(ScriptEngine& engine, const EvaluationJob& job);

}  // namespace cairn
