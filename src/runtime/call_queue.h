// CallQueue: the calls of one cartridge that wait for their turn: those with the lower priority
// number first, and of one priority in the order in which they came.
//
// Owned by one thread at a time. Put, Take and Remove take the time of one look-up among the
// priorities that are in use, however many calls wait.
#pragma once

#include "base/check.h"
#include "ports/cartridge.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <utility>

namespace cairn {

class CallQueue {
 public:
  using Place = std::list<CartridgeCall>::iterator;

  // The place stays valid until the call is taken or removed.
  Place Put(CartridgeCall call) {
    std::list<CartridgeCall>& list = by_priority_[call.priority];
    list.push_back(std::move(call));
    ++size_;
    return std::prev(list.end());
  }

  // REQUIRES: not empty().
  CartridgeCall Take() {
    CHECK(size_ > 0);
    auto it = by_priority_.begin();
    while (it->second.empty()) it = std::next(it);
    CartridgeCall call = std::move(it->second.front());
    Erase(it, it->second.begin());
    return call;
  }

  // REQUIRES: the call is here.
  void Remove(Place place) {
    const auto it = by_priority_.find(place->priority);
    CHECK(it != by_priority_.end());
    Erase(it, place);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  using ByPriority = std::map<std::int64_t, std::list<CartridgeCall>>;
  // Empty lists stay, so that a queue that is often empty does not make them anew; but not many.
  static constexpr std::size_t kEmptyListsMax = 8;

  void Erase(ByPriority::iterator it, Place place) {
    it->second.erase(place);
    --size_;
    if (it->second.empty() && by_priority_.size() > kEmptyListsMax) by_priority_.erase(it);
  }

  ByPriority by_priority_;
  std::size_t size_ = 0;
};

}  // namespace cairn
