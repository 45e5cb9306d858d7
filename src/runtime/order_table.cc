#include "runtime/order_table.h"

#include "base/check.h"
#include "model/states.h"

#include <utility>

namespace cairn {

void OrderTable::Unfold(StoredOrder& stored) {
  stored.live = stored.folded->Unfold();
  stored.folded.reset();
  --folded_;
  NoteAtRest(*stored.live);  // until it changes
}

Order* OrderTable::Find(std::uint64_t counter) {
  StoredOrder* const stored = orders_.Find(counter);
  if (stored == nullptr) return nullptr;
  if (stored->live == nullptr) Unfold(*stored);
  return stored->live.get();
}

std::shared_ptr<Order> OrderTable::FindShared(std::uint64_t counter) {
  return Find(counter) == nullptr ? nullptr : orders_.Find(counter)->live;
}

std::shared_ptr<const Order> OrderTable::Peek(std::uint64_t counter) {
  const StoredOrder* const stored = orders_.Find(counter);
  if (stored == nullptr) return nullptr;
  if (stored->live == nullptr) return stored->folded->Unfold();
  return stored->live;
}

std::shared_ptr<const Order> OrderTable::ReadableCopy(std::uint64_t counter) {
  const StoredOrder* const stored = orders_.Find(counter);
  if (stored == nullptr) return nullptr;
  if (stored->live == nullptr || IsFinal(stored->live->state)) return Peek(counter);
  return std::make_shared<const Order>(*stored->live);
}

Order& OrderTable::Insert(std::shared_ptr<Order> order) {
  const std::uint64_t counter = order->id.counter();
  return *orders_.Insert(counter, {.live = std::move(order), .folded = nullptr}).live;
}

void OrderTable::Insert(std::unique_ptr<const FoldedOrder> folded) {
  const std::uint64_t counter = folded->id().counter();
  orders_.Insert(counter, {.live = nullptr, .folded = std::move(folded)});
  ++folded_;
}

std::shared_ptr<Order> OrderTable::Remove(std::uint64_t counter) {
  StoredOrder stored = orders_.Remove(counter);
  if (stored.live == nullptr) {
    stored.live = stored.folded->Unfold();
    --folded_;
  }
  return std::move(stored.live);
}

void OrderTable::FoldResting(std::size_t keep, std::size_t most) {
  for (; resting_.size() > keep && most > 0; --most) {
    const Resting resting = resting_.front();
    resting_.pop_front();
    StoredOrder* const stored = orders_.Find(resting.counter);
    if (stored == nullptr || stored->live == nullptr || stored->live->version != resting.version) {
      continue;
    }
    stored->folded = FoldedOrder::Fold(*stored->live);
    if (stored->folded == nullptr) continue;
    stored->live.reset();
    ++folded_;
  }
}

}  // namespace cairn
