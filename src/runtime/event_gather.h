// What the log of events names, filled in from the orders themselves: the orders of a page are
// looked up, and then each event is told by the order as it was then.
#pragma once

#include "engine/orders/order.h"
#include "engine/orders/secrets.h"
#include "runtime/event_log.h"
#include "runtime/event_service.h"
#include "runtime/order_past.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace cairn {

// An order as it is now; null: it is gone. May call back at once, and on any thread.
using FindOrder =
    std::function<void(OrderId, std::function<void(Result<std::shared_ptr<const Order>>)>)>;

struct GatheredEvents {
  EventLog::Page page;
  std::map<OrderId, std::shared_ptr<const Order>> orders;  // null: gone
  Status status;  // the first that went wrong: not all orders could be had
};

// Calls `done` once all orders were asked for, on the thread that had the last of them.
void GatherEvents(EventLog::Page page, const FindOrder& find,
                  std::function<void(std::shared_ptr<GatheredEvents>)> done);

// Tells the events of a page one by one. Used by one thread.
class EventTeller {
 public:
  explicit EventTeller(const GatheredEvents& gathered) : gathered_(gathered) {}

  // Nothing when the order is gone. REQUIRES: in the page's order; what is returned is used up
  // before the next call.
  std::optional<ToldEvent> Tell(const LoggedEvent& event);

 private:
  struct Pasts {
    OrderPast after;
    OrderPast before;      // one event behind, once there is one before
    SecretValues secrets;  // of the order
  };
  const GatheredEvents& gathered_;
  std::map<OrderId, Pasts> pasts_;
};

}  // namespace cairn
