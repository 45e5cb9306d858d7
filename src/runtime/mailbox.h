// Mailbox: where the threads meet. Anyone puts, one worker takes everything at once.
//
// Thread-safe. Holds its lock only to move elements.
#pragma once

#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace cairn {

template <typename T>
class Mailbox {
 public:
  void Put(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
  }

  // All of them stand together, in order.
  void PutAll(std::vector<T> items) {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) {
      items_ = std::move(items);
    } else {
      items_.insert(items_.end(), std::make_move_iterator(items.begin()),
                    std::make_move_iterator(items.end()));
    }
  }

  // All of them or, if that would make more than `limit`, none.
  bool PutAllWithin(std::vector<T>& items, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    if (items_.size() + items.size() > limit) return false;
    items_.insert(items_.end(), std::make_move_iterator(items.begin()),
                  std::make_move_iterator(items.end()));
    return true;
  }

  // Moves everything behind `out`.
  void TakeAll(std::vector<T>& out) {
    const std::lock_guard lock(mutex_);
    if (out.empty()) {
      out.swap(items_);
    } else {
      out.insert(out.end(), std::make_move_iterator(items_.begin()),
                 std::make_move_iterator(items_.end()));
      items_.clear();
    }
  }

  bool empty() const {
    const std::lock_guard lock(mutex_);
    return items_.empty();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace cairn
