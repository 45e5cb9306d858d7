// OrderTable: the live orders of a partition. Those that came to rest last are kept as they are,
// for most go on soon; of the others that are at rest only the folded form is kept, and an order is
// unfolded when somebody wants to change it.
//
// What it says of an order is the same either way. Owned by one thread.
#pragma once

#include "runtime/folded_order.h"
#include "runtime/id_table.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace cairn {

// What unfolding an order takes, in looks at orders as they are.
inline constexpr std::size_t kUnfoldingInLooks = 20;

// An order in one of its two forms.
struct StoredOrder {
  std::shared_ptr<Order> live;
  std::unique_ptr<const FoldedOrder> folded;

  OrderId id() const { return live ? live->id : folded->id(); }
  OrderState state() const { return live ? live->state : folded->state(); }
  std::uint64_t version() const { return live ? live->version : folded->version(); }
  friend bool operator==(const StoredOrder& stored, std::nullptr_t) {
    return stored.live == nullptr && stored.folded == nullptr;
  }
};

class OrderTable {
 public:
  // To change it: unfolds it. Null when there is none. Valid until the next FoldResting.
  Order* Find(std::uint64_t counter);
  std::shared_ptr<Order> FindShared(std::uint64_t counter);
  // In whichever form it has. Null when there is none; valid until the table changes.
  const StoredOrder* FindStored(std::uint64_t counter) { return orders_.Find(counter); }
  // To read it at once, before it can change: a live one itself. Null when there is none.
  std::shared_ptr<const Order> Peek(std::uint64_t counter);
  // To read it: a copy of a live one that goes on changing, an ended one itself; null when there is
  // none.
  std::shared_ptr<const Order> ReadableCopy(std::uint64_t counter);

  // REQUIRES: there is none of this id yet.
  Order& Insert(std::shared_ptr<Order> order);
  void Insert(std::unique_ptr<const FoldedOrder> folded);
  // REQUIRES: there is one. Gives it back, so that the caller chooses where it is destroyed.
  std::shared_ptr<Order> Remove(std::uint64_t counter);

  // To be called when an order has come to rest, before the next FoldResting.
  void NoteAtRest(const Order& order) {
    resting_.push_back({.counter = order.id.counter(), .version = order.version});
  }
  // Folds orders that are at rest since they were noted, but for the `keep` noted last; looks at no
  // more than `most`.
  void FoldResting(std::size_t keep, std::size_t most);

  std::size_t size() const { return orders_.size(); }
  std::size_t folded() const { return folded_; }

  // visit(const StoredOrder&), in rising order of ids.
  template <typename Visit>
  void ForEachStored(Visit visit) const {
    orders_.ForEach(visit);
  }
  // visit(const Order&), in rising order of ids. What is folded is unfolded for the visit only.
  template <typename Visit>
  void ForEach(Visit visit) const {
    orders_.ForEach([&](const StoredOrder& stored) {
      stored.live ? visit(*stored.live) : visit(*stored.folded->Unfold());
    });
  }
  // visit(const StoredOrder&) in falling order, from the first counter below `before`, until it
  // returns false.
  template <typename Visit>
  void ForEachStoredBelow(std::uint64_t before, Visit visit) const {
    orders_.ForEachBelow(before, visit);
  }

 private:
  struct Resting {
    std::uint64_t counter = 0;
    std::uint64_t version = 0;  // with another it has gone on since
  };

  void Unfold(StoredOrder& stored);

  IdTable<StoredOrder> orders_;
  std::deque<Resting> resting_;
  std::size_t folded_ = 0;
};

}  // namespace cairn
