// CollectingSink: keeps the answers of a cartridge for a test, which waits for as many as it
// expects.
//
// Any thread.
#pragma once

#include "ports/cartridge.h"

#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace cairn {

class CollectingSink final : public AnswerSink {
 public:
  void OnAnswers(std::vector<CartridgeAnswer> answers) override {
    const std::lock_guard lock(mutex_);
    answers_.insert(answers_.end(), std::make_move_iterator(answers.begin()),
                    std::make_move_iterator(answers.end()));
    ++batches_;
    changed_.notify_all();
  }

  // Returns as soon as there are `count` answers; what there is after a minute, when a test has
  // failed already.
  std::vector<CartridgeAnswer> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::minutes(1), [&] { return answers_.size() >= count; });
    return answers_;
  }
  // As WaitFor, and forgets the answers.
  std::vector<CartridgeAnswer> Take(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::minutes(1), [&] { return answers_.size() >= count; });
    return std::exchange(answers_, {});
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return answers_.size();
  }
  std::size_t batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<CartridgeAnswer> answers_;
  std::size_t batches_ = 0;
};

}  // namespace cairn
