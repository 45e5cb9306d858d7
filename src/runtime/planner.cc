#include "runtime/planner.h"

#include <utility>

namespace cairn {

void Planner::Put(std::function<void()> job) {
  open_.fetch_add(1);
  jobs_.Put(std::move(job));
  handle_->Wake();
}

bool Planner::Step() {
  if (next_ == taken_.size()) {
    taken_.clear();
    next_ = 0;
    jobs_.TakeAll(taken_);
    if (taken_.empty()) return false;
  }
  std::exchange(taken_[next_++], nullptr)();
  open_.fetch_sub(1);
  return true;
}

}  // namespace cairn
