// OrderPast: an order as it was, from its acceptance on, event by event. An order holds its whole
// history, so any earlier state of it can be had again.
//
// Used by one thread. The time is in proportion to the number of events.
#pragma once

#include "engine/orders/order.h"
#include "model/record.h"

#include <memory>
#include <string_view>

namespace cairn {

class OrderPast {
 public:
  // Stands at the acceptance.
  explicit OrderPast(std::shared_ptr<const Order> now);

  // One event on. False, and nothing changes, when there is no further one.
  bool Next();

  // The order after the event that it stands at.
  const Order& order() const { return *then_; }
  std::shared_ptr<const Order> Copy() const { return std::make_shared<const Order>(*then_); }
  // That event; the acceptance is no record here, but has a time and an actor too.
  const RecordView& record() const { return record_; }
  Nanos at() const { return at_; }

 private:
  std::shared_ptr<const Order> now_;
  std::unique_ptr<Order> then_;
  std::string_view rest_;  // of the trail
  RecordView record_;
  Nanos at_ = 0;
};

}  // namespace cairn
