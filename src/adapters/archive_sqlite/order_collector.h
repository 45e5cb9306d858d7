// OrderCollector: the newest orders (highest ids) out of several sources, each of which gives its
// own in falling order. It says when a source has nothing more to add, so that no source is read
// further than it must be.
//
// One thread.
#pragma once

#include "model/ids.h"
#include "model/order_view.h"

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace cairn {

class OrderCollector {
 public:
  explicit OrderCollector(std::size_t limit) : limit_(limit) {}

  // False when this id and all smaller ones would change nothing.
  bool Wants(OrderId id) const {
    if (orders_.size() < limit_) return true;
    return limit_ != 0 && id > orders_.rbegin()->first;
  }
  bool Has(OrderId id) const { return orders_.contains(id); }

  // Keeps it, and forgets the smallest if there are too many. REQUIRES: Wants(its id).
  void Add(OrderSummary&& summary) {
    const OrderId id = summary.id;
    orders_.try_emplace(id, std::move(summary));
    if (orders_.size() > limit_) orders_.erase(std::prev(orders_.end()));
  }

  // The newest first.
  std::vector<OrderSummary> Take() {
    std::vector<OrderSummary> taken;
    taken.reserve(orders_.size());
    for (auto& [id, summary] : orders_) taken.push_back(std::move(summary));
    orders_.clear();
    return taken;
  }

 private:
  std::size_t limit_;
  std::map<OrderId, OrderSummary, std::greater<>> orders_;
};

}  // namespace cairn
