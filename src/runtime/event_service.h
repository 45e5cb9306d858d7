// EventService: what has happened, as it becomes durable, to whoever listens: streams that resume
// where they broke off, and listeners (TMF641 hub) that are called and whose place is kept.
//
// Threads and callbacks as in service.h.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/fields.h"
#include "model/ids.h"
#include "model/states.h"
#include "runtime/service.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

// Where a stream stands. Sequences rise, with gaps, and stay the same over restarts.
struct EventPosition {
  std::uint64_t partition = 0;
  std::uint64_t sequence = 0;
};

struct PublishedEvent {
  EventPosition position;
  Nanos at = 0;
  std::string kind;   // "order"
  std::string event;  // "order_accepted", ... as in an order's history
  std::string actor;
  OrderId order;
  OrderState state = OrderState::kNew;  // after it
  std::string detail;                   // a JSON object
};

struct EventQuery {
  EventPosition after;  // a sequence of 0: from now on
  OrderId order;        // valid: of this order only
  std::size_t max = 256;
  Nanos wait = 0;  // a span
};

struct ListenerView {
  std::string id;  // "ls-..."
  std::string callback;
  std::string query;
  EventPosition delivered;
  std::uint64_t failures = 0;  // in a row
  std::string last_failure;    // what the last one said
};

// An event, and the order before and after it.
struct ToldEvent {
  PublishedEvent event;
  OrderState state_before = OrderState::kNew;
  // The whole order. `before` is null for its acceptance. Each call costs time in proportion to the
  // order's size.
  std::function<std::shared_ptr<const OrderSnapshot>()> before;
  std::function<std::shared_ptr<const OrderSnapshot>()> after;
};

// What a listener with that query is told of an event, as JSON objects; mostly nothing. The same
// for the same event, whenever it is asked. On a thread of the runtime.
using TellListener = std::function<std::vector<Fields>(const std::string& query, const ToldEvent&)>;

class EventService {
 public:
  virtual ~EventService() = default;

  struct Events {
    bool reset = false;  // what lies between is not kept any more: it goes on with the oldest
    std::vector<PublishedEvent> items;
    EventPosition last;  // pass as `after` of the next call
  };
  // The durable events behind `after`, in order; at once if there are any, else when some come or
  // the wait is over. A reader asks for more when it wants more, so a slow one holds nothing up.
  // kOverloaded: too many read, or the orders could not be read just now.
  using EventsDone = std::function<void(Result<Events>)>;
  virtual void ReadEvents(const EventQuery& query, EventsDone done) = 0;

  // From now on each event that matters to the query is posted to the callback, one after the
  // other, again and again until the answer is 2xx. Done when that is durable. The same callback
  // and query twice are one listener. kConflict: there are too many.
  using ListenerDone = std::function<void(Result<ListenerView>)>;
  virtual void AddListener(std::string callback, std::string query, std::string actor,
                           ListenerDone done) = 0;
  // kNotFound.
  virtual void RemoveListener(std::string id, std::string actor,
                              std::function<void(Status)> done) = 0;
  // By id. Blocks no longer than a lock is held.
  virtual std::vector<ListenerView> ListListeners() = 0;
};

}  // namespace cairn
