// IdTable: entities by the counter of their id. Counters only grow and live entities cluster at
// their newer end, so pages of slots give a look-up in two steps, and iteration in id order.
//
// A slot is a pointer or acts like one: it can be moved, and a new one equals nullptr until it
// holds something.
//
// Owned by one thread.
#pragma once

#include "base/check.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace cairn {

template <typename Slot>
class IdTable {
 public:
  // Null when there is none. Valid until that slot is removed.
  Slot* Find(std::uint64_t key) {
    const std::uint64_t number = key / kPageSlots;
    if (last_page_ == nullptr || last_number_ != number) {
      const auto it = pages_.find(number);
      if (it == pages_.end()) return nullptr;
      last_page_ = it->second.get();
      last_number_ = number;
    }
    Slot& slot = last_page_->slots[key % kPageSlots];
    return slot == nullptr ? nullptr : &slot;
  }

  // REQUIRES: there is none yet, and `value` holds something.
  Slot& Insert(std::uint64_t key, Slot value) {
    Page*& page = PageOf(key / kPageSlots);
    Slot& slot = page->slots[key % kPageSlots];
    CHECK(slot == nullptr && !(value == nullptr));
    slot = std::move(value);
    ++page->used;
    ++size_;
    return slot;
  }

  // REQUIRES: there is one. Gives it back, so that the caller chooses where it is destroyed.
  Slot Remove(std::uint64_t key) {
    const std::uint64_t number = key / kPageSlots;
    const auto it = pages_.find(number);
    CHECK(it != pages_.end());
    Slot removed = std::exchange(it->second->slots[key % kPageSlots], Slot());
    CHECK(!(removed == nullptr));
    --size_;
    if (--it->second->used == 0) {
      if (last_number_ == number) last_page_ = nullptr;
      pages_.erase(it);
    }
    return removed;
  }

  std::size_t size() const { return size_; }

  // In rising order of the key.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [number, page] : pages_) {
      for (const Slot& slot : page->slots) {
        if (!(slot == nullptr)) visit(slot);
      }
    }
  }

  // In falling order, from the first key below `before`, until visit returns false.
  template <typename Visit>
  void ForEachBelow(std::uint64_t before, Visit visit) const {
    if (before == 0) return;
    const std::uint64_t top = before - 1;
    auto it = pages_.upper_bound(top / kPageSlots);
    while (it != pages_.begin()) {
      --it;
      const std::uint64_t base = it->first * kPageSlots;
      const std::uint64_t last = top >= base + kPageSlots ? kPageSlots - 1 : top - base;
      for (std::uint64_t i = last + 1; i-- > 0;) {
        const Slot& slot = it->second->slots[i];
        if (!(slot == nullptr) && !visit(slot)) return;
      }
    }
  }

 private:
  static constexpr std::uint64_t kPageSlots = 1024;
  struct Page {
    std::array<Slot, kPageSlots> slots;
    std::uint64_t used = 0;
  };

  // Most look-ups in a row go to one page.
  Page*& PageOf(std::uint64_t number) {
    if (last_page_ == nullptr || last_number_ != number) {
      auto& page = pages_[number];
      if (page == nullptr) page = std::make_unique<Page>();
      last_page_ = page.get();
      last_number_ = number;
    }
    return last_page_;
  }

  std::map<std::uint64_t, std::unique_ptr<Page>> pages_;
  Page* last_page_ = nullptr;
  std::uint64_t last_number_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cairn
