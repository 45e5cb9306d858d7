#include "runtime/evaluator.h"

#include "base/check.h"

#include <utility>

namespace cairn {

class Evaluator::Thread final : public Worker {
 public:
  explicit Thread(Evaluator& evaluator) : evaluator_(evaluator) {}

  void Start(Executor& executor) { handle_ = executor.Start("evaluator", *this); }
  void Wake() { handle_->Wake(); }

  bool Step() override {
    const Function function = evaluator_.TakeOrRest(*this);
    if (function) function(evaluator_.engine_);
    return static_cast<bool>(function);
  }

  // Found nothing to do at its last look, and nobody has woken it since. Guarded by the evaluator's
  // mutex.
  bool resting = true;

 private:
  Evaluator& evaluator_;
  std::unique_ptr<WorkerHandle> handle_;
};

Evaluator::Evaluator(Executor& executor, ScriptEngine& engine, std::size_t workers,
                     std::size_t queued_max)
    : engine_(engine), queued_max_(queued_max) {
  CHECK(workers > 0);
  for (std::size_t i = 0; i < workers; ++i) {
    threads_.push_back(std::make_unique<Thread>(*this));
    threads_.back()->Start(executor);
  }
}

Evaluator::~Evaluator() {
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
  }
  threads_.clear();
}

// Looks and lies down under the lock: a job that comes afterwards finds the worker resting, and one
// that came before is seen.
Evaluator::Function Evaluator::TakeOrRest(Thread& thread) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    thread.resting = true;
    return nullptr;
  }
  Function function = std::move(queue_.front());
  queue_.pop_front();
  return function;
}

bool Evaluator::Submit(Function& function) {
  Thread* woken = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queued_max_) return false;
    queue_.push_back(std::move(function));
    for (const auto& thread : threads_) {
      if (thread->resting) {
        thread->resting = false;
        woken = thread.get();
        break;
      }
    }
  }
  // Where none rests, each looks again when its job is done.
  if (woken != nullptr) woken->Wake();
  return true;
}

bool Evaluator::Submit(EvaluationJob& job) {
  CHECK(job.scope != nullptr && job.done != nullptr);
  auto shared = std::make_shared<EvaluationJob>(std::move(job));
  Function function = [shared](ScriptEngine& engine) {
    shared->done(RunEvaluation(engine, *shared));
  };
  if (Submit(function)) return true;
  job = std::move(*shared);
  return false;
}

std::size_t Evaluator::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::vector<EvaluationResult> RunEvaluation(ScriptEngine& engine, const EvaluationJob& job) {
  std::vector<EvaluationResult> results;
  for (const EvaluationScript& script : job.scripts) {
    results.push_back(engine.Evaluate(script.text(), script.form, *job.scope));
    const EvaluationResult& result = results.back();
    if (!result && job.until != EvaluationJob::Until::kAll) break;
    const bool is_true = result && result->json == "true";
    if (is_true && job.until == EvaluationJob::Until::kFirstTrue) break;
  }
  return results;
}

}  // namespace cairn
